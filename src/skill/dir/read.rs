//! Reads a directory as a skill.
//!
//! Only names, sizes and modes are read here; contents are read when they are needed. A symbolic
//! link to a file of the same skill stands for that file's content, every other one is an error.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ignored::Ignored;
use super::{Attempt, Error};
use crate::fs::{EntryKind, Fs};
use crate::skill::limits::Account;
use crate::skill::{Content, File, Limits, SkillPath, Tree};

/// A skill directory as it was read.
#[derive(Debug)]
pub struct Listing {
    /// Its files.
    pub tree: Tree,
    /// What is not in the tree: paths relative to the directory, sorted, directories with a `/` at
    /// the end.
    pub left_out: Vec<String>,
}

/// Reads the skill in `directory`. Nothing is dropped in silence: what is not in the tree is in
/// `left_out`, or an error.
///
/// # Errors
/// When an entry cannot be in a skill, a limit is exceeded, or a file operation fails.
pub fn read(fs: Arc<dyn Fs>, directory: &Path, limits: &Limits) -> Result<Listing, Error> {
    let root = fs.resolve(directory).attempt("read", directory)?;
    if fs.status(&root).attempt("read", directory)?.kind != EntryKind::Directory {
        return Err(Error::Entry { path: directory.to_owned(), rule: "is not a directory" });
    }
    let ignored = Ignored::read(&*fs, &root)?;
    let account = Account::new(limits);
    let mut walk = Walk { fs, root, ignored, limits, account, files: Vec::new(), left_out: Vec::new() };
    walk.directory(Path::new(""))?;
    walk.left_out.sort_unstable();
    Ok(Listing { tree: Tree::new(walk.files)?, left_out: walk.left_out })
}

struct Walk<'a> {
    fs: Arc<dyn Fs>,
    root: PathBuf,
    ignored: Ignored,
    limits: &'a Limits,
    account: Account<'a>,
    files: Vec<File>,
    left_out: Vec<String>,
}

impl Walk<'_> {
    /// Reads the directory at `relative`; its depth is bounded by the check of every path.
    fn directory(&mut self, relative: &Path) -> Result<(), Error> {
        let path = self.root.join(relative);
        let mut entries: Vec<(OsString, EntryKind)> = self.fs.list(&path).attempt("list", &path)?;
        entries.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let files_before = self.files.len();
        let left_out_before = self.left_out.len();
        for (name, kind) in entries {
            self.entry(&relative.join(name), kind)?;
        }
        let is_empty = self.files.len() == files_before && self.left_out.len() == left_out_before;
        if is_empty && relative != Path::new("") {
            self.leave_out(relative, EntryKind::Directory);
        }
        Ok(())
    }

    fn entry(&mut self, relative: &Path, kind: EntryKind) -> Result<(), Error> {
        if self.ignored.leaves_out(relative, kind) {
            self.leave_out(relative, kind);
            return Ok(());
        }
        let path = SkillPath::parse_bytes(relative.as_os_str().as_encoded_bytes(), self.limits)?;
        match kind {
            EntryKind::Directory => {
                self.account.add_directory(path.as_str())?;
                self.directory(relative)
            }
            EntryKind::File => self.file(path, self.root.join(relative)),
            EntryKind::Symlink => {
                let target = self.link_target(&self.root.join(relative))?;
                self.file(path, target)
            }
            EntryKind::Other => {
                refuse(&self.root.join(relative), "is a device, socket or FIFO; leave it out of the skill")
            }
        }
    }

    fn leave_out(&mut self, relative: &Path, kind: EntryKind) {
        let end = if kind == EntryKind::Directory { "/" } else { "" };
        self.left_out.push(format!("{}{end}", relative.display()));
    }

    fn file(&mut self, path: SkillPath, source: PathBuf) -> Result<(), Error> {
        let found = self.fs.status(&source).attempt("read", &source)?;
        if found.kind != EntryKind::File {
            return refuse(&source, "changed while the skill was read");
        }
        self.account.add_file(path.as_str(), found.size)?;
        let content = Content::Disk(self.fs.clone(), source);
        self.files.push(File { path, executable: found.executable, size: found.size, content });
        Ok(())
    }

    /// The file that the link at `path` leads to, when it is one of this skill.
    fn link_target(&self, path: &Path) -> Result<PathBuf, Error> {
        let target = match self.fs.resolve(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return refuse(path, "is a symbolic link that leads nowhere; remove it or leave it out");
            }
            target => target.attempt("follow the symbolic link", path)?,
        };
        let Ok(relative) = target.strip_prefix(&self.root) else {
            return refuse(path, "is a symbolic link that leaves the skill; put the file itself there");
        };
        match self.fs.status(&target).attempt("read", &target)?.kind {
            EntryKind::File if self.ignored.leaves_out_somewhere(relative) => {
                refuse(path, "is a symbolic link to a file that is left out of the skill")
            }
            EntryKind::File => Ok(target),
            EntryKind::Directory => refuse(path, "is a symbolic link to a directory; only links to files are followed"),
            _ => refuse(path, "is a symbolic link to something that is not a file"),
        }
    }
}

fn refuse<T>(path: &Path, rule: &'static str) -> Result<T, Error> {
    Err(Error::Entry { path: path.to_owned(), rule })
}
