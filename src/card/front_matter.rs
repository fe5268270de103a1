//! Where the front matter of a SKILL.md is, and what the Agent Skills specification says of it.
//!
//! This is the default mode's division; the strict mode has the reference validator's own.

use super::diagnostics::{Code, Diagnostic};
use super::schema::closest;
use super::source::{Position, Source};

/// The fields of the specification.
pub(super) const FIELDS: [&str; 6] = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];

/// The largest front matter, in bytes.
pub(super) const MAX_BYTES: usize = 64 * 1024;
/// The longest name, in characters.
pub(super) const MAX_NAME: usize = 64;
/// The longest description, in characters.
pub(super) const MAX_DESCRIPTION: usize = 1024;
/// The longest compatibility note, in characters.
pub(super) const MAX_COMPATIBILITY: usize = 500;

/// What a SKILL.md without front matter is told.
pub(super) const MISSING: &str =
    "the file must begin with a front matter: `---`, `name: …`, `description: …`, `---`, each on its line";
/// What a front matter without an end is told.
pub(super) const UNCLOSED: &str = "the front matter must end with a line that is exactly `---`";
/// What a front matter over [`MAX_BYTES`] is told.
pub(super) const TOO_LARGE: &str = "a front matter has at most 64 KiB";

/// A SKILL.md in its two parts.
pub(super) struct Parts<'a> {
    /// The lines between the two `---`; they begin on line 2.
    pub(super) yaml: &'a str,
    /// What follows the second `---`.
    pub(super) body: &'a str,
}

/// Divides a SKILL.md at its first line, `---`, and the next line that is exactly `---`.
pub(super) fn split(source: &Source) -> Result<Parts<'_>, Box<Diagnostic>> {
    let fail = |code, line, rule: &str| Err(Box::new(source.error(code, "", Position { line, column: 1 }, rule)));
    let (first, rest) = source.text().split_once('\n').unwrap_or((source.text(), ""));
    if first.trim_end() != "---" {
        return fail(Code::MissingFrontMatter, 1, MISSING);
    }
    match divide(rest) {
        None => fail(Code::OpenFrontMatter, almost_closed(rest), UNCLOSED),
        Some(parts) if parts.yaml.len() > MAX_BYTES => fail(Code::TooLarge, 1, TOO_LARGE),
        Some(parts) => Ok(parts),
    }
}

fn divide(rest: &str) -> Option<Parts<'_>> {
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if line.strip_suffix('\n').unwrap_or(line) == "---" {
            return Some(Parts { yaml: &rest[..end], body: &rest[end + line.len()..] });
        }
        end += line.len();
    }
    None
}

/// The line that was perhaps meant to close the front matter, else the first one.
fn almost_closed(rest: &str) -> usize {
    rest.lines().position(|line| line.trim() == "---").map_or(1, |index| index + 2)
}

/// What a field outside the specification is told.
pub(super) fn unknown_field(name: &str) -> String {
    match closest(name, &FIELDS) {
        Some(known) => format!("`{name}` is not a field of the Agent Skills specification; did you mean `{known}`?"),
        None => {
            format!("`{name}` is not a field of the Agent Skills specification; own fields belong under `metadata`")
        }
    }
}
