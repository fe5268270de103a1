//! The files of a skill, from the one layer of its image.

use super::media::LAYERS;
use super::{Error, check_whiteouts, config};
use crate::digest::Digest;
use crate::image::{Blob, Descriptor, Manifest};
use crate::skill::archive::{self, Mode};
use crate::skill::{Limits, Tree};

/// The files of a skill image. `blobs` holds its layer, and maybe its config, which is then checked
/// too; both are verified already.
///
/// # Errors
/// When the image does not have exactly one layer of a known type, or the layer is refused.
pub fn unpack(manifest: &Manifest, blobs: &[Blob], limits: &Limits) -> Result<Tree, Error> {
    let layer = only_layer(manifest)?;
    let find = |digest: &Digest| blobs.iter().find(|blob| blob.digest() == digest);
    let blob = find(&layer.digest).ok_or_else(|| Error::Missing(layer.digest.clone()))?;
    let config = manifest.fields().config.as_ref().and_then(|config| find(&config.digest));
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

fn only_layer(manifest: &Manifest) -> Result<&Descriptor, Error> {
    if manifest.is_index() {
        return Err(Error::Index(manifest.digest().clone()));
    }
    let layers = manifest.fields().layers.as_deref().unwrap_or_default();
    let [layer] = layers else {
        return Err(Error::Layers { digest: manifest.digest().clone(), count: layers.len() });
    };
    if LAYERS.contains(&layer.media_type.as_str()) {
        return Ok(layer);
    }
    Err(Error::LayerType { digest: layer.digest.clone(), media_type: layer.media_type.clone() })
}
