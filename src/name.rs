//! Names: skills, namespaces, versions, and the only parser of references.
//!
//! Paths, tags and digests follow the OCI distribution specification (Pulling manifests); names,
//! namespaces and versions follow the SkillCard schema. Nothing here looks at a disk or a network.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::digest::{self, Digest};
use crate::error::{Classify, Kind};

/// Why a text is not a name of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A text that breaks the grammar of what it should be.
    #[error("`{text}` is not a {what}: {rule}")]
    Grammar {
        /// What the text should have been.
        what: &'static str,
        /// The text.
        text: String,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// The part behind `@` is not a digest.
    #[error("the digest of reference `{reference}` is not valid")]
    Digest {
        /// The whole reference.
        reference: String,
        /// What is wrong with the digest.
        source: digest::Error,
    },
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

fn grammar(what: &'static str, text: &str, rule: &'static str) -> Error {
    Error::Grammar { what, text: text.to_owned(), rule }
}

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_newtype! {
    /// The name of a skill: 1–64 lower-case letters, digits and single hyphens between them.
    SkillName
}
text_newtype! {
    /// The namespace of a skill: 1–128 characters, words as in [`SkillName`] joined by `/`.
    Namespace
}
text_newtype! {
    /// A tag, `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
    Tag
}

impl FromStr for SkillName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() <= 64 && is_word(text) {
            return Ok(Self(text.into()));
        }
        Err(grammar("skill name", text, "1–64 lower-case letters, digits and single hyphens between them"))
    }
}

impl FromStr for Namespace {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() <= 128 && text.split('/').all(is_word) {
            return Ok(Self(text.into()));
        }
        Err(grammar(
            "namespace",
            text,
            "1–128 characters: words of lower-case letters, digits and single hyphens, joined by `/`",
        ))
    }
}

/// `[a-z0-9]+(-[a-z0-9]+)*`
fn is_word(text: &str) -> bool {
    text.split('-').all(|part| !part.is_empty() && part.bytes().all(is_lower_alnum))
}

fn is_lower_alnum(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

impl FromStr for Tag {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        let rest = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
        if first && rest && text.len() <= 128 {
            return Ok(Self(text.into()));
        }
        Err(grammar("tag", text, "1–128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`"))
    }
}

/// The version of a skill: `SemVer` 2 with three parts, fit to be a tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(semver::Version);

impl Version {
    /// Whether it has a pre-release part; such a version never becomes `latest`.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |rule| grammar("version", text, rule);
        if text.len() > 100 {
            return Err(refuse("at most 100 characters"));
        }
        if text.starts_with(['v', 'V']) {
            return Err(refuse("three parts as in `1.2.3`, without a leading `v`"));
        }
        let version = semver::Version::parse(text)
            .map_err(|_| refuse("SemVer 2 with three parts, as in `1.2.3` or `1.2.3-rc.1`"))?;
        if !version.build.is_empty() {
            return Err(refuse("no `+build` part, because it cannot stand in a tag"));
        }
        if version.pre.ends_with("draft") || version.pre.ends_with("testing") {
            return Err(refuse(
                "no pre-release that ends in `draft` or `testing`, because its tag would be a state of another version",
            ));
        }
        Ok(Self(version))
    }
}

/// A repository: an optional registry host and a path in it. Without a host it is local.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    host: Option<Box<str>>,
    path: Box<str>,
}

impl Repository {
    /// The local repository of a skill, `namespace/name`.
    #[must_use]
    pub fn of_skill(namespace: &Namespace, name: &SkillName) -> Self {
        Self { host: None, path: format!("{namespace}/{name}").into() }
    }

    /// The registry's host with its port, `quay.io` or `localhost:5000`; none for a local name.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The path in the registry, `org/hello-world`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The last segment of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The repository below this one called `name`, as `quay.io/org` and `x` give `quay.io/org/x`.
    #[must_use]
    pub fn join(&self, name: &SkillName) -> Self {
        Self { host: self.host.clone(), path: format!("{}/{name}", self.path).into() }
    }

    /// The reference to `tag` in this repository.
    #[must_use]
    pub fn tagged(&self, tag: Tag) -> Reference {
        Reference { repository: self.clone(), tag: Some(tag), digest: None }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => write!(f, "{host}/{}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

impl FromStr for Repository {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix("docker://").unwrap_or(text);
        let (host, path) = match text.split_once('/') {
            Some((first, rest)) if is_host(first) => (Some(first), rest),
            _ => (None, text),
        };
        if host.is_some_and(|host| !is_valid_host(host)) {
            return Err(grammar(
                "repository",
                text,
                "the host must be a name or an address with an optional port, as in `quay.io` or `localhost:5000`",
            ));
        }
        let length = text.len();
        if length > 255 || !path.split('/').all(is_path_component) {
            return Err(grammar(
                "repository",
                text,
                "a path is lower-case letters and digits, separated by `.`, `_`, `__`, hyphens or `/`, at most 255 characters",
            ));
        }
        Ok(Self { host: host.map(Into::into), path: path.into() })
    }
}

/// Whether a first segment that is followed by `/` names a host.
fn is_host(segment: &str) -> bool {
    segment.contains(['.', ':']) || segment == "localhost"
}

fn is_valid_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            return port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        }
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.split('.').all(label) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0) && text.bytes().all(|b| b.is_ascii_digit())
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(text: &str) -> bool {
    let mut rest = text;
    loop {
        let word = rest.bytes().take_while(|b| is_lower_alnum(*b)).count();
        if word == 0 {
            return false;
        }
        rest = &rest[word..];
        if rest.is_empty() {
            return true;
        }
        let separator = rest.bytes().take_while(|b| !is_lower_alnum(*b)).count();
        let (gap, tail) = rest.split_at(separator);
        if !matches!(gap, "." | "_" | "__") && !gap.bytes().all(|b| b == b'-') {
            return false;
        }
        rest = tail;
    }
}

/// A reference to an image, `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.
///
/// Without a host it is local: nothing is ever looked up on a network because of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    repository: Repository,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

impl Reference {
    /// The repository.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The tag, where one is written.
    #[must_use]
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, where one is written. It decides over the tag.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Whether the reference names no registry.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.repository.host.is_none()
    }

    /// What to look up in the repository: the digest, else the tag, else `latest`.
    #[must_use]
    pub fn target(&self) -> Target {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => Target::Digest(digest.clone()),
            (None, Some(tag)) => Target::Tag(tag.clone()),
            (None, None) => Target::Tag(Tag("latest".into())),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bare = text.strip_prefix("docker://").unwrap_or(text);
        let (name, digest) = match bare.split_once('@') {
            Some((name, digest)) => (name, Some(parse_digest(text, digest)?)),
            None => (bare, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.parse()?)),
            _ => (name, None),
        };
        Ok(Self { repository: name.parse()?, tag, digest })
    }
}

fn parse_digest(reference: &str, text: &str) -> Result<Digest, Error> {
    text.parse().map_err(|source| Error::Digest { reference: reference.to_owned(), source })
}

/// What names a manifest within one repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// By tag; it may move.
    Tag(Tag),
    /// By digest; it never changes.
    Digest(Digest),
}

impl Target {
    /// The tag, where this is one.
    #[must_use]
    pub fn tag(&self) -> Option<&Tag> {
        match self {
            Self::Tag(tag) => Some(tag),
            Self::Digest(_) => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

/// Where an image is, as typed by a user: a reference, or an image layout with its transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// `[docker://]REFERENCE`
    Image(Reference),
    /// `oci:DIR[:NAME]`: an image layout in a directory.
    Layout(LayoutName),
    /// `oci-archive:FILE[:NAME]`: an image layout in a tar file.
    Archive(LayoutName),
}

/// An image in a layout: a path, and the name in its index where one is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutName {
    /// The directory or the file.
    pub path: PathBuf,
    /// The `org.opencontainers.image.ref.name` in the index.
    pub name: Option<String>,
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(rest) = text.strip_prefix("oci:") {
            return Ok(Self::Layout(layout_name(text, rest)?));
        }
        if let Some(rest) = text.strip_prefix("oci-archive:") {
            return Ok(Self::Archive(layout_name(text, rest)?));
        }
        Ok(Self::Image(text.parse()?))
    }
}

fn layout_name(text: &str, rest: &str) -> Result<LayoutName, Error> {
    let (path, name) = match rest.split_once(':') {
        Some((path, name)) => (path, Some(name)),
        None => (rest, None),
    };
    if path.is_empty() || name.is_some_and(str::is_empty) {
        return Err(grammar("layout reference", text, "expected `oci:DIR[:NAME]` or `oci-archive:FILE[:NAME]`"));
    }
    Ok(LayoutName { path: path.into(), name: name.map(ToOwned::to_owned) })
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (transport, layout) = match self {
            Self::Image(reference) => return reference.fmt(f),
            Self::Layout(layout) => ("oci", layout),
            Self::Archive(layout) => ("oci-archive", layout),
        };
        write!(f, "{transport}:{}", layout.path.display())?;
        layout.name.iter().try_for_each(|name| write!(f, ":{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn references_split_into_their_parts() {
        let cases = [
            ("hello", None, "hello", None),
            ("examples/hello:1.0.0-draft", None, "examples/hello", Some("1.0.0-draft")),
            ("quay.io/org/hello:1", Some("quay.io"), "org/hello", Some("1")),
            ("localhost/hello", Some("localhost"), "hello", None),
            ("localhost:5000/a/b/c", Some("localhost:5000"), "a/b/c", None),
            ("[::1]:5000/a", Some("[::1]:5000"), "a", None),
            ("docker://ghcr.io/a/b:t", Some("ghcr.io"), "a/b", Some("t")),
            ("hello:5000", None, "hello", Some("5000")),
        ];
        for (text, host, path, tag) in cases {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.repository().host(), host, "{text}");
            assert_eq!(reference.repository().path(), path, "{text}");
            assert_eq!(reference.tag().map(Tag::as_str), tag, "{text}");
            assert_eq!(reference.is_local(), host.is_none());
            assert_eq!(reference.to_string(), text.trim_start_matches("docker://"));
        }
    }

    #[test]
    fn a_digest_decides_over_the_tag() {
        let reference: Reference = format!("a/b:1@sha256:{HEX}").parse().unwrap();
        assert_eq!(reference.target(), Target::Digest(Digest::of(b"")));
        assert_eq!("a/b".parse::<Reference>().unwrap().target().to_string(), "latest");
    }

    #[test]
    fn broken_references_are_refused() {
        for text in [
            "",
            "/",
            "a//b",
            "A/b",
            "a:",
            "a@",
            "a@sha256:12",
            "a/-b",
            "a/b-",
            "a/b_.c",
            "quay.io/",
            "quay.io:x/a",
            "quay..io/a",
            "-a.io/b",
            "a:.b",
            "a/../b",
            "a b",
            "ä",
            "[::1/a",
            "h.io:99999/a",
            "h.io:0/a",
            "h.io:+5/a",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }

    #[test]
    fn versions_that_cannot_be_tags_are_refused() {
        for text in ["1.0.0", "1.2.3-rc.1", "0.0.1-alpha-2", "1.0.0-drafty"] {
            assert_eq!(text.parse::<Version>().unwrap().to_string(), text);
        }
        for text in [
            "1.0",
            "v1.0.0",
            "1.0.0+1",
            "1.0.0-draft",
            "1.0.0-rc-testing",
            "1.0.0-rc.draft",
            "01.0.0",
            "",
            &format!("1.0.0-{}", "a".repeat(100)),
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_and_namespaces_follow_the_schema() {
        assert!("a-b-1".parse::<SkillName>().is_ok());
        assert!("a/b-c/d".parse::<Namespace>().is_ok());
        for text in ["", "-a", "a-", "a--b", "A", "a_b", "a/b", &"a".repeat(65)] {
            assert!(text.parse::<SkillName>().is_err(), "{text}");
        }
        for text in ["", "/", "a/", "/a", "a//b", "a.b"] {
            assert!(text.parse::<Namespace>().is_err(), "{text}");
        }
    }

    #[test]
    fn locations_take_the_transport_off_first() {
        assert_eq!(
            "oci:dir:1.0.0".parse::<Location>().unwrap(),
            Location::Layout(LayoutName { path: "dir".into(), name: Some("1.0.0".into()) })
        );
        assert_eq!("oci-archive:/x/y.tar".parse::<Location>().unwrap().to_string(), "oci-archive:/x/y.tar");
        assert!("oci:".parse::<Location>().is_err());
        assert!(matches!("quay.io/a/b:1".parse::<Location>().unwrap(), Location::Image(_)));
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics_and_round_trips(text in "\\PC{0,60}|[a-z0-9./:@_-]{0,40}") {
            if let Ok(reference) = text.parse::<Reference>() {
                proptest::prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
            }
            let _ = text.parse::<Location>();
        }
    }
}
