//! Front matter that is almost YAML: values that need quotes or indentation and have none.
//!
//! Skills in the wild hold lines such as `description: Use when: asked`, which many agents read as
//! text. An entry that is not YAML by itself is read as it was meant, with a warning that says so.
//! Nothing else is guessed.

use super::diagnostics::{Code, Diagnostic};
use super::source::{Position, Source};
use super::tree::Node;
use super::yaml::{self, Excerpted};

/// The first line of a front matter is the second one of its file.
const LINES_ABOVE: usize = 1;

/// Reads a front matter; the diagnostics are warnings for what had to be mended.
pub(super) fn read(source: &Source, text: &str) -> Result<(Node, Vec<Diagnostic>), Box<Diagnostic>> {
    let text = &without_separators(text);
    let error = match yaml::read(source, Excerpted { text, lines_above: LINES_ABOVE }) {
        Ok(root) => return Ok((root, Vec::new())),
        Err(error) => error,
    };
    if !matches!(error.code, Code::YamlSyntax | Code::YamlAnchor | Code::YamlTag) {
        return Err(error);
    }
    let mut repair = Repair { source, text: String::new(), found: Vec::new() };
    repair.entries(text);
    match yaml::read(source, Excerpted { text: &repair.text, lines_above: LINES_ABOVE }) {
        Ok(root) if !repair.found.is_empty() => Ok((root, repair.found)),
        _ => Err(error),
    }
}

/// Unicode line separators, which come with pasted text, are blanks here; a card may not have them.
fn without_separators(text: &str) -> String {
    text.replace(['\u{85}', '\u{2028}', '\u{2029}'], " ")
}

struct Repair<'a> {
    source: &'a Source,
    text: String,
    found: Vec<Diagnostic>,
}

impl Repair<'_> {
    /// Copies the entries of a mapping, mending those that are not YAML.
    fn entries(&mut self, mut rest: &str) {
        while !rest.is_empty() {
            rest = self.entry(rest);
        }
    }

    /// Copies the first entry and gives the others.
    fn entry<'t>(&mut self, text: &'t str) -> &'t str {
        let (entry, others) = text.split_at(entry_len(text));
        if self.is_yaml(entry) {
            self.text += entry;
            return others;
        }
        let (open, below) = text.split_at(open_quote_len(text));
        if self.mend(open, Some(indented(open))) {
            return below;
        }
        if !self.mend(entry, quoted(entry)) {
            self.nested(entry);
        }
        others
    }

    /// Copies what `entry` was meant to be, if that is YAML.
    fn mend(&mut self, entry: &str, meant: Option<String>) -> bool {
        let Some(meant) = meant.filter(|meant| !meant.is_empty() && self.is_yaml(meant)) else { return false };
        let at = Position { line: self.text.matches('\n').count() + 1 + LINES_ABOVE, column: 1 };
        let key = entry.split(':').next().unwrap_or_default().trim();
        let rule = format!("the value of `{key}` is YAML only with quotes or indentation; read as if it had them");
        self.found.push(self.source.warning(Code::MendedYaml, "", at, rule));
        self.text += &meant;
        true
    }

    /// Goes into the entries below a key without a value of its own.
    fn nested(&mut self, entry: &str) {
        let first = entry.find('\n').map_or(entry.len(), |end| end + 1);
        let (head, below) = entry.split_at(first);
        self.text += head;
        if head.trim_end().ends_with(':') {
            self.entries(below);
        } else {
            self.text += below;
        }
    }

    fn is_yaml(&self, text: &str) -> bool {
        yaml::read(self.source, Excerpted { text, lines_above: 0 }).is_ok()
    }
}

/// How long an entry is whose value opens a quote on the first line and closes it on a later one; zero
/// where it is none. Many agents ask for no indentation between the quotes.
fn open_quote_len(text: &str) -> usize {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let value = first.split_once(": ").map_or("", |(_, value)| value.trim_start());
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return 0 };
    let mut len = first.len();
    for line in lines {
        len += line.len();
        if line.trim_end().ends_with(quote) {
            return len;
        }
    }
    0
}

/// The entry with its further lines one blank deeper.
fn indented(entry: &str) -> String {
    let body = entry.strip_suffix('\n').unwrap_or(entry);
    body.replace('\n', "\n ") + &entry[body.len()..]
}

/// How long the first line is with all lines that belong to it: deeper ones, blank ones, and list items.
fn entry_len(text: &str) -> usize {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let indent = indent_of(first);
    let belongs = |line: &&str| {
        let item =
            line.trim_start().starts_with("- ") && indent_of(line) == indent && !first.trim_start().starts_with('-');
        line.trim().is_empty() || indent_of(line) > indent || item
    };
    first.len() + lines.take_while(belongs).map(str::len).sum::<usize>()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The entry with its value in single quotes, line by line as before.
fn quoted(entry: &str) -> Option<String> {
    let colon = entry.find(": ")?;
    let (key, value) = entry.split_at(colon + 2);
    let text = value.trim();
    if key.contains(['\n', '"', '\'', '#', '{', '[']) || text.is_empty() || text.starts_with(['|', '>']) {
        return None;
    }
    let end = &value[value.trim_end().len()..];
    Some(format!("{key}'{}'{end}", bare(text).replace('\'', "''")))
}

/// The text without the quotes around it, where it has them on both ends.
fn bare(text: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(line: &str) -> Option<(String, usize)> {
        let text = format!("name: a\n{line}\nlicense: MIT\n");
        let source = Source::new("SKILL.md", &format!("---\n{text}---\n"));
        let (root, found) = read(&source, &text).ok()?;
        assert_eq!(root.get("license")?.text(), Some("MIT"));
        Some((root.get("description")?.text()?.to_owned(), found.len()))
    }

    #[test]
    fn values_that_need_quotes_are_read_as_texts() {
        for (line, expected) in [
            ("description: Use when: asked", "Use when: asked"),
            ("description: it's: so", "it's: so"),
            ("description: @me", "@me"),
            ("description: `code` first", "`code` first"),
            ("description: *star*", "*star*"),
            ("description: !important", "!important"),
            ("description: [a] and [b]", "[a] and [b]"),
            ("description: \"a\" and b", "\"a\" and b"),
            ("description: \"say \"hi\" to\"", "say \"hi\" to"),
            ("description: \"\\d+\"", "\\d+"),
            ("description: \"one:\ntwo \\u00e4\n\nthree\"", "one: two ä\nthree"),
            ("description: one: two\n  three: four", "one: two three: four"),
            ("description: 50%: half # all", "50%: half # all"),
        ] {
            assert_eq!(description(line), Some((expected.to_owned(), 1)), "{line}");
        }
    }

    #[test]
    fn good_yaml_is_left_alone() {
        for (line, expected) in [
            ("description: a # b", "a"),
            ("description: a\u{2028}b\u{85}c", "a b c"),
            ("description: 'a: b'", "a: b"),
            ("description: |-\n  a: b", "a: b"),
            ("description: >-\n  a\n  b", "a b"),
        ] {
            assert_eq!(description(line), Some((expected.to_owned(), 0)), "{line}");
        }
    }

    #[test]
    fn nested_values_are_repaired_too() {
        let text = "description: d\nmetadata:\n  a: b: c\n  d: e\n";
        let source = Source::new("SKILL.md", &format!("---\n{text}---\n"));
        let (root, found) = read(&source, text).unwrap();
        assert_eq!(root.get("metadata").unwrap().get("a").unwrap().text(), Some("b: c"));
        assert_eq!((found.len(), found[0].line), (1, 4));
    }

    #[test]
    fn what_cannot_be_mended_is_refused() {
        for line in ["description", "description: a\ndescription: b", "just text", "\tdescription: a"] {
            assert_eq!(description(line), None, "{line}");
        }
    }
}
