//! Digests of content.
//!
//! The grammar is the image specification's (Descriptors, Digests), less every algorithm but
//! `sha256` and `sha512`. Digests are computed in `hash`, and compared here and in `verify`; no
//! other room does either.

mod hash;
mod verify;

use std::fmt;
use std::io;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Classify, Kind};

pub use hash::{Hasher, HashingWriter};
pub use verify::{Verifier, VerifyingReader};

/// A hash function that a digest may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-256, 64 hexadecimal digits.
    Sha256,
    /// SHA-512, 128 hexadecimal digits.
    Sha512,
}

impl Algorithm {
    /// The name in front of the colon.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn hex_len(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

/// A content digest, `sha256:<64 hex>` or `sha512:<128 hex>`, in lower case.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest {
    algorithm: Algorithm,
    hex: Box<str>,
}

/// Why a text is not a digest, or why content is not what its digest says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text breaks the grammar.
    #[error("`{0}` is not a digest: expected `sha256:` and 64, or `sha512:` and 128, lower-case hexadecimal digits")]
    Grammar(String),
    /// The content hashes to something else.
    #[error("content has digest `{actual}`, expected `{expected}`")]
    Mismatch {
        /// The digest that was asked for.
        expected: Digest,
        /// The digest that the content has.
        actual: Digest,
    },
    /// The content is longer or shorter than announced.
    #[error("content of `{digest}` is {actual} bytes, expected {expected}")]
    Size {
        /// The digest that was asked for.
        digest: Digest,
        /// The announced size in bytes.
        expected: u64,
        /// The size in bytes; for content that is too long, where reading stopped.
        actual: u64,
    },
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Grammar(_) => Kind::Invalid,
            Self::Mismatch { .. } | Self::Size { .. } => Kind::Unverified,
        }
    }
}

impl Error {
    /// The failure that a [`VerifyingReader`] reported through I/O, if that is what `error` is.
    #[must_use]
    pub fn within(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl Digest {
    /// The SHA-256 digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        hasher.update(bytes);
        hasher.finish()
    }

    /// The hash function.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hexadecimal digits after the colon.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.hex
    }

    /// The first twelve hexadecimal digits, for tables.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.hex[..12]
    }

    /// Checks that `bytes` are the content that this digest names.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when they are not.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut hasher = Hasher::new(self.algorithm);
        hasher.update(bytes);
        self.compare(hasher.finish())
    }

    fn compare(&self, actual: Self) -> Result<(), Error> {
        if *self == actual { Ok(()) } else { Err(Error::Mismatch { expected: self.clone(), actual }) }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.as_str(), self.hex)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let grammar = || Error::Grammar(text.to_owned());
        let (name, hex) = text.split_once(':').ok_or_else(grammar)?;
        let algorithm = match name {
            "sha256" => Algorithm::Sha256,
            "sha512" => Algorithm::Sha512,
            _ => return Err(grammar()),
        };
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if hex.len() != algorithm.hex_len() || !hex.bytes().all(digit) {
            return Err(grammar());
        }
        Ok(Self { algorithm, hex: hex.into() })
    }
}

impl TryFrom<String> for Digest {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn parses_its_own_text() {
        assert_eq!(Digest::of(b"").to_string(), EMPTY);
        assert_eq!(EMPTY.parse::<Digest>().unwrap(), Digest::of(b""));
    }

    #[test]
    fn refuses_other_spellings() {
        for text in
            ["", "sha256:", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", &EMPTY.to_uppercase(), &EMPTY[7..]]
        {
            assert_eq!(text.parse::<Digest>(), Err(Error::Grammar(text.to_owned())));
        }
    }
}
