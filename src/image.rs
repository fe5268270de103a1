//! Images as values: descriptors, manifests, blobs.
//!
//! Follows the OCI image specification (image-manifest, image-index, descriptor). A manifest is its
//! bytes; what was parsed from them is a view. Manifests are written in the encoding of Go's
//! `encoding/json`, so that tools that parse and re-serialise them keep the digest. Nothing here
//! knows skills, registries or directories.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::str::FromStr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::digest::{self, Digest};
use crate::error::{Classify, Kind};
use crate::spool::{Spooled, SpooledReader};

/// Media type of an image manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of an image index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The largest manifest that is read, in bytes.
pub const MANIFEST_LIMIT: u64 = 4 << 20;
/// The most entries of an index.
pub const INDEX_LIMIT: usize = 1000;

const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// Why bytes are not a manifest that we work with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JSON of the right shape.
    #[error("manifest `{digest}` cannot be read")]
    Json {
        /// The manifest's digest.
        digest: Digest,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// JSON that breaks a rule.
    #[error("manifest `{digest}` {rule}")]
    Rule {
        /// The manifest's digest.
        digest: Digest,
        /// The rule, as the rest of a sentence.
        rule: String,
    },
    /// An annotation that is to be rewritten is not there.
    #[error("manifest `{digest}` has no annotation `{key}`")]
    NoAnnotation {
        /// The manifest's digest.
        digest: Digest,
        /// The annotation's key.
        key: String,
    },
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

/// A descriptor: what content is, and how to find and verify it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type of the content.
    #[serde(default)]
    pub media_type: String,
    /// Digest of the content.
    pub digest: Digest,
    /// Size of the content in bytes.
    pub size: u64,
    /// Annotations of the descriptor.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_as_default")]
    pub annotations: BTreeMap<String, String>,
    /// The platform, in an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The artifact type, in an index of referrers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

impl Descriptor {
    /// A descriptor without annotations or platform.
    #[must_use]
    pub fn new(media_type: impl Into<String>, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.into(),
            digest,
            size,
            annotations: BTreeMap::new(),
            platform: None,
            artifact_type: None,
        }
    }

    /// Checks that the content, which has `actual` bytes, is as long as announced.
    ///
    /// # Errors
    /// [`digest::Error::Size`] when it is not.
    pub fn check_size(&self, actual: u64) -> Result<(), digest::Error> {
        let Self { digest, size, .. } = self;
        if actual == *size {
            return Ok(());
        }
        Err(digest::Error::Size { digest: digest.clone(), expected: *size, actual })
    }

    /// Whether the content is a manifest or an index, by its media type.
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        matches!(self.media_type.as_str(), MANIFEST | INDEX | DOCKER_MANIFEST | DOCKER_INDEX)
    }
}

/// The platform of an index entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// CPU architecture, in Go's words.
    pub architecture: String,
    /// Operating system, in Go's words.
    pub os: String,
    /// Variant of the architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// A text that is no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a platform: expected `OS/ARCH` or `OS/ARCH/VARIANT`, as in `linux/amd64`")]
pub struct NoPlatform(String);

impl FromStr for Platform {
    type Err = NoPlatform;

    fn from_str(text: &str) -> Result<Self, NoPlatform> {
        let word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let parts: Vec<&str> = text.split('/').collect();
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] => (os, architecture, None),
            [os, architecture, variant] => (os, architecture, Some(variant)),
            _ => return Err(NoPlatform(text.to_owned())),
        };
        if !parts.iter().all(word) {
            return Err(NoPlatform(text.to_owned()));
        }
        let owned = |text: &&str| (*text).to_owned();
        Ok(Self { architecture: owned(architecture), os: owned(os), variant: variant.map(owned) })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(f, "/{variant}"))
    }
}

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

fn null_as_default<'de, D: serde::Deserializer<'de>>(value: D) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

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

/// The members of a JSON object with their source text, repeated keys included.
pub(crate) struct Members<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    pub(crate) fn read(json: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(json)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| *value)
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

/// Content with its digest.
#[derive(Debug, Clone)]
pub struct Blob {
    digest: Digest,
    content: Spooled,
}

impl Blob {
    /// A blob of bytes in memory.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        Self { digest: Digest::of(&bytes), content: bytes.into() }
    }

    /// A blob whose digest was computed or verified while `content` was written.
    #[must_use]
    pub fn verified(digest: Digest, content: Spooled) -> Self {
        Self { digest, content }
    }

    /// The digest.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.content.len()
    }

    /// The content.
    #[must_use]
    pub fn content(&self) -> &Spooled {
        &self.content
    }

    /// A reader from the start.
    #[must_use]
    pub fn reader(&self) -> SpooledReader {
        self.content.reader()
    }

    /// A reader that fails when the content is no longer what the digest says.
    #[must_use]
    pub fn verifying_reader(&self) -> digest::VerifyingReader<SpooledReader> {
        digest::VerifyingReader::new(self.reader(), self.digest.clone(), self.size())
    }

    /// The bytes, read into memory if need be.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub fn to_bytes(&self) -> io::Result<Bytes> {
        self.content.to_bytes()
    }

    /// The descriptor of this blob as `media_type`.
    #[must_use]
    pub fn descriptor(&self, media_type: impl Into<String>) -> Descriptor {
        Descriptor::new(media_type, self.digest.clone(), self.size())
    }
}

/// A whole image: its top manifest, the manifests of an index, and the blobs.
#[derive(Debug, Clone)]
pub struct Image {
    /// The manifest or index that names the image.
    pub manifest: Manifest,
    /// The manifests of an index; empty for a single image.
    pub children: Vec<Manifest>,
    /// Configs and layers, each once.
    pub blobs: Vec<Blob>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Manifest {
        let blob = Blob::new("x".into());
        Manifest::write(Fields {
            schema_version: 2,
            media_type: Some(MANIFEST.into()),
            artifact_type: None,
            config: Some(blob.descriptor("c")),
            layers: Some(vec![blob.descriptor("l")]),
            manifests: None,
            subject: None,
            annotations: BTreeMap::from([("b".into(), "<&>\u{2028}".into()), ("a".into(), "draft".into())]),
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

    #[test]
    fn platforms_are_two_or_three_words() {
        for text in ["linux/amd64", "linux/arm/v7"] {
            assert_eq!(text.parse::<Platform>().unwrap().to_string(), text);
        }
        for text in ["", "linux", "linux/", "linux/amd64/", "Linux/amd64", "a/b/c/d"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
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
