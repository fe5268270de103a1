//! References, and what they look up in a repository.

use std::fmt;
use std::str::FromStr;

use super::{Error, Repository, Tag};
use crate::digest::Digest;

/// A reference to an image, `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.
///
/// Without a host it is local: nothing is ever looked up on a network because of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    pub(super) repository: Repository,
    pub(super) tag: Option<Tag>,
    pub(super) digest: Option<Digest>,
}

impl Reference {
    /// The repository.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The tag, where one is written.
    #[must_use]
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, where one is written. It decides over the tag.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Whether the reference names no registry.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.repository.host().is_none()
    }

    /// What to look up in the repository: the digest, else the tag, else `latest`.
    #[must_use]
    pub fn target(&self) -> Target {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => Target::Digest(digest.clone()),
            (None, Some(tag)) => Target::Tag(tag.clone()),
            (None, None) => Target::Tag(Tag::latest()),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bare = text.strip_prefix("docker://").unwrap_or(text);
        let (name, digest) = match bare.split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse()?)),
            None => (bare, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.parse()?)),
            _ => (name, None),
        };
        Ok(Self { repository: name.parse()?, tag, digest })
    }
}

/// What names a manifest within one repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// By tag; it may move.
    Tag(Tag),
    /// By digest; it never changes.
    Digest(Digest),
}

impl Target {
    /// The tag, where this is one.
    #[must_use]
    pub fn tag(&self) -> Option<&Tag> {
        match self {
            Self::Tag(tag) => Some(tag),
            Self::Digest(_) => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}
