//! An image layout in a directory: the local store, and what `oci:DIR` names.
//!
//! Follows the OCI image layout specification. A [`Layout`] is the whole directory, with what only
//! a directory can do: list every name, remove, prune, commit many images at once.
//! [`Layout::repository`] gives the [`Store`](super::Store) of one repository in it.
//!
//! Two lock files keep processes apart. `lock` is held while the index is rewritten. `in-use` is
//! shared by every [`Layout`] that has written, from its first write until it is dropped, and held
//! alone by what frees blobs, so that nothing is freed which a push in flight counts on. Readers
//! take no lock: the index is replaced whole, and content never changes under its digest.

mod batch;
mod collect;
mod commit;
mod content;
mod disk;
mod documents;
mod index;
mod pending;
mod repository;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use batch::Batch;
pub use collect::{Freed, Prune};
pub use index::Entry;
pub use repository::LayoutStore;

pub(super) use self::disk::BLOBS;
use self::disk::Disk;
pub(super) use self::documents::{INDEX_FILE, LAYOUT_FILE};
use self::pending::Pending;
use super::Error;
use crate::fs::{Fs, LockMode};
use crate::image::{Descriptor, Manifest};
use crate::name::Repository;
use crate::parallel;

/// An image layout in a directory, which need not exist before something is written to it.
///
/// Cheap to clone; clones are one user of the directory and may work in parallel. What was pushed
/// and not tagged is removed when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Layout(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    disk: Disk,
    pending: Pending,
    /// Our share of the `in-use` lock.
    in_use: Mutex<Option<File>>,
    /// Held during a commit, so that two of them do not place the same pending blob.
    turn: Mutex<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.pending.drain().iter().for_each(|temp| self.disk.discard(temp));
    }
}

impl Layout {
    /// The layout in `dir`. Nothing is read or written before it is used.
    pub fn new(fs: Arc<dyn Fs>, dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        let name = dir.display().to_string();
        Self::called(fs, dir, name)
    }

    /// The layout in `dir`, which messages call `name`.
    pub(super) fn called(fs: Arc<dyn Fs>, dir: PathBuf, name: String) -> Self {
        Self(Arc::new(Inner {
            disk: Disk::new(fs, dir, name),
            pending: Pending::default(),
            in_use: Mutex::new(None),
            turn: Mutex::new(()),
        }))
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.disk.dir()
    }

    /// The repository whose tags are the names `<repository>:<tag>`.
    #[must_use]
    pub fn repository(&self, repository: &Repository) -> LayoutStore {
        LayoutStore::new(self.clone(), Some(repository.clone()), None)
    }

    /// The layout as one repository whose tags are the bare names, as other tools write them.
    #[must_use]
    pub fn bare(&self) -> LayoutStore {
        LayoutStore::new(self.clone(), None, None)
    }

    /// Everything that the index names, in its order, untagged manifests too.
    ///
    /// # Errors
    /// When `index.json` cannot be read or is not the index of a layout.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        Ok(self.0.disk.read_index()?.entries().cloned().collect())
    }

    /// The manifest with exactly this name in the index.
    ///
    /// # Errors
    /// As [`Layout::entries`].
    pub fn find(&self, name: &str) -> Result<Option<Descriptor>, Error> {
        Ok(self.0.disk.read_index()?.get(name).cloned())
    }

    /// The manifests of many entries, in the same order, each read and verified; on all cores.
    #[must_use]
    pub fn manifests(&self, entries: &[Entry]) -> Vec<Result<Manifest, Error>> {
        parallel::map(entries, |entry| self.require_manifest(&entry.descriptor))
    }

    /// The files of a layout with content, as the specification names them, sorted.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let documents = [INDEX_FILE, LAYOUT_FILE].map(PathBuf::from);
        let blobs = self.0.disk.blobs()?.into_iter().map(|blob| disk::blob_name(&blob.digest));
        let mut files: Vec<PathBuf> = documents.into_iter().chain(blobs).collect();
        files.sort();
        Ok(files)
    }

    fn require_manifest(&self, descriptor: &Descriptor) -> Result<Manifest, Error> {
        let digest = &descriptor.digest;
        let missing = || Error::Missing { store: self.0.disk.name(), digest: digest.clone() };
        self.0.manifest(digest)?.ok_or_else(missing)
    }
}

impl Inner {
    /// Takes our share of the directory, once. The first writer in an unused directory removes
    /// what killed writers left.
    fn hold(&self) -> Result<(), Error> {
        let mut in_use = lock(&self.in_use);
        if in_use.is_some() {
            return Ok(());
        }
        self.prepare()?;
        if let Some(_alone) = self.try_alone()? {
            self.sweep_temp()?;
        }
        *in_use = Some(self.lock_file("in-use", LockMode::Shared)?);
        Ok(())
    }

    /// Whether anybody has ever written here who might also free blobs.
    fn is_shared(&self) -> bool {
        matches!(self.disk.status(&self.disk.temp_folder()), Ok(Some(_)))
    }

    /// Makes the directory and our own folder in it.
    fn prepare(&self) -> Result<(), Error> {
        self.disk.create_dir(self.disk.dir())?;
        self.disk.create_own()
    }

    fn sweep_temp(&self) -> Result<(), Error> {
        self.disk.temporary()?.iter().for_each(|temp| self.disk.discard(temp));
        Ok(())
    }

    fn lock_file(&self, name: &str, mode: LockMode) -> Result<File, Error> {
        let path = self.disk.own(name);
        self.disk.fs().lock(&path, mode).map_err(Error::io("lock", &path))
    }

    /// The `in-use` lock alone, unless somebody else has a share.
    fn try_alone(&self) -> Result<Option<File>, Error> {
        match self.lock_file("in-use", LockMode::ExclusiveNow) {
            Ok(file) => Ok(Some(file)),
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the mutexes guard is whole at every step, so a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
