//! What a process does with a store, for the tests that fail or kill it on the way.

use futures::executor::block_on;

use super::super::{Layout, Prune};
use crate::image::{Blob, Image};
use crate::store::sample::{Scratch, image, image_of, push, repository, save, tag};
use crate::store::{Error, Expect, Store};

/// A verb, and the names that it adds and takes away.
pub(super) struct Verb {
    pub(super) name: &'static str,
    pub(super) run: fn(&Layout) -> Result<(), Error>,
    pub(super) adds: &'static [&'static str],
    pub(super) takes: &'static [&'static str],
}

pub(super) const VERBS: [Verb; 7] = [
    Verb { name: "pack", run: pack, adds: &["a/new:1", "a/new:latest"], takes: &[] },
    Verb { name: "move", run: move_tag, adds: &["a/old:1"], takes: &[] },
    Verb { name: "batch", run: batch, adds: &["a/0:1", "a/1:1", "a/2:1"], takes: &[] },
    Verb { name: "untag", run: untag, adds: &[], takes: &["a/old:2"] },
    Verb { name: "rm", run: remove, adds: &[], takes: &["a/old:2"] },
    Verb { name: "prune", run: prune, adds: &[], takes: &[] },
    Verb { name: "keep and rm", run: keep_and_remove, adds: &[], takes: &["a/old:1"] },
];

/// What a store holds before a verb runs. `a/old:2` and `a/old:3` share a layer.
pub(super) const BEFORE: [&str; 3] = ["a/old:1", "a/old:2", "a/old:3"];

/// A store with the images of [`BEFORE`], one that nothing names, and a temporary file that a
/// killed process left.
pub(super) fn prepared() -> Scratch {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let store = layout.repository(&repository("a/old"));
    save(&store, &image("unnamed"), "1").unwrap();
    save(&store, &image("one"), "1").unwrap();
    for (name, seed) in [("2", "two"), ("3", "three")] {
        save(&store, &image_of(shared(), seed), name).unwrap();
    }
    drop((store, layout));
    std::fs::write(scratch.path().join(".skillctl/tmp/4711-0123456789abcdef-0"), "half").unwrap();
    scratch
}

fn shared() -> Blob {
    Blob::new("a layer of two images".into())
}

fn pack(layout: &Layout) -> Result<(), Error> {
    let store = layout.repository(&repository("a/new"));
    let image = image_of(shared(), "new");
    push(&store, &image)?;
    block_on(store.tag(&image.manifest, &tag("1"), &Expect::Absent, &[tag("latest")]))
}

fn move_tag(layout: &Layout) -> Result<(), Error> {
    save(&layout.repository(&repository("a/old")), &image("moved"), "1")
}

fn batch(layout: &Layout) -> Result<(), Error> {
    let batch = layout.batch();
    for number in 0..3 {
        let store = batch.repository(&repository(&format!("a/{number}")));
        save(&store, &image(&format!("batch {number}")), "1")?;
    }
    batch.commit()?.into_iter().collect()
}

fn untag(layout: &Layout) -> Result<(), Error> {
    block_on(layout.repository(&repository("a/old")).untag(&tag("2"))).map(drop)
}

fn remove(layout: &Layout) -> Result<(), Error> {
    layout.remove(&["a/old:2".parse().unwrap()]).map(drop)
}

fn prune(layout: &Layout) -> Result<(), Error> {
    layout.prune(Prune::Free).map(drop)
}

fn keep_and_remove(layout: &Layout) -> Result<(), Error> {
    let store = layout.repository(&repository("a/kept"));
    let Image { manifest, .. } = {
        let image = image("kept");
        push(&store, &image)?;
        image
    };
    block_on(store.keep(&manifest))?;
    let kept = format!("a/kept@{}", manifest.digest());
    layout.remove(&[kept.parse().unwrap(), "a/old:1".parse().unwrap()]).map(drop)
}

impl Verb {
    /// Checks the names of a store in which this verb ran, wholly or not: nothing is lost but
    /// what it takes, nothing comes but what it adds, all of it or nothing.
    pub(super) fn check(&self, names: &[String], at: &str) {
        let has = |name: &&str| names.iter().any(|held| held == name);
        let kept = BEFORE.iter().filter(|name| !self.takes.contains(name));
        for name in kept {
            assert!(has(name), "{} {at}: `{name}` is lost", self.name);
        }
        let added = self.adds.iter().filter(|name| !BEFORE.contains(name));
        let count = added.clone().filter(|name| has(name)).count();
        assert!(count == 0 || count == added.count(), "{} {at}: half of it is visible: {names:?}", self.name);
    }

    /// Checks the names of a store in which this verb succeeded.
    pub(super) fn check_done(&self, names: &[String], at: &str) {
        self.check(names, at);
        for name in self.adds {
            assert!(names.iter().any(|held| held == name), "{} {at}: `{name}` did not come", self.name);
        }
        for name in self.takes {
            assert!(names.iter().all(|held| held != name), "{} {at}: `{name}` did not go", self.name);
        }
    }
}
