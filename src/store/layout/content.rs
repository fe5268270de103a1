//! Blobs and manifests of a layout directory, verified whenever they are read or written.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::disk::{Disk, FILE_MODE};
use crate::digest::{self, Digest, VerifyingReader};
use crate::image::{self, Blob, Descriptor, MANIFEST_LIMIT, Manifest};
use crate::spool::{MEMORY_LIMIT, Spooled};
use crate::store::Error;

impl Disk {
    /// Reads a blob and verifies it: small ones into memory, larger ones where they lie.
    pub(super) fn read_blob(&self, descriptor: &Descriptor) -> Result<Blob, Error> {
        self.read_blob_at(&self.blob_path(&descriptor.digest), descriptor)
    }

    /// As [`Disk::read_blob`], from the blob's temporary file.
    pub(super) fn read_blob_at(&self, path: &Path, descriptor: &Descriptor) -> Result<Blob, Error> {
        let digest = &descriptor.digest;
        let Some((file, actual)) = self.open(path)? else {
            return Err(Error::Missing { store: self.name(), digest: digest.clone() });
        };
        descriptor.check_size(actual).map_err(|source| self.damaged(digest, source))?;
        let content = if actual > MEMORY_LIMIT as u64 {
            Spooled::from_file(file, actual)
        } else {
            Spooled::from(read_all(file, actual).map_err(Error::io("read", path))?)
        };
        let blob = Blob::verified(digest.clone(), content);
        io::copy(&mut blob.verifying_reader(), &mut io::sink()).map_err(|error| {
            match digest::Error::within(&error) {
                Some(source) => self.damaged(digest, source.clone()),
                None => Error::io("read", path)(error),
            }
        })?;
        Ok(blob)
    }

    /// Reads and verifies a manifest of unknown size; `None` where there is none.
    pub(super) fn read_manifest(&self, digest: &Digest) -> Result<Option<Manifest>, Error> {
        self.read_manifest_at(&self.blob_path(digest), digest)
    }

    /// As [`Disk::read_manifest`], from the manifest's temporary file.
    pub(super) fn read_manifest_at(&self, path: &Path, digest: &Digest) -> Result<Option<Manifest>, Error> {
        let Some((file, size)) = self.open(path)? else {
            return Ok(None);
        };
        let refused = |source| Error::Manifest { store: self.name(), source };
        if size > MANIFEST_LIMIT {
            let rule = format!("is over {MANIFEST_LIMIT} bytes");
            return Err(refused(image::Error::Rule { digest: digest.clone(), rule }));
        }
        let bytes = read_all(file, size).map_err(Error::io("read", path))?;
        digest.verify(&bytes).map_err(|source| self.damaged(digest, source))?;
        Manifest::parse_named(bytes, digest.clone()).map_err(refused).map(Some)
    }

    /// Writes content to a new temporary file while it is verified.
    pub(super) fn write_blob(&self, descriptor: &Descriptor, content: &mut dyn Read) -> Result<PathBuf, Error> {
        let temp = self.temp_path();
        let mut reader = VerifyingReader::new(content, descriptor.digest.clone(), descriptor.size);
        let Err(error) = self.fs().write_new(&temp, FILE_MODE, &mut reader) else {
            return Ok(temp);
        };
        self.discard(&temp);
        Err(Error::content(&self.name(), "write", &temp)(error))
    }

    fn damaged(&self, digest: &Digest, source: digest::Error) -> Error {
        Error::Damaged { store: self.name(), digest: digest.clone(), source }
    }
}

/// Up to `size` bytes, and one more where there are more, so that a growing file is noticed.
pub(super) fn read_all(file: File, size: u64) -> io::Result<Bytes> {
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(MANIFEST_LIMIT)).unwrap_or(0) + 1);
    file.take(size.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}
