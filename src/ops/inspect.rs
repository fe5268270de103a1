//! `inspect`: what an image is, from its manifest and its layer.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::{Error, documents, lookup};
use crate::annotation;
use crate::card::SkillCard;
use crate::digest::{Digest, HashingWriter};
use crate::image::{Descriptor, Manifest};
use crate::name::Target;
use crate::skill::{self, Tree};
use crate::store::Store;

/// What an image is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The reference, with its digest.
    pub reference: String,
    /// The manifest's digest.
    pub digest: Digest,
    /// The manifest's media type.
    pub media_type: String,
    /// The state, as it is written; none for an image that is no skill.
    pub status: Option<String>,
    /// Bytes of everything that the manifest names, less other manifests.
    pub size: u64,
    /// The manifest's annotations.
    pub annotations: BTreeMap<String, String>,
    /// The platforms of an index.
    pub platforms: Vec<String>,
    /// The image's config.
    pub config: Option<Descriptor>,
    /// The image's layers.
    pub layers: Vec<Descriptor>,
    /// The card in the layer.
    pub card: Option<SkillCard>,
    /// The files of the skill.
    pub files: Vec<File>,
}

/// A file of a skill.
#[derive(Debug, Clone, Serialize)]
pub struct File {
    /// Path from the skill's root.
    pub path: String,
    /// `0755` or `0644`.
    pub mode: &'static str,
    /// Size in bytes.
    pub size: u64,
    /// Digest of the content.
    pub digest: Digest,
}

/// Reads an image: two requests to a registry, one more for an index.
///
/// # Errors
/// When there is no such image, when a skill's layer is refused, and what the store fails with.
pub async fn inspect(store: &dyn Store, target: &Target) -> Result<Report, Error> {
    let top = lookup::manifest(store, target).await?;
    let image = lookup::platform_manifest(store, &top).await?;
    let reference = format!("{}@{}", lookup::full_name(store, target), top.digest());
    let tree = match annotation::status(&top) {
        Some(_) => {
            Some(lookup::files(store, &image, lookup::Check::Digests).await.map_err(|error| error.of(&reference))?)
        }
        None => None,
    };
    let fields = image.fields();
    let layers = fields.layers.clone().unwrap_or_default();
    Ok(Report {
        reference,
        digest: top.digest().clone(),
        media_type: top.media_type().to_owned(),
        status: annotation::status(&top).map(ToOwned::to_owned),
        size: image.children().fold(0, |sum: u64, child| sum.saturating_add(child.size)),
        annotations: top.annotations().clone(),
        platforms: platforms(&top),
        config: fields.config.clone(),
        layers,
        card: tree.as_ref().and_then(documents::card_in),
        files: tree.iter().flat_map(Tree::files).map(file).collect::<Result<_, _>>()?,
    })
}

fn platforms(manifest: &Manifest) -> Vec<String> {
    let entries = manifest.fields().manifests.iter().flatten();
    entries.filter_map(|entry| entry.platform.as_ref()).map(ToString::to_string).collect()
}

fn file(file: &skill::File) -> Result<File, Error> {
    let failed = |source| Error::Io { action: "read", path: file.path.as_str().into(), source };
    Ok(File {
        path: file.path.to_string(),
        mode: if file.executable { "0755" } else { "0644" },
        size: file.size,
        digest: hash(file).map_err(failed)?,
    })
}

fn hash(file: &skill::File) -> io::Result<Digest> {
    let mut writer = HashingWriter::new(io::sink());
    io::copy(&mut file.open()?, &mut writer)?;
    let (_, digest, _) = writer.finish();
    Ok(digest)
}
