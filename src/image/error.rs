//! What can be wrong with a manifest.

use crate::digest::Digest;
use crate::error::{Classify, Kind};

/// Why bytes are not a manifest that we work with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JSON of the right shape.
    #[error("manifest `{digest}` cannot be read")]
    Json {
        /// The manifest's digest.
        digest: Digest,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// JSON that breaks a rule.
    #[error("manifest `{digest}` {rule}")]
    Rule {
        /// The manifest's digest.
        digest: Digest,
        /// The rule, as the rest of a sentence.
        rule: String,
    },
    /// An annotation that is to be rewritten is not there.
    #[error("manifest `{digest}` has no annotation `{key}`")]
    NoAnnotation {
        /// The manifest's digest.
        digest: Digest,
        /// The annotation's key.
        key: String,
    },
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}
