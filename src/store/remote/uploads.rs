//! Writing content into a repository: in one POST where the registry takes it, else in a POST that
//! opens an upload and a PUT that sends it.

use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url};

use super::Remote;
use super::answer::Answer;
use super::body;
use super::call::Call;
use super::error::{Error, Problem};
use super::manifests::check_digest;
use super::redirect;
use super::registry::SinglePost;
use crate::digest::{self, Digest};
use crate::image::{Blob, Descriptor};
use crate::store;

/// Up to this many bytes, sending content to a registry that may not take it costs less than
/// asking.
pub(super) const SMALL: u64 = 1 << 20;

const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

impl Remote {
    /// Stores a blob, or a manifest under its digest.
    pub(super) async fn put_content(&self, descriptor: &Descriptor, blob: &Blob) -> Result<(), store::Error> {
        self.check_described(descriptor, blob)?;
        if descriptor.is_manifest() {
            return self.put_manifest(descriptor, blob).await;
        }
        if self.worth_a_single_post(blob) && self.post_all(blob).await? {
            return Ok(());
        }
        let answer = self.call(&Call::new(Method::POST, self.path("blobs/uploads/"))).await?;
        let answer = self.success(answer).await?;
        self.complete(&answer, blob).await
    }

    fn worth_a_single_post(&self, blob: &Blob) -> bool {
        match self.registry.single_post() {
            SinglePost::Unknown => blob.size() <= SMALL,
            SinglePost::Taken => true,
            SinglePost::Refused => false,
        }
    }

    /// Sends a blob in one POST; finishes by PUT where the registry opened an upload instead.
    /// Returns whether the blob is stored.
    async fn post_all(&self, blob: &Blob) -> Result<bool, store::Error> {
        let path = self.path(&format!("blobs/uploads/?digest={}", blob.digest()));
        let call = Call::new(Method::POST, path).header(CONTENT_TYPE, BYTES).body(blob.clone());
        let outcome = self.sent(&call).await;
        if self.registry.single_post() != SinglePost::Taken && is_unheard_of(&outcome) {
            self.registry.learn_single_post(SinglePost::Refused);
            return Ok(false);
        }
        let answer = self.success(outcome?).await?;
        if answer.status() == StatusCode::ACCEPTED {
            self.registry.learn_single_post(SinglePost::Refused);
            self.complete(&answer, blob).await?;
        } else {
            self.registry.learn_single_post(SinglePost::Taken);
            check_digest(&answer, blob.digest())?;
        }
        Ok(true)
    }

    /// Sends a blob into the upload that `opened` names.
    async fn complete(&self, opened: &Answer, blob: &Blob) -> Result<(), store::Error> {
        let url = redirect::target(opened, opened.header(LOCATION))?;
        let call = Call::to(Method::PUT, with_digest(url, blob.digest())).header(CONTENT_TYPE, BYTES);
        let answer = self.sent(&call.body(blob.clone())).await?;
        check_digest(&self.success(answer).await?, blob.digest())?;
        Ok(())
    }

    /// Sends a call with a body, whose own failures are ours and not the network's.
    pub(super) async fn sent(&self, call: &Call) -> Result<Answer, store::Error> {
        self.call(call).await.map_err(|error| self.ours(error))
    }

    fn ours(&self, error: Error) -> store::Error {
        let Some(failure) = body::failure(&error) else {
            return error.into();
        };
        match (digest::Error::within(failure), &error) {
            (Some(source), _) => self.unverified(source.clone()),
            (None, Error::Unreachable { asked, .. }) => {
                let source = std::io::Error::new(failure.kind(), failure.to_string());
                Error::Content { asked: asked.clone(), source }.into()
            }
            (None, _) => error.into(),
        }
    }

    /// What is to be stored is what its descriptor says; its bytes are checked while they leave.
    fn check_described(&self, descriptor: &Descriptor, blob: &Blob) -> Result<(), store::Error> {
        let (expected, actual) = (descriptor.digest.clone(), blob.digest().clone());
        if expected != actual {
            return Err(self.unverified(digest::Error::Mismatch { expected, actual }));
        }
        descriptor.check_size(blob.size()).map_err(|source| self.unverified(source))
    }
}

/// Whether a registry seems not to know uploads in one POST, so that the long way is worth a try.
///
/// One that answers without having read may also close the connection on what it did not read, and
/// its answer is lost. Sending the same content again does no harm.
fn is_unheard_of(outcome: &Result<Answer, store::Error>) -> bool {
    match outcome {
        Ok(answer) => !answer.status().is_success() && !matches!(answer.status().as_u16(), 401 | 403 | 429),
        Err(store::Error::Remote(Error::Unreachable { problem, .. })) => *problem == Problem::Broken,
        Err(_) => false,
    }
}

/// The URL that finishes an upload: what the registry said, and the digest.
fn with_digest(mut url: Url, digest: &Digest) -> Url {
    let query = match url.query() {
        Some(query) if !query.is_empty() => format!("{query}&digest={digest}"),
        _ => format!("digest={digest}"),
    };
    url.set_query(Some(&query));
    url
}
