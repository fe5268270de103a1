//! The rule of `latest`: it names the highest published version that is no pre-release.

use super::step::Step;
use crate::annotation;
use crate::image::Manifest;
use crate::lifecycle::{self, State};
use crate::name::{Tag, Target, Version};
use crate::ops::Error;

/// What becomes of `latest` in a step.
pub(super) enum Latest {
    /// Nothing.
    Stays,
    /// It moves with the version's tag.
    Follows,
    /// It moves to the highest release that is still published.
    FallsBack(Box<Manifest>),
    /// It goes, because nothing is published any more.
    Goes,
}

impl Step<'_> {
    /// What becomes of `latest`.
    pub(super) async fn latest(&self) -> Result<Latest, Error> {
        match self.to {
            State::Draft | State::Testing => Ok(Latest::Stays),
            State::Published => self.latest_when_published().await,
            State::Deprecated | State::Archived => self.latest_when_gone().await,
        }
    }

    async fn latest_when_published(&self) -> Result<Latest, Error> {
        if self.subject.version.is_prerelease() {
            return Ok(Latest::Stays);
        }
        let higher = self.releases(|version| *version > self.subject.version);
        match self.first_published(higher).await? {
            Some(_) => Ok(Latest::Stays),
            None => Ok(Latest::Follows),
        }
    }

    async fn latest_when_gone(&self) -> Result<Latest, Error> {
        let latest = Tag::latest();
        if !self.has(&latest) {
            return Ok(Latest::Stays);
        }
        let holder = self.store.manifest(&Target::Tag(latest)).await?;
        if !holder.is_some_and(|holder| self.subject.is_sibling(&holder)) {
            return Ok(Latest::Stays);
        }
        let others = self.releases(|version| *version != self.subject.version);
        Ok(self.first_published(others).await?.map_or(Latest::Goes, |release| Latest::FallsBack(Box::new(release))))
    }

    /// Released versions that are no pre-releases, highest first.
    fn releases(&self, wanted: impl Fn(&Version) -> bool) -> Vec<Version> {
        let release = |version: &Version| !version.is_prerelease() && wanted(version);
        let mut versions: Vec<_> = self.tags.iter().filter_map(lifecycle::released_version).filter(release).collect();
        versions.sort_unstable_by(|one, other| other.cmp(one));
        versions
    }

    async fn first_published(&self, versions: Vec<Version>) -> Result<Option<Manifest>, Error> {
        for version in versions {
            let tag = lifecycle::tag_to_set(State::Published, &version);
            let manifest = self.store.manifest(&Target::Tag(tag)).await?;
            if let Some(manifest) = manifest.filter(|m| annotation::state(m) == Some(State::Published)) {
                return Ok(Some(manifest));
            }
        }
        Ok(None)
    }
}
