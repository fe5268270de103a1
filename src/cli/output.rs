//! Where results and messages go: data on stdout, everything else on stderr.
//!
//! The only file that writes to the terminal. Text that came from a registry or an archive is
//! made [`printable`] before it is shown.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::printable;

/// The form of what a command prints on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document, for programs.
    Json,
}

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    Quiet,
    Normal,
}

/// The printer of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) verbosity: Verbosity,
}

impl Output {
    /// Prints a report: as JSON, or as the lines that `text` makes of it.
    pub(crate) fn report<T: Serialize>(self, report: &T, text: impl FnOnce(&T) -> String) -> io::Result<()> {
        match self.format {
            Format::Json => {
                let json = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
                print(&format!("{}\n", escaped(&json)))
            }
            Format::Text => print(&text(report)),
        }
    }

    /// Says something on stderr, unless the run is quiet.
    pub(crate) fn note(self, message: &str) {
        if self.verbosity == Verbosity::Normal {
            say(message);
        }
    }

    /// Whether a progress bar can be seen.
    pub(crate) fn shows_progress(self) -> bool {
        self.verbosity == Verbosity::Normal && io::stderr().is_terminal()
    }
}

/// Prints text on stdout as it is.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Prints a line on stderr. A stderr that is gone is nothing to fail for.
pub(crate) fn say(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", printable::lines(message));
}

/// Warns on stderr, also when the run is quiet.
pub(crate) fn warn(message: &str) {
    say(&format!("warning: {message}"));
}

/// The longest answer to a question that is read, in bytes.
const ANSWER_LIMIT: u64 = 64;

/// Asks on stderr and reads a line; anything but `y` or `yes` is no.
pub(crate) fn confirm(question: &str) -> io::Result<bool> {
    write!(io::stderr().lock(), "{} [y/N] ", printable::lines(question))?;
    let mut answer = Vec::new();
    if io::stdin().lock().take(ANSWER_LIMIT).read_until(b'\n', &mut answer)? == 0 {
        // Nobody pressed return, so what is said next would stand behind the question.
        say("");
    }
    Ok(matches!(answer.trim_ascii().to_ascii_lowercase().as_slice(), b"y" | b"yes"))
}

/// `json` with escapes in the place of all characters that steer a terminal. They can only be in its
/// strings, whose meaning stays.
fn escaped(json: &str) -> String {
    let is_hidden = |c: char| printable::steers(c) && c != '\n';
    let escape = |c: char| if is_hidden(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    if json.contains(is_hidden) { json.chars().map(escape).collect() } else { json.to_owned() }
}

/// Lines of left-aligned columns, two spaces apart, the header first.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([header[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{:width$}", printable::cell(cell)));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    std::iter::once(&header.map(str::to_owned)).chain(rows).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["a".into(), "bb".into()], ["cccc".into(), String::new()]];
        assert_eq!(table(["X", "YYY"], &rows), "X     YYY\na     bb\ncccc\n");
    }

    #[test]
    fn no_cell_looks_like_a_row() {
        let rows = [["a\nb".into()], ["c\td".into()]];
        assert_eq!(table(["X"], &rows), "X\na\u{fffd}b\nc\u{fffd}d\n");
    }

    #[test]
    fn json_means_the_same_and_moves_no_cursor() {
        let text = "a\u{9b}2J\u{7f}\u{202e}ä\n\u{1}";
        let json = escaped(&serde_json::to_string(text).unwrap());
        assert_eq!(json, r#""a\u009b2J\u007f\u202eä\n\u0001""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
