//! The files of one layout directory: where they lie, how they are read, and how they are put in
//! place so that a crash leaves the old or the new state.
//!
//! What the files say is in `content.rs` and `documents.rs`. Nothing here knows which blobs are
//! needed or who else uses the directory. Beside what the image layout specification names there
//! is one folder, `.skillctl`, with the lock files and the files that are still being written.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::digest::{Algorithm, Digest};
use crate::fs::{self, EntryKind, Fs, Status};
use crate::store::Error;

const OWN_FOLDER: &str = ".skillctl";
pub(in crate::store) const BLOBS: &str = "blobs";

pub(super) const FILE_MODE: u32 = 0o644;

/// A layout directory.
#[derive(Debug)]
pub(super) struct Disk {
    fs: Arc<dyn Fs>,
    dir: PathBuf,
    name: String,
    /// Makes the names of temporary files differ between processes, also across machines.
    nonce: u64,
    counter: AtomicU64,
}

/// A blob in the directory, with its size.
pub(super) struct Stored {
    pub(super) digest: Digest,
    pub(super) path: PathBuf,
    pub(super) size: u64,
}

/// Where a blob lies in a layout.
pub(super) fn blob_name(digest: &Digest) -> PathBuf {
    [BLOBS, digest.algorithm().as_str(), digest.hex()].iter().collect()
}

impl Disk {
    pub(super) fn new(fs: Arc<dyn Fs>, dir: PathBuf, name: String) -> Self {
        Self { fs, dir, name, nonce: RandomState::new().hash_one(0), counter: AtomicU64::new(0) }
    }

    pub(super) fn fs(&self) -> &dyn Fs {
        &*self.fs
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// What to call the directory in messages.
    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    /// A file in our own folder.
    pub(super) fn own(&self, name: &str) -> PathBuf {
        self.dir.join(OWN_FOLDER).join(name)
    }

    pub(super) fn temp_folder(&self) -> PathBuf {
        self.own("tmp")
    }

    /// Makes our own folder. What a stranger put there instead is refused: behind a link, what we
    /// take for leftovers of ours would be other people's files.
    pub(super) fn create_own(&self) -> Result<(), Error> {
        let temp_folder = self.temp_folder();
        for path in [&self.dir.join(OWN_FOLDER), &temp_folder] {
            if self.status(path)?.is_some_and(|status| status.kind != EntryKind::Directory) {
                let rule = "must be a directory and not a link to one".to_owned();
                return Err(Error::Layout { path: path.clone(), rule });
            }
        }
        self.fs.create_dir(&temp_folder).map_err(Error::io("create directory", &temp_folder))
    }

    /// The temporary files that are there, of whatever process.
    pub(super) fn temporary(&self) -> Result<Vec<PathBuf>, Error> {
        let files = self.list(&self.temp_folder())?;
        Ok(files.into_iter().filter(|path| is_temporary(path.file_name())).collect())
    }

    pub(super) fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.dir.join(blob_name(digest))
    }

    /// Opens a file; `None` where there is none.
    pub(super) fn open(&self, path: &Path) -> Result<Option<(File, u64)>, Error> {
        let file = match self.fs.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("open", path)(error)),
        };
        let metadata = file.metadata().map_err(Error::io("look at", path))?;
        Ok(Some((file, metadata.len())))
    }

    /// The size of a blob's file; `None` where there is none.
    pub(super) fn blob_size(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        Ok(self.status(&self.blob_path(digest))?.map(|status| status.size))
    }

    /// What is at a path; `None` where there is nothing.
    pub(super) fn status(&self, path: &Path) -> Result<Option<Status>, Error> {
        match self.fs.status(path) {
            Ok(status) => Ok(Some(status)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("look at", path)(error)),
        }
    }

    /// A path for a new file that is not visible to readers.
    pub(super) fn temp_path(&self) -> PathBuf {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        self.temp_folder().join(format!("{}-{:016x}-{count}", std::process::id(), self.nonce))
    }

    /// Gives synced temporary files the names of their blobs, and makes the names durable.
    pub(super) fn place(&self, blobs: &[(Digest, PathBuf)]) -> Result<(), Error> {
        let folder = |digest: &Digest| self.dir.join(BLOBS).join(digest.algorithm().as_str());
        let folders: BTreeSet<PathBuf> = blobs.iter().map(|(digest, _)| folder(digest)).collect();
        folders.iter().try_for_each(|folder| self.create_dir(folder))?;
        for (digest, temp) in blobs {
            let target = self.blob_path(digest);
            self.fs.rename(temp, &target).map_err(Error::io("write", &target))?;
        }
        folders.iter().try_for_each(|folder| self.sync_dir(folder))
    }

    /// Makes a directory and its parents, durably.
    pub(super) fn create_dir(&self, directory: &Path) -> Result<(), Error> {
        fs::create_dir_durably(self.fs(), directory).map_err(Error::io("create directory", directory))
    }

    pub(super) fn sync_dir(&self, directory: &Path) -> Result<(), Error> {
        self.fs.sync_dir(directory).map_err(Error::io("sync directory", directory))
    }

    /// Removes a temporary file of ours, if it is there. Failing is harmless: the next writer
    /// finds it.
    pub(super) fn discard(&self, temp: &Path) {
        let _ = self.fs.remove_file(temp);
    }

    /// The files in a directory, with what they are; none where it is missing.
    pub(super) fn list(&self, directory: &Path) -> Result<Vec<PathBuf>, Error> {
        match self.fs.list(directory) {
            Ok(entries) => {
                let files = entries.into_iter().filter(|(_, kind)| *kind == EntryKind::File);
                Ok(files.map(|(name, _)| directory.join(name)).collect())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Error::io("list", directory)(error)),
        }
    }

    /// Every blob in the directory. Files with other names are none of ours.
    pub(super) fn blobs(&self) -> Result<Vec<Stored>, Error> {
        let mut blobs = Vec::new();
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            for path in self.list(&self.dir.join(BLOBS).join(algorithm.as_str()))? {
                let Some(digest) = digest_of(algorithm, path.file_name()) else { continue };
                let Some(Status { size, .. }) = self.status(&path)? else { continue };
                blobs.push(Stored { digest, path, size });
            }
        }
        Ok(blobs)
    }
}

/// Whether a name is one that [`Disk::temp_path`] gives.
fn is_temporary(name: Option<&OsStr>) -> bool {
    let parts: Vec<&str> = name.and_then(OsStr::to_str).unwrap_or_default().split('-').collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_nonce = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    matches!(parts[..], [process, nonce, count] if is_number(process) && is_nonce(nonce) && is_number(count))
}

fn digest_of(algorithm: Algorithm, name: Option<&OsStr>) -> Option<Digest> {
    format!("{}:{}", algorithm.as_str(), name?.to_str()?).parse().ok()
}
