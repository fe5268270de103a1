//! Places that hold images: a trait, and what every place has in common.
//!
//! A [`Store`] is one repository somewhere: in a layout on disk or in a registry. Push, pull and
//! mirror are all `copy` between two of them. Nothing here knows skills or states.

pub mod archive;
pub mod copy;
pub mod credential;
pub mod layout;
pub mod remote;

#[cfg(test)]
mod sample;

use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;

use crate::digest::{self, Digest};
use crate::error::{Classify, Kind};
use crate::image::{self, Blob, Descriptor, MANIFEST_LIMIT, Manifest};
use crate::name::{Tag, Target};

/// How deep indexes may lie within an index.
pub const NESTED_LIMIT: usize = 2;

/// What a caller expects a tag to be when it moves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expect {
    /// Anything; the tag is overwritten.
    #[default]
    Any,
    /// No such tag.
    Absent,
    /// The tag of this manifest.
    Is(Digest),
}

/// What became of a tag that was to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untagged {
    /// It was there and is gone.
    Removed,
    /// It was not there.
    Absent,
    /// The registry does not delete tags, or not for this caller; it is still there.
    Unsupported,
}

/// One repository: manifests, blobs and tags under one name.
#[async_trait]
pub trait Store: Send + Sync {
    /// What to call this repository in messages, `quay.io/org/hello` or `examples/hello`.
    fn name(&self) -> String;

    /// The descriptor of a manifest, without reading it; `None` where there is none.
    async fn resolve(&self, target: &Target) -> Result<Option<Descriptor>, Error>;

    /// A manifest, capped at [`MANIFEST_LIMIT`], verified and parsed; `None` where there is none.
    /// Implementations build it with [`verified_manifest`], so that no check can be forgotten.
    async fn manifest(&self, target: &Target) -> Result<Option<Manifest>, Error>;

    /// A blob, verified against the digest and size of its descriptor.
    async fn fetch(&self, descriptor: &Descriptor) -> Result<Blob, Error>;

    /// Whether a blob or manifest is there.
    async fn exists(&self, descriptor: &Descriptor) -> Result<bool, Error>;

    /// Stores a blob, or a manifest that gets no tag. Idempotent; nothing becomes visible before
    /// digest and size are verified. Durable only once a manifest that names it is tagged.
    async fn push(&self, descriptor: &Descriptor, blob: &Blob) -> Result<(), Error>;

    /// Stores `manifest`, whose children must be there, and moves `tag` to it if the tag is what
    /// `expect` says, then each of `also` whatever it is. Fails with [`Error::Conflict`] when it
    /// is not, or when somebody else moved the tag at the same time. A tag that is `manifest`
    /// already is no conflict, so that a repeat after an interruption succeeds.
    async fn tag(&self, manifest: &Manifest, tag: &Tag, expect: &Expect, also: &[Tag]) -> Result<(), Error>;

    /// Stores `manifest`, whose children must be there, so that it is found by its digest and
    /// stays without a tag.
    async fn keep(&self, manifest: &Manifest) -> Result<(), Error> {
        self.push(&manifest.descriptor(), &manifest.blob()).await
    }

    /// Whether everything below a manifest that is there is there too. Registries see to that
    /// themselves; a directory may have been damaged.
    async fn is_complete(&self, _manifest: &Manifest) -> Result<bool, Error> {
        Ok(true)
    }

    /// Removes a tag; the manifest stays.
    async fn untag(&self, tag: &Tag) -> Result<Untagged, Error>;

    /// All tags, in no order.
    async fn tags(&self) -> Result<Vec<Tag>, Error>;

    /// Whether looking things up costs next to nothing, so that a second look is worth it.
    fn looks_are_free(&self) -> bool {
        false
    }

    /// Below this size in bytes, storing a blob costs less than asking whether it is there.
    fn probe_above(&self) -> u64 {
        0
    }
}

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Content that a manifest names is not there.
    #[error("`{digest}` is missing in `{store}`")]
    Missing {
        /// The repository.
        store: String,
        /// The content.
        digest: Digest,
    },
    /// There is no image under a tag or digest.
    #[error("no image `{}`", full_name(.store, .target))]
    NotFound {
        /// The repository.
        store: String,
        /// The tag or digest.
        target: Target,
    },
    /// A tag is not what the caller expected.
    #[error("tag `{tag}` of `{store}` {}", moved(.found.as_ref()))]
    Conflict {
        /// The repository.
        store: String,
        /// The tag.
        tag: Tag,
        /// What it is instead, where that is known.
        found: Option<Digest>,
    },
    /// Content is not what its descriptor says.
    #[error("content from `{store}` cannot be trusted")]
    Unverified {
        /// The repository.
        store: String,
        /// How it differs.
        source: digest::Error,
    },
    /// A manifest breaks a rule.
    #[error("a manifest from `{store}` is refused")]
    Manifest {
        /// The repository.
        store: String,
        /// The rule.
        source: image::Error,
    },
    /// A blob of a local store is not what its name says.
    #[error("blob `{digest}` of store `{store}` is damaged")]
    Damaged {
        /// The directory.
        store: String,
        /// The blob.
        digest: Digest,
        /// How it differs.
        source: digest::Error,
    },
    /// A file of an image layout breaks the layout's rules.
    #[error("`{}` {rule}; nothing was changed", path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// The rule, as the rest of a sentence.
        rule: String,
    },
    /// An image that is to be removed is not there.
    #[error("no image `{name}` in `{store}`")]
    NoImage {
        /// The directory.
        store: String,
        /// The name.
        name: String,
    },
    /// A file operation failed.
    #[error("cannot {what} `{}`", path.display())]
    Io {
        /// The operation.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A registry could not be reached, or refused.
    #[error(transparent)]
    Remote(#[from] remote::Error),
}

/// The reference of what `target` names in the repository `store`.
#[must_use]
pub fn full_name(store: &str, target: &Target) -> String {
    let separator = match target {
        Target::Tag(_) => ':',
        Target::Digest(_) => '@',
    };
    format!("{store}{separator}{target}")
}

impl Error {
    /// Says which operation on which file failed.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }

    /// As [`Error::io`], for content that is verified while it is handled: content that is not
    /// what it should be is no failure of the file.
    pub(crate) fn content(store: &str, what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let (store, failed) = (store.to_owned(), Self::io(what, path));
        move |error| match digest::Error::within(&error) {
            Some(source) => Self::Unverified { store, source: source.clone() },
            None => failed(error),
        }
    }
}

fn moved(found: Option<&Digest>) -> String {
    match found {
        Some(digest) => format!("is already `{digest}`"),
        None => "was moved by somebody else at the same time".to_owned(),
    }
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing { .. } | Self::NotFound { .. } | Self::NoImage { .. } => Kind::NotFound,
            Self::Conflict { .. } => Kind::Conflict,
            Self::Unverified { .. } | Self::Damaged { .. } => Kind::Unverified,
            Self::Manifest { source, .. } => source.kind(),
            Self::Layout { .. } => Kind::Invalid,
            Self::Io { .. } => Kind::Io,
            Self::Remote(error) => error.kind(),
        }
    }
}

/// Checks the bytes of a manifest against what was asked for, and parses them.
///
/// # Errors
/// When `target` is a digest that the bytes do not have, and as [`Manifest::parse`].
pub fn verified_manifest(store: &str, target: &Target, bytes: Bytes) -> Result<Manifest, Error> {
    let refused = |source| Error::Manifest { store: store.to_owned(), source };
    let Target::Digest(digest) = target else {
        return Manifest::parse(bytes).map_err(refused);
    };
    debug_assert!(bytes.len() as u64 <= MANIFEST_LIMIT + 1, "callers stop reading at the limit");
    digest.verify(&bytes).map_err(|source| Error::Unverified { store: store.to_owned(), source })?;
    Manifest::parse_named(bytes, digest.clone()).map_err(refused)
}
