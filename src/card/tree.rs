//! A document as a tree of texts, lists and mappings, each with its place in the file.

use serde_json::Value as Json;

use super::source::Position;

/// A value of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    List(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
}

/// A value and where it begins; an empty one stands where its key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: Position,
}

/// A key and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) at: Position,
}

impl Node {
    /// The value as JSON, in which every scalar is a string.
    pub(super) fn to_json(&self) -> Json {
        match &self.value {
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Mapping(entries) => {
                Json::Object(entries.iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect())
            }
        }
    }

    /// The value of `key`, in a mapping that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, node)| node)
    }

    /// The key and value of `key`, in a mapping that has it.
    pub(super) fn entry(&self, key: &str) -> Option<&(Key, Self)> {
        match &self.value {
            Value::Mapping(entries) => entries.iter().find(|(found, _)| found.text == key),
            _ => None,
        }
    }

    /// The text, where the value is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What a JSON pointer names, where it is there.
    pub(super) fn find(&self, pointer: &str) -> Option<&Self> {
        segments(pointer).try_fold(self, |node, segment| node.child(&segment).map(|(child, _)| child))
    }

    /// Where the value that a JSON pointer names stands: a scalar by itself, a collection by its
    /// key, and what is not there by what should hold it.
    pub(super) fn locate(&self, pointer: &str) -> Position {
        let mut found = (self, self.at);
        for segment in segments(pointer) {
            let Some(child) = found.0.child(&segment) else { break };
            found = child;
        }
        found.1
    }

    fn child(&self, segment: &str) -> Option<(&Self, Position)> {
        match &self.value {
            Value::Text(_) => None,
            Value::List(items) => items.get(segment.parse::<usize>().ok()?).map(|item| (item, item.at)),
            Value::Mapping(_) => {
                let (key, node) = self.entry(segment)?;
                Some((node, if node.text().is_some() { node.at } else { key.at }))
            }
        }
    }
}

/// The unescaped parts of a JSON pointer.
fn segments(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~"))
}
