//! What a step changes, and how: the new tag, then `latest`, then what goes.

use super::latest::Latest;
use super::step::Step;
use super::{Mode, Options, Report, TagMove};
use crate::image::Manifest;
use crate::name::Tag;
use crate::ops::Error;
use crate::store::{Expect, Store, Untagged};

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
    pub(super) async fn carry_out(&self, store: &dyn Store) -> Result<Vec<String>, Error> {
        self.set(store).await?;
        let mut stayed = Vec::new();
        for tag in self.removals() {
            if store.untag(&tag).await? == Untagged::Unsupported {
                stayed.push(tag.to_string());
            }
        }
        Ok(stayed)
    }

    async fn set(&self, store: &dyn Store) -> Result<(), Error> {
        let latest = Tag::latest();
        // A `latest` that goes moves first, so that a registry without deletion shows the state.
        let also: &[Tag] = match self.latest {
            Latest::Follows | Latest::Goes => std::slice::from_ref(&latest),
            Latest::Stays | Latest::FallsBack(_) => &[],
        };
        match &self.set {
            Some(expect) => store.tag(&self.manifest, &self.tag, expect, also).await?,
            None if also.is_empty() => {}
            None => store.tag(&self.manifest, &latest, &Expect::Any, &[]).await?,
        }
        if let Latest::FallsBack(release) = &self.latest {
            store.tag(release, &latest, &Expect::Any, &[]).await?;
        }
        Ok(())
    }

    /// `latest` first: the version's own tag is what a repeat after an interruption finds.
    fn removals(&self) -> Vec<Tag> {
        let latest = matches!(self.latest, Latest::Goes).then(Tag::latest);
        latest.into_iter().chain(self.remove.clone()).collect()
    }

    pub(super) fn report(&self, step: &Step<'_>, options: &Options) -> Report {
        let moved =
            |tag: &Tag, manifest: &Manifest| TagMove { tag: tag.to_string(), digest: manifest.digest().clone() };
        let removed = self.removals();
        let own = self.set.is_some().then(|| moved(&self.tag, &self.manifest));
        let latest = match &self.latest {
            Latest::Follows => Some(moved(&Tag::latest(), &self.manifest)),
            Latest::FallsBack(release) => Some(moved(&Tag::latest(), release)),
            Latest::Stays | Latest::Goes => None,
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
