//! `validate`: judges skill directories.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Error;
use super::documents::{self, Documents};
use crate::card::{self, Diagnostic, Mode};
use crate::error;
use crate::fs::{self, Fs};
use crate::parallel;
use crate::printable::ReportedPath;
use crate::skill::Limits;

/// The judgement on one directory.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The path as it was given.
    pub path: ReportedPath,
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
    Report { path: path.to_owned().into(), valid: report.is_valid(), errors: report.errors, warnings: report.warnings }
}

fn unreadable(path: &Path, error: &Error) -> Diagnostic {
    let why: Vec<String> = error::chain(error).map(ToString::to_string).collect();
    Diagnostic::unreadable(&path.display().to_string(), &why.join(": "))
}

/// The directory of a path that may name one of its documents.
fn directory(path: &Path) -> &Path {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if documents::is_document(name) { fs::parent(path) } else { path }
}
