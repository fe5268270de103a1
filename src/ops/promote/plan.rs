//! What a step changes, and how: the new tag, then `latest`, then what goes.

use super::latest::Latest;
use super::step::Step;
use super::{Mode, Options, Report, TagMove};
use crate::image::Manifest;
use crate::name::Tag;
use crate::ops::Error;
use crate::store::{self, Expect, Store, Untagged};

/// What a step changes.
pub(super) struct Plan {
    pub(super) manifest: Manifest,
    pub(super) tag: Tag,
    /// `None` when the tag already names the manifest.
    pub(super) set: Option<Expect>,
    pub(super) latest: Latest,
    pub(super) remove: Option<Tag>,
}

impl Plan {
    /// Sets the new tag, then `latest`, then removes; gives the tags that could not be removed.
    pub(super) async fn carry_out(&mut self, step: &Step<'_>) -> Result<Vec<String>, Error> {
        let store = step.store;
        self.set(store).await?;
        self.move_latest(store).await?;
        self.yield_latest(step).await?;
        let mut stayed = Vec::new();
        for tag in self.removals() {
            if store.untag(&tag).await? == Untagged::Unsupported {
                stayed.push(tag.to_string());
            }
        }
        Ok(stayed)
    }

    /// Sets the version's tag, and `latest` where it follows.
    async fn set(&self, store: &dyn Store) -> Result<(), Error> {
        let latest = Tag::latest();
        let also: &[Tag] = if matches!(self.latest, Latest::Follows) { std::slice::from_ref(&latest) } else { &[] };
        match &self.set {
            Some(expect) => store.tag(&self.manifest, &self.tag, expect, also).await?,
            None if also.is_empty() => {}
            None => store.tag(&self.manifest, &latest, &Expect::Any, &[]).await?,
        }
        Ok(())
    }

    /// Moves `latest` away from the version, if it still names it.
    async fn move_latest(&self, store: &dyn Store) -> Result<(), Error> {
        let (from, to) = match &self.latest {
            Latest::Stays | Latest::Follows => return Ok(()),
            Latest::FallsBack { from, release } => (from, &**release),
            // It moves before it goes, so that a registry without deletion shows the state.
            Latest::Goes { from } => (from, &self.manifest),
        };
        match store.tag(to, &Tag::latest(), &Expect::Is(from.clone()), &[]).await {
            // Somebody else was at the same step.
            Err(store::Error::Conflict { found: None, .. }) if matches!(self.latest, Latest::Goes { .. }) => Ok(()),
            moved => Ok(moved?),
        }
    }

    /// Gives `latest` to a higher release that was published at the same time, where a second look
    /// costs nothing.
    async fn yield_latest(&mut self, step: &Step<'_>) -> Result<(), Error> {
        if !matches!(self.latest, Latest::Follows) || !step.store.looks_are_free() {
            return Ok(());
        }
        let tags = step.store.tags().await?;
        let step = Step { tags: &tags, ..*step };
        let Some(higher) = step.higher_release().await? else {
            return Ok(());
        };
        let ours = Expect::Is(self.manifest.digest().clone());
        match step.store.tag(&higher, &Tag::latest(), &ours, &[]).await {
            // Or somebody has moved it already.
            Ok(()) | Err(store::Error::Conflict { .. }) => self.latest = Latest::Stays,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// `latest` first: the version's own tag is what a repeat after an interruption finds.
    fn removals(&self) -> Vec<Tag> {
        let latest = matches!(self.latest, Latest::Goes { .. }).then(Tag::latest);
        latest.into_iter().chain(self.remove.clone()).collect()
    }

    pub(super) fn report(&self, step: &Step<'_>, options: &Options) -> Report {
        let moved =
            |tag: &Tag, manifest: &Manifest| TagMove { tag: tag.to_string(), digest: manifest.digest().clone() };
        let removed = self.removals();
        let own = self.set.is_some().then(|| moved(&self.tag, &self.manifest));
        let latest = match &self.latest {
            Latest::Follows => Some(moved(&Tag::latest(), &self.manifest)),
            Latest::FallsBack { release, .. } => Some(moved(&Tag::latest(), release)),
            Latest::Stays | Latest::Goes { .. } => None,
        };
        let stays = |entry: &TagMove| !removed.iter().any(|tag| tag.as_str() == entry.tag);
        Report {
            repository: step.store.name(),
            version: step.subject.version.to_string(),
            from: step.subject.state,
            to: step.to,
            previous_digest: step.subject.manifest.digest().clone(),
            digest: self.manifest.digest().clone(),
            set: own.into_iter().chain(latest).filter(stays).collect(),
            removed: removed.iter().map(ToString::to_string).collect(),
            stayed: Vec::new(),
            dry_run: options.mode == Mode::DryRun,
        }
    }
}
