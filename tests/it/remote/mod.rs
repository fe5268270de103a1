//! A registry as a store, over the library: what it is asked, what it may do to us, who sees secrets.

mod auth;
mod conditions;
mod counts;
mod faults;
mod helpers;
mod hostile;
mod scheme;
mod tags;

use std::sync::Arc;

use futures::future::try_join_all;
use skillctl::image::{Blob, Fields, MANIFEST, Manifest};
use skillctl::name::{Repository, Tag, Target};
use skillctl::store::credential::{Credential, Found, Sources};
use skillctl::store::remote::{self, Access, Options, Refusal, Remote, Session};
use skillctl::store::{Error, Expect, Store};

use crate::support::registry::{self, Auth, Registry, Tokens};

/// The repository that most tests use.
const REPOSITORY: &str = "org/x";

/// A small image: config, layer, manifest.
struct Sample {
    blobs: [Blob; 2],
    manifest: Manifest,
}

/// An image whose layer is `layer`.
fn sample(layer: impl Into<bytes::Bytes>) -> Sample {
    let blobs = [Blob::new("{}".into()), Blob::new(layer.into())];
    let manifest = Manifest::write(Fields {
        media_type: Some(MANIFEST.into()),
        config: Some(blobs[0].descriptor("application/vnd.oci.image.config.v1+json")),
        layers: Some(vec![blobs[1].descriptor("application/vnd.oci.image.layer.v1.tar+gzip")]),
        ..Fields::default()
    });
    Sample { blobs, manifest }
}

/// Puts `sample` into `registry` behind the back of the client.
fn seed(registry: &Registry, tag: &str, sample: &Sample) {
    for blob in &sample.blobs {
        registry.put_blob(REPOSITORY, blob.to_bytes().unwrap());
    }
    registry.put_manifest(REPOSITORY, tag, (MANIFEST, sample.manifest.bytes().clone()));
}

fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

fn by_tag(text: &str) -> Target {
    Target::Tag(tag(text))
}

fn open(registry: &Registry, options: Options) -> Remote {
    open_at(&Session::new(options), registry, REPOSITORY)
}

fn open_at(session: &Session, registry: &Registry, path: &str) -> Remote {
    let repository: Repository = format!("{}/{path}", registry.host()).parse().unwrap();
    session.open(&repository, Access::Delete).unwrap()
}

/// Options that hold `USER:PASSWORD`.
fn logged_in(pair: &str) -> Options {
    let given = Found { credential: Credential::from_pair(pair).unwrap(), source: "--creds".to_owned() };
    with_credential(given)
}

fn with_credential(given: Found) -> Options {
    Options { credentials: Sources { given: Some(given), files: Vec::new() }, ..Options::default() }
}

/// A registry that wants tokens from its own realm.
fn with_tokens(tokens: Tokens) -> registry::Options {
    registry::Options { auth: Auth::Bearer { tokens: Arc::new(tokens), realm: None }, ..registry::Options::default() }
}

/// Pushes an image that the registry may have, as `copy` does.
async fn push(remote: &Remote, sample: &Sample, name: &str) -> Result<(), Error> {
    let there = remote.resolve(&by_tag(name)).await?;
    if there.is_some_and(|descriptor| descriptor.digest == *sample.manifest.digest()) {
        return Ok(());
    }
    try_join_all(sample.manifest.children().zip(&sample.blobs).map(|(descriptor, blob)| async move {
        let known = descriptor.size > remote.probe_above() && remote.exists(descriptor).await?;
        if known { Ok(()) } else { remote.push(descriptor, blob).await }
    }))
    .await?;
    remote.tag(&sample.manifest, &tag(name), &Expect::Absent, &[]).await
}

/// Pulls an image.
async fn pull(remote: &Remote, name: &str) -> Result<Vec<Blob>, Error> {
    let manifest = remote.manifest(&by_tag(name)).await?.unwrap();
    try_join_all(manifest.children().map(|descriptor| remote.fetch(descriptor))).await
}

/// The refusal in an error.
fn refusal(error: Error) -> Refusal {
    match error {
        Error::Remote(remote::Error::Refused(refusal)) => *refusal,
        other => panic!("not a refusal: {other:?}"),
    }
}

/// An error with all its causes, as the command line shows it.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}\n  {next}");
        cause = next.source();
    }
    text
}

/// An error's text with the registry's port taken out, for snapshots.
fn stable(error: &dyn std::error::Error, registry: &Registry) -> String {
    told(error).replace(&registry.host(), "HOST")
}
