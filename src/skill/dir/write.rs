//! Writes a skill to a directory: whole or not at all.
//!
//! Everything is written to a private place beside the target, which nobody else can enter, so no
//! link can be planted there; made durable; and then renamed, or exchanged with the old content.
//! Writers share a lock on the parent directory; who gets it alone sweeps what killed ones left.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Attempt, Error};
use crate::fs::{EntryKind, Fs, LockMode, create_dir_durably};
use crate::skill::{File, Tree};

/// What becomes of a directory that is at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and writing is refused.
    Refuse,
    /// The skill takes its place, in one step where the file system can.
    Replace,
}

/// Writes `tree` to the directory `target`, whose parents are made where they are missing. After
/// an error the target is as it was.
///
/// # Errors
/// [`Error::Exists`] when there is a directory that is not to be replaced; else when the target is
/// something other than a directory, a file of the tree changed, or a file operation fails.
pub fn write(fs: &dyn Fs, tree: &Tree, target: &Path, existing: Existing) -> Result<(), Error> {
    let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(Error::Entry { path: target.to_owned(), rule: "is not the name of a directory to write to" });
    };
    let parent = if parent == Path::new("") { Path::new(".") } else { parent };
    let target = &parent.join(name);
    match create_dir_durably(fs, parent) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(in_the_way(parent)),
        made => made.attempt("create the directory", parent)?,
    }
    sweep(fs, target)?;
    if exists(fs, target)? && existing == Existing::Refuse {
        return Err(Error::Exists(target.clone()));
    }
    let _lock = fs.lock_dir(parent, LockMode::Shared).attempt("lock the directory", parent)?;
    let place = Workplace::create(fs, target)?;
    let result = place.fill(tree).and_then(|()| place.publish(existing));
    place.clear();
    result
}

/// Whether there is a directory at `target`.
fn exists(fs: &dyn Fs, target: &Path) -> Result<bool, Error> {
    let found = match fs.status(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        found => found.attempt("look at", target)?,
    };
    if found.kind == EntryKind::Directory {
        return Ok(true);
    }
    Err(in_the_way(target))
}

fn in_the_way(path: &Path) -> Error {
    Error::Entry { path: path.to_owned(), rule: "is in the way: it is not a directory" }
}

/// Removes the workplaces that killed writers of `target` left, and puts content back that one of
/// them had moved away. Where the lock cannot be had alone somebody is at work, and a later write
/// does it.
fn sweep(fs: &dyn Fs, target: &Path) -> Result<(), Error> {
    let parent = target.parent().expect("a target has a parent");
    let Ok(Some(_alone)) = fs.lock_dir(parent, LockMode::ExclusiveNow) else {
        return Ok(());
    };
    let prefix = workplace_prefix(target);
    for (name, kind) in fs.list(parent).attempt("list", parent)? {
        let number = name.to_str().and_then(|name| name.strip_prefix(&prefix));
        if kind != EntryKind::Directory || number.is_none_or(|number| number.parse::<u32>().is_err()) {
            continue;
        }
        let left = Workplace { fs, root: parent.join(&name), target };
        left.put_back()?;
        fs.remove_tree(&left.root).attempt("remove the leftover", &left.root)?;
    }
    Ok(())
}

fn workplace_prefix(target: &Path) -> String {
    let name = target.file_name().expect("a target has a name");
    format!(".{}.skillctl-", name.to_string_lossy())
}

/// A private directory beside the target: `new` holds the content that is written, and `old` the
/// content that was there, on file systems that cannot exchange the two.
struct Workplace<'a> {
    fs: &'a dyn Fs,
    root: PathBuf,
    target: &'a Path,
}

/// How the content came to its place.
#[derive(Clone, Copy)]
enum Placed {
    Renamed,
    Exchanged,
}

impl<'a> Workplace<'a> {
    fn create(fs: &'a dyn Fs, target: &'a Path) -> Result<Self, Error> {
        let parent = target.parent().expect("a target has a parent");
        let prefix = workplace_prefix(target);
        for number in 0..u32::MAX {
            let root = parent.join(format!("{prefix}{number}"));
            match fs.create_private_dir(&root) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => {
                    made.attempt("create the directory", &root)?;
                    return Ok(Self { fs, root, target });
                }
            }
        }
        Err(Error::Exists(parent.join(prefix)))
    }

    fn new_content(&self) -> PathBuf {
        self.root.join("new")
    }

    fn old_content(&self) -> PathBuf {
        self.root.join("old")
    }

    /// Writes the content and makes it durable.
    fn fill(&self, tree: &Tree) -> Result<(), Error> {
        let root = self.new_content();
        let mut written = vec![root.clone()];
        written.extend(tree.directories().map(|directory| root.join(directory)));
        for directory in &written {
            self.fs.create_dir(directory).attempt("create the directory", directory)?;
        }
        for file in tree.files() {
            written.push(self.write_file(&root, file)?);
        }
        self.fs.sync(&written).attempt("sync", &root)
    }

    fn write_file(&self, root: &Path, file: &File) -> Result<PathBuf, Error> {
        let path = root.join(&file.path);
        let mode = if file.executable { 0o755 } else { 0o644 };
        // One byte more than there should be, so that a file that has grown is noticed.
        let mut content = file.open().attempt("open the content of", &path)?.take(file.size.saturating_add(1));
        let size = self.fs.write_new(&path, mode, &mut content).attempt("write", &path)?;
        if size == file.size {
            return Ok(path);
        }
        Err(Error::Entry { path, rule: "changed its size while it was read; try again" })
    }

    /// Gives the content its name, durably; undoes that when it does not become durable.
    fn publish(&self, existing: Existing) -> Result<(), Error> {
        let placed = self.place(existing)?;
        let parent = self.target.parent().expect("a target has a parent");
        let synced = self.fs.sync_dir(parent).attempt("sync", parent);
        if synced.is_err() {
            let _ = self.undo(placed);
        }
        synced
    }

    fn place(&self, existing: Existing) -> Result<Placed, Error> {
        if !exists(self.fs, self.target)? {
            match self.fs.rename(&self.new_content(), self.target) {
                // Another writer was faster.
                Err(error) if is_taken(&error) => {}
                renamed => return renamed.attempt("rename to", self.target).map(|()| Placed::Renamed),
            }
        }
        if existing == Existing::Refuse {
            return Err(Error::Exists(self.target.to_owned()));
        }
        match self.fs.exchange(&self.new_content(), self.target) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => self.move_aside(),
            exchanged => exchanged.attempt("replace", self.target).map(|()| Placed::Exchanged),
        }
    }

    /// For file systems that cannot exchange: for a moment nothing is at the target.
    fn move_aside(&self) -> Result<Placed, Error> {
        self.fs.rename(self.target, &self.old_content()).attempt("move aside", self.target)?;
        self.fs.rename(&self.new_content(), self.target).attempt("rename to", self.target)?;
        Ok(Placed::Renamed)
    }

    fn undo(&self, placed: Placed) -> io::Result<()> {
        match placed {
            Placed::Renamed => self.fs.rename(self.target, &self.new_content()),
            Placed::Exchanged => self.fs.exchange(&self.new_content(), self.target),
        }
    }

    /// Removes the workplace, unless the old content is in it and nothing is at the target. What
    /// stays here is swept by the next write to the same target, so a failure changes nothing.
    fn clear(&self) {
        if self.put_back().is_ok() {
            let _ = self.fs.remove_tree(&self.root);
        }
    }

    /// Brings back content that was moved aside by a writer that failed or was killed before it
    /// had put the new content in its place.
    fn put_back(&self) -> Result<(), Error> {
        let was_moved = self.fs.status(&self.old_content()).is_ok();
        let is_missing = self.fs.status(self.target).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if was_moved && is_missing {
            return self.fs.rename(&self.old_content(), self.target).attempt("put back", self.target);
        }
        Ok(())
    }
}

fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists)
}
