//! Content with its digest: configs, layers, and manifests on their way.

use std::io;

use bytes::Bytes;

use super::Descriptor;
use crate::digest::{Digest, VerifyingReader};
use crate::spool::{Spooled, SpooledReader};

/// Content with its digest.
#[derive(Debug, Clone)]
pub struct Blob {
    digest: Digest,
    content: Spooled,
}

impl Blob {
    /// A blob of bytes in memory.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        Self { digest: Digest::of(&bytes), content: bytes.into() }
    }

    /// A blob whose digest was computed or verified while `content` was written.
    #[must_use]
    pub fn verified(digest: Digest, content: Spooled) -> Self {
        Self { digest, content }
    }

    /// The digest.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.content.len()
    }

    /// The content.
    #[must_use]
    pub fn content(&self) -> &Spooled {
        &self.content
    }

    /// A reader from the start.
    #[must_use]
    pub fn reader(&self) -> SpooledReader {
        self.content.reader()
    }

    /// A reader that fails when the content is no longer what the digest says.
    #[must_use]
    pub fn verifying_reader(&self) -> VerifyingReader<SpooledReader> {
        VerifyingReader::new(self.reader(), self.digest.clone(), self.size())
    }

    /// The bytes, read into memory if need be.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub fn to_bytes(&self) -> io::Result<Bytes> {
        self.content.to_bytes()
    }

    /// The descriptor of this blob as `media_type`.
    #[must_use]
    pub fn descriptor(&self, media_type: impl Into<String>) -> Descriptor {
        Descriptor::new(media_type, self.digest.clone(), self.size())
    }
}
