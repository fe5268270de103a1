//! The documents `oci-layout` and `index.json` of a layout directory: read, checked, replaced.

use serde::Deserialize;

use super::content::read_all;
use super::disk::{BLOBS, Disk, FILE_MODE};
use super::index::{INDEX_FILE_LIMIT, Index};
use crate::digest::Algorithm;
use crate::image::MANIFEST_LIMIT;
use crate::store::Error;

pub(in crate::store) const LAYOUT_FILE: &str = "oci-layout";
pub(in crate::store) const INDEX_FILE: &str = "index.json";

const LAYOUT_CONTENT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// The content of `oci-layout`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    image_layout_version: String,
}

impl Disk {
    /// Reads the index; a missing one is empty.
    pub(super) fn read_index(&self) -> Result<Index, Error> {
        let path = self.dir().join(INDEX_FILE);
        let Some((file, size)) = self.open(&path)? else {
            return Ok(Index::new());
        };
        self.check_version()?;
        let broken = |rule| Error::Layout { path: path.clone(), rule };
        if size > INDEX_FILE_LIMIT {
            return Err(broken(format!("is over {INDEX_FILE_LIMIT} bytes")));
        }
        let bytes = read_all(file, size).map_err(Error::io("read", &path))?;
        Index::parse(&bytes).map_err(broken)
    }

    /// Refuses layouts of another major version. A missing `oci-layout` is forgiven.
    fn check_version(&self) -> Result<(), Error> {
        let path = self.dir().join(LAYOUT_FILE);
        let Some((file, _)) = self.open(&path)? else {
            return Ok(());
        };
        let broken = |rule| Error::Layout { path: path.clone(), rule };
        let bytes = read_all(file, MANIFEST_LIMIT).map_err(Error::io("read", &path))?;
        let version: Version = serde_json::from_slice(&bytes)
            .map_err(|error| broken(format!("does not say which version of the image layout this is: {error}")))?;
        if version.image_layout_version.starts_with("1.") {
            return Ok(());
        }
        Err(broken(format!("says image layout version `{}`, only 1 is known", version.image_layout_version)))
    }

    /// Replaces the index: new file, sync, rename, sync of the directory.
    pub(super) fn write_index(&self, index: &Index) -> Result<(), Error> {
        self.mark_as_layout()?;
        self.replace(INDEX_FILE, &index.write())
    }

    fn mark_as_layout(&self) -> Result<(), Error> {
        if self.status(&self.dir().join(LAYOUT_FILE))?.is_some() {
            return Ok(());
        }
        self.create_dir(&self.dir().join(BLOBS).join(Algorithm::Sha256.as_str()))?;
        self.replace(LAYOUT_FILE, LAYOUT_CONTENT)
    }

    fn replace(&self, name: &str, mut content: &[u8]) -> Result<(), Error> {
        let (temp, target) = (self.temp_path(), self.dir().join(name));
        let fs = self.fs();
        let written = fs
            .write_new(&temp, FILE_MODE, &mut content)
            .and_then(|_| fs.sync(std::slice::from_ref(&temp)))
            .and_then(|()| fs.rename(&temp, &target));
        if written.is_err() {
            self.discard(&temp);
        }
        // Nobody knows the temporary file by its name.
        written.map_err(Error::io("write", &target))?;
        self.sync_dir(self.dir())
    }
}
