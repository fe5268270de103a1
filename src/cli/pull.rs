//! `skillctl pull`: flags to [`ops::pull`] and its report to text.

use std::path::PathBuf;

use super::args;
use super::context::{Access, Context};
use super::error::Error;
use super::{output, progress};
use crate::name::{Location, Reference};
use crate::ops::pull::{self, Report};
use crate::skill::dir::Existing;

/// Fetch an image into the local store, and write the skill into a directory
///
/// With `-o DIR` the skill is written to `DIR/<name>/`, whole or not at all. A reference without a
/// host, or a layout (`oci:DIR:NAME`), is written from where it is; no network is asked.
///
///   skillctl pull quay.io/org/hello-world:1.0.0 -o ~/.claude/skills
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// The image; without tag and digest, `latest`
    #[arg(value_name = "REF")]
    reference: Location,

    /// Write the skill into DIR/<name>/
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Replace an existing DIR/<name>/
    #[arg(long, requires = "output")]
    force: bool,

    #[command(flatten)]
    registry: args::Registry,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    let source = context.open(&args.reference, Access::Pull, &args.registry)?;
    let remote = match &args.reference {
        Location::Image(reference) if !reference.is_local() => Some(reference),
        _ => None,
    };
    let existing = if args.force { Existing::Replace } else { Existing::Refuse };
    let output = args.output.as_deref().map(|dir| pull::Output { fs: context.fs(), dir, existing });
    let report = match remote {
        Some(reference) => fetch(context, &source, reference, output.as_ref())?,
        None => source.run(pull::export(&*source.store, &source.target, output.as_ref()))?,
    };
    tell(context, &report);
    Ok(context.output.report(&report, |report: &Report| format!("{}\n", report.digest))?)
}

fn fetch(
    context: &Context,
    source: &super::context::Place,
    reference: &Reference,
    output: Option<&pull::Output<'_>>,
) -> Result<Report, Error> {
    let layout = context.layout()?;
    let local = layout.repository(reference.repository());
    let transfer = pull::Transfer { from: &*source.store, target: &source.target, to: &local };
    Ok(source.run(pull::pull(&transfer, output, progress::bar(context.output)))?)
}

fn tell(context: &Context, report: &Report) {
    if let Some(old) = &report.replaced {
        output::warn(&format!("published image {} changed: it was {old}", report.reference));
    }
    if let Some(path) = &report.path {
        context.output.note(&format!("wrote {}", path.display()));
    } else if report.fetched {
        context.output.note(&format!("pulled {} ({} bytes received)", report.reference, report.bytes));
    } else {
        context.output.note(&format!("{} is already there", report.reference));
    }
}
