//! Text that others wrote, made fit for a terminal.
//!
//! Names in archives, errors of registries and lines of files could move the cursor, recolour the
//! terminal, turn the direction of what follows or fill the screen. The one rule for which
//! characters may do so is [`steers`]; every message that quotes others goes through this module.

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

/// Whether `c` steers a terminal instead of being seen on it: control characters, line and
/// paragraph separators, and changes of direction.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` with a mark in the place of every character that steers a terminal; line feeds and tabs
/// stay.
#[must_use]
pub fn lines(text: &str) -> String {
    let shown = |c: char| if steers(c) && !matches!(c, '\n' | '\t') { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(shown).collect()
}

/// As [`lines`], on one line: what stands in a table or behind a key must not look like another row.
#[must_use]
pub fn cell(text: &str) -> String {
    lines(text).replace(['\n', '\t'], "\u{fffd}")
}

/// `text` on one line, without characters that steer a terminal, cut to `limit` characters.
#[must_use]
pub fn one_line(text: &str, limit: usize) -> String {
    let seen = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !steers(*c));
    let words = seen.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= limit {
        return words;
    }
    words.chars().take(limit).chain(['…']).collect()
}

/// Shows a name as it is, for messages that are about its very characters: those that steer a
/// terminal are escaped, and after 200 characters it is cut.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 200;
        for char in self.0.chars().take(MOST) {
            if steers(char) {
                write!(f, "{}", char.escape_default())?;
            } else {
                write!(f, "{char}")?;
            }
        }
        if self.0.chars().nth(MOST).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// A path in a report: serialised it is text, with a mark for what is not UTF-8, because one odd
/// name must not cost a whole document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportedPath(PathBuf);

impl From<PathBuf> for ReportedPath {
    fn from(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Deref for ReportedPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Serialize for ReportedPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_lines_become_one() {
        assert_eq!(one_line("a\r\n\tb  \u{1b}[31mred\u{7}\u{202e}x\u{2028}y", 100), "a b [31mredx y");
        assert_eq!(one_line("", 10), "");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(one_line("äöüß", 4), "äöüß");
        assert_eq!(one_line("äöüß", 3), "äöü…");
        assert_eq!(Escaped(&"ä".repeat(201)).to_string(), format!("{}…", "ä".repeat(200)));
    }

    #[test]
    fn lines_and_tabs_stay_where_they_are_wanted() {
        assert_eq!(lines("a\u{1b}[31mb\u{202e}c\td\n"), "a\u{fffd}[31mb\u{fffd}c\td\n");
    }

    #[test]
    fn names_show_what_is_hidden_in_them() {
        assert_eq!(Escaped("a\u{1b}\n\u{202e}ä").to_string(), "a\\u{1b}\\n\\u{202e}ä");
    }
}
