//! `prune`: frees what no image of the local store uses.

use serde::Serialize;

use super::Error;
use crate::store::layout::{Layout, Prune};

/// What was freed, or would be.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// How many blobs.
    pub blobs: usize,
    /// Their size in bytes.
    pub bytes: u64,
    /// How many files that interrupted runs left.
    pub temporary: usize,
    /// Whether this is only the plan.
    pub dry_run: bool,
}

/// Frees the blobs that no image of `layout` uses.
///
/// # Errors
/// What the store fails with.
pub fn prune(layout: &Layout, mode: Prune) -> Result<Report, Error> {
    let freed = layout.prune(mode)?;
    Ok(Report { blobs: freed.blobs, bytes: freed.bytes, temporary: freed.temporary, dry_run: mode == Prune::DryRun })
}
