//! Descriptors, by the image specification (Content Descriptors).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::json::null_as_default;
use super::{MANIFESTS, Platform};
use crate::digest::{self, Digest};

/// A descriptor: what content is, and how to find and verify it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type of the content.
    #[serde(default)]
    pub media_type: String,
    /// Digest of the content.
    pub digest: Digest,
    /// Size of the content in bytes.
    pub size: u64,
    /// Annotations of the descriptor.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_as_default")]
    pub annotations: BTreeMap<String, String>,
    /// The platform, in an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The artifact type, in an index of referrers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

impl Descriptor {
    /// A descriptor without annotations or platform.
    #[must_use]
    pub fn new(media_type: impl Into<String>, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.into(),
            digest,
            size,
            annotations: BTreeMap::new(),
            platform: None,
            artifact_type: None,
        }
    }

    /// Checks that the content, which has `actual` bytes, is as long as announced.
    ///
    /// # Errors
    /// [`digest::Error::Size`] when it is not.
    pub fn check_size(&self, actual: u64) -> Result<(), digest::Error> {
        let Self { digest, size, .. } = self;
        if actual == *size {
            return Ok(());
        }
        Err(digest::Error::Size { digest: digest.clone(), expected: *size, actual })
    }

    /// Whether the content is a manifest or an index, by its media type.
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        MANIFESTS.contains(&self.media_type.as_str())
    }
}
