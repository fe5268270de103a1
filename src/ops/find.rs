//! Looks up a reference in the local store: under its own name, or as the only image it can mean.

use futures::executor::block_on;

use super::Error;
use crate::name::{Reference, Target};
use crate::store::layout::Layout;
use crate::store::{Store, full_name};

/// How freely a reference is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// Only the image of this very name.
    Exact,
    /// Also the only image with the same last path segment and tag; the segments before it count
    /// only where they are a local namespace.
    ByName,
}

/// The full reference of the local image that `reference` means.
///
/// # Errors
/// [`Error::NoImage`], and [`Error::Ambiguous`] when several different images answer to the name.
pub fn find(layout: &Layout, reference: &Reference, matching: Matching) -> Result<Reference, Error> {
    if exact(layout, reference)? {
        return Ok(reference.clone());
    }
    let missing = || Error::NoImage { name: full_name(&reference.repository().to_string(), &reference.target()) };
    let Target::Tag(tag) = reference.target() else {
        return Err(missing());
    };
    // `other/hello` is a namespace's `hello` and no other one's.
    let names_a_namespace = reference.is_local() && reference.repository().path().contains('/');
    if matching == Matching::Exact || names_a_namespace {
        return Err(missing());
    }
    let mut candidates = Vec::new();
    for entry in layout.entries()? {
        let named: Option<Reference> = entry.name.as_deref().and_then(|name| name.parse().ok());
        let same =
            |named: &Reference| named.repository().name() == reference.repository().name() && named.tag() == Some(&tag);
        candidates.extend(named.filter(same).map(|named| (named, entry.descriptor.digest)));
    }
    let (first, digest) = candidates.first().ok_or_else(missing)?;
    if candidates.iter().any(|(_, other)| other != digest) {
        let candidates = candidates.iter().map(|(named, _)| named.to_string()).collect();
        return Err(Error::Ambiguous { name: reference.to_string(), candidates });
    }
    Ok(first.clone())
}

/// Whether the layout has the image of this very name.
fn exact(layout: &Layout, reference: &Reference) -> Result<bool, Error> {
    let store = layout.repository(reference.repository());
    Ok(block_on(store.resolve(&reference.target()))?.is_some())
}
