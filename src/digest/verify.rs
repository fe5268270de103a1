//! Content that is checked against its announced digest and size while it passes.

use std::io::{self, Read};

use super::{Digest, Error, Hasher};

/// Checks content that comes piece by piece.
///
/// Nothing that came is verified before [`Verifier::finish`] says so.
#[derive(Debug)]
pub struct Verifier {
    expected: Digest,
    size: u64,
    seen: u64,
    hasher: Hasher,
}

impl Verifier {
    /// Expects `size` bytes with digest `expected`.
    #[must_use]
    pub fn new(expected: Digest, size: u64) -> Self {
        let hasher = Hasher::new(expected.algorithm());
        Self { expected, size, seen: 0, hasher }
    }

    /// Takes note of the next piece.
    ///
    /// # Errors
    /// [`Error::Size`] on the first byte too many.
    pub fn update(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.seen += bytes.len() as u64;
        if self.seen > self.size {
            return Err(self.wrong_size());
        }
        self.hasher.update(bytes);
        Ok(())
    }

    /// Checks that everything came, and that it is what it should be.
    ///
    /// # Errors
    /// [`Error::Size`] when bytes are missing, [`Error::Mismatch`] when they are others.
    pub fn finish(&self) -> Result<(), Error> {
        if self.seen == self.size {
            self.expected.compare(self.hasher.clone().finish())
        } else {
            Err(self.wrong_size())
        }
    }

    fn wrong_size(&self) -> Error {
        Error::Size { digest: self.expected.clone(), expected: self.size, actual: self.seen }
    }
}

/// A reader that passes content through and fails unless it has exactly the announced size and
/// digest: on the first byte too many, or at the end.
///
/// The failure is an [`io::Error`] whose source is an [`Error`]. What was read before the end is
/// not verified: use it only after a read returned 0.
#[derive(Debug)]
pub struct VerifyingReader<R> {
    inner: R,
    verifier: Verifier,
}

impl<R: Read> VerifyingReader<R> {
    /// Reads `inner`, which must hold `size` bytes with digest `expected`.
    pub fn new(inner: R, expected: Digest, size: u64) -> Self {
        Self { inner, verifier: Verifier::new(expected, size) }
    }
}

impl<R: Read> Read for VerifyingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        let verdict = if count == 0 { self.verifier.finish() } else { self.verifier.update(&buffer[..count]) };
        verdict.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reader_passes_right_content() {
        let mut text = String::new();
        VerifyingReader::new(&b"abc"[..], Digest::of(b"abc"), 3).read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
    }

    #[test]
    fn reader_refuses_wrong_content() {
        for (content, size) in [(&b"abd"[..], 3), (&b"abcd"[..], 3), (&b"ab"[..], 3), (&b"abc"[..], 2)] {
            let error =
                VerifyingReader::new(content, Digest::of(b"abc"), size).read_to_end(&mut Vec::new()).unwrap_err();
            assert!(Error::within(&error).is_some(), "{error}");
        }
    }
}
