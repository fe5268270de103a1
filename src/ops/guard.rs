//! The rule that a published version never changes, for every verb that sets a tag by hand.
//!
//! `promote` has its own, stricter checks; `push`, `pack --tag` and `tag` ask here.

use super::Error;
use crate::annotation;
use crate::image::Manifest;
use crate::lifecycle::{self, State};
use crate::name::{Tag, Target, Version};
use crate::store::{Expect, Store};

/// What `tag` must be in `store` for `manifest` to go there. A tag that is no released version may
/// go anywhere, and the store is not asked.
///
/// # Errors
/// [`Error::NotReleased`] when the tag shows a published version and the manifest is a skill that
/// was not released, and [`Error::Overtaken`] when the tag has a skill other than the manifest in
/// the state before.
pub(super) async fn expect(store: &dyn Store, tag: &Tag, manifest: &Manifest) -> Result<Expect, Error> {
    let Some(version) = lifecycle::released_version(tag) else {
        return Ok(Expect::Any);
    };
    let state = annotation::state(manifest).filter(|state| *state >= State::Published);
    if let (None, Some(status)) = (state, annotation::status(manifest)) {
        return Err(Error::NotReleased { tag: tag.clone(), state: status.to_owned() });
    }
    let Some(existing) = store.resolve(&Target::Tag(tag.clone())).await? else {
        return Ok(Expect::Absent);
    };
    let found = Expect::Is(existing.digest.clone());
    if existing.digest == *manifest.digest() {
        return Ok(found);
    }
    let Some(holder) = store.manifest(&Target::Digest(existing.digest.clone())).await? else {
        return Ok(found);
    };
    if may_follow(&holder, manifest, state) {
        return Ok(found);
    }
    Err(overtaken(store, &version, &holder))
}

/// The error for a version whose place in `store` is taken by `holder`.
pub(super) fn overtaken(store: &dyn Store, version: &Version, holder: &Manifest) -> Error {
    Error::Overtaken {
        name: store.name(),
        version: version.clone(),
        state: annotation::status(holder).unwrap_or("used by an image that is no skill").to_owned(),
        digest: holder.digest().clone(),
    }
}

/// Whether `manifest`, in `state` if it is a skill, may take the place of `holder`: a skill that of
/// itself in the state before, another image that of one that is no skill either.
fn may_follow(holder: &Manifest, manifest: &Manifest, state: Option<State>) -> bool {
    match (state, annotation::status(holder)) {
        (None, status) => status.is_none(),
        (Some(state), _) => {
            let is_step = annotation::state(holder).is_some_and(|from| lifecycle::step(from, state).is_ok());
            is_step && annotation::same_image(holder, manifest)
        }
    }
}
