//! Annotations of a skill image: what a card and a state look like on a manifest, and back.
//!
//! The only file that spells `io.skillimage.`. Keys and values are those of the format's table
//! (Image, Annotations); the `org.opencontainers.image.` keys follow the image specification.

use std::collections::BTreeMap;

use crate::card::SkillCard;
use crate::image::{self, Manifest};
use crate::lifecycle::State;

/// Annotations by key.
pub type Annotations = BTreeMap<String, String>;

/// The state; its presence marks a manifest as a skill.
pub const STATUS: &str = "io.skillimage.status";
/// The tags of the card, a JSON array of strings.
pub const TAGS: &str = "io.skillimage.tags";
/// What the skill needs, in words.
pub const COMPATIBILITY: &str = "io.skillimage.compatibility";
/// The number of words in the body of `SKILL.md`.
pub const WORD_COUNT: &str = "io.skillimage.wordcount";
/// The digest of the ZIP from which the image was made.
pub const ZIP_DIGEST: &str = "io.skillimage.zip.digest";
/// The display name, else the name.
pub const TITLE: &str = "org.opencontainers.image.title";
/// The description, cut to [`DESCRIPTION_LIMIT`].
pub const DESCRIPTION: &str = "org.opencontainers.image.description";
/// The version.
pub const VERSION: &str = "org.opencontainers.image.version";
/// The namespace.
pub const VENDOR: &str = "org.opencontainers.image.vendor";
/// When the image was made, RFC 3339 in UTC.
pub const CREATED: &str = "org.opencontainers.image.created";
/// The authors, `Name <email>, Name2`.
pub const AUTHORS: &str = "org.opencontainers.image.authors";
/// The license.
pub const LICENSES: &str = "org.opencontainers.image.licenses";
/// Where the source is.
pub const SOURCE: &str = "org.opencontainers.image.source";
/// The commit of the source.
pub const REVISION: &str = "org.opencontainers.image.revision";

/// The longest description in bytes.
pub const DESCRIPTION_LIMIT: usize = 256;

const RESERVED: [&str; 14] = [
    STATUS,
    TAGS,
    COMPATIBILITY,
    WORD_COUNT,
    ZIP_DIGEST,
    TITLE,
    DESCRIPTION,
    VERSION,
    VENDOR,
    CREATED,
    AUTHORS,
    LICENSES,
    SOURCE,
    REVISION,
];

/// What an image says beside its card.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The state.
    pub state: State,
    /// When it was made, RFC 3339 in UTC, whole seconds, `Z`.
    pub created: String,
    /// Words in the body of `SKILL.md`.
    pub words: usize,
}

/// Whether `key` is written by this module alone.
#[must_use]
pub fn is_reserved(key: &str) -> bool {
    RESERVED.contains(&key)
}

/// The annotations of a skill image. Optional ones are absent when empty.
#[must_use]
pub fn write(card: &SkillCard, facts: &Facts) -> Annotations {
    let metadata = &card.metadata;
    let provenance = card.provenance.clone().unwrap_or_default();
    let words = (facts.words > 0).then(|| facts.words.to_string());
    let rows = [
        (TITLE, Some(metadata.display_name.clone().unwrap_or_else(|| metadata.name.clone()))),
        (DESCRIPTION, Some(cut(&metadata.description).to_owned())),
        (VERSION, Some(metadata.version.clone())),
        (VENDOR, Some(metadata.namespace.clone())),
        (CREATED, Some(facts.created.clone())),
        (AUTHORS, Some(authors(card))),
        (LICENSES, metadata.license.clone()),
        (SOURCE, provenance.source.as_deref().map(without_user_info)),
        (REVISION, provenance.commit),
        (STATUS, Some(facts.state.to_string())),
        (TAGS, tags(&metadata.tags)),
        (COMPATIBILITY, metadata.compatibility.clone()),
        (WORD_COUNT, words),
    ];
    let present = |(key, value): (&str, Option<String>)| Some((key.to_owned(), value.filter(|text| !text.is_empty())?));
    rows.into_iter().filter_map(present).collect()
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(DESCRIPTION_LIMIT)]
}

fn authors(card: &SkillCard) -> String {
    let author = |author: &crate::card::Author| match &author.email {
        Some(email) => format!("{} <{email}>", author.name),
        None => author.name.clone(),
    };
    card.metadata.authors.iter().map(author).collect::<Vec<_>>().join(", ")
}

fn tags(tags: &[String]) -> Option<String> {
    let text = || String::from_utf8(image::go_json(tags).into()).expect("JSON is UTF-8");
    (!tags.is_empty()).then(text)
}

/// A URL without the user and password that may stand before its host.
fn without_user_info(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{path}")
}

/// The status as it is written; `None` where the manifest is no skill.
#[must_use]
pub fn status(manifest: &Manifest) -> Option<&str> {
    manifest.annotations().get(STATUS).map(String::as_str)
}

/// The state, where it is one that we know.
#[must_use]
pub fn state(manifest: &Manifest) -> Option<State> {
    status(manifest)?.parse().ok()
}

/// The manifest of the same image in another state: the status rewritten in its own bytes, and
/// nothing else.
///
/// # Errors
/// When the manifest has no status.
pub fn with_status(manifest: &Manifest, state: State) -> Result<Manifest, image::Error> {
    manifest.with_annotation(STATUS, state.as_str())
}

/// Whether both manifests are the same image, in whatever states.
#[must_use]
pub fn same_image(one: &Manifest, other: &Manifest) -> bool {
    let draft = |manifest| with_status(manifest, State::Draft).map(|sibling| sibling.digest().clone());
    matches!((draft(one), draft(other)), (Ok(one), Ok(other)) if one == other)
}
