//! From what the tags show to a plan: refuses a step that something speaks against.

use super::plan::Plan;
use super::subject::Subject;
use super::{OldTag, Options};
use crate::annotation;
use crate::image::Manifest;
use crate::lifecycle::{self, State};
use crate::name::{Tag, Target};
use crate::ops::{Error, guard};
use crate::store::{Expect, Store};

/// One step of one version, with all that is known about it.
pub(super) struct Step<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) subject: &'a Subject,
    pub(super) tags: &'a [Tag],
    pub(super) to: State,
}

impl Step<'_> {
    pub(super) async fn plan(&self, options: &Options) -> Result<Plan, Error> {
        if self.subject.state != self.to {
            lifecycle::step(self.subject.state, self.to)?;
            self.check_own_tag().await?;
        }
        self.check_further_tags().await?;
        let manifest = annotation::with_status(&self.subject.manifest, self.to)?;
        let tag = lifecycle::tag_to_set(self.to, &self.subject.version);
        let set = self.tag_to_set(&manifest, tag.clone()).await?;
        let latest = self.latest().await?;
        let old = lifecycle::tag_to_remove(self.to, &self.subject.version);
        // The tag of an archived version goes even when it was set only a moment ago.
        let going = |tag: &Tag| self.has(tag) && (options.old_tag == OldTag::Remove || self.to == State::Archived);
        Ok(Plan { manifest, tag, set, latest, remove: old.filter(going) })
    }

    pub(super) fn has(&self, tag: &Tag) -> bool {
        self.tags.contains(tag)
    }

    /// Refuses a manifest that its own state's tag no longer names: it was overtaken.
    async fn check_own_tag(&self) -> Result<(), Error> {
        let Some(tag) = self.subject.state.tag(&self.subject.version) else {
            return Ok(());
        };
        if self.subject.named_by.as_ref() == Some(&tag) || !self.has(&tag) {
            return Ok(());
        }
        match self.store.manifest(&Target::Tag(tag.clone())).await? {
            Some(manifest) if !is_same(&manifest, &self.subject.manifest) && !self.is_next(&manifest) => {
                Err(self.overtaken(&manifest))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a version that another tag shows in a state beyond `to`.
    async fn check_further_tags(&self) -> Result<(), Error> {
        let own = lifecycle::tag_to_set(self.to, &self.subject.version);
        let beyond = State::ALL.into_iter().filter(|state| *state > self.to);
        let mut tags: Vec<Tag> = beyond.filter_map(|state| state.tag(&self.subject.version)).collect();
        tags.dedup();
        for tag in tags.into_iter().filter(|tag| *tag != own && self.has(tag)) {
            if let Some(holder) = self.store.manifest(&Target::Tag(tag)).await? {
                return Err(self.overtaken(&holder));
            }
        }
        Ok(())
    }

    fn is_next(&self, manifest: &Manifest) -> bool {
        self.subject.is_sibling(manifest) && annotation::state(manifest) == Some(self.to)
    }

    /// What the version's tag must be for it to move, or `None` when it already names `manifest`.
    async fn tag_to_set(&self, manifest: &Manifest, tag: Tag) -> Result<Option<Expect>, Error> {
        if self.subject.named_by.as_ref() == Some(&tag) {
            let moves = self.subject.state != self.to;
            return Ok(moves.then(|| Expect::Is(self.subject.manifest.digest().clone())));
        }
        if !self.has(&tag) {
            return self.absent(tag);
        }
        match self.store.manifest(&Target::Tag(tag.clone())).await? {
            Some(holder) if is_same(&holder, manifest) => Ok(None),
            Some(holder) if is_same(&holder, &self.subject.manifest) => Ok(Some(Expect::Is(holder.digest().clone()))),
            Some(holder) => Err(self.overtaken(&holder)),
            None => self.absent(tag),
        }
    }

    /// A tag that is not there may be made, but one that should have been there was archived.
    fn absent(&self, tag: Tag) -> Result<Option<Expect>, Error> {
        match (self.subject.state == self.to, self.to) {
            (true, State::Archived) => Ok(None),
            (false, State::Draft | State::Testing | State::Published) => Ok(Some(Expect::Absent)),
            _ => Err(Error::NotTagged { name: self.store.name(), tag, state: self.subject.state }),
        }
    }

    fn overtaken(&self, holder: &Manifest) -> Error {
        guard::overtaken(self.store, &self.subject.version, holder)
    }
}

/// Whether two manifests are the same, by whatever algorithm they were named.
fn is_same(one: &Manifest, other: &Manifest) -> bool {
    one.bytes() == other.bytes()
}
