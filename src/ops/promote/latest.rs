//! The rule of `latest`: it names the highest published version that is no pre-release.

use super::step::Step;
use crate::annotation;
use crate::digest::Digest;
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
    /// It moves from the version to the highest release that is still published.
    FallsBack {
        /// What it names now.
        from: Digest,
        /// The manifest of the release.
        release: Box<Manifest>,
    },
    /// It goes from the version, because nothing is published any more.
    Goes {
        /// What it names now.
        from: Digest,
    },
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
        match self.higher_release().await? {
            Some(_) => Ok(Latest::Stays),
            None => Ok(Latest::Follows),
        }
    }

    /// The highest published release above this version.
    pub(super) async fn higher_release(&self) -> Result<Option<Manifest>, Error> {
        self.first_published(self.releases(|version| *version > self.subject.version)).await
    }

    async fn latest_when_gone(&self) -> Result<Latest, Error> {
        let latest = Tag::latest();
        if !self.has(&latest) {
            return Ok(Latest::Stays);
        }
        let holder = self.store.manifest(&Target::Tag(latest)).await?;
        let Some(holder) = holder.filter(|holder| self.subject.is_sibling(holder)) else {
            return Ok(Latest::Stays);
        };
        let from = holder.digest().clone();
        let others = self.releases(|version| *version != self.subject.version);
        Ok(match self.first_published(others).await? {
            Some(release) => Latest::FallsBack { from, release: Box::new(release) },
            None => Latest::Goes { from },
        })
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
