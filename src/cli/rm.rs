//! `skillctl rm`: arguments and a question to [`ops::rm`].

use super::context::Context;
use super::error::Error;
use super::output;
use crate::name::Reference;
use crate::ops::rm::{self, Report};

/// Remove images from the local store, and the blobs that no other image uses
///
/// Nothing is removed in a registry.
#[derive(Debug, clap::Args)]
#[command(visible_alias = "delete")]
pub(super) struct Args {
    /// The images
    #[arg(value_name = "REF", required = true)]
    references: Vec<Reference>,

    /// Do not ask
    #[arg(short, long)]
    force: bool,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    let layout = context.layout()?;
    let images = rm::find_all(&layout, &args.references)?;
    if !args.force && !output::confirm(&question(&images))? {
        return Err(Error::Usage("nothing was removed; answer `y` or use --force".to_owned()));
    }
    let report = rm::rm(&layout, &images)?;
    context.output.note(&format!("freed {} blobs, {} bytes", report.freed_blobs, report.freed_bytes));
    if report.left {
        context.output.note("another process uses the store: `skillctl prune` frees the rest later");
    }
    let text = |report: &Report| report.removed.iter().map(|name| format!("{name}\n")).collect();
    Ok(context.output.report(&report, text)?)
}

fn question(images: &[Reference]) -> String {
    match images {
        [image] => format!("remove {image}?"),
        images => {
            let names: String = images.iter().map(|image| format!("  {image}\n")).collect();
            format!("remove these {} images?\n{names}remove them?", images.len())
        }
    }
}
