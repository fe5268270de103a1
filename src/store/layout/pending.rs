//! Blobs that were pushed and wait, verified, in temporary files for the commit that names them.
//!
//! They are visible to their own [`Layout`](super::Layout) only. This file also answers what is
//! there and reads it, wherever it lies.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Mutex;

use super::{Inner, lock};
use crate::digest::Digest;
use crate::image::{self, Blob, Descriptor, Manifest};
use crate::store::{Error, NESTED_LIMIT};

/// The temporary files by the digest of their content.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<BTreeMap<Digest, Temp>>);

#[derive(Debug, Clone)]
struct Temp {
    path: PathBuf,
    size: u64,
}

impl Pending {
    fn get(&self, digest: &Digest) -> Option<Temp> {
        lock(&self.0).get(digest).cloned()
    }

    /// Remembers a file; gives back the path if its content is there already.
    fn insert(&self, digest: Digest, temp: Temp) -> Option<PathBuf> {
        let mut files = lock(&self.0);
        if files.contains_key(&digest) {
            return Some(temp.path);
        }
        files.insert(digest, temp);
        None
    }

    /// Forgets a file and gives back its path.
    pub(super) fn take(&self, digest: &Digest) -> Option<PathBuf> {
        lock(&self.0).remove(digest).map(|temp| temp.path)
    }

    /// The path of a file that stays remembered.
    pub(super) fn path(&self, digest: &Digest) -> Option<PathBuf> {
        self.get(digest).map(|temp| temp.path)
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }

    /// Forgets everything.
    pub(super) fn drain(&self) -> Vec<PathBuf> {
        std::mem::take(&mut *lock(&self.0)).into_values().map(|temp| temp.path).collect()
    }
}

impl Inner {
    /// Writes a blob to a temporary file, unless it is there and whole.
    pub(super) fn push(&self, descriptor: &Descriptor, content: &mut dyn Read) -> Result<(), Error> {
        self.hold()?;
        let Descriptor { digest, size, .. } = descriptor;
        if self.pending.get(digest).is_some_and(|temp| temp.size == *size) || self.is_sound(descriptor)? {
            return Ok(());
        }
        let path = self.disk.write_blob(descriptor, content)?;
        if let Some(second) = self.pending.insert(digest.clone(), Temp { path, size: *size }) {
            self.disk.discard(&second);
        }
        Ok(())
    }

    /// Whether a blob is in place and is what its name says. A damaged one is written again.
    fn is_sound(&self, descriptor: &Descriptor) -> Result<bool, Error> {
        match self.disk.read_blob(descriptor) {
            Ok(_) => Ok(true),
            Err(Error::Missing { .. } | Error::Damaged { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The size of a blob, pending or in place; `None` where there is none.
    pub(super) fn size(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        match self.pending.get(digest) {
            Some(temp) => Ok(Some(temp.size)),
            None => self.disk.blob_size(digest),
        }
    }

    /// Whether a blob is there with its size. After a yes nobody frees it while we are at work.
    pub(super) fn exists(&self, descriptor: &Descriptor) -> Result<bool, Error> {
        let is_there = || Ok(self.size(&descriptor.digest)? == Some(descriptor.size));
        if !is_there()? {
            return Ok(false);
        }
        match self.hold() {
            Ok(()) => is_there(),
            Err(Error::Io { source, .. }) if cannot_write(&source) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// A blob, verified.
    pub(super) fn fetch(&self, descriptor: &Descriptor) -> Result<Blob, Error> {
        let Some(temp) = self.pending.get(&descriptor.digest) else {
            return self.disk.read_blob(descriptor);
        };
        match self.disk.read_blob_at(&temp.path, descriptor) {
            // A commit on another thread has just put it in place.
            Err(Error::Missing { .. }) => self.disk.read_blob(descriptor),
            other => other,
        }
    }

    /// A manifest, verified; `None` where there is none.
    pub(super) fn manifest(&self, digest: &Digest) -> Result<Option<Manifest>, Error> {
        if let Some(temp) = self.pending.get(digest)
            && let Some(manifest) = self.disk.read_manifest_at(&temp.path, digest)?
        {
            return Ok(Some(manifest));
        }
        // In place, perhaps since a moment ago by a commit on another thread.
        self.disk.read_manifest(digest)
    }

    /// The digests of a manifest and everything below it, all of which must be there.
    pub(super) fn reach(&self, manifest: &Manifest) -> Result<BTreeSet<Digest>, Error> {
        let mut found = BTreeSet::from([manifest.digest().clone()]);
        self.reach_below(manifest, 0, &mut found)?;
        Ok(found)
    }

    fn reach_below(&self, manifest: &Manifest, depth: usize, found: &mut BTreeSet<Digest>) -> Result<(), Error> {
        for child in manifest.children() {
            if !found.insert(child.digest.clone()) {
                continue;
            }
            self.require(child)?;
            if !manifest.is_index() {
                continue;
            }
            let missing = || Error::Missing { store: self.disk.name(), digest: child.digest.clone() };
            let below = self.manifest(&child.digest)?.ok_or_else(missing)?;
            if below.is_index() && depth == NESTED_LIMIT {
                return Err(self.too_deep(manifest));
            }
            self.reach_below(&below, depth + 1, found)?;
        }
        Ok(())
    }

    fn require(&self, child: &Descriptor) -> Result<(), Error> {
        let store = || self.disk.name();
        let missing = || Error::Missing { store: store(), digest: child.digest.clone() };
        let size = self.size(&child.digest)?.ok_or_else(missing)?;
        child.check_size(size).map_err(|source| Error::Unverified { store: store(), source })
    }

    fn too_deep(&self, manifest: &Manifest) -> Error {
        let rule = format!("has indexes more than {NESTED_LIMIT} deep");
        let source = image::Error::Rule { digest: manifest.digest().clone(), rule };
        Error::Manifest { store: self.disk.name(), source }
    }
}

/// Whether the directory is one that we only read; nobody frees anything there through us.
fn cannot_write(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}
