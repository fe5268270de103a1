//! Archives of skills: tar, plain or as one gzip member ⇄ [`Tree`].
//!
//! Reading checks every block itself, because general readers are no defence: `header` and `pax`
//! say what one header means, `tar_read` which sequences of them are an archive. Limits, paths and
//! names are those of the skill. Writing is deterministic: see `tar_write` and `gzip_write`.

mod collect;
mod gzip_write;
mod header;
mod pax;
mod source;
mod tar_read;
mod tar_write;

use std::borrow::Cow;
use std::io;

use crate::digest::{Digest, HashingWriter};
use crate::error::{Classify, Kind};
use crate::printable::Escaped;
use crate::skill::limits::{Exceeded, Limits};
use crate::skill::{Tree, names, path};
use crate::spool::{Spool, Spooled};

/// How much an archive may differ from what we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For what is published, and for images of our own format: no links, no GNU extensions.
    Strict,
    /// For images that other tools made: links to files of the archive are taken as copies, and
    /// GNU long names are read.
    Tolerant,
}

/// Why an archive is refused, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An entry that breaks a rule.
    #[error("archive entry `{}` {rule}", Escaped(.entry))]
    Entry {
        /// The entry's name, as far as it is known.
        entry: String,
        /// The rule, as the rest of a sentence.
        rule: Cow<'static, str>,
    },
    /// The archive as a whole breaks a rule.
    #[error("the archive {0}")]
    Archive(&'static str),
    /// A path that no skill may have.
    #[error(transparent)]
    Path(#[from] path::Error),
    /// Names that do not get along.
    #[error(transparent)]
    Names(#[from] names::Error),
    /// Too many or too large.
    #[error(transparent)]
    Limit(#[from] Exceeded),
    /// The compression is broken: truncated, or not what its checksum says.
    #[error("the archive is not valid gzip")]
    Gzip(#[source] io::Error),
    /// The archive cannot be read.
    #[error("cannot read the archive")]
    Read(#[source] io::Error),
    /// The temporary file cannot be written.
    #[error("cannot write to a temporary file")]
    Write(#[source] io::Error),
    /// A file of the skill cannot be read.
    #[error("cannot read `{}`", Escaped(.path))]
    File {
        /// The file.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of the skill is no longer what it was when the skill was listed.
    #[error("`{}` changed its size while it was read; try again", Escaped(.0))]
    Changed(String),
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Entry { .. } | Self::Archive(_) | Self::Gzip(_) => Kind::Invalid,
            Self::Path(error) => error.kind(),
            Self::Names(error) => error.kind(),
            Self::Limit(error) => error.kind(),
            Self::Read(source) | Self::Write(source) | Self::File { source, .. } => Classify::kind(source),
            Self::Changed(_) => Kind::Conflict,
        }
    }
}

/// What an archive holds.
#[derive(Debug)]
pub struct Unpacked {
    /// Its files; their content is in memory or in one temporary file.
    pub tree: Tree,
    /// The digest of the tar, decompressed.
    pub diff_id: Digest,
}

/// Reads a tar, plain or compressed with gzip, whatever its media type says. Content that breaks a
/// rule or a limit is refused before it lands anywhere.
///
/// # Errors
/// When the archive breaks a rule or a limit, or temporary files fail.
pub fn read(archive: &Spooled, limits: &Limits, mode: Mode) -> Result<Unpacked, Error> {
    tar_read::read(archive, limits, mode)
}

/// A skill as a compressed tar.
#[derive(Debug, Clone)]
pub struct Packed {
    /// The compressed bytes.
    pub content: Spooled,
    /// Their digest.
    pub digest: Digest,
    /// The digest of the tar before compression.
    pub diff_id: Digest,
}

/// Writes the tar of a tree, compressed with gzip. The bytes depend on nothing but the names, the
/// contents and the executable bits of the files.
///
/// # Errors
/// When a file of the tree cannot be read or changed, or when the archive would break a limit that
/// its readers keep.
pub fn write(tree: &Tree, limits: &Limits) -> Result<Packed, Error> {
    let output = HashingWriter::new(Spool::new());
    let gzip = gzip_write::GzipWriter::new(output).map_err(Error::Write)?;
    let mut tar = HashingWriter::new(gzip);
    tar_write::write(tree, &mut tar)?;
    let (gzip, diff_id, tar_bytes) = tar.finish();
    let (spool, digest, size) = gzip.finish().map_err(Error::Write)?.finish();
    limits.check_archive(size)?;
    limits.check_unpacked(tar_bytes, size)?;
    Ok(Packed { content: spool.finish(), digest, diff_id })
}

/// The tar of a tree, for tests.
#[cfg(test)]
pub(crate) fn tar_of(tree: &Tree) -> Vec<u8> {
    let mut tar = Vec::new();
    tar_write::write(tree, &mut tar).expect("the files of test trees are in memory");
    tar
}

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod write_tests;
