//! Reading content of a repository: verified while it arrives, from wherever a redirect leads.
//!
//! `urls` of descriptors are never looked at.

use std::io::Write;

use reqwest::{Method, StatusCode};

use super::Remote;
use super::answer::Answer;
use super::call::Call;
use super::error::Error;
use crate::digest::Verifier;
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
        if let Some(announced) = answer.announced() {
            descriptor.check_size(announced).map_err(|source| self.unverified(source))?;
        }
        let mut verifier = Verifier::new(descriptor.digest.clone(), descriptor.size);
        let mut spool = Spool::new();
        while let Some(chunk) = answer.chunk().await? {
            verifier.update(&chunk).map_err(|source| self.unverified(source))?;
            spool.write_all(&chunk).map_err(|source| unkept(&answer, source))?;
        }
        verifier.finish().map_err(|source| self.unverified(source))?;
        Ok(Blob::verified(descriptor.digest.clone(), spool.finish()))
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
