//! The document `index.json` of a layout: read, looked up, edited, written. Pure.
//!
//! Follows the image layout specification. What other tools wrote is kept byte for byte: unknown
//! members, entries without a name, entries that are no descriptors of ours.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::digest::Digest;
use crate::image::{self, Descriptor, INDEX, Members};

/// The largest `index.json` that is read, in bytes; room for half a million images.
pub(super) const INDEX_FILE_LIMIT: u64 = 256 << 20;

const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// A manifest that a layout's index names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value of `org.opencontainers.image.ref.name`: a whole reference in our own stores,
    /// often only a tag in those of other tools, none for an untagged manifest.
    pub name: Option<String>,
    /// The manifest; without the annotations that other tools copy into the index.
    pub descriptor: Descriptor,
}

/// The parsed document.
#[derive(Debug)]
pub(super) struct Index {
    before: Vec<Member>,
    slots: Vec<Slot>,
    after: Vec<Member>,
}

type Member = (String, Box<RawValue>);

/// One element of `manifests`: its source text, and what it says where that is a descriptor.
#[derive(Debug)]
struct Slot {
    raw: Box<RawValue>,
    entry: Option<Entry>,
}

impl Index {
    /// The index of a new layout.
    pub(super) fn new() -> Self {
        let member = |key: &str, json: String| (key.to_owned(), raw(json));
        let before = vec![member("schemaVersion", "2".to_owned()), member("mediaType", format!("\"{INDEX}\""))];
        Self { before, slots: Vec::new(), after: Vec::new() }
    }

    /// Reads the document; the error is the rule it breaks, as the rest of a sentence.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.is_empty() {
            return Err("is empty, an interrupted write of another tool may have left it so".to_owned());
        }
        let json = |error: serde_json::Error| format!("is not the index of an image layout: {error}");
        let members = Members::read(bytes).map_err(json)?;
        if let Some(key) = members.repeated() {
            return Err(format!("has the key `{key}` twice"));
        }
        let mut index = Self { before: Vec::new(), slots: Vec::new(), after: Vec::new() };
        let mut seen = false;
        for (key, value) in members.0 {
            if key == "manifests" {
                index.slots = slots(value).map_err(json)?;
                seen = true;
                continue;
            }
            let side = if seen { &mut index.after } else { &mut index.before };
            side.push((key, value.to_owned()));
        }
        Ok(index)
    }

    /// The document, in Go's encoding where it is ours.
    pub(super) fn write(&self) -> Vec<u8> {
        let member = |(key, value): &Member| format!("{}:{}", text(key), value.get());
        let slots: Vec<&str> = self.slots.iter().map(|slot| slot.raw.get()).collect();
        let manifests = format!("\"manifests\":[{}]", slots.join(","));
        let members: Vec<String> =
            self.before.iter().map(member).chain([manifests]).chain(self.after.iter().map(member)).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    }

    /// Every entry that is a descriptor, in the order of the document.
    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.slots.iter().filter_map(|slot| slot.entry.as_ref())
    }

    /// Whether there are elements that are no descriptors that we can read.
    pub(super) fn has_foreign_entries(&self) -> bool {
        self.slots.iter().any(|slot| slot.entry.is_none())
    }

    /// What `name` names. Where tools left a name twice the last one counts, as in Go's `oras`.
    pub(super) fn get(&self, name: &str) -> Option<&Descriptor> {
        self.entries().rev().find(|entry| entry.name.as_deref() == Some(name)).map(|entry| &entry.descriptor)
    }

    /// Every name with its digest.
    pub(super) fn names(&self) -> HashMap<&str, &Digest> {
        self.entries().filter_map(|entry| Some((entry.name.as_deref()?, &entry.descriptor.digest))).collect()
    }

    /// Moves every name in `moves` to its manifest, and adds the names that are new.
    pub(super) fn set(&mut self, mut moves: Vec<Entry>) {
        let mut last: HashMap<String, usize> = HashMap::new();
        for (position, entry) in moves.iter().enumerate() {
            last.extend(entry.name.clone().map(|name| (name, position)));
        }
        let mut wanted: Vec<Option<Entry>> = moves.drain(..).map(Some).collect();
        self.slots.retain_mut(|slot| {
            let Some(position) = slot.name().and_then(|name| last.get(name)) else {
                return true;
            };
            // A second entry of the same name goes; the first one takes the new manifest.
            wanted[*position].take().map(|entry| slot.become_entry(entry)).is_some()
        });
        for (position, entry) in wanted.into_iter().enumerate() {
            let Some(entry) = entry else { continue };
            if entry.name.as_ref().is_none_or(|name| last[name] == position) && !self.holds_unnamed(&entry) {
                self.slots.push(Slot::of(entry));
            }
        }
    }

    /// Removes the entries for which `gone` holds, and gives them back.
    pub(super) fn remove(&mut self, gone: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let mut removed = Vec::new();
        self.slots.retain_mut(|slot| match slot.entry.take_if(|entry| gone(entry)) {
            Some(entry) => {
                removed.push(entry);
                false
            }
            None => true,
        });
        removed
    }

    /// Whether `entry` has no name and its manifest has an entry already.
    fn holds_unnamed(&self, entry: &Entry) -> bool {
        entry.name.is_none() && self.entries().any(|held| held.descriptor.digest == entry.descriptor.digest)
    }
}

impl Slot {
    fn of(entry: Entry) -> Self {
        let mut descriptor = entry.descriptor.clone();
        descriptor.annotations = entry.name.iter().map(|name| (REF_NAME.to_owned(), name.clone())).collect();
        Self { raw: raw(text(&descriptor)), entry: Some(entry) }
    }

    fn name(&self) -> Option<&str> {
        self.entry.as_ref()?.name.as_deref()
    }

    /// An entry that changes its manifest loses what was written about the old one.
    fn become_entry(&mut self, entry: Entry) {
        if self.entry.as_ref().is_none_or(|old| old.descriptor.digest != entry.descriptor.digest) {
            *self = Self::of(entry);
        }
    }
}

/// The elements of `manifests`; Go writes an empty list as `null`.
fn slots(value: &RawValue) -> serde_json::Result<Vec<Slot>> {
    let values: Option<Vec<&RawValue>> = serde_json::from_str(value.get())?;
    let slot = |raw: &RawValue| Slot { raw: raw.to_owned(), entry: entry(raw) };
    Ok(values.unwrap_or_default().into_iter().map(slot).collect())
}

/// What an element says; none where it is no descriptor with a digest that we know.
fn entry(raw: &RawValue) -> Option<Entry> {
    let view: View = serde_json::from_str(raw.get()).ok()?;
    let name = view.annotations.and_then(|annotations| annotations.name).filter(|name| !name.is_empty());
    Some(Entry { name, descriptor: Descriptor::new(view.media_type.unwrap_or_default(), view.digest, view.size) })
}

/// The part of a descriptor that is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct View {
    media_type: Option<String>,
    digest: Digest,
    size: u64,
    annotations: Option<Names>,
}

#[derive(Deserialize)]
struct Names {
    #[serde(rename = "org.opencontainers.image.ref.name")]
    name: Option<String>,
}

fn text<T: serde::Serialize + ?Sized>(value: &T) -> String {
    String::from_utf8(image::go_json(value).into()).expect("JSON is UTF-8")
}

fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("what was just written is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: Option<&str>, content: &str) -> Entry {
        let descriptor = Descriptor::new(image::MANIFEST, Digest::of(content.as_bytes()), content.len() as u64);
        Entry { name: name.map(ToOwned::to_owned), descriptor }
    }

    fn read(text: &str) -> Index {
        Index::parse(text.as_bytes()).unwrap()
    }

    fn written(index: &Index) -> String {
        String::from_utf8(index.write()).unwrap()
    }

    #[test]
    fn a_new_index_is_what_the_specification_shows() {
        let mut index = Index::new();
        index.set(vec![entry(Some("a/b:1"), "x")]);
        let digest = Digest::of(b"x");
        let expected = format!(
            r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{{"mediaType":"{}","digest":"{digest}","size":1,"annotations":{{"{REF_NAME}":"a/b:1"}}}}]}}"#,
            image::MANIFEST
        );
        assert_eq!(written(&index), expected);
        assert_eq!(written(&read(&expected)), expected);
    }

    #[test]
    fn what_others_wrote_stays_as_it_is() {
        let digest = Digest::of(b"old");
        let text = format!(
            r#"{{"x-first":[1,  2],"manifests":[{{"digest":"md5:1"}},7,{{"size":3,"digest":"{digest}","annotations":{{"{REF_NAME}":"keep","b":"<"}},"x":null}}],"annotations":{{"k":"v"}}}}"#
        );
        let mut index = read(&text);
        index.set(vec![entry(Some("new"), "n"), entry(Some("keep"), "old")]);
        let (head, tail) = text.split_once("}],").unwrap();
        let added = written(&index);
        assert!(added.starts_with(&format!("{head}}},")), "{added}");
        assert!(added.ends_with(&format!("],{tail}")), "{added}");
        assert_eq!(index.remove(|entry| entry.name.as_deref() == Some("new")).len(), 1);
        assert_eq!(written(&index), text);
    }

    #[test]
    fn a_moved_name_loses_what_was_written_about_its_old_manifest() {
        let text = format!(
            r#"{{"manifests":[{{"digest":"{0}","size":3,"annotations":{{"{REF_NAME}":"n","status":"draft"}}}},{{"digest":"{0}","size":3,"annotations":{{"{REF_NAME}":"n"}}}}]}}"#,
            Digest::of(b"old")
        );
        let mut index = read(&text);
        index.set(vec![entry(Some("n"), "new")]);
        assert!(!written(&index).contains("draft"));
        assert_eq!(index.entries().collect::<Vec<_>>(), [&entry(Some("n"), "new")]);
    }

    #[test]
    fn of_two_entries_the_last_one_counts() {
        let mut index = Index::new();
        index.set(vec![entry(Some("n"), "first"), entry(Some("n"), "second")]);
        assert_eq!(index.entries().count(), 1);
        assert_eq!(index.get("n").unwrap().digest, Digest::of(b"second"));
        let twice = format!(
            r#"{{"manifests":[{{"digest":"{}","size":1,"annotations":{{"{REF_NAME}":"n"}}}},{{"digest":"{}","size":1,"annotations":{{"{REF_NAME}":"n"}}}}]}}"#,
            Digest::of(b"1"),
            Digest::of(b"2")
        );
        assert_eq!(read(&twice).get("n").unwrap().digest, Digest::of(b"2"));
    }

    #[test]
    fn an_unnamed_manifest_has_one_entry() {
        let mut index = Index::new();
        index.set(vec![entry(None, "x"), entry(None, "x"), entry(Some("n"), "x")]);
        assert_eq!(index.entries().count(), 2);
    }

    #[test]
    fn broken_documents_name_the_rule() {
        let cases = [
            ("", "is empty"),
            ("{", "is not the index"),
            ("[]", "is not the index"),
            (r#"{"manifests":{}}"#, "is not the index"),
            (r#"{"manifests":[],"manifests":[]}"#, "has the key `manifests` twice"),
        ];
        for (text, rule) in cases {
            let error = Index::parse(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(rule), "{error}");
        }
        assert_eq!(read(r#"{"manifests":null}"#).entries().count(), 0);
        assert!(Index::parse("[".repeat(100_000).as_bytes()).is_err());
        assert!(Index::parse(format!(r#"{{"manifests":[{}"#, "[".repeat(100_000)).as_bytes()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Index::parse(&bytes);
        }

        #[test]
        fn anything_that_looks_like_an_index_survives_a_round_trip(
            text in r#"\{("[a-c]":(1|null|"x"),){0,2}"manifests":\[(\{"digest":"x","size":[0-9]\}|null|\[\{\}\]|"y")?\](,"[d-f]":\[\])?\}"#
        ) {
            if let Ok(index) = Index::parse(text.as_bytes()) {
                proptest::prop_assert_eq!(written(&index), text);
            }
        }
    }
}
