//! File operations that are written down; [`Disk`] says what a crash may leave of them.
//!
//! Nothing is synced for real, so this is also the fast stand-in for tests that cut no power.

mod disk;

pub(crate) use disk::{Disk, Left, SEEDS};

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::{EntryKind, Fs, LockMode, RealFs, Status};

/// One operation that changed something or made it durable.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    CreateDir(PathBuf),
    Write(PathBuf, Vec<u8>),
    Sync(Vec<PathBuf>),
    SyncDir(PathBuf),
    Rename(PathBuf, PathBuf),
    Exchange(PathBuf, PathBuf),
    Remove(PathBuf),
}

/// Real file operations with a log.
#[derive(Debug, Default)]
pub(crate) struct JournalFs(Mutex<Vec<Op>>);

impl JournalFs {
    pub(crate) fn ops(&self) -> Vec<Op> {
        self.log().clone()
    }

    fn log(&self) -> MutexGuard<'_, Vec<Op>> {
        self.0.lock().unwrap()
    }
}

impl Fs for JournalFs {
    fn open(&self, path: &Path) -> io::Result<File> {
        RealFs.open(path)
    }

    fn open_in_place(&self, path: &Path) -> io::Result<File> {
        RealFs.open_in_place(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        RealFs.list(directory)
    }

    fn status(&self, path: &Path) -> io::Result<Status> {
        RealFs.status(path)
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        RealFs.resolve(path)
    }

    fn create_dir(&self, directory: &Path) -> io::Result<()> {
        let missing: Vec<_> = directory.ancestors().take_while(|path| !path.exists()).collect();
        self.log().extend(missing.iter().rev().map(|path| Op::CreateDir(path.to_path_buf())));
        RealFs.create_dir(directory)
    }

    fn create_private_dir(&self, directory: &Path) -> io::Result<()> {
        self.log().push(Op::CreateDir(directory.to_owned()));
        RealFs.create_private_dir(directory)
    }

    fn write_new(&self, path: &Path, mode: u32, content: &mut dyn Read) -> io::Result<u64> {
        let size = RealFs.write_new(path, mode, content)?;
        self.log().push(Op::Write(path.to_owned(), fs::read(path)?));
        Ok(size)
    }

    fn sync(&self, files: &[PathBuf]) -> io::Result<()> {
        self.log().push(Op::Sync(files.to_vec()));
        Ok(())
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        self.log().push(Op::SyncDir(directory.to_owned()));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.log().push(Op::Rename(from.to_owned(), to.to_owned()));
        RealFs.rename(from, to)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        RealFs.exchange(one, other)?;
        self.log().push(Op::Exchange(one.to_owned(), other.to_owned()));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        RealFs.remove_file(path)?;
        self.log().push(Op::Remove(path.to_owned()));
        Ok(())
    }

    fn remove_tree(&self, directory: &Path) -> io::Result<()> {
        let paths = paths_below(directory)?;
        RealFs.remove_tree(directory)?;
        self.log().extend(paths.into_iter().rev().map(Op::Remove));
        Ok(())
    }

    fn lock(&self, path: &Path, mode: LockMode) -> io::Result<File> {
        RealFs.lock(path, mode)
    }

    fn lock_dir(&self, directory: &Path, mode: LockMode) -> io::Result<Option<File>> {
        RealFs.lock_dir(directory, mode)
    }
}

/// A directory and everything in it, each directory before what is in it.
fn paths_below(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = vec![directory.to_owned()];
    for (name, kind) in RealFs.list(directory)? {
        let path = directory.join(name);
        if kind == EntryKind::Directory {
            paths.extend(paths_below(&path)?);
        } else {
            paths.push(path);
        }
    }
    Ok(paths)
}
