//! One repository of a layout as a [`Store`].
//!
//! Tags are the names `<repository>:<tag>` of the index, or the bare names. Content is shared by
//! the whole directory: a digest finds any manifest in it, whatever repository it came with.

use std::sync::Arc;

use async_trait::async_trait;

use super::Layout;
use super::batch::Collected;
use super::commit::{Naming, name_of_tag};
use crate::image::{Blob, Descriptor, Manifest};
use crate::name::{Repository, Tag, Target};
use crate::store::{Error, Expect, Store, Untagged};

/// One repository in a layout.
#[derive(Debug, Clone)]
pub struct LayoutStore {
    layout: Layout,
    repository: Option<Repository>,
    batch: Option<Arc<Collected>>,
}

impl LayoutStore {
    pub(super) fn new(layout: Layout, repository: Option<Repository>, batch: Option<Arc<Collected>>) -> Self {
        Self { layout, repository, batch }
    }

    fn name_of(&self, tag: &Tag) -> String {
        name_of_tag(self.repository.as_ref(), tag)
    }

    /// The tag that a name of the index is here.
    fn tag_of(&self, name: &str) -> Option<Tag> {
        let text = match &self.repository {
            Some(repository) => name.strip_prefix(&repository.to_string())?.strip_prefix(':')?,
            None => name,
        };
        text.parse().ok()
    }

    fn named(&self, tag: &Tag) -> Result<Option<Descriptor>, Error> {
        let name = self.name_of(tag);
        match &self.batch {
            Some(batch) => batch.get(&self.layout, &name),
            None => self.layout.find(&name),
        }
    }

    fn read(&self, target: &Target) -> Result<Option<Manifest>, Error> {
        let named = match target {
            Target::Digest(digest) => return self.layout.0.manifest(digest),
            Target::Tag(tag) => self.named(tag)?,
        };
        let Some(named) = named else { return Ok(None) };
        let store = || self.layout.0.disk.name();
        let missing = || Error::Missing { store: store(), digest: named.digest.clone() };
        let manifest = self.layout.0.manifest(&named.digest)?.ok_or_else(missing)?;
        let size = manifest.bytes().len() as u64;
        named.check_size(size).map_err(|source| Error::Unverified { store: store(), source })?;
        Ok(Some(manifest))
    }

    fn commit(&self, naming: Naming) -> Result<(), Error> {
        match &self.batch {
            Some(batch) => {
                self.layout.0.stage(&naming.manifest)?;
                batch.add(naming);
                Ok(())
            }
            None => self.layout.0.commit(&[naming])?.pop().unwrap_or(Ok(())),
        }
    }

    fn naming(&self, manifest: &Manifest, tag: Option<&Tag>) -> Naming {
        Naming {
            manifest: manifest.clone(),
            repository: self.repository.clone(),
            tag: tag.cloned(),
            expect: Expect::Any,
            also: Vec::new(),
        }
    }
}

#[async_trait]
impl Store for LayoutStore {
    fn name(&self) -> String {
        self.repository.as_ref().map_or_else(|| self.layout.0.disk.name(), ToString::to_string)
    }

    async fn resolve(&self, target: &Target) -> Result<Option<Descriptor>, Error> {
        if let Target::Tag(tag) = target
            && let Some(descriptor) = self.named(tag)?
            && !descriptor.media_type.is_empty()
        {
            return Ok(Some(descriptor));
        }
        Ok(self.manifest(target).await?.map(|manifest| manifest.descriptor()))
    }

    async fn manifest(&self, target: &Target) -> Result<Option<Manifest>, Error> {
        match self.read(target) {
            // The tag may have moved, and its old manifest been freed, since the index was read.
            Err(missing @ Error::Missing { .. }) if self.layout.0.is_shared() => {
                self.layout.0.hold().map_err(|_| missing)?;
                self.read(target)
            }
            other => other,
        }
    }

    async fn fetch(&self, descriptor: &Descriptor) -> Result<Blob, Error> {
        self.layout.0.fetch(descriptor)
    }

    async fn exists(&self, descriptor: &Descriptor) -> Result<bool, Error> {
        self.layout.0.exists(descriptor)
    }

    async fn push(&self, descriptor: &Descriptor, blob: &Blob) -> Result<(), Error> {
        self.layout.0.push(descriptor, &mut blob.reader())
    }

    async fn tag(&self, manifest: &Manifest, tag: &Tag, expect: &Expect, also: &[Tag]) -> Result<(), Error> {
        let naming = self.naming(manifest, Some(tag));
        self.commit(Naming { expect: expect.clone(), also: also.to_vec(), ..naming })
    }

    async fn keep(&self, manifest: &Manifest) -> Result<(), Error> {
        self.commit(self.naming(manifest, None))
    }

    async fn is_complete(&self, manifest: &Manifest) -> Result<bool, Error> {
        match self.layout.0.reach(manifest) {
            Ok(_) => self.exists(&manifest.descriptor()).await,
            Err(Error::Missing { .. } | Error::Unverified { .. } | Error::Damaged { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn untag(&self, tag: &Tag) -> Result<Untagged, Error> {
        let name = self.name_of(tag);
        if self.layout.find(&name)?.is_none() {
            return Ok(Untagged::Absent);
        }
        let removed = self.layout.0.unlist(|entry| entry.name.as_deref() == Some(&name))?;
        Ok(if removed.is_empty() { Untagged::Absent } else { Untagged::Removed })
    }

    async fn tags(&self) -> Result<Vec<Tag>, Error> {
        let entries = self.layout.entries()?;
        let committed = entries.into_iter().filter_map(|entry| entry.name);
        let collected = self.batch.iter().flat_map(|batch| batch.names());
        let tags: std::collections::BTreeSet<Tag> =
            committed.chain(collected).filter_map(|name| self.tag_of(&name)).collect();
        Ok(tags.into_iter().collect())
    }

    fn looks_are_free(&self) -> bool {
        true
    }
}
