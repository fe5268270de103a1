//! `skillctl tags`: flags to [`ops::tags`] and its report to text.

use super::args;
use super::context::{Access, Context};
use super::error::Error;
use crate::name::Repository;
use crate::ops::tags;

/// List the tags of a repository, in a registry or, without a host, in the local store
///
/// Versions stand in their order of precedence.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The repository, as quay.io/org/hello-world
    #[arg(value_name = "REPOSITORY")]
    repository: Repository,

    #[command(flatten)]
    registry: args::Registry,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    let place = context.open_repository(&args.repository, Access::Pull, &args.registry)?;
    let report = place.run(tags::tags(&*place.store))?;
    let text = |report: &tags::Report| report.tags.iter().map(|tag| format!("{tag}\n")).collect();
    Ok(context.output.report(&report, text)?)
}
