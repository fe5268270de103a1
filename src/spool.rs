//! Content that is bytes in memory while it is small and an open temporary file when it is not.
//!
//! Nothing here knows what the content means. Temporary files have no name, so nothing is left
//! behind when the process dies.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;

/// Up to this many bytes stay in memory.
pub const MEMORY_LIMIT: usize = 1 << 20;

/// A writer that collects content of unknown size.
#[derive(Debug, Default)]
pub struct Spool {
    memory: Vec<u8>,
    file: Option<File>,
    written: u64,
}

impl Spool {
    /// An empty spool.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written, ready to be read any number of times.
    #[must_use]
    pub fn finish(self) -> Spooled {
        match self.file {
            Some(file) => Spooled::from_file(file, self.written),
            None => Spooled::from(Bytes::from(self.memory)),
        }
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.memory.len() + bytes.len() > MEMORY_LIMIT {
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.memory)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        let count = match &mut self.file {
            Some(file) => file.write(bytes)?,
            None => self.memory.write(bytes)?,
        };
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Finished content: cheap to clone, and readable from several places at once.
#[derive(Debug, Clone)]
pub struct Spooled {
    source: Source,
    offset: u64,
    len: u64,
}

#[derive(Debug, Clone)]
enum Source {
    Memory(Bytes),
    File(Arc<File>),
}

impl Spooled {
    /// The first `len` bytes of `file`, which must not change while it is in use.
    #[must_use]
    pub fn from_file(file: File, len: u64) -> Self {
        Self { source: Source::File(Arc::new(file)), offset: 0, len }
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The part of `len` bytes from `offset` on, less what lies beyond the end.
    #[must_use]
    pub fn slice(&self, offset: u64, len: u64) -> Self {
        let offset = offset.min(self.len);
        Self { source: self.source.clone(), offset: self.offset + offset, len: len.min(self.len - offset) }
    }

    /// The bytes, when they are in memory anyway.
    #[must_use]
    pub fn in_memory(&self) -> Option<Bytes> {
        let Source::Memory(bytes) = &self.source else {
            return None;
        };
        let start = usize::try_from(self.offset).ok()?;
        let end = usize::try_from(self.offset + self.len).ok()?;
        Some(bytes.slice(start..end))
    }

    /// All bytes, read into memory if need be.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn to_bytes(&self) -> io::Result<Bytes> {
        if let Some(bytes) = self.in_memory() {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        self.reader().read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }

    /// A reader from the start.
    #[must_use]
    pub fn reader(&self) -> SpooledReader {
        SpooledReader { content: self.clone(), position: 0 }
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let left = self.len.saturating_sub(position);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let start = self.offset + position;
        match &self.source {
            Source::File(file) => file.read_at(&mut buffer[..count], start),
            Source::Memory(bytes) => {
                let start = usize::try_from(start).expect("content in memory is addressable");
                buffer[..count].copy_from_slice(&bytes[start..start + count]);
                Ok(count)
            }
        }
    }
}

impl From<Bytes> for Spooled {
    fn from(bytes: Bytes) -> Self {
        let len = bytes.len() as u64;
        Self { source: Source::Memory(bytes), offset: 0, len }
    }
}

/// Reads [`Spooled`] content from its start to its end.
#[derive(Debug, Clone)]
pub struct SpooledReader {
    content: Spooled,
    position: u64,
}

impl Read for SpooledReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spooled(size: usize) -> (Vec<u8>, Spooled) {
        let content: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let mut spool = Spool::new();
        for chunk in content.chunks(70_000) {
            spool.write_all(chunk).unwrap();
        }
        (content, spool.finish())
    }

    #[test]
    fn gives_back_what_was_written_on_both_sides_of_the_limit() {
        for size in [0, 1, MEMORY_LIMIT, MEMORY_LIMIT + 1, 3 * MEMORY_LIMIT] {
            let (content, spooled) = spooled(size);
            assert_eq!(spooled.len(), size as u64);
            assert_eq!(spooled.in_memory().is_some(), size <= MEMORY_LIMIT);
            assert_eq!(spooled.to_bytes().unwrap(), content);
        }
    }

    #[test]
    fn slices_stay_within_the_content() {
        for size in [1000, 2 * MEMORY_LIMIT] {
            let (content, spooled) = spooled(size);
            assert_eq!(spooled.slice(10, 20).to_bytes().unwrap(), content[10..30]);
            assert_eq!(spooled.slice(10, 20).slice(5, 100).to_bytes().unwrap(), content[15..30]);
            assert!(spooled.slice(size as u64 + 5, 3).is_empty());
        }
    }
}
