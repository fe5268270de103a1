//! `tags`: the tags of a repository.

use serde::Serialize;

use super::Error;
use crate::lifecycle;
use crate::store::Store;

/// The tags of a repository: versions in order of precedence with their states, the rest by name.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The repository.
    pub repository: String,
    /// The tags.
    pub tags: Vec<String>,
}

/// Lists the tags of `store`.
///
/// # Errors
/// What the store fails with; [`Error::Untagged`] where it has no tag.
pub async fn tags(store: &dyn Store) -> Result<Report, Error> {
    let mut tags = store.tags().await?;
    if tags.is_empty() {
        return Err(Error::Untagged { name: store.name() });
    }
    // Tags of no version sort first.
    tags.sort_by_cached_key(|tag| (lifecycle::version_of(tag), tag.clone()));
    Ok(Report { repository: store.name(), tags: tags.iter().map(ToString::to_string).collect() })
}
