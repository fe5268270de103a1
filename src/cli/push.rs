//! `skillctl push`: flags to [`ops::push`] and its report to text.

use super::args;
use super::context::{Access, Context};
use super::error::Error;
use super::progress;
use crate::name::{Location, Reference};
use crate::ops::find::Matching;
use crate::ops::push::{self, Report};

/// Send an image from the local store to a registry
///
/// With one reference, the image is looked up in the local store: under that very name, or, right
/// after `pack`, as the only local image with that name and tag. Prints the digest.
///
///   skillctl push quay.io/org/hello-world:1.0.0-draft
///   skillctl push examples/hello-world:1.0.0-draft quay.io/org/hello-world
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// The image, and where it goes when DEST is not given
    #[arg(value_name = "REF")]
    reference: Location,

    /// Where it goes [default: REF]; without a tag, under the tag of REF
    #[arg(value_name = "DEST")]
    destination: Option<Reference>,

    #[command(flatten)]
    registry: args::Registry,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    let source = context.open_local(&args.reference, Matching::ByName)?;
    let destination = destination(&args)?;
    let place = context.open(&Location::Image(destination.clone()), Access::Push, &args.registry)?;
    let tag = destination.tag().ok_or_else(|| Error::Usage(format!("`{destination}` needs a tag to push to")))?;
    let image = push::Image { store: &*source.store, target: &source.target };
    let report = place.run(push::push(&image, &*place.store, tag, progress::bar(context.output)))?;
    if report.pushed {
        context.output.note(&format!("pushed {} ({} bytes sent)", report.reference, report.bytes));
    } else {
        context.output.note(&format!("{} is already there", report.reference));
    }
    Ok(context.output.report(&report, |report: &Report| format!("{}\n", report.digest))?)
}

fn destination(args: &Args) -> Result<Reference, Error> {
    let source = match &args.reference {
        Location::Image(reference) => Some(reference),
        Location::Layout(_) | Location::Archive(_) => None,
    };
    let destination = args.destination.as_ref().or(source);
    let destination = destination.ok_or_else(|| needs_destination(&args.reference, "NAME"))?;
    if destination.is_local() {
        return Err(needs_destination(&args.reference, destination.repository().name()));
    }
    if args.destination.as_ref().is_some_and(|given| given.digest().is_some()) {
        return Err(Error::Usage(format!("`{destination}` has a digest; a destination is a name with a tag")));
    }
    match (destination.tag(), source.and_then(Reference::tag)) {
        (None, Some(tag)) => Ok(destination.repository().tagged(tag.clone())),
        _ => Ok(destination.clone()),
    }
}

fn needs_destination(given: &Location, name: &str) -> Error {
    let example = format!("skillctl push {given} quay.io/org/{name}");
    Error::Usage(format!("`{given}` names no registry; give a destination, as `{example}`"))
}
