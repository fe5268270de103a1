//! `skillctl validate`: paths to [`ops::validate`] and its judgements to text.

use std::path::PathBuf;

use super::context::Context;
use super::error::Error;
use super::output::{self, Format};
use crate::card::Mode;
use crate::ops::validate::{self, Report};
use crate::printable;

/// Check skills: SKILL.md, skill.yaml, and that they agree
///
/// Shows everything that is wrong at once, with file, line and rule. Exits with 1 when a skill is
/// not valid; warnings do not count.
///
///   skillctl validate skills/*
///   skillctl validate --strict my-skill
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// Skill directories, or the SKILL.md or skill.yaml in them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Judge SKILL.md as the reference validator of the Agent Skills specification does
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    let mode = if args.strict { Mode::Strict } else { Mode::Default };
    let reports = validate::validate(&**context.fs(), &args.paths, mode);
    match context.output.format {
        Format::Json => context.output.report(&reports, |_| String::new())?,
        Format::Text => {
            reports.iter().for_each(explain);
            output::print(&reports.iter().map(verdict).collect::<String>())?;
        }
    }
    if reports.iter().all(|report| report.valid) { Ok(()) } else { Err(Error::Reported) }
}

fn explain(report: &Report) {
    for diagnostic in report.errors.iter().chain(&report.warnings) {
        output::say(&diagnostic.to_string());
    }
}

fn verdict(report: &Report) -> String {
    let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let path = printable::lines(&report.path.display().to_string());
    let warnings = if report.warnings.is_empty() {
        String::new()
    } else {
        format!(", {}", count(report.warnings.len(), "warning"))
    };
    if report.valid {
        format!("{path}: valid{warnings}\n")
    } else {
        format!("{path}: {}{warnings}\n", count(report.errors.len(), "error"))
    }
}
