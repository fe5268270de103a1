//! The operating system's files.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use super::{EntryKind, Fs, LockMode, Status};

/// The number of files from which one `syncfs` is cheaper than an `fsync` for each.
const SYNC_TOGETHER: usize = 16;

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFs;

impl Fs for RealFs {
    fn open(&self, path: &Path) -> io::Result<File> {
        // A FIFO would wait for a writer; a regular file does not know the flag.
        let at_once = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        regular(OpenOptions::new().read(true).custom_flags(at_once).open(path)?)
    }

    fn open_in_place(&self, path: &Path) -> io::Result<File> {
        regular(open_without_links(path)?)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name(), kind_of(entry.file_type()?)))
        };
        fs::read_dir(directory)?.map(entry).collect()
    }

    fn status(&self, path: &Path) -> io::Result<Status> {
        let found = fs::symlink_metadata(path)?;
        let executable = found.permissions().mode() & 0o100 != 0;
        Ok(Status { kind: kind_of(found.file_type()), size: found.len(), executable })
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn create_dir(&self, directory: &Path) -> io::Result<()> {
        fs::create_dir_all(directory)
    }

    fn create_private_dir(&self, directory: &Path) -> io::Result<()> {
        fs::DirBuilder::new().mode(0o700).create(directory)
    }

    fn write_new(&self, path: &Path, mode: u32, content: &mut dyn Read) -> io::Result<u64> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        io::copy(content, &mut file)
    }

    fn sync(&self, files: &[PathBuf]) -> io::Result<()> {
        let Some((first, others)) = files.split_first() else {
            return Ok(());
        };
        #[cfg(target_os = "linux")]
        if files.len() >= SYNC_TOGETHER {
            return Ok(rustix::fs::syncfs(File::open(first)?)?);
        }
        // At the same time, so that they share one commit of the file system's journal.
        thread::scope(|scope| {
            let others: Vec<_> = others.iter().map(|path| scope.spawn(|| sync_file(path))).collect();
            let outcome = sync_file(first);
            let outcomes = others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            outcome.and(outcomes.collect())
        })
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        File::open(directory)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(|error| match error {
            rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL => io::ErrorKind::Unsupported.into(),
            other => other.into(),
        })
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_tree(&self, directory: &Path) -> io::Result<()> {
        fs::remove_dir_all(directory)
    }

    fn lock(&self, path: &Path, mode: LockMode) -> io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        take(&file, mode)?;
        Ok(file)
    }

    fn lock_dir(&self, directory: &Path, mode: LockMode) -> io::Result<Option<File>> {
        let file = File::open(directory)?;
        match take(&file, mode) {
            Ok(()) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn sync_file(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn open_without_links(path: &Path) -> io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{ResolveFlags, openat2};
        use rustix::io::Errno;
        match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
            // Old kernels, and sandboxes that do not know the call.
            Err(Errno::NOSYS | Errno::PERM) => {}
            opened => return Ok(opened?.into()),
        }
    }
    Ok(openat(CWD, path, flags, Mode::empty())?.into())
}

fn take(file: &File, mode: LockMode) -> io::Result<()> {
    match mode {
        LockMode::Shared => file.lock_shared(),
        LockMode::Exclusive => file.lock(),
        LockMode::ExclusiveNow => Ok(file.try_lock()?),
    }
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
}

fn kind_of(kind: fs::FileType) -> EntryKind {
    if kind.is_file() {
        EntryKind::File
    } else if kind.is_dir() {
        EntryKind::Directory
    } else if kind.is_symlink() {
        EntryKind::Symlink
    } else {
        EntryKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sync_reports_each_missing_file() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (0..5).map(|number| folder.path().join(number.to_string())).collect();
        for path in &paths {
            RealFs.write_new(path, 0o644, &mut &b"x"[..]).unwrap();
        }
        for count in 0..=paths.len() {
            RealFs.sync(&paths[..count]).unwrap();
        }
        for path in &paths {
            let moved = path.with_extension("moved");
            RealFs.rename(path, &moved).unwrap();
            assert_eq!(RealFs.sync(&paths).unwrap_err().kind(), io::ErrorKind::NotFound);
            RealFs.rename(&moved, path).unwrap();
        }
    }

    #[test]
    fn only_a_regular_file_is_opened_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("real")).unwrap();
        fs::write(root.join("real/file"), "x").unwrap();
        std::os::unix::fs::symlink("real", root.join("linked")).unwrap();
        std::os::unix::fs::symlink("file", root.join("real/link")).unwrap();
        let fifo = std::process::Command::new("mkfifo").arg(root.join("fifo")).status().unwrap();
        assert!(fifo.success());
        RealFs.open_in_place(&root.join("real/file")).unwrap();
        for name in ["real/link", "fifo", "real"] {
            assert!(RealFs.open_in_place(&root.join(name)).is_err(), "{name}");
        }
        if cfg!(target_os = "linux") {
            assert!(RealFs.open_in_place(&root.join("linked/file")).is_err());
        }
    }

    #[test]
    fn a_lock_that_is_taken_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let shared = RealFs.lock(&path, LockMode::Shared).unwrap();
        let second = RealFs.lock(&path, LockMode::Shared).unwrap();
        let now = || RealFs.lock(&path, LockMode::ExclusiveNow).map(drop).map_err(|error| error.kind());
        assert_eq!(now(), Err(io::ErrorKind::WouldBlock));
        drop((shared, second));
        assert_eq!(now(), Ok(()));
    }
}
