//! A skill's files into an image, and back: pure, without clock, network or tags.
//!
//! Writes one manifest with one layer, or an index of such manifests over the same layer. Reads the
//! single layer of an image in our own formats, strictly (`unpack`); images of several layers are
//! other tools'. `config` writes and reads the image's configuration, `media` names the types.

mod config;
mod error;
mod media;
mod unpack;

#[cfg(test)]
mod tests;

use crate::annotation::{Annotations, STATUS};
use crate::image::{Blob, Descriptor, Fields, INDEX, Image, MANIFEST, Manifest, Platform};
use crate::skill::{Limits, SkillPath, Tree, archive};

pub use error::Error;
pub use media::MediaProfile;
pub use unpack::{image_config, layer, unpack};

/// What a deleted file's name begins with in a layer; such a file would vanish when it is mounted.
const WHITEOUT: &str = ".wh.";

/// How an image is made.
#[derive(Debug, Clone, Default)]
pub struct PackOptions {
    /// The media types.
    pub media: MediaProfile,
    /// The annotations, status included.
    pub annotations: Annotations,
    /// The entries of an index; none for a single manifest.
    pub platforms: Vec<Platform>,
    /// What readers of the layer accept; a layer beyond it is not written.
    pub limits: Limits,
}

/// Makes the image of a skill. The same files and options give the same bytes.
///
/// # Errors
/// When a file cannot be read, changes meanwhile or has a name that no layer can hold, or when the
/// layer would be refused by its readers.
pub fn pack(tree: &Tree, options: &PackOptions) -> Result<Image, Error> {
    check_whiteouts(tree)?;
    let packed = archive::write(tree, &options.limits)?;
    let layer = Blob::verified(packed.digest, packed.content);
    if options.platforms.is_empty() {
        let config = config::write(&default_platform(), &packed.diff_id);
        let manifest = manifest(&config, &layer, options.media, options.annotations.clone());
        return Ok(Image { manifest, children: Vec::new(), blobs: vec![config, layer] });
    }
    let platforms = unique(&options.platforms);
    let configs: Vec<Blob> = platforms.iter().map(|platform| config::write(platform, &packed.diff_id)).collect();
    let mut annotations = options.annotations.clone();
    annotations.remove(STATUS);
    let child = |config| manifest(config, &layer, options.media, annotations.clone());
    let children: Vec<Manifest> = configs.iter().map(child).collect();
    let index = index(&children, &platforms, options.annotations.clone());
    Ok(Image { manifest: index, children, blobs: configs.into_iter().chain([layer]).collect() })
}

fn unique(platforms: &[Platform]) -> Vec<Platform> {
    let mut unique = Vec::with_capacity(platforms.len());
    for platform in platforms {
        if !unique.contains(platform) {
            unique.push(platform.clone());
        }
    }
    unique
}

fn default_platform() -> Platform {
    Platform { architecture: "amd64".to_owned(), os: "linux".to_owned(), variant: None }
}

fn manifest(config: &Blob, layer: &Blob, media: MediaProfile, annotations: Annotations) -> Manifest {
    Manifest::write(Fields {
        media_type: Some(MANIFEST.to_owned()),
        config: Some(config.descriptor(media.config())),
        layers: Some(vec![layer.descriptor(media.layer())]),
        annotations,
        ..Fields::default()
    })
}

fn index(children: &[Manifest], platforms: &[Platform], annotations: Annotations) -> Manifest {
    let entry = |(child, platform): (&Manifest, &Platform)| Descriptor {
        platform: Some(platform.clone()),
        ..child.descriptor()
    };
    Manifest::write(Fields {
        media_type: Some(INDEX.to_owned()),
        manifests: Some(children.iter().zip(platforms).map(entry).collect()),
        annotations,
        ..Fields::default()
    })
}

fn check_whiteouts(tree: &Tree) -> Result<(), Error> {
    let is_whiteout = |path: &SkillPath| path.as_str().split('/').any(|segment| segment.starts_with(WHITEOUT));
    match tree.files().iter().find(|file| is_whiteout(&file.path)) {
        Some(file) => Err(Error::Whiteout(file.path.to_string())),
        None => Ok(()),
    }
}
