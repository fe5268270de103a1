//! `tag`: another name for an image of the local store.

use serde::Serialize;

use super::{Error, guard, lookup};
use crate::digest::Digest;
use crate::name::{Reference, Tag, Target};
use crate::store::Store;
use crate::store::copy::{CopyOptions, copy};
use crate::store::layout::Layout;

/// What a tag names now.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The new name.
    pub reference: String,
    /// The manifest.
    pub digest: Digest,
}

/// Names the image `source` of one local store `tag` in another, which may be the same.
///
/// # Errors
/// When there is no such image, when `tag` is a published version with other content, and what
/// the store fails with.
pub async fn tag(from: &dyn Store, source: &Target, to: &dyn Store, tag: &Tag) -> Result<Report, Error> {
    let expect = guard::expect(to, tag, &lookup::manifest(from, source).await?).await?;
    let options = CopyOptions { expect, ..CopyOptions::default() };
    let copied = copy((from, source), to, Some(tag), &options).await?;
    Ok(Report { reference: format!("{}:{tag}", to.name()), digest: copied.manifest.digest().clone() })
}

/// Moves an image of a layout from its own name to another one of the same layout. The names of a
/// layout that somebody asked for are theirs: no name of it is a published version.
///
/// # Errors
/// What the layout fails with.
pub async fn rename(layout: &Layout, image: &Reference, to: &dyn Store, name: &Tag) -> Result<(), Error> {
    let from = layout.repository(image.repository());
    copy((&from, &image.target()), to, Some(name), &CopyOptions::default()).await?;
    if let Some(old) = image.tag().filter(|old| *old != name || from.name() != to.name()) {
        from.untag(old).await?;
    }
    Ok(())
}
