//! Copies between layouts, one of which counts requests as a registry would.

use std::sync::Mutex;

use async_trait::async_trait;
use futures::executor::block_on;

use super::*;
use crate::image::Image;
use crate::store::Untagged;
use crate::store::layout::LayoutStore;
use crate::store::sample::{Scratch, by_tag, image, image_of, index, save, tag, verified_names};

/// A store that writes down the requests that a registry would get.
struct Registry {
    inner: LayoutStore,
    requests: Mutex<Vec<String>>,
    broken: Option<Digest>,
}

impl Registry {
    fn new(scratch: &Scratch) -> Self {
        Self { inner: scratch.layout().bare(), requests: Mutex::default(), broken: None }
    }

    fn note(&self, request: &str) {
        self.requests.lock().unwrap().push(request.to_owned());
    }

    fn requests(&self) -> String {
        let mut requests = std::mem::take(&mut *self.requests.lock().unwrap());
        requests.dedup();
        requests.join(" ")
    }
}

#[async_trait]
impl Store for Registry {
    fn name(&self) -> String {
        "registry.example/a".to_owned()
    }

    async fn resolve(&self, target: &Target) -> Result<Option<Descriptor>, Error> {
        self.note("resolve");
        self.inner.resolve(target).await
    }

    async fn manifest(&self, target: &Target) -> Result<Option<Manifest>, Error> {
        self.note("manifest");
        self.inner.manifest(target).await
    }

    async fn fetch(&self, descriptor: &Descriptor) -> Result<Blob, Error> {
        self.note(&format!("fetch:{}", descriptor.media_type));
        self.inner.fetch(descriptor).await
    }

    async fn exists(&self, descriptor: &Descriptor) -> Result<bool, Error> {
        self.note(&format!("exists:{}", descriptor.media_type));
        self.inner.exists(descriptor).await
    }

    async fn push(&self, descriptor: &Descriptor, blob: &Blob) -> Result<(), Error> {
        self.note(&format!("push:{}", descriptor.media_type));
        if self.broken.as_ref() == Some(&descriptor.digest) {
            return Err(Error::Missing { store: self.name(), digest: descriptor.digest.clone() });
        }
        self.inner.push(descriptor, blob).await
    }

    async fn tag(&self, manifest: &Manifest, tag: &Tag, expect: &Expect, also: &[Tag]) -> Result<(), Error> {
        self.note("tag");
        self.inner.tag(manifest, tag, expect, also).await
    }

    async fn untag(&self, tag: &Tag) -> Result<Untagged, Error> {
        self.inner.untag(tag).await
    }

    async fn tags(&self) -> Result<Vec<Tag>, Error> {
        self.inner.tags().await
    }

    fn probe_above(&self) -> u64 {
        100
    }
}

fn copied(from: &dyn Store, to: &dyn Store, name: &str) -> Result<Copied, Error> {
    block_on(copy((from, &by_tag(name)), to, Some(&tag(name)), &CopyOptions::default()))
}

fn amounts(copied: &Copied) -> (usize, usize) {
    (copied.transferred.count, copied.already_there.count)
}

#[test]
fn a_push_asks_once_and_sends_small_blobs_unasked() {
    let (local, remote) = (Scratch::new(), Scratch::new());
    let (from, to) = (local.layout().bare(), Registry::new(&remote));
    let large = image_of(Blob::new(vec![1; 101].into()), "large");
    save(&from, &image("small"), "1").unwrap();
    save(&from, &large, "2").unwrap();
    assert_eq!(amounts(&copied(&from, &to, "1").unwrap()), (3, 0));
    assert_eq!(to.requests(), "resolve push:c push:l tag");
    assert_eq!(amounts(&copied(&from, &to, "1").unwrap()), (0, 1));
    assert_eq!(to.requests(), "resolve");
    copied(&from, &to, "2").unwrap();
    assert_eq!(to.requests(), "resolve push:c exists:l push:l tag");
    assert_eq!(verified_names(&remote.layout()), ["1", "2"]);
}

#[test]
fn a_pull_asks_for_nothing_that_is_there() {
    let (local, remote) = (Scratch::new(), Scratch::new());
    let shared = Blob::new("shared".into());
    for (name, seed) in [("1", "one"), ("2", "two")] {
        save(&remote.layout().bare(), &image_of(shared.clone(), seed), name).unwrap();
    }
    let (from, to) = (Registry::new(&remote), local.layout().bare());
    assert_eq!(amounts(&copied(&from, &to, "1").unwrap()), (3, 0));
    assert_eq!(from.requests(), "manifest fetch:c fetch:l");
    assert_eq!(amounts(&copied(&from, &to, "1").unwrap()), (0, 1));
    assert_eq!(from.requests(), "manifest");
    assert_eq!(amounts(&copied(&from, &to, "2").unwrap()), (2, 1));
    assert_eq!(from.requests(), "manifest fetch:c");
    assert_eq!(verified_names(&local.layout()), ["1", "2"]);
}

#[test]
fn a_pull_completes_a_local_image_that_lost_a_blob() {
    let (local, remote) = (Scratch::new(), Scratch::new());
    let image = image("one");
    save(&remote.layout().bare(), &image, "1").unwrap();
    save(&local.layout().bare(), &image, "1").unwrap();
    let layer = image.blobs[1].digest();
    std::fs::remove_file(local.path().join("blobs/sha256").join(layer.hex())).unwrap();
    let from = Registry::new(&remote);
    copied(&from, &local.layout().bare(), "1").unwrap();
    assert_eq!(from.requests(), "manifest fetch:l");
    assert_eq!(verified_names(&local.layout()), ["1"]);
}

#[test]
fn an_index_comes_with_everything_below_it_and_each_digest_once() {
    let (local, remote) = (Scratch::new(), Scratch::new());
    let shared = Blob::new("shared".into());
    let images = ["amd64", "arm64"].map(|seed| image_of(shared.clone(), seed));
    let nested = index(&[index(&images), images[0].clone()]);
    save(&remote.layout().bare(), &nested, "1").unwrap();
    let to = local.layout().bare();
    let result = copied(&Registry::new(&remote), &to, "1").unwrap();
    assert_eq!(amounts(&result), (7, 0), "two configs, one layer, two images, two indexes");
    assert_eq!(verified_names(&local.layout()), ["1"]);
    let (third, again) = (Scratch::new(), Registry::new(&remote));
    save(&third.layout().bare(), &images[0], "other").unwrap();
    assert_eq!(amounts(&copied(&again, &third.layout().bare(), "1").unwrap()), (4, 2));
}

#[test]
fn an_index_that_is_too_deep_is_refused() {
    let (local, remote) = (Scratch::new(), Scratch::new());
    let mut deep = image("one");
    for _ in 0..4 {
        deep = index(&[deep]);
    }
    let folder = remote.path().join("blobs/sha256");
    std::fs::create_dir_all(&folder).unwrap();
    for manifest in deep.children.iter().chain([&deep.manifest]) {
        std::fs::write(folder.join(manifest.digest().hex()), manifest.bytes()).unwrap();
    }
    let source = Target::Digest(deep.manifest.digest().clone());
    let (from, to) = (remote.layout().bare(), local.layout().bare());
    let error = block_on(copy((&from, &source), &to, None, &CopyOptions::default())).unwrap_err();
    assert!(matches!(error, Error::Manifest { .. }), "{error:?}");
}

#[test]
fn a_failed_blob_leaves_no_tag() {
    let (local, remote) = (Scratch::new(), Scratch::new());
    let one = image("one");
    save(&local.layout().bare(), &one, "1").unwrap();
    let to = Registry { broken: Some(one.blobs[1].digest().clone()), ..Registry::new(&remote) };
    assert!(copied(&local.layout().bare(), &to, "1").is_err());
    assert!(verified_names(&remote.layout()).is_empty());
}

#[test]
fn an_expectation_is_taken_instead_of_asking() {
    let (local, remote) = (Scratch::new(), Scratch::new());
    let (one, two) = (image("one"), image("two"));
    let (from, to) = (local.layout().bare(), Registry::new(&remote));
    save(&from, &one, "1").unwrap();
    let expecting = |expect: Expect| {
        let options = CopyOptions { expect, ..CopyOptions::default() };
        block_on(copy((&from, &by_tag("1")), &to, Some(&tag("1")), &options))
    };
    expecting(Expect::Absent).unwrap();
    assert_eq!(to.requests(), "push:c push:l tag");
    expecting(Expect::Is(one.manifest.digest().clone())).unwrap();
    assert_eq!(to.requests(), "");
    save(&from, &two, "1").unwrap();
    assert!(matches!(expecting(Expect::Absent).unwrap_err(), Error::Conflict { .. }));
    expecting(Expect::Is(one.manifest.digest().clone())).unwrap();
    assert_eq!(verified_names(&remote.layout()), ["1"]);
}

#[test]
fn without_a_tag_the_image_is_kept_by_its_digest() {
    let (local, remote) = (Scratch::new(), Scratch::new());
    let Image { manifest, .. } = {
        let image = image("one");
        save(&remote.layout().bare(), &image, "1").unwrap();
        image
    };
    let to = local.layout().repository(&"quay.io/a/b".parse().unwrap());
    let source = Target::Digest(manifest.digest().clone());
    let run = || block_on(copy((&Registry::new(&remote), &source), &to, None, &CopyOptions::default())).unwrap();
    assert_eq!(amounts(&run()), (3, 0));
    assert_eq!(amounts(&run()), (0, 1));
    assert_eq!(verified_names(&local.layout()), [format!("quay.io/a/b@{}", manifest.digest())]);
}

#[test]
fn a_missing_image_is_named() {
    let (local, remote) = (Scratch::new(), Scratch::new());
    let error = copied(&Registry::new(&remote), &local.layout().bare(), "1").unwrap_err();
    assert_eq!(error.to_string(), "no image `registry.example/a:1`");
}

#[test]
fn progress_hears_of_everything_and_copies_may_move_between_threads() {
    fn movable<T: Send>(future: T) -> T {
        future
    }
    let (local, remote) = (Scratch::new(), Scratch::new());
    save(&local.layout().bare(), &image("one"), "1").unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = heard.clone();
    let progress: Progress = Arc::new(move |event| {
        ears.lock().unwrap().push(format!("{event:?}").split('(').next().unwrap().to_owned());
    });
    let options = CopyOptions { progress: Some(progress), ..CopyOptions::default() };
    let (from, to) = (local.layout().bare(), Registry::new(&remote));
    let (source, name) = (by_tag("1"), tag("1"));
    block_on(movable(copy((&from, &source), &to, Some(&name), &options))).unwrap();
    let count = |what: &str| heard.lock().unwrap().iter().filter(|event| *event == what).count();
    assert_eq!((count("Started"), count("Transferred"), count("AlreadyThere")), (3, 3, 0));
}
