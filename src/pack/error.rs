//! Why a skill and an image do not become each other.

use super::WHITEOUT;
use crate::digest::Digest;
use crate::error::{Classify, Kind};
use crate::printable::Escaped;
use crate::skill::archive;

/// Why a skill cannot be packed, or an image not be read as a skill.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The layer is refused, or a file cannot be read.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// A name that means a deletion in a layer.
    #[error("`{}` has a name that begins with `{WHITEOUT}`, which marks deleted files in image layers", Escaped(.0))]
    Whiteout(String),
    /// An index, which has no layer of its own.
    #[error("`{0}` is an index; one of its manifests can be unpacked")]
    Index(Digest),
    /// Not one layer.
    #[error("image `{digest}` has {count} layers; only images with one layer can be unpacked")]
    Layers {
        /// The manifest.
        digest: Digest,
        /// The number of its layers.
        count: usize,
    },
    /// A layer of a type that is not ours.
    #[error("layer `{digest}` has the media type `{}`, which cannot be unpacked", Escaped(.media_type))]
    LayerType {
        /// The layer.
        digest: Digest,
        /// Its type.
        media_type: String,
    },
    /// A layer larger than any skill.
    #[error("layer `{digest}` has {size} bytes; at most {limit} are read")]
    LayerSize {
        /// The layer.
        digest: Digest,
        /// Its size in bytes, as the manifest says.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The layer that the manifest names was not handed over.
    #[error("layer `{0}` is missing")]
    Missing(Digest),
    /// The config is not one.
    #[error("config `{digest}` cannot be read")]
    Config {
        /// The config.
        digest: Digest,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The config speaks of another layer.
    #[error("layer `{layer}` unpacks to `{actual}`, but the config says {}", listed(.expected))]
    DiffId {
        /// The layer.
        layer: Digest,
        /// What it unpacks to.
        actual: Digest,
        /// What the config says.
        expected: Vec<Digest>,
    },
}

fn listed(digests: &[Digest]) -> String {
    digests.iter().map(|digest| format!("`{digest}`")).collect::<Vec<_>>().join(", ")
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Archive(error) => error.kind(),
            Self::DiffId { .. } => Kind::Unverified,
            Self::Missing(_) => Kind::NotFound,
            _ => Kind::Invalid,
        }
    }
}
