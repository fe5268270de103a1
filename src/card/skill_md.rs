//! SKILL.md in the default mode: what agents read, with warnings where the specification says more.
//!
//! Only what makes a skill unusable is an error: no front matter, no name, no description, a name
//! that cannot be a skill's. The strict mode is `strict`, and never goes through this file.

use std::collections::BTreeMap;

use super::diagnostics::{Code, Diagnostic};
use super::front_matter::{FIELDS, MAX_COMPATIBILITY, MAX_DESCRIPTION, split, unknown_field};
use super::parsed::Parsed;
use super::repair;
use super::source::Source;
use super::tree::{Node, Value};
use crate::name::SkillName;

/// A SKILL.md.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillMd {
    /// The name.
    pub name: SkillName,
    /// What the skill does and when to use it.
    pub description: String,
    /// The licence.
    pub license: Option<String>,
    /// What the skill needs from its environment.
    pub compatibility: Option<String>,
    /// The tools that the skill may use without asking, separated by spaces.
    pub allowed_tools: Option<String>,
    /// Further keys and their texts.
    pub metadata: BTreeMap<String, String>,
    /// The instructions.
    pub body: String,
}

impl SkillMd {
    /// Reads a SKILL.md. `file` is the name that the diagnostics give.
    #[must_use]
    pub fn parse(text: impl AsRef<[u8]>, file: &str) -> Parsed<Self> {
        Parsed::read(text.as_ref(), file, |source| {
            let parts = split(source)?;
            let (root, mut found) = repair::read(source, parts.yaml)?;
            let mut reader = Reader { source, root: &root, found: Vec::new() };
            let skill_md = reader.skill_md(parts.body);
            found.append(&mut reader.found);
            found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
            Ok((skill_md, root, found))
        })
    }

    /// How many words the instructions have.
    #[must_use]
    pub fn word_count(&self) -> usize {
        self.body.split_whitespace().count()
    }
}

struct Reader<'a> {
    source: &'a Source,
    root: &'a Node,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn skill_md(&mut self, body: &str) -> Option<SkillMd> {
        let Value::Mapping(fields) = &self.root.value else {
            self.error(Code::WrongType, "", "the front matter must be a mapping of fields to values");
            return None;
        };
        for (key, _) in fields.iter().filter(|(key, _)| !FIELDS.contains(&&*key.text)) {
            self.found.push(self.source.warning(Code::UnknownField, "", key.at, unknown_field(&key.text)));
        }
        let name = self.name();
        let description = self.required("description");
        self.limit("description", MAX_DESCRIPTION);
        self.limit("compatibility", MAX_COMPATIBILITY);
        let (license, compatibility) = (self.text("license"), self.text("compatibility"));
        let (allowed_tools, metadata) = (self.allowed_tools(), self.metadata());
        let (name, description, body) = (name?, description?, body.to_owned());
        Some(SkillMd { name, description, license, compatibility, allowed_tools, metadata, body })
    }

    fn error(&mut self, code: Code, pointer: &str, rule: impl Into<String>) {
        self.found.push(self.source.error(code, pointer, self.root.locate(pointer), rule));
    }

    fn warn(&mut self, code: Code, pointer: &str, rule: impl Into<String>) {
        self.found.push(self.source.warning(code, pointer, self.root.locate(pointer), rule));
    }

    fn name(&mut self) -> Option<SkillName> {
        let name = self.required("name")?;
        name.parse().map_err(|error: crate::name::Error| self.error(Code::BadName, "/name", error.to_string())).ok()
    }

    fn required(&mut self, field: &str) -> Option<String> {
        let pointer = format!("/{field}");
        match self.root.get(field).map(|node| &node.value) {
            None => self.error(Code::Required, &pointer, format!("the field `{field}` is missing")),
            Some(Value::Text(text)) if text.trim().is_empty() => {
                self.error(Code::Required, &pointer, "must not be empty");
            }
            Some(Value::Text(text)) => return Some(text.trim().to_owned()),
            Some(_) => self.error(Code::WrongType, &pointer, "must be a text"),
        }
        None
    }

    fn text(&mut self, field: &str) -> Option<String> {
        let node = self.root.get(field)?;
        let Some(text) = node.text() else {
            self.warn(Code::WrongType, &format!("/{field}"), "must be a text");
            return None;
        };
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn limit(&mut self, field: &str, most: usize) {
        let length = self.root.get(field).and_then(Node::text).map_or(0, |text| text.chars().count());
        if length > most {
            let rule = format!("at most {most} characters, and it has {length}");
            self.warn(Code::TooLong, &format!("/{field}"), rule);
        }
    }

    /// The specification has a text here, but agents read a list as well.
    fn allowed_tools(&mut self) -> Option<String> {
        let Value::List(items) = &self.root.get("allowed-tools")?.value else {
            return self.text("allowed-tools");
        };
        self.warn(Code::WrongType, "/allowed-tools", "must be one text, the tools separated by spaces, not a list");
        let tools: Vec<_> = items.iter().filter_map(Node::text).collect();
        Some(tools.join(" ")).filter(|tools| !tools.is_empty())
    }

    fn metadata(&mut self) -> BTreeMap<String, String> {
        let Some(node) = self.root.get("metadata") else { return BTreeMap::new() };
        let Value::Mapping(entries) = &node.value else {
            if node.text() != Some("") {
                self.warn(Code::WrongType, "/metadata", "must be a mapping of keys to texts");
            }
            return BTreeMap::new();
        };
        let mut metadata = BTreeMap::new();
        for (key, value) in entries {
            if let Some(text) = value.text() {
                metadata.insert(key.text.clone(), text.to_owned());
            } else {
                let rule = format!("the value of `{}` must be a text", key.text);
                self.found.push(self.source.warning(Code::WrongType, "/metadata", key.at, rule));
            }
        }
        metadata
    }
}
