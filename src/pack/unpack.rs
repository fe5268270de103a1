//! The files of a skill, from the one layer of its image.

use super::media::{CONFIGS, LAYERS};
use super::{Error, check_whiteouts, config};
use crate::digest::Digest;
use crate::image::{Blob, Descriptor, Manifest};
use crate::skill::archive::{self, Mode};
use crate::skill::{Limits, Tree};

/// The layer of a skill image, judged before it is fetched.
///
/// # Errors
/// When the image does not have exactly one layer of a known type and within the limits.
pub fn layer<'a>(manifest: &'a Manifest, limits: &Limits) -> Result<&'a Descriptor, Error> {
    if manifest.is_index() {
        return Err(Error::Index(manifest.digest().clone()));
    }
    let layers = manifest.fields().layers.as_deref().unwrap_or_default();
    let [layer] = layers else {
        return Err(Error::Layers { digest: manifest.digest().clone(), count: layers.len() });
    };
    let Descriptor { media_type, digest, size, .. } = layer;
    if !LAYERS.contains(&media_type.as_str()) {
        return Err(Error::LayerType { digest: digest.clone(), media_type: media_type.clone() });
    }
    let limit = limits.tar_bytes();
    if *size > limit {
        return Err(Error::LayerSize { digest: digest.clone(), size: *size, limit });
    }
    Ok(layer)
}

/// The config of a manifest, where it says what the layer unpacks to.
#[must_use]
pub fn image_config(manifest: &Manifest) -> Option<&Descriptor> {
    manifest.fields().config.as_ref().filter(|config| CONFIGS.contains(&config.media_type.as_str()))
}

/// The files of a skill image. `blobs` holds its layer, and maybe its config, which is then checked
/// too; both are verified already.
///
/// # Errors
/// As [`layer`], and when the layer is refused.
pub fn unpack(manifest: &Manifest, blobs: &[Blob], limits: &Limits) -> Result<Tree, Error> {
    let layer = layer(manifest, limits)?;
    let find = |digest: &Digest| blobs.iter().find(|blob| blob.digest() == digest);
    let blob = find(&layer.digest).ok_or_else(|| Error::Missing(layer.digest.clone()))?;
    let config = image_config(manifest).and_then(|config| find(&config.digest));
    let expected = config.map(config::diff_ids).transpose()?.flatten();
    let archive::Unpacked { tree, diff_id } = archive::read(blob.content(), limits, Mode::Strict)?;
    check_whiteouts(&tree)?;
    match expected {
        Some(expected) if expected != [diff_id.clone()] => {
            Err(Error::DiffId { layer: layer.digest.clone(), actual: diff_id, expected })
        }
        _ => Ok(tree),
    }
}
