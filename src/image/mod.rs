//! Images as values: descriptors, manifests, blobs.
//!
//! Follows the OCI image specification. `manifest` holds manifests and indexes, which are their
//! bytes; `descriptor` what names content, with the `platform` of an index entry; `blob` content
//! itself; `json` the encoding in which manifests are written and how their source text is kept.
//! Nothing here knows skills, registries or directories.

mod blob;
mod descriptor;
mod error;
mod json;
mod manifest;
mod platform;

pub use blob::Blob;
pub use descriptor::Descriptor;
pub use error::Error;
pub(crate) use json::Members;
pub use json::go_json;
pub use manifest::{Fields, Manifest};
pub use platform::{NoPlatform, Platform};

/// Media type of an image manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of an image index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The media types of everything that is read as a [`Manifest`].
pub const MANIFESTS: [&str; 4] = [MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_INDEX];
/// The largest manifest that is read, in bytes.
pub const MANIFEST_LIMIT: u64 = 4 << 20;
/// The most entries of an index.
pub const INDEX_LIMIT: usize = 1000;

const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

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
