//! The few file operations of the local store and of skill directories, behind a trait.
//!
//! [`RealFs`] performs them and decides nothing: no retries, no clean-up, no names. Tests put an
//! implementation in its place that fails, or stops for good, at the k-th call. `durable` makes of
//! several steps what is there whole or not at all after a crash.

mod durable;
mod real;

#[cfg(test)]
pub(crate) mod faulty;
#[cfg(test)]
pub(crate) mod journal;

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use durable::{create_dir_durably, parent, write_durably};
pub use real::RealFs;

/// How a lock file is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// Beside other shared holders.
    Shared,
    /// Alone.
    Exclusive,
    /// Alone, or not at all: fails with `WouldBlock` where another mode would wait.
    ExclusiveNow,
}

/// What a directory entry is, without following links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a socket or a FIFO.
    Other,
}

/// What a path leads to, without following a link at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// What it is.
    pub kind: EntryKind,
    /// Size in bytes.
    pub size: u64,
    /// Whether the owner may execute it.
    pub executable: bool,
}

/// The file operations that the store and skill directories need.
///
/// Every method is one step that may fail or be the last one before a crash. Paths are used as
/// they are; callers have checked them.
pub trait Fs: Send + Sync + fmt::Debug {
    /// Opens a regular file for reading; does not wait as a FIFO would.
    fn open(&self, path: &Path) -> io::Result<File>;

    /// Opens the regular file that is at `path` itself: fails on a link at its end or, where the
    /// system can tell, on the way to it, and does not wait as a FIFO would.
    fn open_in_place(&self, path: &Path) -> io::Result<File>;

    /// The names in a directory with their kinds, in no order.
    fn list(&self, directory: &Path) -> io::Result<Vec<(OsString, EntryKind)>>;

    /// What is at `path`; a link at its end is not followed.
    fn status(&self, path: &Path) -> io::Result<Status>;

    /// Where `path` leads, with every link followed.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf>;

    /// Makes a directory and its parents where they are missing.
    fn create_dir(&self, directory: &Path) -> io::Result<()>;

    /// Makes a new directory that only its owner may enter. Fails when the path exists.
    fn create_private_dir(&self, directory: &Path) -> io::Result<()>;

    /// Makes a new file with permission bits `mode` less the umask, and fills it from `content`.
    /// Fails when the path exists; after another failure the file may be there in part. Returns
    /// the number of bytes written.
    fn write_new(&self, path: &Path, mode: u32, content: &mut dyn Read) -> io::Result<u64>;

    /// Makes the contents of `files`, which lie on one file system, survive a crash.
    fn sync(&self, files: &[PathBuf]) -> io::Result<()>;

    /// Makes the names in a directory survive a crash.
    fn sync_dir(&self, directory: &Path) -> io::Result<()>;

    /// Gives a file or directory another name, replacing a file that has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Exchanges two existing names in one step; `Unsupported` where the file system cannot.
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory with everything in it, without following links.
    fn remove_tree(&self, directory: &Path) -> io::Result<()>;

    /// Takes the lock file at `path`, which is made where it is missing; waits for other holders.
    /// The lock is released when the file is dropped.
    fn lock(&self, path: &Path, mode: LockMode) -> io::Result<File>;

    /// Takes the lock of a directory, which leaves nothing behind in it; `None` where
    /// [`LockMode::ExclusiveNow`] would have to wait. The lock is released when the file is dropped.
    fn lock_dir(&self, directory: &Path, mode: LockMode) -> io::Result<Option<File>>;
}
