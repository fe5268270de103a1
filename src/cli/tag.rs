//! `skillctl tag`: arguments to [`ops::tag`].

use super::context::Context;
use super::error::Error;
use crate::name::{Location, Reference};
use crate::ops::find::Matching;
use crate::ops::tag::{self, Report};

/// Give an image of the local store another name
///
///   skillctl tag examples/hello-world:1.0.0-draft quay.io/org/hello-world:1.0.0-draft
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// The image
    #[arg(value_name = "SRC")]
    source: Location,

    /// Its new name; without a tag, with the tag of SRC
    #[arg(value_name = "DST")]
    destination: Reference,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    if args.destination.digest().is_some() {
        return Err(Error::Usage(format!("`{}` has a digest; a new name has a tag", args.destination)));
    }
    let source = context.open_local(&args.source, Matching::ByName)?;
    let layout = context.layout()?;
    let repository = layout.repository(args.destination.repository());
    let tag = args.destination.tag().or(source.target.tag());
    let tag = tag.ok_or_else(|| Error::Usage(format!("`{}` needs a tag", args.destination)))?;
    let report = source.run(tag::tag(&*source.store, &source.target, &repository, tag))?;
    Ok(context.output.report(&report, |report: &Report| format!("{}\n", report.reference))?)
}
