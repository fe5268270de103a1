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
/// What the store fails with; [`Error::NoImage`] where it has no tag.
pub async fn tags(store: &dyn Store) -> Result<Report, Error> {
    let mut tags = store.tags().await?;
    if tags.is_empty() {
        return Err(Error::NoImage { name: store.name() });
    }
    tags.sort_by_cached_key(|tag| (version_of(tag.as_str()), tag.clone()));
    Ok(Report { repository: store.name(), tags: tags.iter().map(ToString::to_string).collect() })
}

/// The version that a tag belongs to; `None` sorts first.
fn version_of(tag: &str) -> Option<crate::name::Version> {
    let state = lifecycle::State::ALL.iter().find_map(|state| tag.strip_suffix(state.as_str())?.strip_suffix('-'));
    state.unwrap_or(tag).parse().ok()
}
