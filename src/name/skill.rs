//! The name of a skill and its namespace.

use std::fmt;
use std::str::FromStr;

use super::{Error, grammar, is_lower_alnum};

text_newtype! {
    /// The name of a skill: 1–64 lower-case letters, digits and single hyphens between them.
    SkillName
}
text_newtype! {
    /// The namespace of a skill: 1–128 characters, words as in [`SkillName`] joined by `/`.
    Namespace
}

impl FromStr for SkillName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() <= 64 && is_word(text) {
            return Ok(Self(text.into()));
        }
        Err(grammar("skill name", text, "1–64 lower-case letters, digits and single hyphens between them"))
    }
}

impl FromStr for Namespace {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() <= 128 && text.split('/').all(is_word) {
            return Ok(Self(text.into()));
        }
        Err(grammar(
            "namespace",
            text,
            "1–128 characters: words of lower-case letters, digits and single hyphens, joined by `/`",
        ))
    }
}

/// `[a-z0-9]+(-[a-z0-9]+)*`
fn is_word(text: &str) -> bool {
    text.split('-').all(|part| !part.is_empty() && part.bytes().all(is_lower_alnum))
}
