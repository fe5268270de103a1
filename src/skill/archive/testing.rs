//! Builds archives for tests, right and wrong ones, and reads them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::header::{BLOCK, Block};
use super::tar_write::{header, pax_record, put_sum};
use super::{Error, Mode, Unpacked, read};
use crate::skill::{File, Limits};
use crate::spool::Spooled;

/// A tar that grows entry by entry.
#[derive(Default, Clone)]
pub(super) struct Tar(Vec<u8>);

impl Tar {
    pub(super) fn file(self, name: &str, content: &[u8]) -> Self {
        self.entry(name, b'0', content)
    }

    /// An entry of any type with data.
    pub(super) fn entry(self, name: &str, kind: u8, data: &[u8]) -> Self {
        self.block(&header(name, kind, 0o644, data.len() as u64)).data(data)
    }

    /// An entry whose header was changed in one place, with the right checksum.
    pub(super) fn patched(self, name: &str, kind: u8, data: &[u8], at: usize, bytes: &[u8]) -> Self {
        let mut block = header(name, kind, 0o644, data.len() as u64);
        block[at..at + bytes.len()].copy_from_slice(bytes);
        put_sum(&mut block);
        self.block(&block).data(data)
    }

    pub(super) fn link(self, name: &str, kind: u8, target: &str) -> Self {
        self.patched(name, kind, b"", 157, target.as_bytes())
    }

    /// A PAX header of records.
    pub(super) fn pax(self, kind: u8, records: &[(&str, &str)]) -> Self {
        let records: String = records.iter().map(|(key, value)| pax_record(key, value)).collect();
        self.entry("PaxHeader", kind, records.as_bytes())
    }

    pub(super) fn block(mut self, block: &Block) -> Self {
        self.0.extend_from_slice(block);
        self
    }

    pub(super) fn data(mut self, data: &[u8]) -> Self {
        self.0.extend_from_slice(data);
        self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
        self
    }

    pub(super) fn zero(self) -> Self {
        self.block(&[0; BLOCK])
    }

    /// The tar with its end marker.
    pub(super) fn end(self) -> Vec<u8> {
        self.zero().zero().0
    }

    /// The tar as far as it is.
    pub(super) fn cut(self) -> Vec<u8> {
        self.0
    }
}

pub(super) const BOTH: [Mode; 2] = [Mode::Strict, Mode::Tolerant];

pub(super) fn read_bytes(bytes: &[u8], mode: Mode) -> Result<Unpacked, Error> {
    read(&Spooled::from(bytes::Bytes::copy_from_slice(bytes)), &Limits::default(), mode)
}

/// Paths and contents of what is read.
pub(super) fn files(bytes: &[u8], mode: Mode) -> Vec<(String, String)> {
    let tree = read_bytes(bytes, mode).unwrap().tree;
    let text = |file: &File| String::from_utf8(file.read(1 << 20).unwrap().to_vec()).unwrap();
    tree.files().iter().map(|file| (file.path.to_string(), text(file))).collect()
}

pub(super) fn pairs(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned())).collect()
}

pub(super) fn refusal(bytes: &[u8], mode: Mode) -> String {
    read_bytes(bytes, mode).expect_err("should be refused").to_string()
}

pub(super) fn refused_by_both(tar: Tar, message: &str) {
    refused_bytes(&tar.end(), message);
}

pub(super) fn refused_bytes(bytes: &[u8], message: &str) {
    for mode in BOTH {
        let error = refusal(bytes, mode);
        assert!(error.contains(message), "{mode:?}: expected {message:?} in {error:?}");
    }
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn tar() -> Tar {
    Tar::default()
}
