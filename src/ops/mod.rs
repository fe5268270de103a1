//! The verbs: one file, one verb, one public function, one options struct, one report.
//!
//! A verb takes stores and values and returns a report that the edges print or serialise. It knows
//! no terminal, no environment, no home directory and no clock.

mod documents;
mod error;
pub mod find;
mod guard;
pub mod init;
pub mod inspect;
pub mod list;
pub mod pack;
mod parallel;
pub mod promote;
pub mod prune;
pub mod pull;
pub mod push;
pub mod rm;
pub mod tag;
pub mod tags;
pub mod validate;

pub use error::Error;

use crate::image::Manifest;
use crate::name::Target;
use crate::skill::{Limits, Tree};
use crate::store::Store;

/// The reference of what `target` names in `store`.
fn full_name(store: &dyn Store, target: &Target) -> String {
    crate::store::full_name(&store.name(), target)
}

/// The manifest that `target` names, which must be there.
async fn manifest(store: &dyn Store, target: &Target) -> Result<Manifest, Error> {
    let manifest = store.manifest(target).await?;
    manifest.ok_or_else(|| Error::NoImage { name: full_name(store, target) })
}

/// The image manifest itself, or the first one of an index: all of them have the same layer.
async fn platform_manifest(store: &dyn Store, top: &Manifest) -> Result<Manifest, Error> {
    match top.fields().manifests.iter().flatten().next() {
        Some(entry) => manifest(store, &Target::Digest(entry.digest.clone())).await,
        None => Ok(top.clone()),
    }
}

/// The files of a skill image.
async fn unpack(store: &dyn Store, manifest: &Manifest) -> Result<Tree, Error> {
    let mut layers = Vec::new();
    for layer in manifest.fields().layers.iter().flatten() {
        layers.push(store.fetch(layer).await?);
    }
    Ok(crate::pack::unpack(manifest, &layers, &Limits::default())?)
}
