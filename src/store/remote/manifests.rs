//! Manifests of a repository, by tag and by digest: look, read, write, move and remove tags.
//!
//! A registry takes part in conditional writes when its answer to a write carries an `ETag`; the
//! others ignore the condition, and the tag is read again after the write.

use reqwest::header::{ACCEPT, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};

use super::Remote;
use super::answer::Answer;
use super::call::Call;
use super::error::Error;
use crate::digest::{self, Digest};
use crate::image::{self, Blob, Descriptor, MANIFEST_LIMIT, MANIFESTS, Manifest};
use crate::name::{Tag, Target};
use crate::store::{self, Expect, Store, Untagged, verified_manifest};

const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
const TAGGED: HeaderName = HeaderName::from_static("oci-tag");

/// What registries answer to the removal of a tag when they remove by digest only; the first one
/// is the specification's, the other one Distribution 2's.
const NO_TAG_REMOVAL: [&str; 2] = ["UNSUPPORTED", "DIGEST_INVALID"];

/// The answers to those who may push and not delete.
const DELETION_DENIED: [StatusCode; 2] = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];

impl Remote {
    /// The descriptor of a manifest, by HEAD where the registry says enough.
    pub(super) async fn head_manifest(&self, target: &Target) -> Result<Option<Descriptor>, store::Error> {
        let answer = self.call(&self.read_manifest(Method::HEAD, target)).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let answer = self.success(answer).await?;
        match described(&answer) {
            Some(descriptor) => self.as_asked(descriptor, target).map(Some),
            None => Ok(self.get_manifest(target).await?.map(|manifest| manifest.descriptor())),
        }
    }

    /// A manifest, verified and parsed.
    pub(super) async fn get_manifest(&self, target: &Target) -> Result<Option<Manifest>, store::Error> {
        let answer = self.call(&self.read_manifest(Method::GET, target)).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let mut answer = self.success(answer).await?;
        let bytes = answer.bytes(MANIFEST_LIMIT).await?;
        if let Some(digest) = announced_digest(&answer) {
            digest.verify(&bytes).map_err(|source| self.unverified(source))?;
        }
        let manifest = verified_manifest(&self.name(), target, bytes)?;
        check_media_type(&answer, &manifest)?;
        Ok(Some(manifest))
    }

    /// Stores a manifest under its digest alone.
    pub(super) async fn put_manifest(&self, descriptor: &Descriptor, blob: &Blob) -> Result<(), store::Error> {
        let call = self.write_manifest(&descriptor.digest.to_string(), &descriptor.media_type, blob.clone())?;
        let answer = self.sent(&call).await?;
        check_digest(&self.success(answer).await?, &descriptor.digest)?;
        Ok(())
    }

    /// Stores a manifest under `tag`, then under each of `also`.
    pub(super) async fn move_tag(
        &self,
        manifest: &Manifest,
        tag: &Tag,
        expect: &Expect,
        also: &[Tag],
    ) -> Result<(), store::Error> {
        let call = conditional(self.write_tags(manifest, tag, also)?, expect);
        let answer = self.sent(&call).await?;
        if answer.status() == StatusCode::PRECONDITION_FAILED {
            // Unless somebody else has made the very same move.
            self.check_won(manifest, tag).await?;
            return self.move_others(manifest, also.iter()).await;
        }
        let answer = self.success(answer).await?;
        check_digest(&answer, manifest.digest())?;
        if answer.header(ETAG).is_none() && *expect != Expect::Any {
            self.check_won(manifest, tag).await?;
        }
        self.move_others(manifest, also.iter().filter(|other| !confirms(&answer, other))).await
    }

    async fn move_others(&self, manifest: &Manifest, tags: impl Iterator<Item = &Tag>) -> Result<(), store::Error> {
        for tag in tags {
            let answer = self.sent(&self.write_tags(manifest, tag, &[])?).await?;
            check_digest(&self.success(answer).await?, manifest.digest())?;
        }
        Ok(())
    }

    /// Removes a tag, and never anything but that tag: a removal by digest would take others along.
    pub(super) async fn remove_tag(&self, tag: &Tag) -> Result<Untagged, store::Error> {
        let answer = self.call(&Call::new(Method::DELETE, self.path(&format!("manifests/{tag}")))).await?;
        match answer.status() {
            // A registry that removes by digest only may find nothing under a tag that it has.
            StatusCode::NOT_FOUND if self.tagged_now(tag).await?.is_some() => Ok(Untagged::Unsupported),
            StatusCode::NOT_FOUND => Ok(Untagged::Absent),
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => Ok(Untagged::Unsupported),
            status if DELETION_DENIED.contains(&status) => Ok(Untagged::Unsupported),
            StatusCode::BAD_REQUEST => self.unsupported(answer).await,
            _ => self.success(answer).await.map(|_| Untagged::Removed).map_err(Into::into),
        }
    }

    async fn unsupported(&self, answer: Answer) -> Result<Untagged, store::Error> {
        let error = self.registry.refused(answer, &self.scope).await;
        match &error {
            Error::Refused(refusal) if refusal.code.as_deref().is_some_and(|code| NO_TAG_REMOVAL.contains(&code)) => {
                Ok(Untagged::Unsupported)
            }
            _ => Err(error.into()),
        }
    }

    pub(super) fn read_manifest(&self, method: Method, target: &Target) -> Call {
        let accepted = HeaderValue::from_str(&MANIFESTS.join(", ")).expect("media types are plain text");
        Call::new(method, self.path(&format!("manifests/{target}"))).header(ACCEPT, accepted)
    }

    fn write_manifest(&self, place: &str, media_type: &str, blob: Blob) -> Result<Call, store::Error> {
        let call = Call::new(Method::PUT, self.path(&format!("manifests/{place}")));
        let media_type = HeaderValue::from_str(media_type).map_err(|_| self.odd_media_type(&blob))?;
        Ok(call.header(CONTENT_TYPE, media_type).body(blob))
    }

    fn write_tags(&self, manifest: &Manifest, tag: &Tag, also: &[Tag]) -> Result<Call, store::Error> {
        let also: Vec<String> = also.iter().map(|tag| format!("tag={tag}")).collect();
        let place = if also.is_empty() { tag.to_string() } else { format!("{tag}?{}", also.join("&")) };
        self.write_manifest(&place, manifest.media_type(), manifest.blob())
    }

    /// The tag is ours, as far as a second look can tell.
    async fn check_won(&self, manifest: &Manifest, tag: &Tag) -> Result<(), store::Error> {
        let found = self.tagged_now(tag).await?;
        if found.as_ref() == Some(manifest.digest()) { Ok(()) } else { Err(self.conflict(tag, found)) }
    }

    async fn tagged_now(&self, tag: &Tag) -> Result<Option<Digest>, store::Error> {
        Ok(self.head_manifest(&Target::Tag(tag.clone())).await?.map(|descriptor| descriptor.digest))
    }

    fn conflict(&self, tag: &Tag, found: Option<Digest>) -> store::Error {
        store::Error::Conflict { store: self.name(), tag: tag.clone(), found }
    }

    fn as_asked(&self, descriptor: Descriptor, target: &Target) -> Result<Descriptor, store::Error> {
        match target {
            Target::Digest(expected) if *expected != descriptor.digest => {
                let mismatch = digest::Error::Mismatch { expected: expected.clone(), actual: descriptor.digest };
                Err(self.unverified(mismatch))
            }
            _ => Ok(descriptor),
        }
    }

    fn odd_media_type(&self, blob: &Blob) -> store::Error {
        let rule = "has a media type that cannot stand in a header".to_owned();
        let source = image::Error::Rule { digest: blob.digest().clone(), rule };
        store::Error::Manifest { store: self.name(), source }
    }
}

fn conditional(call: Call, expect: &Expect) -> Call {
    match expect {
        Expect::Any => call,
        Expect::Absent => call.header(IF_NONE_MATCH, HeaderValue::from_static("*")),
        Expect::Is(digest) => {
            let tag = HeaderValue::from_str(&format!("\"{digest}\"")).expect("digests are plain text");
            call.header(IF_MATCH, tag)
        }
    }
}

/// Whether the registry says that it moved this tag too.
fn confirms(answer: &Answer, tag: &Tag) -> bool {
    answer.headers(TAGGED).flat_map(|value| value.split(',')).any(|name| name.trim() == tag.as_str())
}

/// The descriptor that an answer's head gives; none where something is missing.
fn described(answer: &Answer) -> Option<Descriptor> {
    let media_type = content_type(answer)?;
    Some(Descriptor::new(media_type, announced_digest(answer)?, answer.announced()?))
}

fn announced_digest(answer: &Answer) -> Option<Digest> {
    answer.header(DIGEST)?.parse().ok()
}

/// The media type without its parameters.
fn content_type(answer: &Answer) -> Option<&str> {
    let value = answer.header(CONTENT_TYPE)?;
    Some(value.split(';').next().unwrap_or(value).trim()).filter(|value| !value.is_empty())
}

/// The registry stored what we sent, where it says what it stored.
pub(super) fn check_digest(answer: &Answer, expected: &Digest) -> Result<(), Error> {
    match announced_digest(answer) {
        Some(stored) if stored.algorithm() == expected.algorithm() && stored != *expected => {
            Err(answer.breaks(format!("it stored `{stored}` instead of `{expected}`")))
        }
        _ => Ok(()),
    }
}

/// What the registry says a manifest is must be what the manifest says: otherwise two clients
/// could be made to see two different things in the same bytes.
fn check_media_type(answer: &Answer, manifest: &Manifest) -> Result<(), Error> {
    let Some(said) = content_type(answer) else {
        return Ok(());
    };
    if manifest.is_called(said) {
        return Ok(());
    }
    let rule = format!("its `Content-Type` is `{said}`, but the manifest is `{}`", manifest.media_type());
    Err(answer.breaks(crate::printable::one_line(&rule, 300)))
}
