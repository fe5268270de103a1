//! How large a skill and its archive may be, and the account that is kept while one is read.

use crate::error::{Classify, Kind};
use crate::printable::Escaped;

/// The limits on a skill and its archives; the defaults are those of the documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Files in a skill, and as many directories.
    pub files: usize,
    /// Segments of a path.
    pub depth: usize,
    /// Length of a path in bytes.
    pub path_bytes: usize,
    /// Size of one file in bytes.
    pub file_bytes: u64,
    /// Size of all files in bytes.
    pub total_bytes: u64,
    /// Size of a compressed archive in bytes.
    pub archive_bytes: u64,
    /// How many times larger than itself a compressed archive may unpack.
    pub ratio: u64,
    /// From this many unpacked bytes on the ratio counts.
    pub ratio_from: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 10_000,
            depth: 32,
            path_bytes: 512,
            file_bytes: 100 << 20,
            total_bytes: 500 << 20,
            archive_bytes: 100 << 20,
            ratio: 200,
            ratio_from: 1 << 20,
        }
    }
}

impl Limits {
    /// The most headers that a tar can need: an extension and an entry for every file and directory.
    pub(crate) fn headers(&self) -> usize {
        self.files.saturating_mul(4)
    }

    /// The longest tar that can hold a skill within these limits, in bytes; compressed, a skill is
    /// never longer.
    #[must_use]
    pub fn tar_bytes(&self) -> u64 {
        self.total_bytes.saturating_add((self.headers() as u64).saturating_mul(1024))
    }

    /// Checks the size of a compressed archive.
    pub(crate) fn check_archive(&self, size: u64) -> Result<(), Exceeded> {
        if size > self.archive_bytes { Err(Exceeded::Archive { size, limit: self.archive_bytes }) } else { Ok(()) }
    }

    /// Checks that `unpacked` bytes may come out of an archive of `packed` bytes.
    pub(crate) fn check_unpacked(&self, unpacked: u64, packed: u64) -> Result<(), Exceeded> {
        if unpacked > self.tar_bytes() {
            return Err(Exceeded::Unpacked { limit: self.tar_bytes() });
        }
        if unpacked > self.ratio_from && unpacked > packed.saturating_mul(self.ratio) {
            return Err(Exceeded::Ratio { limit: self.ratio });
        }
        Ok(())
    }
}

/// A limit that a skill or an archive goes beyond.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// Too many files.
    #[error("`{}` is one file more than the {limit} that a skill may have", Escaped(.path))]
    Files {
        /// The first file too many.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// Too many directories.
    #[error("with `{}` there are more than the {limit} directories that a skill may have", Escaped(.path))]
    Directories {
        /// The first directory too many.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// One file is too large.
    #[error("file `{}` has {size} bytes; at most {limit} are allowed", Escaped(.path))]
    File {
        /// The file.
        path: String,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// All files together are too large.
    #[error("the files up to `{}` have more than the {limit} bytes that a skill may have", Escaped(.path))]
    Total {
        /// The file with which the limit is reached.
        path: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The compressed archive is too large.
    #[error("the archive has {size} bytes; at most {limit} are allowed")]
    Archive {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The archive unpacks to more than any skill needs.
    #[error("the archive unpacks to more than {limit} bytes")]
    Unpacked {
        /// The limit in bytes.
        limit: u64,
    },
    /// The archive is a bomb.
    #[error("the archive unpacks to more than {limit} times its size")]
    Ratio {
        /// The limit.
        limit: u64,
    },
    /// The archive has more headers than any skill needs.
    #[error("the archive has more than {limit} headers")]
    Headers {
        /// The limit.
        limit: usize,
    },
}

impl Classify for Exceeded {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

/// What was seen so far of a skill that is being read.
#[derive(Debug)]
pub(crate) struct Account<'a> {
    limits: &'a Limits,
    files: usize,
    directories: usize,
    bytes: u64,
}

impl<'a> Account<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { limits, files: 0, directories: 0, bytes: 0 }
    }

    /// Adds a file, before its content is read.
    pub(crate) fn add_file(&mut self, path: &str, size: u64) -> Result<(), Exceeded> {
        let Limits { files, file_bytes, .. } = *self.limits;
        self.files += 1;
        if self.files > files {
            return Err(Exceeded::Files { path: path.to_owned(), limit: files });
        }
        if size > file_bytes {
            return Err(Exceeded::File { path: path.to_owned(), size, limit: file_bytes });
        }
        self.add_bytes(path, size)
    }

    /// Adds to the size of all files.
    pub(crate) fn add_bytes(&mut self, path: &str, size: u64) -> Result<(), Exceeded> {
        let limit = self.limits.total_bytes;
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > limit { Err(Exceeded::Total { path: path.to_owned(), limit }) } else { Ok(()) }
    }

    /// Adds a directory.
    pub(crate) fn add_directory(&mut self, path: &str) -> Result<(), Exceeded> {
        self.set_directories(path, self.directories + 1)
    }

    /// Notes how many directories there are with that of `path`, or with those that it implies.
    pub(crate) fn set_directories(&mut self, path: &str, directories: usize) -> Result<(), Exceeded> {
        self.directories = directories;
        let limit = self.limits.files;
        if self.directories > limit { Err(Exceeded::Directories { path: path.to_owned(), limit }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Limits {
        Limits { files: 2, file_bytes: 10, total_bytes: 15, ratio_from: 1000, ..Limits::default() }
    }

    #[test]
    fn each_limit_holds_at_its_edge() {
        let limits = small();
        let mut account = Account::new(&limits);
        assert_eq!(account.add_file("a", 10), Ok(()));
        assert_eq!(account.add_file("b", 5), Ok(()));
        assert!(matches!(account.add_file("c", 0), Err(Exceeded::Files { .. })));
        assert!(matches!(Account::new(&limits).add_file("a", 11), Err(Exceeded::File { .. })));
        let mut account = Account::new(&limits);
        assert_eq!(account.add_file("a", 10), Ok(()));
        assert!(matches!(account.add_file("b", 6), Err(Exceeded::Total { .. })));
        assert!(matches!(Account::new(&limits).add_file("a", u64::MAX), Err(Exceeded::File { .. })));
    }

    #[test]
    fn the_ratio_counts_for_large_archives_only() {
        let limits = small();
        assert_eq!(limits.check_unpacked(1000, 1), Ok(()));
        assert_eq!(limits.check_unpacked(1001, 1), Err(Exceeded::Ratio { limit: 200 }));
        assert_eq!(limits.check_unpacked(1200, 6), Ok(()));
        assert_eq!(limits.check_unpacked(1201, 6), Err(Exceeded::Ratio { limit: 200 }));
        assert!(matches!(limits.check_unpacked(100_000, 100_000), Err(Exceeded::Unpacked { .. })));
    }
}
