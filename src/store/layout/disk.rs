//! The files of one layout directory: where they lie, how they are read, and how they are put in
//! place so that a crash leaves the old or the new state.
//!
//! Nothing here knows which blobs are needed or who else uses the directory. Beside what the
//! image layout specification names there is one folder, `.skillctl`, with the lock files and
//! the files that are still being written.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::index::{INDEX_FILE_LIMIT, Index};
use crate::digest::{self, Algorithm, Digest, VerifyingReader};
use crate::fs::{self, EntryKind, Fs, Status};
use crate::image::{self, Blob, Descriptor, MANIFEST_LIMIT, Manifest};
use crate::spool::{MEMORY_LIMIT, Spooled};
use crate::store::Error;

pub(super) const OWN_FOLDER: &str = ".skillctl";
pub(super) const LAYOUT_FILE: &str = "oci-layout";
pub(super) const INDEX_FILE: &str = "index.json";
pub(super) const BLOBS: &str = "blobs";

const LAYOUT_CONTENT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
const FILE_MODE: u32 = 0o644;

/// A layout directory.
#[derive(Debug)]
pub(super) struct Disk {
    fs: Arc<dyn Fs>,
    dir: PathBuf,
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
    pub(super) fn new(fs: Arc<dyn Fs>, dir: PathBuf) -> Self {
        Self { fs, dir, nonce: RandomState::new().hash_one(0), counter: AtomicU64::new(0) }
    }

    pub(super) fn fs(&self) -> &dyn Fs {
        &*self.fs
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The directory, for messages.
    pub(super) fn name(&self) -> String {
        self.dir.display().to_string()
    }

    /// A file in our own folder.
    pub(super) fn own(&self, name: &str) -> PathBuf {
        self.dir.join(OWN_FOLDER).join(name)
    }

    pub(super) fn temp_folder(&self) -> PathBuf {
        self.own("tmp")
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

    /// Reads a blob and verifies it: small ones into memory, larger ones where they lie.
    pub(super) fn read_blob(&self, descriptor: &Descriptor) -> Result<Blob, Error> {
        read_verified(self, &self.blob_path(&descriptor.digest), descriptor)
    }

    /// Reads and verifies a manifest of unknown size; `None` where there is none.
    pub(super) fn read_manifest(&self, digest: &Digest) -> Result<Option<Manifest>, Error> {
        let path = self.blob_path(digest);
        let Some((file, size)) = self.open(&path)? else {
            return Ok(None);
        };
        parse_manifest(self, (file, size), digest).map(Some)
    }

    /// Reads the index; a missing one is empty.
    pub(super) fn read_index(&self) -> Result<Index, Error> {
        let path = self.dir.join(INDEX_FILE);
        let Some((file, size)) = self.open(&path)? else {
            return Ok(Index::new());
        };
        self.check_version()?;
        let broken = |rule| Error::Layout { path: path.clone(), rule };
        if size > INDEX_FILE_LIMIT {
            return Err(broken(format!("is over {INDEX_FILE_LIMIT} bytes")));
        }
        let bytes = read_all(file, size).map_err(Error::io("read", &path))?;
        Index::parse(&bytes).map_err(broken)
    }

    /// Refuses layouts of another major version. A missing `oci-layout` is forgiven.
    fn check_version(&self) -> Result<(), Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            image_layout_version: String,
        }
        let path = self.dir.join(LAYOUT_FILE);
        let Some((file, _)) = self.open(&path)? else {
            return Ok(());
        };
        let broken = |rule| Error::Layout { path: path.clone(), rule };
        let bytes = read_all(file, MANIFEST_LIMIT).map_err(Error::io("read", &path))?;
        let version: Version = serde_json::from_slice(&bytes)
            .map_err(|error| broken(format!("does not say which version of the image layout this is: {error}")))?;
        if version.image_layout_version.starts_with("1.") {
            return Ok(());
        }
        Err(broken(format!("says image layout version `{}`, only 1 is known", version.image_layout_version)))
    }

    /// Replaces the index: new file, sync, rename, sync of the directory.
    pub(super) fn write_index(&self, index: &Index) -> Result<(), Error> {
        self.mark_as_layout()?;
        self.replace(INDEX_FILE, &index.write())
    }

    fn mark_as_layout(&self) -> Result<(), Error> {
        if self.status(&self.dir.join(LAYOUT_FILE))?.is_some() {
            return Ok(());
        }
        self.create_dir(&self.dir.join(BLOBS).join(Algorithm::Sha256.as_str()))?;
        self.replace(LAYOUT_FILE, LAYOUT_CONTENT)
    }

    fn replace(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let temp = self.temp_path();
        let target = self.dir.join(name);
        let written = self.write_temp(&temp, content).and_then(|()| {
            self.fs.sync(std::slice::from_ref(&temp)).map_err(Error::io("sync", &temp))?;
            self.fs.rename(&temp, &target).map_err(Error::io("replace", &target))
        });
        if written.is_err() {
            self.discard(&temp);
        }
        written?;
        self.sync_dir(&self.dir)
    }

    fn write_temp(&self, temp: &Path, mut content: &[u8]) -> Result<(), Error> {
        self.fs.write_new(temp, FILE_MODE, &mut content).map_err(Error::io("write", temp)).map(drop)
    }

    /// A path for a new file that is not visible to readers.
    pub(super) fn temp_path(&self) -> PathBuf {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        self.temp_folder().join(format!("{}-{:016x}-{count}", std::process::id(), self.nonce))
    }

    /// Writes content to a new temporary file while it is verified.
    pub(super) fn write_blob(&self, descriptor: &Descriptor, content: &mut dyn Read) -> Result<PathBuf, Error> {
        let temp = self.temp_path();
        let mut reader = VerifyingReader::new(content, descriptor.digest.clone(), descriptor.size);
        match self.fs.write_new(&temp, FILE_MODE, &mut reader) {
            Ok(_) => Ok(temp),
            Err(error) => {
                self.discard(&temp);
                Err(self.unverified_or(error, |error| Error::io("write", &temp)(error)))
            }
        }
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

    /// The error of content that failed its verification, or of the operation on it.
    fn unverified_or(&self, error: io::Error, otherwise: impl FnOnce(io::Error) -> Error) -> Error {
        match digest::Error::within(&error) {
            Some(source) => Error::Unverified { store: self.name(), source: source.clone() },
            None => otherwise(error),
        }
    }

    fn damaged(&self, digest: &Digest, source: digest::Error) -> Error {
        Error::Damaged { store: self.name(), digest: digest.clone(), source }
    }
}

/// Reads the file of a blob, a temporary one or one in place.
pub(super) fn read_verified(disk: &Disk, path: &Path, descriptor: &Descriptor) -> Result<Blob, Error> {
    let Descriptor { digest, size, .. } = descriptor;
    let Some((file, actual)) = disk.open(path)? else {
        return Err(Error::Missing { store: disk.name(), digest: digest.clone() });
    };
    if actual != *size {
        return Err(disk.damaged(digest, digest::Error::Size { digest: digest.clone(), expected: *size, actual }));
    }
    let content = if actual > MEMORY_LIMIT as u64 {
        Spooled::from_file(file, actual)
    } else {
        Spooled::from(read_all(file, actual).map_err(Error::io("read", path))?)
    };
    let blob = Blob::verified(digest.clone(), content);
    io::copy(&mut blob.verifying_reader(), &mut io::sink()).map_err(|error| {
        match disk.unverified_or(error, |error| Error::io("read", path)(error)) {
            Error::Unverified { source, .. } => disk.damaged(digest, source),
            other => other,
        }
    })?;
    Ok(blob)
}

/// Parses the manifest in an open file after its digest was verified.
pub(super) fn parse_manifest(disk: &Disk, (file, size): (File, u64), digest: &Digest) -> Result<Manifest, Error> {
    let refused = |source| Error::Manifest { store: disk.name(), source };
    if size > MANIFEST_LIMIT {
        let rule = format!("is over {MANIFEST_LIMIT} bytes");
        return Err(refused(image::Error::Rule { digest: digest.clone(), rule }));
    }
    let bytes = read_all(file, size).map_err(Error::io("read", &disk.blob_path(digest)))?;
    digest.verify(&bytes).map_err(|source| disk.damaged(digest, source))?;
    Manifest::parse_named(bytes, digest.clone()).map_err(refused)
}

/// Up to `size` bytes, and one more where there are more, so that a growing file is noticed.
fn read_all(file: File, size: u64) -> io::Result<Bytes> {
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(MANIFEST_LIMIT)).unwrap_or(0) + 1);
    file.take(size.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

fn digest_of(algorithm: Algorithm, name: Option<&OsStr>) -> Option<Digest> {
    format!("{}:{}", algorithm.as_str(), name?.to_str()?).parse().ok()
}
