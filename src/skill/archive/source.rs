//! The bytes of an archive, decompressed, hashed and counted while they are read.
//!
//! gzip is known by its first bytes; there must be exactly one member with nothing after it. The
//! limits on size and ratio are checked before the bytes are handed on.

use std::io::{self, BufRead, BufReader, Write};

use flate2::bufread::GzDecoder;

use super::Error;
use super::header::{BLOCK, Block};
use crate::digest::{Algorithm, Digest, Hasher};
use crate::skill::Limits;
use crate::spool::{Spooled, SpooledReader};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const BUFFER: usize = 32 << 10;

enum Input {
    Plain(BufReader<SpooledReader>),
    Gzip(Box<BufReader<GzDecoder<BufReader<SpooledReader>>>>),
}

pub(super) struct Source<'a> {
    input: Input,
    limits: &'a Limits,
    packed: u64,
    unpacked: u64,
    hasher: Hasher,
}

impl<'a> Source<'a> {
    pub(super) fn open(archive: &Spooled, limits: &'a Limits) -> Result<Self, Error> {
        let magic = archive.slice(0, 4).to_bytes().map_err(Error::Read)?;
        let reader = BufReader::with_capacity(BUFFER, archive.reader());
        let input = if magic.starts_with(GZIP) {
            limits.check_archive(archive.len())?;
            Input::Gzip(Box::new(BufReader::with_capacity(BUFFER, GzDecoder::new(reader))))
        } else if magic.starts_with(ZSTD) {
            return Err(Error::Archive("is compressed with zstd; only gzip and plain tar are read"));
        } else {
            Input::Plain(reader)
        };
        let hasher = Hasher::new(Algorithm::Sha256);
        Ok(Self { input, limits, packed: archive.len(), unpacked: 0, hasher })
    }

    /// The next block; `None` where the archive ends instead.
    pub(super) fn block(&mut self) -> Result<Option<Block>, Error> {
        if self.input.fill()?.is_empty() {
            return Ok(None);
        }
        let mut block = [0; BLOCK];
        self.copy(BLOCK as u64, &mut &mut block[..])?;
        Ok(Some(block))
    }

    /// Copies the content of an entry and skips its padding.
    pub(super) fn content(&mut self, size: u64, to: &mut dyn Write) -> Result<(), Error> {
        self.copy(size, to)?;
        self.copy(size.next_multiple_of(BLOCK as u64) - size, &mut io::sink())
    }

    /// Checks that nothing but zero blocks follows, and gives the digest of everything.
    pub(super) fn finish(mut self) -> Result<Digest, Error> {
        while let Some(block) = self.block()? {
            if block != [0; BLOCK] {
                return Err(Error::Archive("has content after its end marker"));
            }
        }
        self.input.check_end()?;
        Ok(self.hasher.finish())
    }

    fn copy(&mut self, size: u64, to: &mut dyn Write) -> Result<(), Error> {
        let mut left = size;
        while left > 0 {
            let available = self.input.fill()?;
            if available.is_empty() {
                return Err(Error::Archive("is truncated"));
            }
            let count = available.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.unpacked += count as u64;
            self.limits.check_unpacked(self.unpacked, self.packed)?;
            self.hasher.update(&available[..count]);
            to.write_all(&available[..count]).map_err(Error::Write)?;
            self.input.consume(count);
            left -= count as u64;
        }
        Ok(())
    }
}

impl Input {
    fn fill(&mut self) -> Result<&[u8], Error> {
        match self {
            Self::Plain(reader) => reader.fill_buf().map_err(Error::Read),
            Self::Gzip(reader) => reader.fill_buf().map_err(broken_gzip),
        }
    }

    fn consume(&mut self, count: usize) {
        match self {
            Self::Plain(reader) => reader.consume(count),
            Self::Gzip(reader) => reader.consume(count),
        }
    }

    /// Checks, after the last byte, that nothing follows the gzip member.
    fn check_end(self) -> Result<(), Error> {
        let Self::Gzip(reader) = self else {
            return Ok(());
        };
        let mut rest = reader.into_inner().into_inner();
        if rest.fill_buf().map_err(Error::Read)?.is_empty() {
            return Ok(());
        }
        Err(Error::Archive("has bytes after its first gzip member"))
    }
}

fn broken_gzip(error: io::Error) -> Error {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    match error.kind() {
        InvalidData | InvalidInput | UnexpectedEof => Error::Gzip(error),
        _ => Error::Read(error),
    }
}

/// Reads everything, whatever it is, and checks how it ends.
#[cfg(test)]
pub(super) fn drain(archive: &Spooled, limits: &Limits) -> Result<(), Error> {
    let mut source = Source::open(archive, limits)?;
    while !source.input.fill()?.is_empty() {
        source.copy(1, &mut io::sink())?;
    }
    source.input.check_end()
}
