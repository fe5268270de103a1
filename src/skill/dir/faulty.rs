//! File operations that fail, or stop for good, at the k-th call that changes something.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fs::{EntryKind, Fs, LockMode, RealFs, Status};

/// What happens at the k-th call and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Only that call fails.
    FailOnce,
    /// That call and all later ones fail, as after a kill.
    Stop,
    /// Only that call fails, and names cannot be exchanged.
    FailOnceWithoutExchange,
    /// As after a kill, and names cannot be exchanged.
    StopWithoutExchange,
}

impl Fault {
    pub(super) const ALL: [Self; 4] =
        [Self::FailOnce, Self::Stop, Self::FailOnceWithoutExchange, Self::StopWithoutExchange];

    pub(super) fn is_kill(self) -> bool {
        matches!(self, Self::Stop | Self::StopWithoutExchange)
    }

    fn can_exchange(self) -> bool {
        matches!(self, Self::FailOnce | Self::Stop)
    }
}

#[derive(Debug)]
pub(super) struct FaultyFs {
    calls: AtomicUsize,
    at: usize,
    fault: Fault,
}

impl FaultyFs {
    pub(super) fn new(at: usize, fault: Fault) -> Self {
        Self { calls: AtomicUsize::new(0), at, fault }
    }

    /// Whether the k-th call was reached.
    pub(super) fn was_reached(&self) -> bool {
        self.calls.load(Ordering::SeqCst) > self.at
    }

    fn step(&self) -> io::Result<()> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let fails = call == self.at || (call > self.at && self.fault.is_kill());
        if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl Fs for FaultyFs {
    fn open(&self, path: &Path) -> io::Result<File> {
        RealFs.open(path)
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
        self.step()?;
        RealFs.create_dir(directory)
    }

    fn create_private_dir(&self, directory: &Path) -> io::Result<()> {
        self.step()?;
        RealFs.create_private_dir(directory)
    }

    /// A write that fails leaves half of the file behind.
    fn write_new(&self, path: &Path, mode: u32, content: &mut dyn Read) -> io::Result<u64> {
        let step = self.step();
        let limit = if step.is_ok() { u64::MAX } else { 1 };
        let size = RealFs.write_new(path, mode, &mut content.take(limit))?;
        step.map(|()| size)
    }

    fn sync(&self, files: &[PathBuf]) -> io::Result<()> {
        self.step()?;
        RealFs.sync(files)
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        self.step()?;
        RealFs.sync_dir(directory)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        RealFs.rename(from, to)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        if !self.fault.can_exchange() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.step()?;
        RealFs.exchange(one, other)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        RealFs.remove_file(path)
    }

    fn remove_tree(&self, directory: &Path) -> io::Result<()> {
        self.step()?;
        RealFs.remove_tree(directory)
    }

    fn lock(&self, path: &Path, mode: LockMode) -> io::Result<File> {
        self.step()?;
        RealFs.lock(path, mode)
    }

    fn lock_dir(&self, directory: &Path, mode: LockMode) -> io::Result<Option<File>> {
        self.step()?;
        RealFs.lock_dir(directory, mode)
    }
}
