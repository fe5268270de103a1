//! What a test registry holds, and the rules by which it takes manifests.

use std::collections::{BTreeMap, HashMap};

use axum::body::Bytes;
use serde_json::Value;
use skillctl::digest::Digest;

/// All repositories.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) repositories: BTreeMap<String, Repository>,
    pub(super) uploads: usize,
}

/// One repository.
#[derive(Debug, Default)]
pub(super) struct Repository {
    pub(super) blobs: HashMap<String, Bytes>,
    /// Media type and bytes by digest.
    pub(super) manifests: HashMap<String, (String, Bytes)>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Repository {
    /// The digest, media type and bytes of what a tag or a digest names.
    pub(super) fn manifest(&self, name: &str) -> Option<(String, String, Bytes)> {
        let digest = if name.contains(':') { name } else { self.tags.get(name)? };
        let (media_type, bytes) = self.manifests.get(digest)?;
        Some((digest.to_owned(), media_type.clone(), bytes.clone()))
    }

    /// Stores a manifest if it obeys the rules; the error is a code and a message.
    pub(super) fn take(
        &mut self,
        name: &str,
        media_type: &str,
        bytes: &Bytes,
    ) -> Result<String, (&'static str, String)> {
        let digest = Digest::of(bytes).to_string();
        if name.contains(':') && name != digest {
            return Err(("DIGEST_INVALID", format!("{name} is {digest}")));
        }
        let document: Value = serde_json::from_slice(bytes).map_err(|e| ("MANIFEST_INVALID", e.to_string()))?;
        if document["mediaType"].as_str().is_some_and(|written| written != media_type) {
            return Err(("MANIFEST_INVALID", format!("sent as {media_type}")));
        }
        let blobs = document["layers"].as_array().into_iter().flatten().chain(document.get("config"));
        for descriptor in blobs {
            check(descriptor, |digest| self.blobs.get(digest).map(Bytes::len))?;
        }
        for descriptor in document["manifests"].as_array().into_iter().flatten() {
            check(descriptor, |digest| self.manifests.get(digest).map(|(_, bytes)| bytes.len()))?;
        }
        self.manifests.insert(digest.clone(), (media_type.to_owned(), bytes.clone()));
        if !name.contains(':') {
            self.tags.insert(name.to_owned(), digest.clone());
        }
        Ok(digest)
    }
}

/// A child must be there, in the size that is said.
fn check(descriptor: &Value, size: impl Fn(&str) -> Option<usize>) -> Result<(), (&'static str, String)> {
    let digest = descriptor["digest"].as_str().unwrap_or_default();
    let found = size(digest).ok_or_else(|| ("MANIFEST_BLOB_UNKNOWN", digest.to_owned()))?;
    if descriptor["size"].as_u64() == Some(found as u64) {
        return Ok(());
    }
    Err(("SIZE_INVALID", format!("{digest} has {found} bytes")))
}
