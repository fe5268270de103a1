//! `list`: the images of the local store.

use serde::Serialize;

use super::Error;
use crate::annotation;
use crate::digest::Digest;
use crate::image::Manifest;
use crate::lifecycle::State;
use crate::name::Reference;
use crate::store::layout::{Entry, Layout};

/// An image of the local store.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The repository; none for an image without a name.
    pub name: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// The state as it is written; none for an image that is no skill.
    pub status: Option<String>,
    /// The manifest's digest.
    pub digest: Digest,
    /// When it was made.
    pub created: Option<String>,
}

/// Lists the images of `layout`, by name, those in `status` only when one is given.
///
/// # Errors
/// What the store fails with. An image whose manifest cannot be read is listed without what the
/// manifest would say.
pub fn list(layout: &Layout, status: Option<State>) -> Result<Vec<Row>, Error> {
    let entries = layout.entries()?;
    let manifests = layout.manifests(&entries);
    let wanted = |row: &Row| status.is_none_or(|state| row.status.as_deref() == Some(state.as_str()));
    let rows = entries.iter().zip(&manifests).map(|(entry, manifest)| row(entry, manifest.as_ref().ok()));
    let mut rows: Vec<Row> = rows.filter(wanted).collect();
    rows.sort_by(|one, other| (&one.name, &one.tag, &one.digest).cmp(&(&other.name, &other.tag, &other.digest)));
    Ok(rows)
}

fn row(entry: &Entry, manifest: Option<&Manifest>) -> Row {
    let annotation = |key: &str| manifest?.annotations().get(key).cloned();
    let (name, tag) = split(entry.name.as_deref());
    Row {
        name,
        tag,
        status: annotation(annotation::STATUS),
        digest: entry.descriptor.digest.clone(),
        created: annotation(annotation::CREATED),
    }
}

/// A name in an index as repository and tag; what is no reference is shown as a tag.
fn split(name: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(name) = name else {
        return (None, None);
    };
    match name.parse::<Reference>() {
        Ok(reference) if reference.tag().is_some() || reference.digest().is_some() => {
            (Some(reference.repository().to_string()), reference.tag().map(ToString::to_string))
        }
        _ => (None, Some(name.to_owned())),
    }
}
