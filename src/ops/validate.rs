//! `validate`: judges skill directories.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::documents::Documents;
use super::{Error, parallel};
use crate::card::{self, Diagnostic, Mode};
use crate::fs::Fs;
use crate::skill::Limits;

/// The judgement on one directory.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The path as it was given.
    pub path: PathBuf,
    /// Whether there is no error.
    pub valid: bool,
    /// What makes the skill invalid.
    pub errors: Vec<Diagnostic>,
    /// What somebody should look at.
    pub warnings: Vec<Diagnostic>,
}

/// Judges the skills in `paths`, on all cores; one judgement for each, in their order. A path may
/// be a directory, or its `SKILL.md` or `skill.yaml`. What cannot be read is not valid.
pub fn validate(fs: &dyn Fs, paths: &[PathBuf], mode: Mode) -> Vec<Report> {
    parallel::map(paths, |path| one(fs, path, mode))
}

fn one(fs: &dyn Fs, path: &Path, mode: Mode) -> Report {
    let report = match Documents::of_dir(fs, directory(path), &Limits::default()) {
        Ok(documents) => documents.validate(mode),
        Err(error) => card::Report::from_iter([unreadable(path, &error)]),
    };
    Report { path: path.to_owned(), valid: report.is_valid(), errors: report.errors, warnings: report.warnings }
}

fn unreadable(path: &Path, error: &Error) -> Diagnostic {
    let first: Option<&dyn std::error::Error> = Some(error);
    let chain = std::iter::successors(first, |error| error.source()).map(ToString::to_string);
    Diagnostic::unreadable(&path.display().to_string(), &chain.collect::<Vec<_>>().join(": "))
}

/// The directory of a path that may name one of its documents.
fn directory(path: &Path) -> &Path {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !matches!(name, "SKILL.md" | "skill.md" | "skill.yaml") {
        return path;
    }
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}
