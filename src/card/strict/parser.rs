//! The parser of StrictYAML: tokens in, a tree out.
//!
//! Duplicate keys, keys that are not text, and sibling mappings of different indentation are
//! refused here, because the reference refuses them.

use std::collections::HashSet;

use super::scanner::{Kind, Token};
use super::{Mark, Refusal};

/// The reference gives up between 200 and 250 levels.
const MAX_DEPTH: usize = 200;

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::card) enum Value {
    /// A text, as all scalars are.
    Text(String),
    /// A plain `=`, which the reference takes for a text only as a key.
    Default,
    /// A plain `<<`, which merges as a key and is no text as a value.
    Merge,
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the text.
    Mapping(Vec<(Key, Node)>),
}

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::card) struct Node {
    pub(in crate::card) value: Value,
    pub(in crate::card) mark: Mark,
}

/// A key of a mapping and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::card) struct Key {
    pub(in crate::card) text: String,
    pub(in crate::card) mark: Mark,
}

/// The one document in `tokens`.
pub(super) fn parse(tokens: Vec<Token>) -> Result<Node, Refusal> {
    let mut parser = Parser { tokens, next: 0, depth: 0 };
    let root = parser.node(false)?;
    parser.take(&Kind::DocumentEnd);
    match parser.peek().kind {
        Kind::StreamEnd => Ok(root),
        _ => Err(parser.refuse("nothing may follow the first document")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        // The scanner ends every list with `StreamEnd`, and nothing steps over that one.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn at(&self, kinds: &[Kind]) -> bool {
        kinds.contains(&self.peek().kind)
    }

    fn take(&mut self, kind: &Kind) -> bool {
        let found = self.peek().kind == *kind;
        self.next += usize::from(found);
        found
    }

    fn refuse(&self, rule: &'static str) -> Refusal {
        Refusal::new(rule, self.peek().mark)
    }

    /// A scalar or a collection. As the value of a key, a list need not be indented.
    fn node(&mut self, list_may_hang: bool) -> Result<Node, Refusal> {
        let mark = self.peek().mark;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.refuse("at most 200 levels"));
        }
        let value = if list_may_hang && self.at(&[Kind::Entry]) {
            self.list(&[Kind::Entry, Kind::Key, Kind::Value, Kind::BlockEnd])?
        } else if self.take(&Kind::SequenceStart) {
            let list = self.list(&[Kind::Entry, Kind::BlockEnd])?;
            self.close("a list item must be indented like the first one")?;
            list
        } else if self.take(&Kind::MappingStart) {
            let entries = self.mapping()?;
            self.close("a key must be indented like the first one, and its value must fit on its line")?;
            Value::Mapping(entries)
        } else {
            self.scalar()?
        };
        self.depth -= 1;
        Ok(Node { value, mark })
    }

    fn close(&mut self, rule: &'static str) -> Result<(), Refusal> {
        if self.take(&Kind::BlockEnd) { Ok(()) } else { Err(self.refuse(rule)) }
    }

    fn scalar(&mut self) -> Result<Value, Refusal> {
        let Kind::Scalar { text, plain } = self.peek().kind.clone() else {
            return Err(self.refuse("a value must stand here"));
        };
        self.next += 1;
        Ok(match &*text {
            "=" if plain => Value::Default,
            "<<" if plain => Value::Merge,
            _ => Value::Text(text),
        })
    }

    fn list(&mut self, ends_item: &[Kind]) -> Result<Value, Refusal> {
        let mut items = Vec::new();
        while self.take(&Kind::Entry) {
            items.push(self.node_or_empty(ends_item, false)?);
        }
        Ok(Value::List(items))
    }

    fn node_or_empty(&mut self, ends: &[Kind], list_may_hang: bool) -> Result<Node, Refusal> {
        if self.at(ends) {
            return Ok(Node { value: Value::Text(String::new()), mark: self.peek().mark });
        }
        self.node(list_may_hang)
    }

    fn mapping(&mut self) -> Result<Vec<(Key, Node)>, Refusal> {
        let ends = [Kind::Key, Kind::Value, Kind::BlockEnd];
        let mut entries = Entries::default();
        while self.at(&[Kind::Key, Kind::Value]) {
            let mark = self.peek().mark;
            let key = if self.take(&Kind::Key) { Some(self.key(&ends)?) } else { None };
            let commented = self.peek().has_comment;
            let value = if self.take(&Kind::Value) {
                self.refuse_two_comments(commented)?;
                self.node_or_empty(&ends, true)?
            } else {
                Node { value: Value::Text(String::new()), mark }
            };
            entries.add(key.unwrap_or(Value::Text(String::new())), value, mark)?;
        }
        Ok(entries.list)
    }

    /// The reference breaks down over a commented `:` whose value, a plain scalar, has an empty line behind it.
    fn refuse_two_comments(&self, commented: bool) -> Result<(), Refusal> {
        let next = self.peek();
        if commented && next.has_comment && matches!(next.kind, Kind::Scalar { .. }) {
            return Err(
                self.refuse("the reference cannot read a comment behind a `:` and an empty line below its value")
            );
        }
        Ok(())
    }

    fn key(&mut self, ends: &[Kind]) -> Result<Value, Refusal> {
        let mark = self.peek().mark;
        match self.node_or_empty(ends, true)?.value {
            Value::List(_) | Value::Mapping(_) => Err(Refusal::new("a key must be a text", mark)),
            Value::Default => Ok(Value::Text("=".to_owned())),
            key => Ok(key),
        }
    }
}

#[derive(Default)]
struct Entries {
    list: Vec<(Key, Node)>,
    keys: HashSet<String>,
    indentation: Option<usize>,
}

impl Entries {
    fn add(&mut self, key: Value, value: Node, mark: Mark) -> Result<(), Refusal> {
        let Value::Text(text) = key else { return merge(&value) };
        if !self.keys.insert(text.clone()) {
            return Err(Refusal::new(format!("the key `{text}` stands here twice"), mark));
        }
        if matches!(value.value, Value::Mapping(_))
            && *self.indentation.get_or_insert(value.mark.column) != value.mark.column
        {
            return Err(Refusal::new("sibling mappings must be indented alike", value.mark));
        }
        self.list.push((Key { text, mark }, value));
        Ok(())
    }
}

/// What a merge key brings in is not among the fields that the reference looks at.
fn merge(value: &Node) -> Result<(), Refusal> {
    let is_mapping = |node: &Node| matches!(node.value, Value::Mapping(_));
    let mergeable = match &value.value {
        Value::List(items) => items.iter().all(is_mapping),
        _ => is_mapping(value),
    };
    if mergeable { Ok(()) } else { Err(Refusal::new("only mappings can be merged with `<<`", value.mark)) }
}
