//! Why a verb failed: the errors of the rooms below, and those that only a verb can see.

use std::path::PathBuf;

use crate::digest::Digest;
use crate::error::{Classify, Kind};
use crate::lifecycle::{self, State};
use crate::name::{self, Tag, Version};
use crate::skill::{dir, names, path};
use crate::{card, image, pack, store};

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A manifest cannot be worked with.
    #[error(transparent)]
    Image(#[from] image::Error),
    /// A step that the lifecycle does not have.
    #[error(transparent)]
    Lifecycle(#[from] lifecycle::Error),
    /// A name that breaks its grammar.
    #[error(transparent)]
    Name(#[from] name::Error),
    /// A skill directory or an image that breaks a rule, where the rule alone does not say whose.
    #[error("`{name}` is refused")]
    Refused {
        /// The directory or the reference.
        name: String,
        /// The rule.
        source: Box<Error>,
    },
    /// Nothing has this name.
    #[error("no image `{name}`")]
    NoImage {
        /// The reference.
        name: String,
    },
    /// Nothing in the local store has this name.
    #[error("no image `{name}` in the local store")]
    NotLocal {
        /// The reference.
        name: String,
    },
    /// A repository without tags; registries do not say whether there is one.
    #[error("`{name}` has no tags, or does not exist")]
    Untagged {
        /// The repository.
        name: String,
    },
    /// An image whose files are no skill.
    #[error("`{name}` holds no skill: neither a `skill.yaml` nor a `SKILL.md` in it gives it a name")]
    Nameless {
        /// The reference.
        name: String,
    },
    /// A local reference that several images answer to.
    #[error("`{name}` names several local images: {}", list(.candidates))]
    Ambiguous {
        /// The reference.
        name: String,
        /// The images.
        candidates: Vec<String>,
    },
    /// An image without a status.
    #[error("`{name}` is not a skill image: it has no status annotation")]
    NoSkill {
        /// The reference.
        name: String,
    },
    /// An image whose status is none of ours.
    #[error("`{name}` has a status that cannot be promoted")]
    UnknownState {
        /// The reference.
        name: String,
        /// Why the status is unknown.
        source: lifecycle::Error,
    },
    /// An image whose version annotation is missing or no version.
    #[error("`{name}` has no usable version annotation")]
    NoVersion {
        /// The reference.
        name: String,
        /// Why it is unusable.
        source: name::Error,
    },
    /// Another manifest stands where this one should go.
    #[error("version `{version}` of `{name}` is already {state} as `{digest}`")]
    Overtaken {
        /// The repository.
        name: String,
        /// The version.
        version: Version,
        /// The state of the manifest that is there.
        state: String,
        /// The manifest that is there.
        digest: Digest,
    },
    /// A version whose tag is gone.
    #[error("`{name}` has no tag `{tag}`, so its {state} version was archived or never tagged")]
    NotTagged {
        /// The repository.
        name: String,
        /// The tag.
        tag: Tag,
        /// The state of the manifest at hand.
        state: State,
    },
    /// A list of tags that lacks one that is there.
    #[error("`{name}` has tag `{tag}` and lists no tags at all, so the version's other states cannot be told")]
    NoTags {
        /// The repository.
        name: String,
        /// The tag.
        tag: Tag,
    },
    /// A tag of one version that names an image of another.
    #[error(
        "tag `{tag}` of `{name}` names an image of version `{version}`; name the image by a tag of its own version"
    )]
    OtherVersion {
        /// The repository.
        name: String,
        /// The tag.
        tag: Tag,
        /// The version of the image.
        version: Version,
    },
    /// A release tag that only promotion may set.
    #[error("tag `{tag}` shows a published version, but the image is {state}")]
    NotReleased {
        /// The tag.
        tag: Tag,
        /// The state of the image.
        state: String,
    },
    /// A card or a `SKILL.md` breaks rules.
    #[error(transparent)]
    Card(#[from] card::Invalid),
    /// A skill directory cannot be read or written.
    #[error(transparent)]
    Dir(#[from] dir::Error),
    /// A path that no skill may have.
    #[error(transparent)]
    Path(#[from] path::Error),
    /// Paths that do not get along in one skill.
    #[error(transparent)]
    Names(#[from] names::Error),
    /// A skill cannot be packed or unpacked.
    #[error(transparent)]
    Pack(#[from] pack::Error),
    /// A commit of several images failed; the first of them says why.
    #[error("`{}` is not stored either, because all of them are stored together", .dir.display())]
    NotCommitted {
        /// The directory of one that was packed with it.
        dir: PathBuf,
    },
    /// A file that would have to be overwritten.
    #[error("`{}` already exists", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file operation outside the store failed.
    #[error("cannot {action} `{}`", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// The same error, with whose rule was broken where it does not say so itself.
    pub(super) fn of(self, name: impl std::fmt::Display) -> Self {
        let is_bare = match &self {
            Self::Name(_) | Self::Path(_) | Self::Names(_) | Self::Pack(_) => true,
            Self::Dir(error) => matches!(error, dir::Error::Path(_) | dir::Error::Names(_) | dir::Error::Limit(_)),
            _ => false,
        };
        if is_bare && matches!(self.kind(), Kind::Invalid | Kind::Unverified) {
            return Self::Refused { name: name.to_string(), source: Box::new(self) };
        }
        self
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Image(error) => error.kind(),
            Self::Lifecycle(error) => error.kind(),
            Self::Name(error) => error.kind(),
            Self::Refused { source, .. } => source.kind(),
            Self::NoImage { .. } | Self::NotLocal { .. } | Self::Untagged { .. } | Self::NotTagged { .. } => {
                Kind::NotFound
            }
            Self::Ambiguous { .. }
            | Self::Nameless { .. }
            | Self::NoSkill { .. }
            | Self::UnknownState { .. }
            | Self::NoVersion { .. } => Kind::Invalid,
            Self::Card(error) => error.kind(),
            Self::Dir(error) => error.kind(),
            Self::Path(error) => error.kind(),
            Self::Names(error) => error.kind(),
            Self::Pack(error) => error.kind(),
            Self::NoTags { .. } => Kind::Remote,
            Self::NotCommitted { .. } => Kind::Io,
            Self::Overtaken { .. } | Self::OtherVersion { .. } | Self::NotReleased { .. } | Self::Exists { .. } => {
                Kind::Conflict
            }
            Self::Io { source, .. } => Classify::kind(source),
        }
    }
}
