//! The only reader and writer of skill directories.
//!
//! All file access goes through [`crate::fs::Fs`]. What is left out of a skill is decided in
//! `ignored`; what may be in one, in `path` and `names`.

mod ignored;
mod read;
mod write;

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Classify, Kind};
use crate::skill::limits::Exceeded;
use crate::skill::{names, path};

pub use read::{Listing, read};
pub use write::{Existing, write};

/// Why a directory cannot be read as a skill, or a skill not written to a directory.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file operation failed.
    #[error("cannot {action} `{}`", .path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// An entry that cannot be in a skill.
    #[error("`{}` {rule}", .path.display())]
    Entry {
        /// The entry.
        path: PathBuf,
        /// The rule that it breaks, and what to do.
        rule: &'static str,
    },
    /// A line of `.skillignore` that is not a pattern.
    #[error("`{}`, line {line}: not a gitignore pattern", .path.display())]
    Pattern {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// What is wrong with it.
        source: ignore::Error,
    },
    /// A name that no skill may have.
    #[error(transparent)]
    Path(#[from] path::Error),
    /// Names that do not get along.
    #[error(transparent)]
    Names(#[from] names::Error),
    /// Too many or too large.
    #[error(transparent)]
    Limit(#[from] Exceeded),
    /// The place to write to is taken.
    #[error("`{}` already exists", .0.display())]
    Exists(PathBuf),
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Io { source, .. } => Classify::kind(source),
            Self::Entry { .. } | Self::Pattern { .. } => Kind::Invalid,
            Self::Path(error) => error.kind(),
            Self::Names(error) => error.kind(),
            Self::Limit(error) => error.kind(),
            Self::Exists(_) => Kind::Conflict,
        }
    }
}

/// Says in an error what was attempted on which path.
trait Attempt<T> {
    fn attempt(self, action: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T> Attempt<T> for io::Result<T> {
    fn attempt(self, action: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Io { action, path: path.to_owned(), source })
    }
}

#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod write_tests;
