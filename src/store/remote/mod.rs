//! One repository of a registry as a [`Store`], over the OCI distribution specification.
//!
//! A [`Session`] is made once per run; every [`Remote`] that it opens shares its connections, its
//! tokens and what was learnt about each registry. The wire calls are our own, on `reqwest`: their
//! number, the headers of their answers and where credentials go all matter here, and
//! `oci-client` decides these by itself. Its types of error bodies are used.
//!
//! - [`Options`]: what the caller decides; no environment is read here
//! - `endpoint`, `realm`, `challenge`, `scope`, `link`: pure rules
//! - `transport`, `pace`, `body`, `answer`: one request and its answer
//! - `registry`, `auth`, `token`, `redirect`, `retry`: what makes several of them one call
//! - `manifests`, `blobs`, `uploads`, `tags`: what the [`Store`] asks for
//!
//! Docker Hub is reached as `docker.io`; nothing is put before a path, so its official images,
//! none of which is a skill, are `docker.io/library/NAME`.

use std::sync::Arc;

use async_trait::async_trait;

use crate::digest;
use crate::image::{Blob, Descriptor, Manifest};
use crate::name::{Repository, Tag, Target};
use crate::store::{self, Expect, Store, Untagged};

mod answer;
mod auth;
mod blobs;
mod body;
mod call;
mod challenge;
mod endpoint;
mod error;
mod link;
mod manifests;
mod options;
mod pace;
mod realm;
mod redirect;
mod registry;
mod retry;
mod scope;
mod session;
mod tags;
mod token;
mod transport;
mod uploads;

pub use error::{Asked, Error, Problem, Refusal, Shown};
pub use options::{Access, Limits, Options, PlainHttp, Trust};
pub use session::Session;

use answer::Answer;
use call::Call;
use registry::Registry;
use scope::Scope;

/// One repository of a registry.
#[derive(Debug, Clone)]
pub struct Remote {
    registry: Arc<Registry>,
    repository: Repository,
    scope: Scope,
}

impl Remote {
    /// The path of something in this repository, `blobs/uploads/`.
    fn path(&self, rest: &str) -> String {
        format!("/v2/{}/{rest}", self.repository.path())
    }

    async fn call(&self, call: &Call) -> Result<Answer, Error> {
        self.registry.call(call, &self.scope).await
    }

    /// `answer` if its status is a success.
    async fn success(&self, answer: Answer) -> Result<Answer, Error> {
        if answer.status().is_success() { Ok(answer) } else { Err(self.registry.refused(answer, &self.scope).await) }
    }

    fn unverified(&self, source: digest::Error) -> store::Error {
        store::Error::Unverified { store: self.name(), source }
    }
}

#[async_trait]
impl Store for Remote {
    fn name(&self) -> String {
        self.repository.to_string()
    }

    async fn resolve(&self, target: &Target) -> Result<Option<Descriptor>, store::Error> {
        self.head_manifest(target).await
    }

    async fn manifest(&self, target: &Target) -> Result<Option<Manifest>, store::Error> {
        self.get_manifest(target).await
    }

    async fn fetch(&self, descriptor: &Descriptor) -> Result<Blob, store::Error> {
        self.get_content(descriptor).await
    }

    async fn exists(&self, descriptor: &Descriptor) -> Result<bool, store::Error> {
        self.head_content(descriptor).await
    }

    async fn push(&self, descriptor: &Descriptor, blob: &Blob) -> Result<(), store::Error> {
        self.put_content(descriptor, blob).await
    }

    async fn tag(&self, manifest: &Manifest, tag: &Tag, expect: &Expect, also: &[Tag]) -> Result<(), store::Error> {
        self.move_tag(manifest, tag, expect, also).await
    }

    async fn untag(&self, tag: &Tag) -> Result<Untagged, store::Error> {
        self.remove_tag(tag).await
    }

    async fn tags(&self) -> Result<Vec<Tag>, store::Error> {
        Ok(self.list_tags().await?)
    }

    fn probe_above(&self) -> u64 {
        uploads::SMALL
    }
}
