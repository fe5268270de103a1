//! `push`: an image from the local store to a registry.

use serde::Serialize;

use super::{Error, guard, lookup};
use crate::digest::Digest;
use crate::name::{Tag, Target};
use crate::store::Store;
use crate::store::copy::{CopyOptions, Progress, copy};

/// An image in a store.
pub struct Image<'a> {
    /// The store.
    pub store: &'a dyn Store,
    /// The image in it.
    pub target: &'a Target,
}

/// What a push did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The reference in the registry.
    pub reference: String,
    /// The manifest's digest.
    pub digest: Digest,
    /// Whether anything had to be sent.
    pub pushed: bool,
    /// Bytes that were sent.
    pub bytes: u64,
}

/// Sends an image to `to` under `tag`.
///
/// # Errors
/// When there is no such image, when `tag` is a published version with other content, and what
/// the stores fail with.
pub async fn push(image: &Image<'_>, to: &dyn Store, tag: &Tag, progress: Option<Progress>) -> Result<Report, Error> {
    let expect = guard::expect(to, tag, &lookup::manifest(image.store, image.target).await?).await?;
    let options = CopyOptions { expect, progress, ..CopyOptions::default() };
    let copied = copy((image.store, image.target), to, Some(tag), &options).await?;
    Ok(Report {
        reference: format!("{}:{tag}", to.name()),
        digest: copied.manifest.digest().clone(),
        pushed: copied.transferred.count > 0,
        bytes: copied.transferred.bytes,
    })
}
