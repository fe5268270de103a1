//! Looks up a reference in the local store: under its own name, or as the only image it can mean.

use futures::executor::block_on;

use super::Error;
use crate::digest::Digest;
use crate::name::Reference;
use crate::store::layout::{Entry, Layout};
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
/// [`Error::NotLocal`], and [`Error::Ambiguous`] when several different images answer to the name.
pub fn find(layout: &Layout, reference: &Reference, matching: Matching) -> Result<Reference, Error> {
    if exact(layout, reference)? {
        return Ok(reference.clone());
    }
    let missing = || Error::NotLocal { name: full_name(&reference.repository().to_string(), &reference.target()) };
    let candidates = match matching {
        Matching::Exact => Vec::new(),
        Matching::ByName => same_name_and_tag(layout, reference)?,
    };
    let (first, digest) = candidates.first().ok_or_else(missing)?;
    if candidates.iter().any(|(_, other)| other != digest) {
        let candidates = candidates.iter().map(|(named, _)| named.to_string()).collect();
        return Err(Error::Ambiguous { name: reference.to_string(), candidates });
    }
    Ok(first.clone())
}

/// The images with the last path segment and the tag of `reference`, where these alone may name one.
fn same_name_and_tag(layout: &Layout, reference: &Reference) -> Result<Vec<(Reference, Digest)>, Error> {
    let (repository, target) = (reference.repository(), reference.target());
    // `other/hello` is a namespace's `hello` and no other one's.
    let names_a_namespace = reference.is_local() && repository.path().contains('/');
    let Some(tag) = target.tag().filter(|_| !names_a_namespace) else {
        return Ok(Vec::new());
    };
    let same = |named: &Reference| named.repository().name() == repository.name() && named.tag() == Some(tag);
    let named = |entry: Entry| {
        let name: Reference = entry.name?.parse().ok().filter(same)?;
        Some((name, entry.descriptor.digest))
    };
    Ok(layout.entries()?.into_iter().filter_map(named).collect())
}

/// Whether the layout has the image of this very name.
fn exact(layout: &Layout, reference: &Reference) -> Result<bool, Error> {
    let store = layout.repository(reference.repository());
    Ok(block_on(store.resolve(&reference.target()))?.is_some())
}
