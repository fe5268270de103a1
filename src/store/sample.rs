//! Small images and a scratch layout for the tests of stores.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures::executor::block_on;
use tempfile::TempDir;

use crate::digest::Digest;
use crate::fs::RealFs;
use crate::fs::journal::JournalFs;
use crate::image::{Blob, Fields, INDEX, Image, MANIFEST, Manifest};
use crate::name::{Repository, Tag, Target};
use crate::store::layout::{Layout, LayoutStore};
use crate::store::{Error, Expect, Store};

/// A directory with a layout in it that goes when it is dropped.
pub(crate) struct Scratch {
    pub(crate) dir: TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    /// A new user of the layout, with the operating system's files.
    pub(crate) fn real_layout(&self) -> Layout {
        Layout::new(Arc::new(RealFs), self.path())
    }

    /// A new user of the layout, who does not wait for the disk.
    pub(crate) fn layout(&self) -> Layout {
        Layout::new(Arc::new(JournalFs::default()), self.path())
    }
}

pub(crate) fn repository(name: &str) -> Repository {
    name.parse().unwrap()
}

pub(crate) fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

pub(crate) fn by_tag(text: &str) -> Target {
    Target::Tag(tag(text))
}

/// An image with a config and a layer of its own.
pub(crate) fn image(seed: &str) -> Image {
    image_of(Blob::new(format!("layer of {seed}").into()), seed)
}

pub(crate) fn image_of(layer: Blob, seed: &str) -> Image {
    let config = Blob::new(format!("config of {seed}").into());
    let manifest = Manifest::write(Fields {
        media_type: Some(MANIFEST.into()),
        config: Some(config.descriptor("c")),
        layers: Some(vec![layer.descriptor("l")]),
        annotations: BTreeMap::from([("seed".into(), seed.into())]),
        ..Fields::default()
    });
    Image { manifest, children: Vec::new(), blobs: vec![config, layer] }
}

/// An index over images.
pub(crate) fn index(images: &[Image]) -> Image {
    let entries = images.iter().map(|image| image.manifest.descriptor()).collect();
    let manifest =
        Manifest::write(Fields { media_type: Some(INDEX.into()), manifests: Some(entries), ..Fields::default() });
    let below = images.iter().flat_map(|image| image.children.iter().chain([&image.manifest]));
    let children = below.cloned().collect();
    Image { manifest, children, blobs: images.iter().flat_map(|image| image.blobs.clone()).collect() }
}

pub(crate) fn push(store: &LayoutStore, image: &Image) -> Result<(), Error> {
    for blob in &image.blobs {
        block_on(store.push(&blob.descriptor("x"), blob))?;
    }
    for child in &image.children {
        block_on(store.push(&child.descriptor(), &child.blob()))?;
    }
    Ok(())
}

/// Pushes an image and names it.
pub(crate) fn save(store: &LayoutStore, image: &Image, name: &str) -> Result<(), Error> {
    push(store, image)?;
    block_on(store.tag(&image.manifest, &tag(name), &Expect::Any, &[]))
}

/// Checks that every named image of a layout can be read to its last byte; gives their names.
pub(crate) fn verified_names(layout: &Layout) -> Vec<String> {
    let entries = layout.entries().unwrap();
    for entry in &entries {
        verify(&layout.bare(), &entry.descriptor.digest);
    }
    let mut names: Vec<String> = entries.into_iter().filter_map(|entry| entry.name).collect();
    names.sort();
    names
}

fn verify(store: &LayoutStore, digest: &Digest) {
    let manifest = block_on(store.manifest(&Target::Digest(digest.clone()))).unwrap();
    let manifest = manifest.expect("a named manifest is there");
    for child in manifest.children() {
        block_on(store.fetch(child)).unwrap();
        if manifest.is_index() {
            verify(store, &child.digest);
        }
    }
}
