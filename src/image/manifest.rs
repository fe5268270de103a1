//! Manifests and indexes, by the image specification (Image Manifest, Image Index).
//!
//! A manifest is its bytes; what was parsed from them is a view, and an edit changes the bytes, so
//! that fields we do not know survive.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::json::{Members, go_json, null_as_default};
use super::{Blob, DOCKER_INDEX, DOCKER_MANIFEST, Descriptor, Error, INDEX, INDEX_LIMIT, MANIFEST, MANIFEST_LIMIT};
use crate::digest::Digest;

/// The fields of a manifest or an index, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fields {
    /// Always 2.
    pub schema_version: u8,
    /// Media type of the document; old writers leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Type of an artifact that is not an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The image's configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Descriptor>,
    /// The image's layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<Descriptor>>,
    /// The index's manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifests: Option<Vec<Descriptor>>,
    /// What the manifest refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_as_default")]
    pub annotations: BTreeMap<String, String>,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            schema_version: 2,
            media_type: None,
            artifact_type: None,
            config: None,
            layers: None,
            manifests: None,
            subject: None,
            annotations: BTreeMap::new(),
        }
    }
}

/// The keys of a manifest or an index that have a meaning.
const KEYS: [&str; 8] =
    ["schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations"];

/// An image manifest or an index: immutable bytes, and what they say.
#[derive(Debug, Clone)]
pub struct Manifest {
    bytes: Bytes,
    digest: Digest,
    fields: Fields,
}

impl Manifest {
    /// Reads a manifest or an index; tolerates a missing `mediaType` and unknown fields.
    ///
    /// # Errors
    /// When the bytes are over [`MANIFEST_LIMIT`], not JSON, have a key twice, or are both an
    /// image and an index.
    pub fn parse(bytes: Bytes) -> Result<Self, Error> {
        let digest = Digest::of(&bytes);
        Self::parse_named(bytes, digest)
    }

    /// As [`Manifest::parse`], for bytes already verified against `digest`.
    pub fn parse_named(bytes: Bytes, digest: Digest) -> Result<Self, Error> {
        let refuse = |rule: String| Error::Rule { digest: digest.clone(), rule };
        if bytes.len() as u64 > MANIFEST_LIMIT {
            return Err(refuse(format!("is over {MANIFEST_LIMIT} bytes")));
        }
        let json = |source| Error::Json { digest: digest.clone(), source };
        let members = Members::read(&bytes).map_err(json)?;
        if let Some(key) = members.repeated() {
            return Err(refuse(format!("has the key `{key}` twice")));
        }
        if let Some(key) = members.misspelt(&KEYS) {
            return Err(refuse(format!("has the key `{key}`, which readers take for another one")));
        }
        let fields: Fields = serde_json::from_slice(&bytes).map_err(json)?;
        check_shape(&fields).map_err(refuse)?;
        Ok(Self { bytes, digest, fields })
    }

    /// Writes `fields` in Go's encoding.
    #[must_use]
    pub fn write(fields: Fields) -> Self {
        let bytes = go_json(&fields);
        Self { digest: Digest::of(&bytes), bytes, fields }
    }

    /// The bytes; their digest is the manifest's name.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The digest of the bytes.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// What the bytes say.
    #[must_use]
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The annotations.
    #[must_use]
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        &self.fields.annotations
    }

    /// Whether this is an index and not an image manifest.
    #[must_use]
    pub fn is_index(&self) -> bool {
        self.fields.manifests.is_some()
    }

    /// The media type: as written, else by the document's shape.
    #[must_use]
    pub fn media_type(&self) -> &str {
        let by_shape = if self.is_index() { INDEX } else { MANIFEST };
        self.fields.media_type.as_deref().unwrap_or(by_shape)
    }

    /// Whether `media_type` is a right name for this manifest: the one that is written in it, or
    /// where none is, any that fits its shape.
    #[must_use]
    pub fn is_called(&self, media_type: &str) -> bool {
        let by_shape = if self.is_index() { [INDEX, DOCKER_INDEX] } else { [MANIFEST, DOCKER_MANIFEST] };
        match self.fields.media_type.as_deref() {
            Some(written) => written == media_type,
            None => by_shape.contains(&media_type),
        }
    }

    /// The descriptor of this manifest.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::new(self.media_type(), self.digest.clone(), self.bytes.len() as u64)
    }

    /// The bytes as content to store.
    #[must_use]
    pub fn blob(&self) -> Blob {
        Blob::verified(self.digest.clone(), self.bytes.clone().into())
    }

    /// What must be stored before this manifest: config and layers, or the index's manifests.
    pub fn children(&self) -> impl Iterator<Item = &Descriptor> {
        let Fields { config, layers, manifests, .. } = &self.fields;
        config.iter().chain(layers.iter().flatten()).chain(manifests.iter().flatten())
    }

    /// The manifest with the value of one existing annotation replaced, in its own bytes: every
    /// other byte stays, so unknown fields, their order and the white space survive.
    ///
    /// # Errors
    /// [`Error::NoAnnotation`] when there is no such annotation.
    pub fn with_annotation(&self, key: &str, value: &str) -> Result<Self, Error> {
        let json = |source| Error::Json { digest: self.digest.clone(), source };
        let missing = || Error::NoAnnotation { digest: self.digest.clone(), key: key.to_owned() };
        let members = Members::read(&self.bytes).map_err(json)?;
        let annotations =
            Members::read(members.get("annotations").ok_or_else(missing)?.get().as_bytes()).map_err(json)?;
        let old = annotations.get(key).ok_or_else(missing)?.get();
        let start = old.as_ptr() as usize - self.bytes.as_ptr() as usize;
        let new = [&self.bytes[..start], &go_json(&value), &self.bytes[start + old.len()..]].concat();
        Self::parse(new.into())
    }
}

fn check_shape(fields: &Fields) -> Result<(), String> {
    match (&fields.config, &fields.layers, &fields.manifests) {
        (None, None, Some(entries)) if entries.len() > INDEX_LIMIT => {
            Err(format!("has {} entries, at most {INDEX_LIMIT} are read", entries.len()))
        }
        (None, None, Some(_)) => agrees(fields, &[INDEX, DOCKER_INDEX]),
        (Some(_), _, None) => agrees(fields, &[MANIFEST, DOCKER_MANIFEST]),
        (None, _, None) => Err("is neither an image manifest nor an index".to_owned()),
        (_, _, Some(_)) => Err("is an image manifest and an index at once".to_owned()),
    }
}

fn agrees(fields: &Fields, allowed: &[&str]) -> Result<(), String> {
    match fields.media_type.as_deref() {
        Some(media_type) if !allowed.contains(&media_type) => {
            Err(format!("says it is `{media_type}`, but has the shape of `{}`", allowed[0]))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Manifest {
        let blob = Blob::new("x".into());
        Manifest::write(Fields {
            media_type: Some(MANIFEST.into()),
            config: Some(blob.descriptor("c")),
            layers: Some(vec![blob.descriptor("l")]),
            annotations: BTreeMap::from([("b".into(), "<&>\u{2028}".into()), ("a".into(), "draft".into())]),
            ..Fields::default()
        })
    }

    #[test]
    fn writes_as_go_does() {
        let digest = Digest::of(b"x");
        assert_eq!(
            std::str::from_utf8(sample().bytes()).unwrap(),
            format!(
                r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"c","digest":"{digest}","size":1}},"layers":[{{"mediaType":"l","digest":"{digest}","size":1}}],"annotations":{{"a":"draft","b":"\u003c\u0026\u003e\u2028"}}}}"#
            )
        );
    }

    #[test]
    fn an_annotation_changes_and_every_other_byte_stays() {
        let text = format!(
            "{{ \"x-unknown\": [1,  2],\n \"annotations\":{{\"z\":\"\\u0041\", \"status\" : \"draft\"}},\"config\":{{\"digest\":\"{}\",\"size\":0,\"mediaType\":\"c\",\"new\":null}},\"schemaVersion\":2 }}\n",
            Digest::of(b"")
        );
        let first = Manifest::parse(text.clone().into()).unwrap();
        let second = first.with_annotation("status", "a\"<b").unwrap();
        assert_eq!(std::str::from_utf8(second.bytes()).unwrap(), text.replace("draft", "a\\\"\\u003cb"));
        assert_eq!(second.annotations()["status"], "a\"<b");
        assert_eq!(second.with_annotation("status", "draft").unwrap().digest(), first.digest());
    }

    /// A key may be spelt with escapes, and stand in other places too.
    #[test]
    fn the_right_value_changes_however_its_key_is_spelt() {
        let config = format!(r#""config":{{"mediaType":"c","digest":"{}","size":0"#, Digest::of(b""));
        let text = format!(
            r#"{{"x":{{"annotations":{{"status":"x"}}}},{config},"annotations":{{"status":"y"}}}},"\u0061nnotations":{{"a":"\"status\":\"z\"","st\u0061tus":"dr\u0061ft"}},"schemaVersion":2}}"#
        );
        let manifest = Manifest::parse(text.clone().into()).unwrap();
        assert_eq!(manifest.annotations()["status"], "draft");
        let changed = manifest.with_annotation("status", "testing").unwrap();
        assert_eq!(std::str::from_utf8(changed.bytes()).unwrap(), text.replace(r"dr\u0061ft", "testing"));
        let twice = text.replace(r#""a":"#, r#""status":"#);
        assert!(Manifest::parse(twice.into()).unwrap_err().to_string().contains("`status` twice"));
    }

    #[test]
    fn a_missing_annotation_is_an_error() {
        let error = sample().with_annotation("status", "x").unwrap_err();
        assert!(matches!(error, Error::NoAnnotation { .. }));
    }

    #[test]
    fn confusing_documents_are_refused() {
        let config = format!(r#""config":{{"mediaType":"c","digest":"{}","size":0}}"#, Digest::of(b""));
        let cases = [
            (format!(r#"{{"schemaVersion":2,{config},"layers":[],"manifests":[]}}"#), "at once"),
            (format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}",{config}}}"#), "but has the shape"),
            (format!(r#"{{"schemaVersion":2,"schemaVersion":2,{config}}}"#), "`schemaVersion` twice"),
            (format!(r#"{{"schemaVersion":2,{config},"annotations":{{"a":"1","a":"2"}}}}"#), "`a` twice"),
            (format!(r#"{{"schemaVersion":2,{config},"Layers":[]}}"#), "`Layers`, which readers take"),
            (format!(r#"{{"schemaVersion":2,{config},"annotationſ":{{}}}}"#), "which readers take"),
            (r#"{"schemaVersion":2}"#.into(), "neither"),
            ("[]".into(), "cannot be read"),
            ("{".into(), "cannot be read"),
            ("[".repeat(10_000), "cannot be read"),
            (" ".repeat(5 << 20), "is over"),
        ];
        for (text, message) in cases {
            let error = Manifest::parse(text.into()).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn our_own_manifests_parse_back() {
        let manifest = sample();
        let parsed = Manifest::parse(manifest.bytes().clone()).unwrap();
        assert_eq!((parsed.digest(), parsed.fields()), (manifest.digest(), manifest.fields()));
        assert_eq!(parsed.children().count(), 2);
    }
}
