//! Removing names, and freeing the blobs that no name reaches any more.
//!
//! The index is changed first and durably; only then blobs go, while nobody else uses the
//! directory. A crash in between leaves blobs that nothing names.

use std::collections::BTreeSet;

use super::documents::INDEX_FILE;
use super::index::{Entry, Index};
use super::{Inner, Layout, lock};
use crate::digest::Digest;
use crate::fs::LockMode;
use crate::name::{Reference, Target};
use crate::store::Error;

/// Whether [`Layout::prune`] removes what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// It does.
    Free,
    /// It only says what it would remove, without waiting for writers: what they have not
    /// committed yet is counted too.
    DryRun,
}

/// What was removed, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Freed {
    /// Entries that left the index.
    pub entries: Vec<Entry>,
    /// The number of blobs.
    pub blobs: usize,
    /// Their size in bytes.
    pub bytes: u64,
    /// The number of files that interrupted writers left.
    pub temporary: usize,
    /// Whether blobs may have stayed that nothing names, because somebody is at work in the
    /// directory or another image is damaged; a later [`Layout::prune`] frees them.
    pub left: bool,
}

impl Layout {
    /// Removes images from the index, all or none of them, and frees what only they needed.
    ///
    /// A reference with a tag names one entry. One with a digest names every entry of its
    /// repository with that digest, and the untagged one.
    ///
    /// # Errors
    /// [`Error::NoImage`] for the first reference that names nothing.
    pub fn remove(&self, references: &[Reference]) -> Result<Freed, Error> {
        let inner = &self.0;
        inner.check_listed(references, &inner.disk.read_index()?)?;
        let entries = inner.unlist(|entry| references.iter().any(|reference| is_named(entry, reference)))?;
        let freed = Freed { entries, ..Freed::default() };
        let _turn = lock(&inner.turn);
        if !inner.pending.is_empty() {
            // Our share protects what waits for its commit.
            return Ok(Freed { left: true, ..freed });
        }
        inner.release();
        let Some(_alone) = inner.try_alone()? else {
            return Ok(Freed { left: true, ..freed });
        };
        match inner.needed(&inner.disk.read_index()?) {
            Ok(needed) => inner.sweep_blobs(&needed, Prune::Free, freed),
            Err(Error::Io { what, path, source }) => Err(Error::Io { what, path, source }),
            Err(_) => Ok(Freed { left: true, ..freed }),
        }
    }

    /// Removes untagged manifests, every blob that no name reaches, and what interrupted writers
    /// left. Waits until no other [`Layout`] that has written uses the directory.
    ///
    /// # Errors
    /// When a named manifest is missing or damaged, because what it needs is then not known.
    pub fn prune(&self, mode: Prune) -> Result<Freed, Error> {
        let inner = &self.0;
        if inner.disk.status(inner.disk.dir())?.is_none() {
            return Ok(Freed::default());
        }
        if mode == Prune::DryRun {
            return inner.prune_unused(mode);
        }
        let _turn = lock(&inner.turn);
        if !inner.pending.is_empty() {
            return Ok(Freed { left: true, ..Freed::default() });
        }
        inner.release();
        inner.prepare()?;
        let _alone = inner.lock_file("in-use", LockMode::Exclusive)?;
        inner.prune_unused(mode)
    }
}

/// Whether `entry` is what `reference` names.
fn is_named(entry: &Entry, reference: &Reference) -> bool {
    let Some(name) = &entry.name else {
        return reference.target() == Target::Digest(entry.descriptor.digest.clone());
    };
    let repository = reference.repository();
    match reference.target() {
        _ if *name == reference.to_string() => true,
        Target::Tag(tag) => *name == format!("{repository}:{tag}"),
        Target::Digest(digest) => {
            let rest = name.strip_prefix(&repository.to_string());
            entry.descriptor.digest == digest && rest.is_some_and(|rest| rest.starts_with([':', '@']))
        }
    }
}

fn is_untagged_manifest(entry: &Entry) -> bool {
    entry.name.is_none() && (entry.descriptor.is_manifest() || entry.descriptor.media_type.is_empty())
}

/// What the index reaches. A blob may be named as a manifest elsewhere and is then still opened.
#[derive(Default)]
struct Needed {
    manifests: BTreeSet<Digest>,
    blobs: BTreeSet<Digest>,
}

impl Inner {
    fn check_listed(&self, references: &[Reference], index: &Index) -> Result<(), Error> {
        let is_listed = |reference: &&Reference| index.entries().any(|entry| is_named(entry, reference));
        match references.iter().find(|reference| !is_listed(reference)) {
            Some(reference) => Err(Error::NoImage { store: self.disk.name(), name: reference.to_string() }),
            None => Ok(()),
        }
    }

    /// Removes entries from the index under the lock; gives back those that were there.
    pub(super) fn unlist(&self, gone: impl Fn(&Entry) -> bool) -> Result<Vec<Entry>, Error> {
        self.hold()?;
        let _alone = self.lock_file("lock", LockMode::Exclusive)?;
        let mut index = self.disk.read_index()?;
        let removed = index.remove(gone);
        if !removed.is_empty() {
            self.disk.write_index(&index)?;
        }
        Ok(removed)
    }

    /// Gives our share of the directory back.
    fn release(&self) {
        lock(&self.in_use).take();
    }

    fn prune_unused(&self, mode: Prune) -> Result<Freed, Error> {
        let _alone = match mode {
            Prune::Free => Some(self.lock_file("lock", LockMode::Exclusive)?),
            Prune::DryRun => None,
        };
        let mut index = self.disk.read_index()?;
        let entries = index.remove(is_untagged_manifest);
        let needed = self.needed(&index)?;
        if mode == Prune::Free && !entries.is_empty() {
            self.disk.write_index(&index)?;
        }
        let temporary = self.disk.temporary()?.len();
        if mode == Prune::Free {
            self.sweep_temp()?;
        }
        self.sweep_blobs(&needed, mode, Freed { entries, temporary, ..Freed::default() })
    }

    /// Every digest that an entry of the index reaches.
    fn needed(&self, index: &Index) -> Result<BTreeSet<Digest>, Error> {
        if index.has_foreign_entries() {
            let rule = "has an entry that is no descriptor, so what it needs is not known".to_owned();
            return Err(Error::Layout { path: self.disk.dir().join(INDEX_FILE), rule });
        }
        let mut needed = Needed::default();
        for Entry { descriptor, .. } in index.entries() {
            if descriptor.is_manifest() || descriptor.media_type.is_empty() {
                self.require_below(&descriptor.digest, &mut needed)?;
            } else {
                needed.blobs.insert(descriptor.digest.clone());
            }
        }
        needed.blobs.append(&mut needed.manifests);
        Ok(needed.blobs)
    }

    /// Adds a named manifest and what it reaches. Manifests of an index that are not there are
    /// forgiven, because tools copy single platforms.
    fn require_below(&self, top: &Digest, needed: &mut Needed) -> Result<(), Error> {
        let mut open = vec![top.clone()];
        while let Some(digest) = open.pop() {
            if !needed.manifests.insert(digest.clone()) {
                continue;
            }
            let manifest = match self.disk.read_manifest(&digest)? {
                Some(manifest) => manifest,
                None if digest == *top => return Err(Error::Missing { store: self.disk.name(), digest }),
                None => continue,
            };
            let children = manifest.children().map(|child| child.digest.clone());
            if manifest.is_index() {
                open.extend(children);
            } else {
                needed.blobs.extend(children);
            }
        }
        Ok(())
    }

    fn sweep_blobs(&self, needed: &BTreeSet<Digest>, mode: Prune, mut freed: Freed) -> Result<Freed, Error> {
        for blob in self.disk.blobs()?.iter().filter(|blob| !needed.contains(&blob.digest)) {
            if mode == Prune::Free {
                self.disk.fs().remove_file(&blob.path).map_err(Error::io("remove", &blob.path))?;
            }
            freed.blobs += 1;
            freed.bytes += blob.size;
        }
        Ok(freed)
    }
}
