//! `skillctl prune`: a flag to [`ops::prune`] and its report to text.

use super::context::Context;
use super::error::Error;
use crate::ops::prune::{self, Report};
use crate::store::layout::Prune;

/// Free the blobs of the local store that no image uses, and what interrupted runs left
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Show what would be freed and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    let mode = if args.dry_run { Prune::DryRun } else { Prune::Free };
    let report = prune::prune(&context.layout()?, mode)?;
    Ok(context.output.report(&report, text)?)
}

fn text(report: &Report) -> String {
    let verb = if report.dry_run { "would free" } else { "freed" };
    format!("{verb} {} blobs, {} bytes, and {} temporary files\n", report.blobs, report.bytes, report.temporary)
}
