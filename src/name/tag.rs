//! Tags, by the distribution specification.

use std::fmt;
use std::str::FromStr;

use super::{Error, grammar};

text_newtype! {
    /// A tag, `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
    Tag
}

impl Tag {
    /// The tag `latest`, which a reference without tag and digest means.
    #[must_use]
    pub fn latest() -> Self {
        Self("latest".into())
    }
}

impl FromStr for Tag {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        let rest = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
        if first && rest && text.len() <= 128 {
            return Ok(Self(text.into()));
        }
        Err(grammar("tag", text, "1–128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`"))
    }
}
