//! `rm`: removes images from the local store, and the blobs that only they used.

use serde::Serialize;

use super::Error;
use super::find::{Matching, find};
use crate::name::Reference;
use crate::store::layout::Layout;

/// What was removed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The images.
    pub removed: Vec<String>,
    /// Blobs that nothing used any more.
    pub freed_blobs: usize,
    /// Their size in bytes.
    pub freed_bytes: u64,
    /// Whether blobs may have stayed because another process is at work in the store.
    pub left: bool,
}

/// The full references of the images to remove, each once; fails before anything is removed.
///
/// # Errors
/// When one of them is not there or not unique.
pub fn find_all(layout: &Layout, references: &[Reference]) -> Result<Vec<Reference>, Error> {
    let mut images = Vec::new();
    for reference in references {
        let matching = if reference.is_local() { Matching::ByName } else { Matching::Exact };
        let image = find(layout, reference, matching)?;
        if !images.contains(&image) {
            images.push(image);
        }
    }
    Ok(images)
}

/// Removes `images`, all or none of them.
///
/// # Errors
/// What the store fails with.
pub fn rm(layout: &Layout, images: &[Reference]) -> Result<Report, Error> {
    let freed = layout.remove(images)?;
    Ok(Report {
        removed: images.iter().map(ToString::to_string).collect(),
        freed_blobs: freed.blobs,
        freed_bytes: freed.bytes,
        left: freed.left,
    })
}
