//! A text file as diagnostics point into it: its name, its lines, and excerpts of them.
//!
//! It is not a file on disk: the bytes come in, nothing is read here.

use unicode_width::UnicodeWidthChar;

use super::diagnostics::{Code, Diagnostic, Severity};
use crate::printable::steers;

/// How many columns of a source line an excerpt shows.
const WIDTH: usize = 96;

/// A place in a text, both counted from one, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The first character.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// A named text whose line breaks are all line feeds and that has no byte order mark.
#[derive(Debug, Clone)]
pub(super) struct Source {
    file: String,
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
    had_mark: bool,
}

impl Source {
    /// Takes the byte order mark away and makes every line break a line feed.
    pub(super) fn new(file: &str, text: &str) -> Self {
        let bare = text.strip_prefix('\u{feff}');
        let text = with_line_feeds(bare.unwrap_or(text));
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file: file.to_owned(), text, lines, had_mark: bare.is_some() }
    }

    /// Like [`Source::new`] for bytes; other encodings than UTF-8 are a diagnostic.
    pub(super) fn decode(file: &str, bytes: &[u8]) -> Result<Self, Box<Diagnostic>> {
        let Err(error) = str::from_utf8(bytes) else {
            return Ok(Self::new(file, &String::from_utf8_lossy(bytes)));
        };
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let source = Self::new(file, &valid);
        let at = source.end();
        Err(Box::new(source.error(Code::NotUtf8, "", at, "the file must be UTF-8")))
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a byte order mark stood before the text.
    pub(super) fn had_byte_order_mark(&self) -> bool {
        self.had_mark
    }

    /// An error at `at`, about what `pointer` names.
    pub(super) fn error(&self, code: Code, pointer: &str, at: Position, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            file: self.file.clone(),
            line: at.line,
            column: at.column,
            pointer: pointer.to_owned(),
            excerpt: self.excerpt(at),
        }
    }

    /// A warning at `at`, about what `pointer` names.
    pub(super) fn warning(&self, code: Code, pointer: &str, at: Position, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..self.error(code, pointer, at, message) }
    }

    fn excerpt(&self, at: Position) -> Option<Excerpt> {
        let from_here = self.text.get(*self.lines.get(at.line.checked_sub(1)?)?..)?;
        Excerpt::of(from_here.split('\n').next()?, at.column)
    }

    fn end(&self) -> Position {
        let last = self.text.rsplit('\n').next().unwrap_or_default();
        Position { line: self.text.matches('\n').count() + 1, column: last.chars().count() + 1 }
    }
}

fn with_line_feeds(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

/// A printable piece of a source line and where in it the caret stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    text: String,
    caret: usize,
}

impl Excerpt {
    /// The piece of `line` around `column`, short enough for a terminal.
    fn of(line: &str, column: usize) -> Option<Self> {
        if line.trim().is_empty() {
            return None;
        }
        let before = column.saturating_sub(1);
        let skipped = if before < WIDTH * 3 / 4 { 0 } else { before - WIDTH / 2 };
        let mut text = String::from(if skipped > 0 { "…" } else { "" });
        let mut width = usize::from(skipped > 0);
        let mut caret = None;
        for (index, found) in line.chars().enumerate().skip(skipped) {
            if index == before {
                caret = Some(width);
            }
            if width >= WIDTH {
                text.push('…');
                break;
            }
            if let Some(shown) = printable(found) {
                text.push(shown);
                width += shown.width().unwrap_or_default();
            }
        }
        Some(Self { text, caret: caret.unwrap_or(width) })
    }
}

/// What is shown for a character of the source: a blank for a tab, nothing for what steers a terminal.
fn printable(c: char) -> Option<char> {
    if c == '\t' { Some(' ') } else { Some(c).filter(|c| !steers(*c)) }
}

impl std::fmt::Display for Excerpt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "  {}\n  {:caret$}^", self.text, "", caret = self.caret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(line: &str, column: usize) -> String {
        Excerpt::of(line, column).unwrap().to_string()
    }

    #[test]
    fn the_caret_stands_below_its_character() {
        assert_eq!(excerpt("name: x", 7), "  name: x\n        ^");
        assert_eq!(excerpt("\tname: x", 8), "   name: x\n         ^");
        assert_eq!(excerpt("a: 日本x", 6), "  a: 日本x\n         ^");
        assert_eq!(excerpt("a", 9), "  a\n   ^");
        assert!(Excerpt::of("  ", 1).is_none());
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("{}X{}", "a".repeat(5000), "b".repeat(5000));
        let shown = Excerpt::of(&line, 5001).unwrap();
        assert!(shown.text.chars().count() <= WIDTH + 2);
        assert_eq!(shown.text.chars().nth(shown.caret), Some('X'));
        assert!(shown.text.starts_with('…') && shown.text.ends_with('…'));
    }

    #[test]
    fn nothing_that_steers_a_terminal_is_shown() {
        assert_eq!(excerpt("a\u{1b}[31m\u{202e}b\u{7}", 7), "  a[31mb\n       ^");
    }

    #[test]
    fn line_breaks_become_line_feeds() {
        assert_eq!(Source::new("f", "\u{feff}a\r\nb\rc\n").text(), "a\nb\nc\n");
    }

    #[test]
    fn bytes_that_are_not_utf8_say_where() {
        let error = Source::decode("SKILL.md", b"---\nname: \xff").unwrap_err();
        assert_eq!((error.code, error.line, error.column), (Code::NotUtf8, 2, 7));
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(line in "\\PC*|[\\s\\S]{0,300}", column in 0usize..400) {
            let _ = Excerpt::of(&line, column).map(|shown| shown.to_string());
        }
    }
}
