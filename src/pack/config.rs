//! The configuration of an image, by the image specification (Image Configuration): only what a
//! runtime needs to mount the layer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Error;
use crate::digest::Digest;
use crate::image::{Blob, Platform, go_json};

/// The largest config that is read, in bytes.
const CONFIG_LIMIT: u64 = 4 << 20;

/// The configuration of an image as it is written, its keys in this order.
#[derive(Serialize)]
struct Configuration<'a> {
    #[serde(flatten)]
    platform: &'a Platform,
    config: BTreeMap<String, String>,
    rootfs: RootFs,
}

/// What is read of a configuration.
#[derive(Deserialize)]
struct Rooted {
    rootfs: Option<RootFs>,
}

#[derive(Serialize, Deserialize)]
struct RootFs {
    #[serde(rename = "type")]
    kind: String,
    diff_ids: Vec<Digest>,
}

/// The configuration of an image for `platform` whose only layer unpacks to `diff_id`.
pub(super) fn write(platform: &Platform, diff_id: &Digest) -> Blob {
    let rootfs = RootFs { kind: "layers".to_owned(), diff_ids: vec![diff_id.clone()] };
    Blob::new(go_json(&Configuration { platform, config: BTreeMap::new(), rootfs }))
}

/// The digests of the layers' tars, where the config has them.
pub(super) fn diff_ids(config: &Blob) -> Result<Option<Vec<Digest>>, Error> {
    let broken = |source| Error::Config { digest: config.digest().clone(), source };
    if config.size() > CONFIG_LIMIT {
        return Err(broken(format!("it is longer than {CONFIG_LIMIT} bytes").into()));
    }
    let bytes = config.to_bytes().map_err(|error| broken(error.into()))?;
    let parsed: Rooted = serde_json::from_slice(&bytes).map_err(|error| broken(error.into()))?;
    Ok(parsed.rootfs.map(|rootfs| rootfs.diff_ids))
}
