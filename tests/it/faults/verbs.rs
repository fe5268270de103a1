//! The verbs, and what each may change on its way.

use std::sync::Arc;

use futures::executor::block_on;
use skillctl::lifecycle::State;
use skillctl::ops::{Error, init, promote, prune, pull, rm, tag};
use skillctl::skill::dir::Existing;
use skillctl::store::layout::Prune;

use super::scene::{self, Scene, by_tag, pack_all, repository};
use super::survives_every_fault;
use crate::support::fs::Fs;
use crate::support::fs::faulty::Fault;

/// How the changes of a verb become visible.
#[derive(Debug, Clone, Copy)]
pub(super) enum Changes {
    /// All of them or none.
    AtOnce,
    /// One after the other, each whole.
    InSteps,
}

/// A verb as a process runs it.
pub(super) struct Verb {
    pub(super) name: &'static str,
    pub(super) run: fn(&Scene, &Arc<dyn Fs>) -> Result<(), Error>,
    /// The directory that it writes.
    pub(super) target: &'static str,
    pub(super) tags: Changes,
    pub(super) files: Changes,
    pub(super) faults: &'static [Fault],
}

const PLAIN: Verb = Verb {
    name: "",
    run: |_, _| Ok(()),
    target: "nowhere",
    tags: Changes::AtOnce,
    files: Changes::AtOnce,
    faults: &[Fault::FailOnce, Fault::Stop],
};

const INIT_NEW: Verb = Verb {
    name: "init in a new directory",
    run: |scene, fs| init::init(&**fs, &scene.path("some/fresh"), &init::Options::default()).map(drop),
    target: "some/fresh",
    files: Changes::InSteps,
    ..PLAIN
};

const INIT_OLD: Verb = Verb {
    name: "init beside a SKILL.md",
    run: |scene, fs| {
        let options = init::Options { namespace: Some("examples".parse()?), ..init::Options::default() };
        init::init(&**fs, &scene.path("plain"), &options).map(drop)
    },
    target: "plain",
    files: Changes::InSteps,
    ..PLAIN
};

pub(super) const PACK: Verb = Verb {
    name: "pack a changed draft",
    run: |scene, fs| pack_all(fs, &scene.layout(fs), &[scene.skill("hello")]),
    ..PLAIN
};

/// A skill that fails stops no other.
pub(super) const PACK_MANY: Verb = Verb {
    name: "pack several skills",
    tags: Changes::InSteps,
    run: |scene, fs| pack_all(fs, &scene.layout(fs), &["one", "two", "three"].map(|name| scene.skill(name))),
    ..PLAIN
};

const TAG: Verb = Verb {
    name: "tag",
    run: |scene, fs| {
        let layout = scene.layout(fs);
        let (from, to) = (layout.repository(&repository("examples/hello")), layout.repository(&repository("x/y")));
        block_on(tag::tag(&from, &by_tag("2.0.0"), &to, &scene::tag("new"))).map(drop)
    },
    ..PLAIN
};

const RM: Verb = Verb {
    name: "rm of two images",
    run: |scene, fs| {
        let names = ["examples/hello:3.0.0-testing".parse()?, "examples/only:1.0.0".parse()?];
        let layout = scene.layout(fs);
        rm::rm(&layout, &rm::find_all(&layout, &names)?).map(drop)
    },
    ..PLAIN
};

const PRUNE: Verb =
    Verb { name: "prune", run: |scene, fs| prune::prune(&scene.layout(fs), Prune::Free).map(drop), ..PLAIN };

const STEPS: Verb = Verb { tags: Changes::InSteps, ..PLAIN };

pub(super) const PROMOTE_TESTING: Verb = Verb {
    name: "promote to testing",
    run: |scene, fs| promote(scene, fs, "examples/hello:4.0.0-draft", State::Testing),
    ..STEPS
};

pub(super) const PROMOTE_PUBLISHED: Verb = Verb {
    name: "promote to published, which moves latest",
    run: |scene, fs| promote(scene, fs, "examples/hello:3.0.0-testing", State::Published),
    ..STEPS
};

const PROMOTE_DEPRECATED: Verb = Verb {
    name: "promote to deprecated, after which latest falls back",
    run: |scene, fs| promote(scene, fs, "examples/hello:2.0.0", State::Deprecated),
    ..STEPS
};

pub(super) const PROMOTE_LAST: Verb = Verb {
    name: "promote the only release to deprecated, after which latest goes",
    run: |scene, fs| promote(scene, fs, "examples/only:1.0.0", State::Deprecated),
    ..STEPS
};

const PROMOTE_ARCHIVED: Verb = Verb {
    name: "promote to archived",
    run: |scene, fs| promote(scene, fs, "examples/hello:0.9.0", State::Archived),
    ..STEPS
};

const PULL: Verb = Verb { name: "pull", run: |scene, fs| pull(scene, fs, None), ..PLAIN };

pub(super) const PULL_NEW: Verb = Verb {
    name: "pull into a new directory",
    run: |scene, fs| pull(scene, fs, Some(("new/place", Existing::Refuse))),
    target: "new/place/hello",
    ..PLAIN
};

pub(super) const PULL_OVER: Verb = Verb {
    name: "pull over other content",
    run: |scene, fs| pull(scene, fs, Some(("out", Existing::Replace))),
    target: "out/hello",
    faults: &Fault::ALL,
    ..PLAIN
};

const EXPORT: Verb = Verb {
    name: "pull from the local store",
    run: |scene, fs| {
        let output = pull::Output { fs, dir: &scene.path("out"), existing: Existing::Replace };
        block_on(pull::export(&scene.store(fs, "examples/hello"), &by_tag("latest"), Some(&output))).map(drop)
    },
    target: "out/hello",
    ..PLAIN
};

fn promote(scene: &Scene, fs: &Arc<dyn Fs>, image: &str, to: State) -> Result<(), Error> {
    let (repository, tag) = image.rsplit_once(':').unwrap();
    let store = scene.store(fs, repository);
    block_on(promote::promote(&store, &by_tag(tag), to, &promote::Options::default())).map(drop)
}

fn pull(scene: &Scene, fs: &Arc<dyn Fs>, output: Option<(&str, Existing)>) -> Result<(), Error> {
    let (remote, target) = (scene.remote(), by_tag("4.0.0-draft"));
    let transfer = pull::Transfer { from: &remote, target: &target, to: &scene.store(fs, "org/hello") };
    let output = output.map(|(dir, existing)| (scene.path(dir), existing));
    let output = output.as_ref().map(|(dir, existing)| pull::Output { fs, dir, existing: *existing });
    scene.wait(pull::pull(&transfer, output.as_ref(), None)).map(drop)
}

#[test]
fn init() {
    survives_every_fault(&INIT_NEW);
    survives_every_fault(&INIT_OLD);
}

#[test]
fn pack_of_one_skill() {
    survives_every_fault(&PACK);
}

#[test]
fn pack_of_several_skills() {
    survives_every_fault(&PACK_MANY);
}

#[test]
fn tag_of_an_image() {
    survives_every_fault(&TAG);
}

#[test]
fn rm_and_prune() {
    survives_every_fault(&RM);
    survives_every_fault(&PRUNE);
}

#[test]
fn promote_up_to_published() {
    survives_every_fault(&PROMOTE_TESTING);
    survives_every_fault(&PROMOTE_PUBLISHED);
}

#[test]
fn promote_down_to_archived() {
    survives_every_fault(&PROMOTE_DEPRECATED);
    survives_every_fault(&PROMOTE_LAST);
    survives_every_fault(&PROMOTE_ARCHIVED);
}

#[test]
fn pull_into_the_store() {
    survives_every_fault(&PULL);
}

#[test]
fn pull_into_a_new_directory() {
    survives_every_fault(&PULL_NEW);
}

#[test]
fn pull_over_other_content() {
    survives_every_fault(&PULL_OVER);
}

#[test]
fn pull_from_the_local_store() {
    survives_every_fault(&EXPORT);
}
