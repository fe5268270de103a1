//! The image that is promoted, found by what names it.

use crate::annotation;
use crate::image::Manifest;
use crate::lifecycle::{self, State};
use crate::name::{Tag, Target, Version};
use crate::ops::{Error, lookup};
use crate::store::Store;

/// The image to promote, as it was found.
pub(super) struct Subject {
    pub(super) manifest: Manifest,
    pub(super) version: Version,
    pub(super) state: State,
    /// The tag by which it was named, if it was.
    pub(super) named_by: Option<Tag>,
}

impl Subject {
    pub(super) async fn read(store: &dyn Store, target: &Target, to: State) -> Result<Self, Error> {
        match store.manifest(target).await? {
            Some(manifest) => Self::of(store, manifest, target.tag().cloned()),
            None => Self::already_moved(store, target, to).await,
        }
    }

    /// The tag of the old state is gone when an earlier run came to its end: then the version is
    /// found under the tag of the new state.
    async fn already_moved(store: &dyn Store, target: &Target, to: State) -> Result<Self, Error> {
        let missing = || Error::NoImage { name: lookup::full_name(store, target) };
        let from = to.previous().ok_or_else(missing)?;
        let version = target.tag().and_then(|old| from.version_of(old)).ok_or_else(missing)?;
        let tag = lifecycle::tag_to_set(to, &version);
        let manifest = store.manifest(&Target::Tag(tag.clone())).await?.ok_or_else(missing)?;
        let subject = Self::of(store, manifest, Some(tag))?;
        if subject.state == to { Ok(subject) } else { Err(missing()) }
    }

    fn of(store: &dyn Store, manifest: Manifest, named_by: Option<Tag>) -> Result<Self, Error> {
        let name = || format!("{}@{}", store.name(), manifest.digest());
        let Some(status) = annotation::status(&manifest) else {
            return Err(Error::NoSkill { name: name() });
        };
        let state = status.parse().map_err(|source| Error::UnknownState { name: name(), source })?;
        let text = manifest.annotations().get(annotation::VERSION).map_or("", String::as_str);
        let version = text.parse().map_err(|source| Error::NoVersion { name: name(), source })?;
        let subject = Self { manifest, version, state, named_by };
        subject.check_name(store)?;
        Ok(subject)
    }

    /// Refuses an image under the tag of another version: its promotion would move tags that
    /// nobody named.
    fn check_name(&self, store: &dyn Store) -> Result<(), Error> {
        let other = |tag: &&Tag| lifecycle::version_of(tag).is_some_and(|version| version != self.version);
        match self.named_by.as_ref().filter(other) {
            Some(tag) => {
                Err(Error::OtherVersion { name: store.name(), tag: tag.clone(), version: self.version.clone() })
            }
            None => Ok(()),
        }
    }

    pub(super) fn is_sibling(&self, manifest: &Manifest) -> bool {
        annotation::same_image(&self.manifest, manifest)
    }
}
