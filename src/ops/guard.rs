//! The rule that a published version never changes, for every verb that sets a tag by hand.
//!
//! `promote` has its own, stricter checks; `push`, `pack --tag` and `tag` ask here.

use super::Error;
use crate::annotation;
use crate::image::Manifest;
use crate::lifecycle::{self, State};
use crate::name::{Tag, Target};
use crate::store::{Expect, Store};

/// What `tag` must be in `store` for `manifest` to go there. A tag that is no released version, or
/// an image that is no skill, may go anywhere, and the store is not asked.
///
/// # Errors
/// [`Error::NotReleased`] when the tag shows a published version and the manifest does not, and
/// [`Error::Overtaken`] when the tag has other content than the manifest in the state before.
pub(super) async fn expect(store: &dyn Store, tag: &Tag, manifest: &Manifest) -> Result<Expect, Error> {
    let (Some(version), Some(status)) = (lifecycle::released_version(tag), annotation::status(manifest)) else {
        return Ok(Expect::Any);
    };
    let state = annotation::state(manifest).filter(|state| *state >= State::Published);
    let state = state.ok_or_else(|| Error::NotReleased { tag: tag.clone(), state: status.to_owned() })?;
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
    let is_step = annotation::state(&holder).is_some_and(|from| lifecycle::step(from, state).is_ok());
    if is_step && annotation::same_image(&holder, manifest) {
        return Ok(found);
    }
    Err(Error::Overtaken {
        name: store.name(),
        version,
        state: annotation::status(&holder).unwrap_or("used by an image that is no skill").to_owned(),
        digest: existing.digest,
    })
}
