//! Names: skills, namespaces, versions, and the only parser of references.
//!
//! Paths, tags and digests follow the OCI distribution specification (Pulling manifests); names,
//! namespaces and versions follow the SkillCard schema. Nothing here looks at a disk or a network.

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

mod location;
mod reference;
mod repository;
mod skill;
mod tag;
mod version;

#[cfg(test)]
mod tests;

use crate::digest;
use crate::error::{Classify, Kind};

pub use location::{LayoutName, Location};
pub use reference::{Reference, Target};
pub use repository::Repository;
pub use skill::{Namespace, SkillName};
pub use tag::Tag;
pub use version::Version;

/// Why a text is not a name of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A text that breaks the grammar of what it should be.
    #[error("`{text}` is not a {what}: {rule}")]
    Grammar {
        /// What the text should have been.
        what: &'static str,
        /// The text.
        text: String,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// The part behind `@` is not a digest.
    #[error(transparent)]
    Digest(#[from] digest::Error),
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

fn grammar(what: &'static str, text: &str, rule: &'static str) -> Error {
    Error::Grammar { what, text: text.to_owned(), rule }
}

fn is_lower_alnum(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}
