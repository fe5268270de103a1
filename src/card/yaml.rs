//! Reading YAML into a tree in which every value knows its line and column.
//!
//! A scalar is the text that was typed: `1.0`, `yes` and `null` are texts of three to four
//! characters. Anchors, aliases, tags, merge keys, duplicate keys, control characters, a second
//! document, and anything large or deep are refused. Nothing is written here.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::granit_parser::{self, Event};
use serde_saphyr::options::{MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Error, Location, Options, Spanned};

use super::diagnostics::{Code, Diagnostic};
use super::source::{Position, Source};
use super::tree::{Key, Node, Value};

/// The largest document, in bytes.
const MAX_BYTES: usize = 1024 * 1024;
/// The most text in all scalars together, in bytes.
const MAX_SCALAR_BYTES: usize = 256 * 1024;
const MAX_NODES: usize = 5000;
const MAX_DEPTH: usize = 32;

/// Which lines of a source are YAML.
#[derive(Clone, Copy)]
pub(super) struct Excerpted<'a> {
    /// The YAML.
    pub(super) text: &'a str,
    /// How many lines of the source stand above it.
    pub(super) lines_above: usize,
}

/// Reads `yaml`, which is a part of `source`, as one document.
pub(super) fn read(source: &Source, yaml: Excerpted<'_>) -> Result<Node, Box<Diagnostic>> {
    let reader = Reader { source, yaml };
    if yaml.text.len() > MAX_BYTES {
        return Err(reader.fail(Code::TooLarge, Position::START, "a document has at most 1 MiB").into());
    }
    if let Some(at) = yaml.text.find(is_control) {
        return Err(reader
            .fail(Code::ControlCharacter, reader.at_byte(at), "control characters are not allowed")
            .into());
    }
    if is_blank(yaml.text) {
        return Ok(Node { value: Value::Mapping(Vec::new()), at: Position::START });
    }
    let root: Spanned<Raw> =
        serde_saphyr::from_str_with_options(yaml.text, options()).map_err(|error| reader.refuse(&error))?;
    reader.refuse_tags()?;
    reader.node(root, Position::START)
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_documents: 1,
            max_total_scalar_bytes: MAX_SCALAR_BYTES,
        },
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

/// Whether there is nothing but comments and white space.
fn is_blank(text: &str) -> bool {
    text.lines().all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#'))
}

/// The Unicode line separators count among them: YAML 1.1, which others read and our writer follows,
/// takes them for line breaks.
fn is_control(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A value as serde-saphyr gives it, before it is a text again.
enum Raw {
    Text(String),
    /// A plain scalar that YAML resolves to something else than a text.
    Resolved,
    List(Vec<Spanned<Raw>>),
    Mapping(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list or a mapping")
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Resolved)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Resolved)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Resolved)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Resolved)
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Resolved)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut mapping = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            mapping.push(entry);
        }
        Ok(Raw::Mapping(mapping))
    }
}

/// Turns raw values into nodes, and errors into diagnostics.
struct Reader<'a> {
    source: &'a Source,
    yaml: Excerpted<'a>,
}

impl Reader<'_> {
    /// The node of a raw value; `key` is where an empty one stands.
    fn node(&self, raw: Spanned<Raw>, key: Position) -> Result<Node, Box<Diagnostic>> {
        let place = raw.referenced;
        let mut at = self.position(place);
        let value = match raw.value {
            Raw::Text(text) => self.text(text, at)?,
            Raw::Resolved => self.text(self.typed(place).to_owned(), at)?,
            Raw::List(items) => {
                Value::List(items.into_iter().map(|item| self.node(item, at)).collect::<Result<_, _>>()?)
            }
            Raw::Mapping(entries) => {
                Value::Mapping(entries.into_iter().map(|entry| self.entry(entry)).collect::<Result<_, _>>()?)
            }
        };
        if value == Value::Text(String::new()) {
            at = key;
        }
        Ok(Node { value, at })
    }

    fn entry(&self, (key, value): (Spanned<String>, Spanned<Raw>)) -> Result<(Key, Node), Box<Diagnostic>> {
        let at = self.position(key.referenced);
        self.text(key.value.clone(), at)?;
        Ok((Key { text: key.value, at }, self.node(value, at)?))
    }

    fn text(&self, text: String, at: Position) -> Result<Value, Box<Diagnostic>> {
        if text.contains(is_control) {
            return Err(self.fail(Code::ControlCharacter, at, "control characters are not allowed").into());
        }
        Ok(Value::Text(text))
    }

    /// The characters of the document at `place`.
    fn typed(&self, place: Location) -> &str {
        let (start, length) = bytes_of(place);
        self.yaml.text.get(start..start.saturating_add(length)).unwrap_or_default().trim_end()
    }

    /// Core tags such as `!!str` pass serde-saphyr without a trace, so its parser is asked for them.
    fn refuse_tags(&self) -> Result<(), Box<Diagnostic>> {
        let events = granit_parser::Parser::new_from_str(self.yaml.text).map_while(Result::ok);
        let tag =
            events.into_iter().find_map(|(event, span)| has_tag(&event).then(|| span.tag_start.unwrap_or(span.start)));
        let Some(tag) = tag else { return Ok(()) };
        let at = Position { line: tag.line() + self.yaml.lines_above, column: tag.col() + 1 };
        Err(self.fail(Code::YamlTag, at, "tags such as `!!str` are not allowed").into())
    }

    fn position(&self, place: Location) -> Position {
        let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).max(1);
        Position { line: count(place.line()).saturating_add(self.yaml.lines_above), column: count(place.column()) }
    }

    fn at_byte(&self, at: usize) -> Position {
        let before = self.yaml.text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        Position { line: before.matches('\n').count() + 1 + self.yaml.lines_above, column: line.chars().count() + 1 }
    }

    fn fail(&self, code: Code, at: Position, rule: impl Into<String>) -> Diagnostic {
        self.source.error(code, "", at, rule)
    }

    fn refuse(&self, error: &Error) -> Diagnostic {
        let at = error.location().map_or(Position::START, |place| self.position(place));
        let (code, rule) = explain(error.without_snippet());
        self.fail(code, at, rule)
    }
}

fn has_tag(event: &Event<'_>) -> bool {
    matches!(event, Event::Scalar(.., Some(_)) | Event::SequenceStart(.., Some(_)) | Event::MappingStart(.., Some(_)))
}

fn bytes_of(place: Location) -> (usize, usize) {
    let span = place.span();
    let in_usize = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    (in_usize(span.byte_offset()), in_usize(span.byte_len()))
}

/// The code and the rule behind an error of serde-saphyr.
fn explain(error: &Error) -> (Code, String) {
    match error {
        Error::Budget { breach, .. } => explain_budget(breach),
        Error::MergeKeyNotAllowed { .. } => (Code::YamlMergeKey, "merge keys (`<<`) are not allowed".to_owned()),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_ref().map_or_else(|| "the key".to_owned(), |key| format!("the key `{key}`"));
            (Code::DuplicateKey, format!("{key} stands here twice"))
        }
        Error::UnsupportedTag { .. } => (Code::YamlTag, "tags such as `!x` are not allowed".to_owned()),
        Error::UnknownAnchor { .. } => (Code::YamlAnchor, ANCHOR.to_owned()),
        Error::MultipleDocuments { .. } => (Code::SeveralDocuments, "there must be exactly one document".to_owned()),
        other => (Code::YamlSyntax, format!("not YAML: {}", plain_message(other))),
    }
}

const ANCHOR: &str = "anchors and aliases are not allowed; quote a text that begins with `&` or `*`";

fn explain_budget(breach: &BudgetBreach) -> (Code, String) {
    match breach {
        BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. } => (Code::YamlAnchor, ANCHOR.to_owned()),
        BudgetBreach::Documents { .. } => (Code::SeveralDocuments, "there must be exactly one document".to_owned()),
        BudgetBreach::Depth { .. } => (Code::YamlLimit, format!("at most {MAX_DEPTH} levels")),
        BudgetBreach::Nodes { .. } => (Code::YamlLimit, format!("at most {MAX_NODES} values")),
        _ => (Code::YamlLimit, format!("at most {MAX_SCALAR_BYTES} bytes of text")),
    }
}

/// The parser's message without the place, which stands elsewhere.
fn plain_message(error: &Error) -> String {
    match error {
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}
