//! The power cut after each operation of a verb, with what was not synced lost, halved or there
//! out of order.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Case;
use super::scene::{self, Scene, Stage, State, state};
use super::verbs::{self, Changes, Verb};
use crate::support::fs::Fs;
use crate::support::fs::journal::{Disk, JournalFs, Left, Op, SEEDS};

fn recorded(verb: &Verb, scene: &Scene) -> Vec<Op> {
    let journal = Arc::new(JournalFs::default());
    let fs: Arc<dyn Fs> = journal.clone();
    (verb.run)(scene, &fs).unwrap();
    drop(fs);
    let ops = journal.ops();
    assert!(!ops.is_empty(), "{} wrote nothing", verb.name);
    ops
}

/// What a store and a directory are after a crash.
fn after(left: &Left, target: &str) -> State {
    let dir = tempfile::tempdir().unwrap();
    left.write(dir.path());
    without_modes(state(dir.path(), target))
}

/// The model does not know permissions.
fn without_modes(mut state: State) -> State {
    state.files.values_mut().for_each(|(_, runs)| *runs = false);
    state
}

fn survives_power_cuts(verb: &Verb) {
    let stage = Stage::new();
    let case = Case::new(verb, &stage);
    let case = Case { before: without_modes(case.before), after: without_modes(case.after), ..case };
    let scene = stage.scene();
    let mut disk = Disk::of(scene.disk());
    let mut seen = BTreeSet::new();
    for (position, op) in recorded(verb, &scene).iter().enumerate() {
        disk.apply(op);
        for left in (0..SEEDS).map(|seed| disk.crash(seed)) {
            if !seen.contains(&left) {
                case.check(&after(&left, verb.target), &format!("crash after operation {position}, {op:?}"));
                seen.insert(left);
            }
        }
    }
    for seed in 0..SEEDS {
        assert_eq!(after(&disk.crash(seed), verb.target), case.after, "{}, done, seed {seed}", verb.name);
    }
}

#[test]
fn pack() {
    survives_power_cuts(&verbs::PACK);
    // Nothing fails before the power does, so they come together.
    survives_power_cuts(&Verb { tags: Changes::AtOnce, ..verbs::PACK_MANY });
}

#[test]
fn promote() {
    survives_power_cuts(&verbs::PROMOTE_TESTING);
    survives_power_cuts(&verbs::PROMOTE_PUBLISHED);
    survives_power_cuts(&verbs::PROMOTE_LAST);
}

#[test]
fn pull_into_a_new_directory() {
    survives_power_cuts(&verbs::PULL_NEW);
}

#[test]
fn pull_over_other_content() {
    survives_power_cuts(&verbs::PULL_OVER);
}

#[test]
fn the_model_sees_a_missing_sync_of_a_directory() {
    let scene = Stage::new().scene();
    let mut disk = Disk::of(scene.disk());
    let ops = recorded(&verbs::PULL_OVER, &scene);
    ops.iter().filter(|op| !matches!(op, Op::Sync(_))).for_each(|op| disk.apply(op));
    let whole = scene.state("out/hello").files;
    let left = |seed| {
        let dir = tempfile::tempdir().unwrap();
        disk.crash(seed).write(dir.path());
        scene::files(&dir.path().join("out/hello"))
    };
    assert!((0..SEEDS).any(|seed| left(seed).len() < whole.len()), "some crash must leave half a directory");
}
