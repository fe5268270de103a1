//! `pull`: an image from a registry into the local store, and a skill into a directory.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::{Error, documents, lookup};
use crate::annotation;
use crate::digest::Digest;
use crate::fs::Fs;
use crate::image::Manifest;
use crate::lifecycle;
use crate::name::{SkillName, Tag, Target};
use crate::printable::ReportedPath;
use crate::skill::dir::{self, Existing};
use crate::skill::{Limits, Tree};
use crate::store::Store;
use crate::store::copy::{CopyOptions, Progress, stage};

/// From where to where.
pub struct Transfer<'a> {
    /// The registry.
    pub from: &'a dyn Store,
    /// The image in it.
    pub target: &'a Target,
    /// The repository of the same name in the local store.
    pub to: &'a dyn Store,
}

/// Where the skill is written.
pub struct Output<'a> {
    /// The file operations.
    pub fs: &'a Arc<dyn Fs>,
    /// The directory in which the skill's own directory is made.
    pub dir: &'a Path,
    /// What happens when that is there already.
    pub existing: Existing,
}

/// What a pull did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The reference.
    pub reference: String,
    /// The manifest's digest.
    pub digest: Digest,
    /// Whether anything had to be fetched.
    pub fetched: bool,
    /// Bytes that were fetched.
    pub bytes: u64,
    /// Where the skill was written.
    pub path: Option<ReportedPath>,
    /// What a published version was before, when the registry shows other content under its tag.
    pub replaced: Option<Digest>,
}

/// Fetches an image into the local store, then writes it to a directory if one is given.
///
/// # Errors
/// When there is no such image, when it is refused by verification or limits, when the directory
/// is there already, and what the stores fail with.
pub async fn pull(
    transfer: &Transfer<'_>,
    output: Option<&Output<'_>>,
    progress: Option<Progress>,
) -> Result<Report, Error> {
    let Transfer { from, target, to } = *transfer;
    let (tag, reference) = (target.tag(), lookup::full_name(from, target));
    let before = published(to, tag).await?;
    let options = CopyOptions { largest: Some(Limits::default().tar_bytes()), progress, ..CopyOptions::default() };
    let staged = stage((from, target), to, tag, &options).await?;
    // A skill that is refused gets no name in the local store either.
    let skill = match output {
        Some(_) => Some(read(to, staged.manifest()).await.map_err(|error| error.of(&reference))?),
        None => None,
    };
    let copied = staged.finish().await?;
    let path = skill.zip(output).map(|(skill, output)| skill.write(output)).transpose()?;
    let changed = before.filter(|before| !annotation::same_image(before, &copied.manifest));
    Ok(Report {
        reference,
        digest: copied.manifest.digest().clone(),
        fetched: copied.transferred.count > 0,
        bytes: copied.transferred.bytes,
        path,
        replaced: changed.map(|before| before.digest().clone()),
    })
}

/// Writes an image that is on this machine already to a directory.
///
/// # Errors
/// As [`pull`].
pub async fn export(store: &dyn Store, target: &Target, output: Option<&Output<'_>>) -> Result<Report, Error> {
    let (manifest, reference) = (lookup::manifest(store, target).await?, lookup::full_name(store, target));
    let path = match output {
        Some(output) => Some(read(store, &manifest).await.map_err(|error| error.of(&reference))?.write(output)?),
        None => None,
    };
    Ok(Report { reference, digest: manifest.digest().clone(), fetched: false, bytes: 0, path, replaced: None })
}

/// The skill that a published version's tag names before it is pulled again.
async fn published(store: &dyn Store, tag: Option<&Tag>) -> Result<Option<Manifest>, Error> {
    match tag.filter(|tag| lifecycle::released_version(tag).is_some()) {
        Some(tag) => {
            let manifest = store.manifest(&Target::Tag(tag.clone())).await?;
            Ok(manifest.filter(|manifest| annotation::status(manifest).is_some()))
        }
        None => Ok(None),
    }
}

/// A skill that was read from an image.
struct Skill {
    name: SkillName,
    tree: Tree,
}

async fn read(store: &dyn Store, top: &Manifest) -> Result<Skill, Error> {
    let image = lookup::platform_manifest(store, top).await?;
    let tree = lookup::files(store, &image, lookup::Check::Config).await?;
    Ok(Skill { name: skill_name(&tree, store, top)?, tree })
}

impl Skill {
    fn write(&self, output: &Output<'_>) -> Result<ReportedPath, Error> {
        let path = output.dir.join(self.name.as_str());
        dir::write(&**output.fs, &self.tree, &path, output.existing)?;
        Ok(path.into())
    }
}

/// The name of the skill, which becomes the name of its directory: only a checked name does.
fn skill_name(tree: &Tree, store: &dyn Store, manifest: &Manifest) -> Result<SkillName, Error> {
    let name = documents::name_in(tree)
        .ok_or_else(|| Error::Nameless { name: format!("{}@{}", store.name(), manifest.digest()) })?;
    Ok(name.parse()?)
}
