//! The JSON of manifests: written as Go writes it, and read so that its source text is kept.
//!
//! Tools that parse and re-serialise a manifest with Go's `encoding/json` then keep its digest.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// JSON as Go's `encoding/json` writes it: compact, with HTML characters and line separators
/// escaped. Keys come in the order of the type's fields, map keys sorted.
#[must_use]
pub fn go_json<T: Serialize + ?Sized>(value: &T) -> Bytes {
    let text = serde_json::to_string(value).expect("values of this module have string keys and no custom serialisers");
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out.into()
}

/// Reads annotations; Go writes an absent map as `null`.
pub(super) fn null_as_default<'de, D: serde::Deserializer<'de>>(
    value: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

/// The members of a JSON object with their source text, repeated keys included.
pub(crate) struct Members<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    pub(crate) fn read(json: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(json)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| *value)
    }

    /// A key that is one of `known` but for its case. Go's readers take it for that one, so they
    /// would see another document than we do.
    pub(crate) fn misspelt(&self, known: &[&str]) -> Option<&str> {
        let folded = |key: &str| key.to_uppercase().to_lowercase();
        let is_other = |key: &str| known.iter().any(|name| key != *name && folded(key) == folded(name));
        self.0.iter().map(|(key, _)| key.as_str()).find(|key| is_other(key))
    }

    /// A key that stands twice, in the object or in its `annotations`.
    pub(crate) fn repeated(&self) -> Option<String> {
        let inner = self.get("annotations").and_then(|value| Members::read(value.get().as_bytes()).ok());
        twice(self).or_else(|| twice(&inner?))
    }
}

fn twice(members: &Members<'_>) -> Option<String> {
    let mut keys: Vec<&String> = members.0.iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone())
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
