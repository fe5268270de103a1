//! `promote`: moves a version to its next state, in any store.
//!
//! Only the status in the manifest's own bytes changes, and tags; no blob is read or moved. First
//! the `subject` is read and the tags are listed; the `step` looks at them and makes a `plan`, in
//! which `latest` has its own rule; then the plan is carried out.

mod latest;
mod plan;
mod step;
mod subject;

use serde::Serialize;

use self::step::Step;
use self::subject::Subject;
use super::Error;
use crate::digest::Digest;
use crate::lifecycle::State;
use crate::name::Target;
use crate::store::Store;

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
    let mut plan = step.plan(options).await?;
    let stayed = match options.mode {
        Mode::Apply => plan.carry_out(&step).await?,
        Mode::DryRun => Vec::new(),
    };
    let mut report = plan.report(&step, options);
    report.removed.retain(|tag| !stayed.contains(tag));
    Ok(Report { stayed, ..report })
}
