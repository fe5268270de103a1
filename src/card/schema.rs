//! The rules of a card: the JSON Schema, and what a schema cannot say.
//!
//! The schema decides over shape and lengths and gives the words for its rules (`description`).
//! Names, namespaces and versions are judged by [`crate::name`], ranges by `semver`; where the schema
//! says the same, for editors and other tools, the tests hold the two together.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, PatternOptions, ValidationError, Validator};
use serde_json::Value as Json;

use super::derive::padded;
use super::diagnostics::{Code, Diagnostic};
use super::source::Source;
use super::tree::{Node, Value};
use crate::name::{Namespace, SkillName, Version};

/// The JSON Schema of a card, as it is published.
pub const SCHEMA: &str = include_str!("../../schemas/skillcard-v1.json");

static DOCUMENT: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(SCHEMA).expect("the embedded schema is JSON, which a test shows"));

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .build(&DOCUMENT)
        .expect("the embedded schema compiles, which a test shows")
});

/// All rules that a card breaks, in the order of the file.
pub(super) fn check(source: &Source, root: &Node) -> Vec<Diagnostic> {
    let card = Card { source, root };
    let mut found = card.typed();
    let judged: BTreeSet<_> = found.iter().map(|diagnostic| diagnostic.pointer.clone()).collect();
    let instance = root.to_json();
    for error in VALIDATOR.iter_errors(&instance) {
        found.extend(card.explain(&error).into_iter().filter(|diagnostic| !judged.contains(&diagnostic.pointer)));
    }
    found.sort_by(|a, b| (a.line, a.column, &a.pointer, a.code).cmp(&(b.line, b.column, &b.pointer, b.code)));
    // An empty text also breaks its pattern; the first rule says enough.
    found.dedup_by(|a, b| a.pointer == b.pointer);
    found
}

/// The one of `known` that somebody who wrote `word` probably meant.
pub(super) fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word: String = word.chars().take(64).collect::<String>().to_lowercase();
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3).min(3))
        .min()
        .map(|(_, candidate)| candidate)
}

struct Card<'a> {
    source: &'a Source,
    root: &'a Node,
}

impl Card<'_> {
    /// What the types of names, versions and ranges refuse.
    fn typed(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        found.extend(self.parse::<SkillName>(Code::BadName, "/metadata/name"));
        found.extend(self.parse::<Namespace>(Code::BadNamespace, "/metadata/namespace"));
        found.extend(self.parse::<Version>(Code::BadVersion, "/metadata/version").map(with_padded_version));
        found.extend(self.ranges());
        found
    }

    fn parse<T: std::str::FromStr<Err: fmt::Display>>(&self, code: Code, pointer: &str) -> Option<Diagnostic> {
        let text = self.root.find(pointer)?.text().filter(|text| !text.is_empty())?;
        let error = text.parse::<T>().err()?;
        Some(self.error(code, pointer, error.to_string()))
    }

    fn ranges(&self) -> Vec<Diagnostic> {
        let dependencies = self.root.find("/spec/dependencies").map(|node| &node.value);
        let Some(Value::List(dependencies)) = dependencies else { return Vec::new() };
        let ranges = dependencies.iter().enumerate().filter_map(|(index, node)| {
            let range = node.get("version")?.text()?;
            let error = semver::VersionReq::parse(range).err()?;
            let rule = format!("`{range}` is not a range of versions, as in `^1.2` or `>=1.0, <3`: {error}");
            Some(self.error(Code::BadRange, &format!("/spec/dependencies/{index}/version"), rule))
        });
        ranges.collect()
    }

    fn error(&self, code: Code, pointer: &str, rule: impl Into<String>) -> Diagnostic {
        self.source.error(code, pointer, self.root.locate(pointer), rule)
    }

    fn explain(&self, error: &ValidationError<'_>) -> Vec<Diagnostic> {
        let pointer = error.instance_path().as_str();
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                unexpected.iter().map(|key| self.unknown_key(pointer, key)).collect()
            }
            ValidationErrorKind::Required { property } => {
                let missing = format!("{pointer}/{}", property.as_str().unwrap_or_default());
                vec![self.error(Code::Required, &missing, format!("missing: {}", describe(&missing)))]
            }
            ValidationErrorKind::MinLength { .. } if error.instance().as_str() == Some("") => {
                vec![self.error(Code::Required, pointer, format!("empty: {}", describe(pointer)))]
            }
            ValidationErrorKind::Constant { expected_value } => {
                let expected = expected_value.as_str().unwrap_or_default();
                vec![self.error(Code::BadValue, pointer, format!("must be `{expected}`"))]
            }
            ValidationErrorKind::Type { kind } => {
                vec![self.error(Code::WrongType, pointer, wrong_type(kind, describe(pointer)))]
            }
            _ => vec![self.error(Code::BadValue, pointer, format!("must be {}", describe(pointer)))],
        }
    }

    fn unknown_key(&self, parent: &str, key: &str) -> Diagnostic {
        let known = known_keys(parent);
        let hint = match closest(key, &known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known here: `{}`", known.join("`, `")),
        };
        let entry = self.root.find(parent).and_then(|node| node.entry(key));
        let at = entry.map_or(self.root.at, |(key, _)| key.at);
        let pointer = format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"));
        self.source.error(Code::UnknownKey, &pointer, at, format!("unknown key `{key}`; {hint}"))
    }
}

/// Says how a version of too few parts should be written.
fn with_padded_version(mut diagnostic: Diagnostic) -> Diagnostic {
    let typed = diagnostic.message.split('`').nth(1).unwrap_or_default();
    if let Some(version) = padded(typed) {
        diagnostic.message.extend(["; write `", &version, "`"]);
    }
    diagnostic
}

/// The part of the schema that rules over what an instance pointer names.
fn rule_of(pointer: &str) -> Option<&'static Json> {
    pointer
        .split('/')
        .skip(1)
        .try_fold(&*DOCUMENT, |schema, segment| schema.get("items").or_else(|| schema.get("properties")?.get(segment)))
}

fn describe(pointer: &str) -> &'static str {
    rule_of(pointer).and_then(|rule| rule.get("description")?.as_str()).unwrap_or("as the schema says")
}

fn known_keys(pointer: &str) -> Vec<&'static str> {
    let properties = rule_of(pointer).and_then(|rule| rule.get("properties")?.as_object());
    properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

fn wrong_type(expected: &TypeKind, description: &str) -> String {
    match expected {
        TypeKind::Single(JsonType::Array) => format!("must be {description}"),
        TypeKind::Single(JsonType::Object) => format!("must be a mapping: {description}"),
        _ => format!("must be a text: {description}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn card(key: &str, value: &str) -> Json {
        let mut card = json!({
            "apiVersion": "skillimage.io/v1alpha1",
            "kind": "SkillCard",
            "metadata": {"name": "a", "namespace": "a", "version": "1.0.0", "description": "d"},
        });
        card["metadata"][key] = json!(value);
        card
    }

    #[test]
    fn every_object_of_the_schema_is_closed_and_every_rule_has_words() {
        fn walk(schema: &Json) {
            assert!(schema["description"].is_string(), "{schema}");
            if schema["type"] == "object" {
                assert_eq!(schema["additionalProperties"], false, "{schema}");
                schema["properties"].as_object().unwrap().values().for_each(walk);
            }
            if schema["type"] == "array" {
                assert!(schema["description"].as_str().unwrap().starts_with("a list of "), "{schema}");
                walk(&schema["items"]);
            }
        }
        walk(&DOCUMENT);
        assert!(jsonschema::meta::is_valid(&DOCUMENT));
        assert_eq!(DOCUMENT["$id"], "https://skillimage.io/schemas/skillcard-v1.json");
    }

    #[test]
    fn the_schema_says_the_rules_in_the_words_of_the_names() {
        for (pointer, error) in [
            ("/metadata/name", "A".parse::<SkillName>().unwrap_err().to_string()),
            ("/metadata/namespace", "A".parse::<Namespace>().unwrap_err().to_string()),
        ] {
            assert!(error.ends_with(describe(pointer)), "{error}");
        }
    }

    #[test]
    fn a_likely_typing_error_finds_its_key() {
        let known = known_keys("/metadata");
        for (word, meant) in [("lisence", "license"), ("displayName", "display-name"), ("tag", "tags")] {
            assert_eq!(closest(word, &known), Some(meant));
        }
        assert_eq!(closest("homepage", &known), None);
        assert_eq!(closest(&"x".repeat(100_000), &known), None);
    }

    proptest! {
        #[test]
        fn schema_and_names_agree(text in "[a-z0-9-]{0,70}|[a-zA-Z0-9/_. -]{0,12}|[a-z0-9/-]{120,132}") {
            prop_assert_eq!(VALIDATOR.is_valid(&card("name", &text)), text.parse::<SkillName>().is_ok());
            prop_assert_eq!(VALIDATOR.is_valid(&card("namespace", &text)), text.parse::<Namespace>().is_ok());
        }

        #[test]
        fn schema_and_versions_agree_but_for_what_only_a_type_can_say(
            text in "v?[0-9]{1,2}(\\.[0-9]{1,2}){1,3}(-[0-9a-z.-]{0,8}(draft|testing)?)?(\\+[0-9a-z]{1,3})?|[\\PC]{0,8}"
        ) {
            let state = text.ends_with("draft") || text.ends_with("testing");
            let schema = VALIDATOR.is_valid(&card("version", &text));
            prop_assert_eq!(schema && !state, text.parse::<Version>().is_ok(), "{}", text);
        }
    }
}
