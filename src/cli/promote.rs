//! `skillctl promote`: flags to [`ops::promote`] and its report to text.

use super::args;
use super::context::{Access, Context};
use super::error::Error;
use super::output;
use crate::lifecycle::State;
use crate::name::Location;
use crate::ops::find::Matching;
use crate::ops::promote::{self, Mode, OldTag, Options, Report};

/// Move a version to its next state: draft → testing → published → deprecated → archived
///
/// Rewrites the status in the image's manifest and moves its tags; the content stays as it is and
/// is not transferred. A reference with a host is promoted in its registry, one without in the
/// local store. A repeat after an interruption completes what is missing.
///
///   skillctl promote quay.io/org/hello-world:1.0.0-draft --to testing
///   skillctl promote examples/hello-world:1.0.0-testing --to published --dry-run
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// The image, by a tag of its present state or by digest
    #[arg(value_name = "REF")]
    reference: Location,

    /// The state to reach, one step from the present one
    #[arg(long, value_name = "STATE")]
    to: State,

    /// Promote the image of this name in the local store, though the name has a host
    #[arg(long)]
    local: bool,

    /// Print the plan and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Keep the tag of the state that the version leaves
    #[arg(long)]
    keep_tag: bool,

    #[command(flatten)]
    registry: args::Registry,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    if let Location::Archive(archive) = &args.reference {
        let path = archive.path.display();
        return Err(Error::Usage(format!("archive `{path}` cannot be changed; promote in an `oci:DIR` or a registry")));
    }
    let options = Options {
        mode: if args.dry_run { Mode::DryRun } else { Mode::Apply },
        old_tag: if args.keep_tag { OldTag::Keep } else { OldTag::Remove },
    };
    let place = match &args.reference {
        Location::Image(reference) if !args.local && !reference.is_local() => {
            context.open(&args.reference, Access::Delete, &args.registry)?
        }
        location if args.local => context.open_local_or_gone(location, Matching::Exact)?,
        location => context.open_local_or_gone(location, Matching::ByName)?,
    };
    let report = place.run(promote::promote(&*place.store, &place.target, args.to, &options))?;
    for tag in &report.stayed {
        output::warn(&format!("`{}` does not delete tags: `{tag}` stayed", report.repository));
    }
    Ok(context.output.report(&report, text)?)
}

fn text(report: &Report) -> String {
    let Report { repository, version, from, to, digest, .. } = report;
    let verb = match (report.dry_run, from == to) {
        (false, true) => "is",
        (false, false) => "is now",
        (true, _) => "would be",
    };
    let mut text = format!("{repository} {version} {verb} {to}\n");
    if from != to {
        text += &format!("  was      {from} {}\n", report.previous_digest);
    }
    text += &format!("  digest   {digest}\n");
    for moved in &report.set {
        text += &format!("  set      {} -> {}\n", moved.tag, moved.digest.short());
    }
    for tag in &report.removed {
        text += &format!("  removed  {tag}\n");
    }
    for tag in &report.stayed {
        text += &format!("  stayed   {tag}\n");
    }
    text
}
