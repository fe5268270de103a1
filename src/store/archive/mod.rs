//! An image layout in a tar file: what `oci-archive:FILE` names.
//!
//! It is unpacked into a private temporary directory and used there as a [`Layout`]. Only what an
//! image layout consists of is accepted: regular files and directories with the names of the
//! specification, so no entry can lead anywhere else.

#[cfg(test)]
mod tests;
mod unpack;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use self::unpack::Unpack;
use super::Error;
use super::layout::Layout;
use crate::fs::{self, Fs};
use crate::spool::{Spool, Spooled};

/// The largest archive that is read, in bytes.
pub const ARCHIVE_LIMIT: u64 = 4 << 30;

const FILE_MODE: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o755;

/// An image layout from a tar file, unpacked for as long as this value lives.
#[derive(Debug)]
pub struct Archive {
    layout: Layout,
    _folder: TempDir,
}

impl Archive {
    /// Unpacks the tar file at `path` and verifies every blob in it.
    ///
    /// # Errors
    /// When the file is larger than [`ARCHIVE_LIMIT`], is no tar, holds anything that is no part
    /// of an image layout, or a blob is not what its name says.
    pub fn open(fs: &Arc<dyn Fs>, path: &Path) -> Result<Self, Error> {
        let file = fs.open(path).map_err(Error::io("open", path))?;
        let size = file.metadata().map_err(Error::io("look at", path))?.len();
        if size > ARCHIVE_LIMIT {
            return Err(unpack::refused(path, format!("is over {ARCHIVE_LIMIT} bytes")));
        }
        let archive = Self::empty(fs, path)?;
        Unpack { archive: path, target: archive.layout.path(), fs: &**fs }.all(file)?;
        Ok(archive)
    }

    /// The layout; it works only as long as the archive lives.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout.clone()
    }

    /// An empty layout in a temporary directory, which goes by the name of the archive.
    fn empty(fs: &Arc<dyn Fs>, path: &Path) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(Error::io("make a temporary directory for", path))?;
        let layout = Layout::called(Arc::clone(fs), folder.path().join("layout"), path.display().to_string());
        Ok(Self { layout, _folder: folder })
    }
}

/// Writes what `fill` puts into an empty layout as a tar to `path`, which is replaced whole or
/// not at all. The bytes depend on nothing but the content. Without an image nothing is written.
///
/// # Errors
/// Those of `fill`, and when a file cannot be read or written.
pub fn create<T, E: From<Error>>(
    fs: &Arc<dyn Fs>,
    path: &Path,
    fill: impl FnOnce(&Layout) -> Result<T, E>,
) -> Result<T, E> {
    let archive = Archive::empty(fs, path)?;
    let filled = fill(&archive.layout)?;
    if !archive.layout.entries()?.is_empty() {
        let tar = tar_of(&**fs, &archive.layout)?;
        fs::write_durably(&**fs, path, &mut tar.reader()).map_err(Error::io("write", path))?;
    }
    Ok(filled)
}

fn tar_of(fs: &dyn Fs, layout: &Layout) -> Result<Spooled, Error> {
    let mut builder = Builder::new(Spool::new());
    let mut directories = BTreeSet::new();
    for name in layout.files()? {
        let path = layout.path().join(&name);
        append(&mut builder, fs, (&name, &path), &mut directories).map_err(Error::io("archive", &path))?;
    }
    Ok(builder.into_inner().map_err(Error::io("archive", layout.path()))?.finish())
}

/// Appends a file, after the directories above it that have no entry yet.
fn append(
    builder: &mut Builder<Spool>,
    fs: &dyn Fs,
    (name, path): (&Path, &Path),
    directories: &mut BTreeSet<PathBuf>,
) -> io::Result<()> {
    let above: Vec<&Path> = name.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty()).collect();
    for directory in above.into_iter().rev() {
        if directories.insert(directory.to_owned()) {
            builder.append_data(
                &mut header(EntryType::Directory, 0),
                format!("{}/", directory.display()),
                io::empty(),
            )?;
        }
    }
    let file = fs.open(path)?;
    builder.append_data(&mut header(EntryType::Regular, file.metadata()?.len()), name, file)
}

fn header(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(if kind == EntryType::Directory { DIRECTORY_MODE } else { FILE_MODE });
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}
