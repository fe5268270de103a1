//! Reading content of a repository: verified while it arrives, from wherever a redirect leads.
//!
//! `urls` of descriptors are never looked at.

use std::io::Write;

use reqwest::{Method, StatusCode};

use super::Remote;
use super::answer::Answer;
use super::call::Call;
use super::error::Error;
use crate::digest::{self, Hasher};
use crate::image::{Blob, Descriptor};
use crate::spool::Spool;
use crate::store::{self, Store};

impl Remote {
    /// Whether a blob or a manifest is there.
    pub(super) async fn head_content(&self, descriptor: &Descriptor) -> Result<bool, store::Error> {
        let answer = self.call(&self.read_content(Method::HEAD, descriptor)).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        self.success(answer).await?;
        Ok(true)
    }

    /// A blob or a manifest, verified.
    pub(super) async fn get_content(&self, descriptor: &Descriptor) -> Result<Blob, store::Error> {
        let answer = self.call(&self.read_content(Method::GET, descriptor)).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Err(store::Error::Missing { store: self.name(), digest: descriptor.digest.clone() });
        }
        let mut answer = self.success(answer).await?;
        let mut incoming = Incoming::new(descriptor);
        if let Some(announced) = answer.announced().filter(|size| *size != descriptor.size) {
            return Err(self.unverified(incoming.wrong_size(announced)));
        }
        while let Some(chunk) = answer.chunk().await? {
            incoming.check(&chunk).map_err(|source| self.unverified(source))?;
            incoming.spool.write_all(&chunk).map_err(|source| unkept(&answer, source))?;
        }
        incoming.finish().map_err(|source| self.unverified(source))
    }

    fn read_content(&self, method: Method, descriptor: &Descriptor) -> Call {
        if descriptor.is_manifest() {
            return self.read_manifest(method, &crate::name::Target::Digest(descriptor.digest.clone()));
        }
        Call::new(method, self.path(&format!("blobs/{}", descriptor.digest)))
    }
}

fn unkept(answer: &Answer, source: std::io::Error) -> store::Error {
    Error::Content { asked: Box::new(answer.asked().clone()), source }.into()
}

/// Content that is arriving.
struct Incoming<'a> {
    expected: &'a Descriptor,
    hasher: Hasher,
    seen: u64,
    spool: Spool,
}

impl<'a> Incoming<'a> {
    fn new(expected: &'a Descriptor) -> Self {
        let hasher = Hasher::new(expected.digest.algorithm());
        Self { expected, hasher, seen: 0, spool: Spool::new() }
    }

    /// Takes note of a piece; fails on the first byte too many.
    fn check(&mut self, chunk: &[u8]) -> Result<(), digest::Error> {
        self.seen += chunk.len() as u64;
        self.hasher.update(chunk);
        if self.seen > self.expected.size { Err(self.wrong_size(self.seen)) } else { Ok(()) }
    }

    /// The content, if it is what was expected.
    fn finish(self) -> Result<Blob, digest::Error> {
        if self.seen != self.expected.size {
            return Err(self.wrong_size(self.seen));
        }
        let (actual, expected) = (self.hasher.finish(), self.expected.digest.clone());
        if actual == expected {
            Ok(Blob::verified(expected, self.spool.finish()))
        } else {
            Err(digest::Error::Mismatch { expected, actual })
        }
    }

    fn wrong_size(&self, actual: u64) -> digest::Error {
        digest::Error::Size { digest: self.expected.digest.clone(), expected: self.expected.size, actual }
    }
}
