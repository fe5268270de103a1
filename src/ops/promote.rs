//! `promote`: moves a version to its next state, in any store.
//!
//! Gathers what the tags show, makes a plan from it, and carries the plan out. Only the status
//! in the manifest's own bytes changes, and tags; no blob is read or moved.

use serde::Serialize;

use super::{Error, guard, lookup};
use crate::annotation;
use crate::digest::Digest;
use crate::image::Manifest;
use crate::lifecycle::{self, State};
use crate::name::{Tag, Target, Version};
use crate::store::{Expect, Store, Untagged};

/// Whether the step is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Tags move.
    #[default]
    Apply,
    /// Only the plan is made.
    DryRun,
}

/// What becomes of the tag of the state that the version leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OldTag {
    /// It is removed, as the lifecycle says.
    #[default]
    Remove,
    /// It stays.
    Keep,
}

/// How to promote.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Apply or plan.
    pub mode: Mode,
    /// Remove or keep the old tag.
    pub old_tag: OldTag,
}

/// What a promotion did, or would do.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The repository.
    pub repository: String,
    /// The version.
    pub version: String,
    /// The state it was in; the same as `to` when an earlier run had already moved it.
    pub from: State,
    /// The state it is in now.
    pub to: State,
    /// The manifest that was promoted.
    pub previous_digest: Digest,
    /// The manifest of the new state.
    pub digest: Digest,
    /// Tags that were set, with what they name.
    pub set: Vec<TagMove>,
    /// Tags that were removed.
    pub removed: Vec<String>,
    /// Tags that should have gone, but the registry does not delete tags.
    pub stayed: Vec<String>,
    /// Whether this is only the plan.
    pub dry_run: bool,
}

/// A tag and the manifest that it names now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagMove {
    /// The tag.
    pub tag: String,
    /// The manifest.
    pub digest: Digest,
}

/// Promotes the version that `target` names to `to`.
///
/// A repeat after an interruption completes what is missing.
///
/// # Errors
/// When the image is no skill, `to` is not its next state, the version is already further or as
/// other content, a lost race, and what the store fails with.
pub async fn promote(store: &dyn Store, target: &Target, to: State, options: &Options) -> Result<Report, Error> {
    let subject = Subject::read(store, target, to).await?;
    let tags = store.tags().await?;
    if let (true, Some(tag)) = (tags.is_empty(), &subject.named_by) {
        return Err(Error::NoTags { name: store.name(), tag: tag.clone() });
    }
    let step = Step { store, subject: &subject, tags: &tags, to };
    let plan = step.plan(options).await?;
    let mut report = plan.report(&step, options);
    if options.mode == Mode::Apply {
        report.stayed = plan.carry_out(store).await?;
        report.removed.retain(|tag| !report.stayed.contains(tag));
    }
    Ok(report)
}

/// The image to promote, as it was found.
struct Subject {
    manifest: Manifest,
    version: Version,
    state: State,
    /// The tag by which it was named, if it was.
    named_by: Option<Tag>,
}

impl Subject {
    async fn read(store: &dyn Store, target: &Target, to: State) -> Result<Self, Error> {
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

    fn is_sibling(&self, manifest: &Manifest) -> bool {
        annotation::same_image(&self.manifest, manifest)
    }
}

/// One step of one version, with all that is known about it.
struct Step<'a> {
    store: &'a dyn Store,
    subject: &'a Subject,
    tags: &'a [Tag],
    to: State,
}

impl Step<'_> {
    async fn plan(&self, options: &Options) -> Result<Plan, Error> {
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

    fn has(&self, tag: &Tag) -> bool {
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

    /// What becomes of `latest`.
    async fn latest(&self) -> Result<Latest, Error> {
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
        let latest = lifecycle::latest();
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

/// Whether two manifests are the same, by whatever algorithm they were named.
fn is_same(one: &Manifest, other: &Manifest) -> bool {
    one.bytes() == other.bytes()
}

/// What becomes of `latest` in a step.
enum Latest {
    /// Nothing.
    Stays,
    /// It moves with the version's tag.
    Follows,
    /// It moves to the highest release that is still published.
    FallsBack(Box<Manifest>),
    /// It goes, because nothing is published any more.
    Goes,
}

/// What a step changes.
struct Plan {
    manifest: Manifest,
    tag: Tag,
    /// `None` when the tag already names the manifest.
    set: Option<Expect>,
    latest: Latest,
    remove: Option<Tag>,
}

impl Plan {
    /// Sets the new tag, then `latest`, then removes; gives the tags that could not be removed.
    async fn carry_out(&self, store: &dyn Store) -> Result<Vec<String>, Error> {
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
        let latest = lifecycle::latest();
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
        let latest = matches!(self.latest, Latest::Goes).then(lifecycle::latest);
        latest.into_iter().chain(self.remove.clone()).collect()
    }

    fn report(&self, step: &Step<'_>, options: &Options) -> Report {
        let moved =
            |tag: &Tag, manifest: &Manifest| TagMove { tag: tag.to_string(), digest: manifest.digest().clone() };
        let removed = self.removals();
        let own = self.set.is_some().then(|| moved(&self.tag, &self.manifest));
        let latest = match &self.latest {
            Latest::Follows => Some(moved(&lifecycle::latest(), &self.manifest)),
            Latest::FallsBack(release) => Some(moved(&lifecycle::latest(), release)),
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
