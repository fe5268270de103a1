//! File operations that fail, or stop for good, at the k-th call.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{EntryKind, Fs, LockMode, RealFs, Status};

/// What happens at the k-th call and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
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
    pub(crate) const ALL: [Self; 4] =
        [Self::FailOnce, Self::Stop, Self::FailOnceWithoutExchange, Self::StopWithoutExchange];

    pub(crate) fn is_kill(self) -> bool {
        matches!(self, Self::Stop | Self::StopWithoutExchange)
    }

    fn can_exchange(self) -> bool {
        matches!(self, Self::FailOnce | Self::Stop)
    }
}

#[derive(Debug)]
pub(crate) struct FaultyFs {
    calls: AtomicUsize,
    at: usize,
    fault: Fault,
    reads: Reads,
}

/// Whether reading counts as a call and can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    Count,
    Pass,
}

impl FaultyFs {
    /// Counts the calls that change something.
    pub(crate) fn new(at: usize, fault: Fault) -> Self {
        Self { calls: AtomicUsize::new(0), at, fault, reads: Reads::Pass }
    }

    /// Counts all calls.
    pub(crate) fn with_reads(at: usize, fault: Fault) -> Self {
        Self { reads: Reads::Count, ..Self::new(at, fault) }
    }

    /// Whether the k-th call was reached.
    pub(crate) fn was_reached(&self) -> bool {
        self.calls.load(Ordering::SeqCst) > self.at
    }

    fn step(&self) -> io::Result<()> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let fails = call == self.at || (call > self.at && self.fault.is_kill());
        if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn read_step(&self) -> io::Result<()> {
        if self.reads == Reads::Count { self.step() } else { Ok(()) }
    }
}

impl Fs for FaultyFs {
    fn open(&self, path: &Path) -> io::Result<File> {
        self.read_step()?;
        RealFs.open(path)
    }

    fn open_in_place(&self, path: &Path) -> io::Result<File> {
        self.read_step()?;
        RealFs.open_in_place(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        self.read_step()?;
        RealFs.list(directory)
    }

    fn status(&self, path: &Path) -> io::Result<Status> {
        self.read_step()?;
        RealFs.status(path)
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        self.read_step()?;
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
        let Err(fault) = self.step() else {
            return RealFs.write_new(path, mode, content);
        };
        let mut whole = Vec::new();
        content.read_to_end(&mut whole)?;
        RealFs.write_new(path, mode, &mut &whole[..whole.len() / 2])?;
        Err(fault)
    }

    fn sync(&self, files: &[PathBuf]) -> io::Result<()> {
        // Nothing here cuts the power, so the disk is not waited for.
        self.step()?;
        files.iter().try_for_each(|file| File::open(file).map(drop))
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        self.step()?;
        File::open(directory).map(drop)
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
