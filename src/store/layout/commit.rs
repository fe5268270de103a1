//! The commit: pending blobs get their names, then the index names their manifests.
//!
//! Order: sync the temporary files, take the lock, check what is expected, rename the blobs into
//! place and sync their directory, replace the index and sync the layout's directory. A crash
//! before the index is replaced leaves blobs that nothing names; `prune` frees them.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use super::index::{Entry, Index};
use super::{Inner, lock};
use crate::digest::Digest;
use crate::fs::LockMode;
use crate::image::Manifest;
use crate::name::{Repository, Tag};
use crate::store::{Error, Expect};

/// A manifest that is to get names in the index; what it refers to was pushed.
#[derive(Debug, Clone)]
pub(super) struct Naming {
    pub(super) manifest: Manifest,
    pub(super) repository: Option<Repository>,
    /// Without a tag the manifest is named by its digest.
    pub(super) tag: Option<Tag>,
    /// What `tag` must be before.
    pub(super) expect: Expect,
    /// Tags that move whatever they are, if `tag` does.
    pub(super) also: Vec<Tag>,
}

/// One outcome for each naming.
pub(super) type Outcomes = Vec<Result<(), Error>>;

/// The name of a tag in the index: the whole reference, or the bare tag.
pub(super) fn name_of_tag(repository: Option<&Repository>, tag: &Tag) -> String {
    repository.map_or_else(|| tag.to_string(), |repository| format!("{repository}:{tag}"))
}

impl Naming {
    /// The names in the index, the one with the expectation first; none for a digest in a layout
    /// of bare names.
    pub(super) fn names(&self) -> Vec<String> {
        let by_digest = |repository: &Repository| format!("{repository}@{}", self.manifest.digest());
        match &self.tag {
            Some(tag) => [tag].into_iter().chain(&self.also).map(|tag| self.name_of(tag)).collect(),
            None => self.repository.iter().map(by_digest).collect(),
        }
    }

    fn name_of(&self, tag: &Tag) -> String {
        name_of_tag(self.repository.as_ref(), tag)
    }

    fn entries(&self) -> Vec<Entry> {
        let entry = |name| Entry { name, descriptor: self.manifest.descriptor() };
        match self.names() {
            names if names.is_empty() => vec![entry(None)],
            names => names.into_iter().map(|name| entry(Some(name))).collect(),
        }
    }
}

impl Inner {
    /// Stores the manifests and moves their names: all accepted ones together, or none.
    ///
    /// A naming that is refused, for a conflict or because content is missing, is an outcome and
    /// stops no other. What was pushed for a naming that fails is forgotten.
    pub(super) fn commit(&self, namings: &[Naming]) -> Result<Outcomes, Error> {
        self.hold()?;
        let _turn = lock(&self.turn);
        let reached: Vec<_> = namings.iter().map(|naming| self.stage(&naming.manifest)).collect();
        let touched: BTreeSet<Digest> = reached.iter().flatten().flatten().cloned().collect();
        let outcomes = self.commit_reached(namings, reached);
        for temp in touched.iter().filter_map(|digest| self.pending.take(digest)) {
            self.disk.discard(&temp);
        }
        outcomes
    }

    /// Pushes a manifest, and finds everything below it.
    pub(super) fn stage(&self, manifest: &Manifest) -> Result<BTreeSet<Digest>, Error> {
        self.push(&manifest.descriptor(), &mut manifest.blob().reader())?;
        self.reach(manifest)
    }

    fn commit_reached(
        &self,
        namings: &[Naming],
        reached: Vec<Result<BTreeSet<Digest>, Error>>,
    ) -> Result<Outcomes, Error> {
        self.sync(&self.pending_of(reached.iter().flatten()))?;
        let _alone = self.lock_file("lock", LockMode::Exclusive)?;
        let mut index = self.disk.read_index()?;
        let mut moves = Moves::new(&index, self.disk.name());
        let mut accepted = Vec::new();
        let mut outcomes = Vec::with_capacity(namings.len());
        for (naming, content) in namings.iter().zip(reached) {
            outcomes.push(content.and_then(|content| {
                moves.accept(naming)?;
                accepted.push(content);
                Ok(())
            }));
        }
        let entries = moves.entries;
        self.place(&self.pending_of(accepted.iter()))?;
        if !entries.is_empty() {
            index.set(entries);
            self.disk.write_index(&index)?;
        }
        Ok(outcomes)
    }

    /// The temporary files of the given content, each once.
    fn pending_of<'a>(&self, content: impl Iterator<Item = &'a BTreeSet<Digest>>) -> Vec<(Digest, PathBuf)> {
        let digests: BTreeSet<&Digest> = content.flatten().collect();
        digests.into_iter().filter_map(|digest| Some((digest.clone(), self.pending.path(digest)?))).collect()
    }

    fn sync(&self, blobs: &[(Digest, PathBuf)]) -> Result<(), Error> {
        let paths: Vec<PathBuf> = blobs.iter().map(|(_, path)| path.clone()).collect();
        let Some(first) = paths.first() else {
            return Ok(());
        };
        self.disk.fs().sync(&paths).map_err(Error::io("sync", first))
    }

    fn place(&self, blobs: &[(Digest, PathBuf)]) -> Result<(), Error> {
        self.disk.place(blobs)?;
        for (digest, _) in blobs {
            self.pending.take(digest);
        }
        Ok(())
    }
}

/// The moves that were accepted so far, and what every name is after them.
struct Moves {
    store: String,
    now: HashMap<String, Digest>,
    entries: Vec<Entry>,
}

impl Moves {
    fn new(index: &Index, store: String) -> Self {
        let now = index.names().into_iter().map(|(name, digest)| (name.to_owned(), digest.clone())).collect();
        Self { store, now, entries: Vec::new() }
    }

    fn accept(&mut self, naming: &Naming) -> Result<(), Error> {
        self.check(naming)?;
        let digest = naming.manifest.digest();
        for entry in naming.entries() {
            let before = entry.name.clone().and_then(|name| self.now.insert(name, digest.clone()));
            if before.as_ref() != Some(digest) {
                self.entries.push(entry);
            }
        }
        Ok(())
    }

    fn check(&self, naming: &Naming) -> Result<(), Error> {
        let Some(tag) = &naming.tag else {
            return Ok(());
        };
        let found = self.now.get(&naming.name_of(tag));
        let expected = match &naming.expect {
            Expect::Any => true,
            Expect::Absent => found.is_none(),
            Expect::Is(digest) => found == Some(digest),
        };
        if expected || found == Some(naming.manifest.digest()) {
            return Ok(());
        }
        let store = naming.repository.as_ref().map_or_else(|| self.store.clone(), ToString::to_string);
        Err(Error::Conflict { store, tag: tag.clone(), found: found.cloned() })
    }
}
