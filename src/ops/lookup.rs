//! What verbs look up in a store: a manifest that must be there, and the files of a skill image.

use super::Error;
use crate::image::Manifest;
use crate::name::Target;
use crate::pack;
use crate::skill::{Limits, Tree};
use crate::store::Store;

/// The reference of what `target` names in `store`.
pub(super) fn full_name(store: &dyn Store, target: &Target) -> String {
    crate::store::full_name(&store.name(), target)
}

/// The manifest that `target` names, which must be there.
pub(super) async fn manifest(store: &dyn Store, target: &Target) -> Result<Manifest, Error> {
    let manifest = store.manifest(target).await?;
    manifest.ok_or_else(|| Error::NoImage { name: full_name(store, target) })
}

/// The image manifest itself, or the first one of an index: all of them have the same layer.
pub(super) async fn platform_manifest(store: &dyn Store, top: &Manifest) -> Result<Manifest, Error> {
    match top.fields().manifests.iter().flatten().next() {
        Some(entry) => manifest(store, &Target::Digest(entry.digest.clone())).await,
        None => Ok(top.clone()),
    }
}

/// What the files of an image are checked against, beside the digests of their blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// The config too, which is one blob more to read.
    Config,
    /// Nothing else.
    Digests,
}

/// The files of a skill image.
pub(super) async fn files(store: &dyn Store, manifest: &Manifest, check: Check) -> Result<Tree, Error> {
    let limits = Limits::default();
    let config = pack::image_config(manifest).filter(|_| check == Check::Config);
    let mut blobs = vec![store.fetch(pack::layer(manifest, &limits)?).await?];
    if let Some(config) = config {
        blobs.push(store.fetch(config).await?);
    }
    Ok(pack::unpack(manifest, &blobs, &limits)?)
}
