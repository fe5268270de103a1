//! Unpacks the tar of an image layout, entry by entry: only what a layout consists of.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use tar::EntryType;

use super::FILE_MODE;
use crate::digest::{Algorithm, Digest, VerifyingReader};
use crate::fs::Fs;
use crate::store::Error;
use crate::store::layout::{BLOBS, INDEX_FILE, LAYOUT_FILE};

/// The most entries of an archive that is read.
const ENTRY_LIMIT: usize = 100_000;

/// One archive being unpacked.
pub(super) struct Unpack<'a> {
    pub(super) archive: &'a Path,
    pub(super) target: &'a Path,
    pub(super) fs: &'a dyn Fs,
}

/// What an entry of an archive is.
enum Part {
    Directory,
    Document,
    Blob(Digest),
}

impl Unpack<'_> {
    /// Unpacks and verifies everything.
    pub(super) fn all(&self, file: File) -> Result<(), Error> {
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let folder = self.target.join(BLOBS).join(algorithm.as_str());
            self.fs.create_dir(&folder).map_err(Error::io("create directory", &folder))?;
        }
        let broken = |error: io::Error| refused(self.archive, format!("is no tar that can be read: {error}"));
        let mut seen = BTreeSet::new();
        for (count, entry) in tar::Archive::new(file).entries().map_err(broken)?.enumerate() {
            if count == ENTRY_LIMIT {
                return Err(refused(self.archive, format!("has more than {ENTRY_LIMIT} entries")));
            }
            self.one(&mut entry.map_err(broken)?, &mut seen)?;
        }
        if seen.contains(INDEX_FILE) {
            return Ok(());
        }
        Err(refused(self.archive, format!("has no `{INDEX_FILE}`, so it is no image layout")))
    }

    fn one<R: Read>(&self, entry: &mut tar::Entry<'_, R>, seen: &mut BTreeSet<String>) -> Result<(), Error> {
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let refuse = |rule| refused(self.archive, format!("has the entry `{}`, which {rule}", name.escape_debug()));
        let path = name.strip_prefix("./").unwrap_or(&name);
        let part = part(path, entry.header().entry_type()).ok_or_else(|| refuse("is no part of an image layout"))?;
        if !seen.insert(path.to_owned()) {
            return Err(refuse("is there twice"));
        }
        let target = self.target.join(path);
        let written = match part {
            Part::Directory => return Ok(()),
            Part::Document => self.fs.write_new(&target, FILE_MODE, entry),
            Part::Blob(digest) => {
                let size = entry.size();
                self.fs.write_new(&target, FILE_MODE, &mut VerifyingReader::new(entry, digest, size))
            }
        };
        let archive = self.archive.display().to_string();
        written.map(drop).map_err(Error::content(&archive, "unpack", &target))
    }
}

/// What an entry is; `None` for what is no part of an image layout.
fn part(path: &str, kind: EntryType) -> Option<Part> {
    match (kind, path.trim_end_matches('/')) {
        (EntryType::Directory, "" | "." | "blobs" | "blobs/sha256" | "blobs/sha512") => Some(Part::Directory),
        (EntryType::Regular, INDEX_FILE | LAYOUT_FILE) => Some(Part::Document),
        (EntryType::Regular, _) => {
            let (algorithm, hex) = path.strip_prefix("blobs/")?.split_once('/')?;
            Some(Part::Blob(format!("{algorithm}:{hex}").parse().ok()?))
        }
        _ => None,
    }
}

/// What is wrong with an archive.
pub(super) fn refused(archive: &Path, rule: String) -> Error {
    Error::Layout { path: archive.to_owned(), rule }
}
