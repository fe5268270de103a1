//! What is left out of a skill: entries whose name starts with `.`, and what `.skillignore` names.
//!
//! `.skillignore` stands in the skill's root and has the syntax of gitignore. Nothing else of git
//! counts: no `.gitignore`, no global excludes.

use std::io::{self, Read};
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{Attempt, Error};
use crate::fs::{EntryKind, Fs};

const NAME: &str = ".skillignore";

/// The longest `.skillignore`, in bytes.
const LIMIT: u64 = 64 << 10;

/// The rules of one skill directory.
#[derive(Debug)]
pub(super) struct Ignored(Gitignore);

impl Ignored {
    /// Reads the rules of the skill directory `root`.
    pub(super) fn read(fs: &dyn Fs, root: &Path) -> Result<Self, Error> {
        let path = root.join(NAME);
        let mut builder = GitignoreBuilder::new(root);
        for (index, line) in lines(fs, &path)?.lines().enumerate() {
            let pattern = |source| Error::Pattern { path: path.clone(), line: index + 1, source };
            builder.add_line(None, line).map_err(pattern)?;
        }
        let rules = builder.build().map_err(|source| Error::Pattern { path, line: 0, source })?;
        Ok(Self(rules))
    }

    /// Whether the entry at `relative` is left out, given that the directory it is in is not.
    pub(super) fn leaves_out(&self, relative: &Path, kind: EntryKind) -> bool {
        is_hidden(relative) || self.0.matched(relative, kind == EntryKind::Directory).is_ignore()
    }

    /// Whether the file at `relative` or a directory above it is left out.
    pub(super) fn leaves_out_somewhere(&self, relative: &Path) -> bool {
        let above = relative.ancestors().skip(1).filter(|path| *path != Path::new(""));
        self.leaves_out(relative, EntryKind::File)
            || above.into_iter().any(|d| self.leaves_out(d, EntryKind::Directory))
    }
}

fn is_hidden(relative: &Path) -> bool {
    relative.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn lines(fs: &dyn Fs, path: &Path) -> Result<String, Error> {
    let refuse = |rule| Err(Error::Entry { path: path.to_owned(), rule });
    let kind = match fs.status(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        found => found.attempt("read", path)?.kind,
    };
    if kind != EntryKind::File {
        return refuse("is not a regular file");
    }
    let mut bytes = Vec::new();
    fs.open_in_place(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes)).attempt("read", path)?;
    if bytes.len() as u64 > LIMIT {
        return refuse("is longer than 64 KiB");
    }
    String::from_utf8(bytes).or_else(|_| refuse("is not UTF-8"))
}
