//! `skillctl inspect`: a reference to [`ops::inspect`] and its report to text.

use super::args;
use super::context::Context;
use super::error::Error;
use crate::name::Location;
use crate::ops::inspect::{self, Report};
use crate::printable;

/// Show what an image is: card, annotations, files, sizes, media types and digests
///
/// An image in the local store is shown from there; else, if the reference has a host, the
/// registry is asked.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The image
    #[arg(value_name = "REF")]
    reference: Location,

    #[command(flatten)]
    registry: args::Registry,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    let place = context.open_local_first(&args.reference, &args.registry)?;
    let report = place.run(inspect::inspect(&*place.store, &place.target))?;
    Ok(context.output.report(&report, text)?)
}

fn text(report: &Report) -> String {
    let mut text = format!("{}\n", report.reference);
    let mut line = |key: &str, value: &str| text += &format!("{:<12}{}\n", format!("{key}:"), printable::cell(value));
    line("status", report.status.as_deref().unwrap_or("none (not a skill)"));
    line("media type", &report.media_type);
    for platform in &report.platforms {
        line("platform", platform);
    }
    if let Some(descriptor) = &report.config {
        line("config", &format!("{} {} {} bytes", descriptor.media_type, descriptor.digest, descriptor.size));
    }
    for descriptor in &report.layers {
        line("layer", &format!("{} {} {} bytes", descriptor.media_type, descriptor.digest, descriptor.size));
    }
    text += &section("annotations", report.annotations.iter().map(|(key, value)| format!("{key}: {value}")));
    let card = report.card.as_ref().map(crate::card::SkillCard::to_yaml).unwrap_or_default();
    text += &section("card", card.lines().map(ToOwned::to_owned));
    text += &section("files", report.files.iter().map(|f| format!("{} {:>10} {}", f.mode, f.size, f.path)));
    printable::lines(&text)
}

fn section(title: &str, lines: impl Iterator<Item = String>) -> String {
    let body: String = lines.map(|line| format!("  {}\n", line.replace('\n', "\n    "))).collect();
    if body.is_empty() { body } else { format!("{title}:\n{body}") }
}
