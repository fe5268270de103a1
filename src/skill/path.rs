//! Paths inside a skill: the one place that says which are allowed.
//!
//! A [`SkillPath`] can be joined to any directory, on any operating system, and stays below it.
//! Whether two paths get along is decided in `names`.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::error::{Classify, Kind};
use crate::printable::Escaped;
use crate::skill::limits::Limits;

/// A checked path of a file or directory: relative, `/` between segments, none of them `.`, `..`
/// or empty, no backslash, drive letter or control character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkillPath(Box<str>);

/// A path that is refused, and the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("path `{}` {rule}", Escaped(.path))]
pub struct Error {
    path: String,
    rule: Rule,
}

/// What a path must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// No bytes at all.
    #[error("is empty")]
    Empty,
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// Longer than the limit.
    #[error("is longer than {0} bytes")]
    Long(usize),
    /// More segments than the limit.
    #[error("is deeper than {0} levels")]
    Deep(usize),
    /// Starts at the root of the file system.
    #[error("is absolute; only relative paths are allowed")]
    Absolute,
    /// `C:` in front.
    #[error("starts with a drive letter")]
    Drive,
    /// A backslash, which separates segments on Windows.
    #[error("has a backslash; segments are separated by `/`")]
    Backslash,
    /// NUL, line feed, DEL and the like.
    #[error("has a control character")]
    Control,
    /// A `..` segment.
    #[error("has a `..` segment, which leaves the skill")]
    Parent,
    /// A `.` segment.
    #[error("has a `.` segment")]
    Dot,
    /// Two slashes in a row, or one at the end.
    #[error("has an empty segment")]
    EmptySegment,
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

impl Error {
    /// The rule that is broken.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }
}

impl SkillPath {
    /// Checks `text` against the rules and the limits on length and depth.
    ///
    /// # Errors
    /// [`Error`] with the first rule that is broken.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Error> {
        match broken(text, limits) {
            None => Ok(Self(text.into())),
            Some(rule) => Err(Error { path: text.to_owned(), rule }),
        }
    }

    /// As [`SkillPath::parse`], for bytes that should be UTF-8.
    ///
    /// # Errors
    /// [`Error`] with the first rule that is broken.
    pub fn parse_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(Error { path: String::from_utf8_lossy(bytes).into_owned(), rule: Rule::NotUtf8 });
        };
        Self::parse(text, limits)
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directories above, outermost first: `a` and `a/b` for `a/b/c`.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(end, _)| &self.0[..end])
    }
}

fn broken(text: &str, limits: &Limits) -> Option<Rule> {
    let starts_with_drive = matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let rules = [
        (text.is_empty(), Rule::Empty),
        (text.len() > limits.path_bytes, Rule::Long(limits.path_bytes)),
        (text.starts_with('/'), Rule::Absolute),
        (starts_with_drive, Rule::Drive),
        (text.contains('\\'), Rule::Backslash),
        (text.contains(char::is_control), Rule::Control),
        (text.split('/').any(|segment| segment == ".."), Rule::Parent),
        (text.split('/').any(|segment| segment == "."), Rule::Dot),
        (text.split('/').any(str::is_empty), Rule::EmptySegment),
        (text.split('/').count() > limits.depth, Rule::Deep(limits.depth)),
    ];
    rules.into_iter().find_map(|(broken, rule)| broken.then_some(rule))
}

impl FromStr for SkillPath {
    type Err = Error;

    /// Checks against the default limits.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text, &Limits::default())
    }
}

impl fmt::Display for SkillPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<Path> for SkillPath {
    fn as_ref(&self) -> &Path {
        Path::new(&*self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(text: &str) -> Option<Rule> {
        text.parse::<SkillPath>().err().map(|error| error.rule())
    }

    #[test]
    fn ordinary_paths_are_allowed() {
        for text in
            ["SKILL.md", "scripts/run.sh", "a/b/c", "..a", "a..", ".hidden", "grüße/日本.md", "ab:c", "x y", "…"]
        {
            assert_eq!(rule(text), None, "{text}");
        }
        assert_eq!(rule(&["a"; 32].join("/")), None);
        assert_eq!(rule(&"a".repeat(512)), None);
    }

    #[test]
    fn every_rule_refuses() {
        let cases = [
            ("", Rule::Empty),
            ("/etc/passwd", Rule::Absolute),
            ("//x", Rule::Absolute),
            ("C:", Rule::Drive),
            ("c:x", Rule::Drive),
            ("C:../x", Rule::Drive),
            ("C:/x", Rule::Drive),
            ("a\\b", Rule::Backslash),
            ("\\\\host\\share", Rule::Backslash),
            ("a\0b", Rule::Control),
            ("a\nb", Rule::Control),
            ("a\u{7f}", Rule::Control),
            ("a\u{85}", Rule::Control),
            ("..", Rule::Parent),
            ("a/../b", Rule::Parent),
            ("a/..", Rule::Parent),
            (".", Rule::Dot),
            ("./a", Rule::Dot),
            ("a/./b", Rule::Dot),
            ("a//b", Rule::EmptySegment),
            ("a/", Rule::EmptySegment),
        ];
        for (text, expected) in cases {
            assert_eq!(rule(text), Some(expected), "{text:?}");
        }
        assert_eq!(rule(&"a".repeat(513)), Some(Rule::Long(512)));
        assert_eq!(rule(&["a"; 33].join("/")), Some(Rule::Deep(32)));
        let not_utf8 = SkillPath::parse_bytes(b"a\xff", &Limits::default()).unwrap_err();
        assert_eq!(not_utf8.rule(), Rule::NotUtf8);
    }

    #[test]
    fn messages_carry_no_control_characters() {
        let error = "a\u{1b}[2J\n".parse::<SkillPath>().unwrap_err().to_string();
        assert_eq!(error, "path `a\\u{1b}[2J\\n` has a control character");
        let long = "x".repeat(1000).parse::<SkillPath>().unwrap_err().to_string();
        assert!(long.len() < 260, "{long}");
    }

    #[test]
    fn ancestors_come_outermost_first() {
        let path: SkillPath = "a/b/c".parse().unwrap();
        assert_eq!(path.ancestors().collect::<Vec<_>>(), ["a", "a/b"]);
    }

    proptest! {
        #[test]
        fn an_allowed_path_stays_below_its_root(text in "[./\\\\:a-c\0]{0,12}") {
            if let Ok(path) = text.parse::<SkillPath>() {
                let normal = |part: std::path::Component<'_>| matches!(part, std::path::Component::Normal(_));
                prop_assert!(path.as_ref().components().all(normal));
                let again: std::path::PathBuf = path.as_ref().components().collect();
                prop_assert_eq!(again.as_path(), path.as_ref());
            }
        }
    }
}
