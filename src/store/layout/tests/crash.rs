//! Every verb with the power cut after each of its operations: whatever un-synced writes and
//! renames are lost, halved or survive out of order, the store opens with everything it had.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::Layout;
use super::verbs::{VERBS, Verb, prepared};
use crate::fs::RealFs;
use crate::fs::journal::{Disk, JournalFs, Left, Op, SEEDS};
use crate::store::sample::{Scratch, verified_names};

/// The names in the store that a crash left.
fn names_in(left: &Left) -> Vec<String> {
    let target = tempfile::tempdir().unwrap();
    left.write(target.path());
    let layout = Layout::new(Arc::new(RealFs), target.path().join("store"));
    verified_names(&layout)
}

fn recorded(verb: &Verb, scratch: &Scratch) -> Vec<Op> {
    let fs = Arc::new(JournalFs::default());
    let layout = Layout::new(fs.clone(), scratch.path());
    (verb.run)(&layout).unwrap();
    fs.ops()
}

#[test]
fn a_crash_after_any_operation_of_any_verb_loses_nothing() {
    for verb in &VERBS {
        let scratch = prepared();
        let mut disk = Disk::of(scratch.dir.path());
        let ops = recorded(verb, &scratch);
        assert!(!ops.is_empty(), "{} wrote nothing", verb.name);
        let mut seen = BTreeSet::new();
        for (position, op) in ops.iter().enumerate() {
            disk.apply(op);
            for (seed, left) in (0..SEEDS).map(|seed| (seed, disk.crash(seed))) {
                if !seen.contains(&left) {
                    verb.check(&names_in(&left), &format!("crashed after {position} {op:?}, seed {seed}"));
                    seen.insert(left);
                }
            }
        }
        for seed in 0..SEEDS {
            verb.check_done(&names_in(&disk.crash(seed)), &format!("crashed when done, seed {seed}"));
        }
    }
}

#[test]
fn a_new_store_is_durable_when_the_first_image_is() {
    let scratch = Scratch::new();
    let mut disk = Disk::of(scratch.dir.path());
    for op in recorded(&VERBS[0], &scratch) {
        disk.apply(&op);
        for seed in 0..SEEDS {
            let names = names_in(&disk.crash(seed));
            assert!(names.is_empty() || names.len() == 2, "{op:?}, seed {seed}: {names:?}");
        }
    }
    for seed in 0..SEEDS {
        assert_eq!(names_in(&disk.crash(seed)).len(), 2);
    }
}

#[test]
fn the_model_sees_a_missing_sync() {
    let scratch = prepared();
    let mut disk = Disk::of(scratch.dir.path());
    let ops = recorded(&VERBS[0], &scratch);
    ops.iter().filter(|op| !matches!(op, Op::Sync(_))).for_each(|op| disk.apply(op));
    let broken = |seed| std::panic::catch_unwind(|| names_in(&disk.crash(seed))).is_err();
    assert!((0..SEEDS).any(broken), "without syncs some crash must leave a broken store");
}

#[test]
fn a_small_image_costs_six_syncs() {
    let scratch = prepared();
    let image = |layout: &Layout| (VERBS[1].run)(layout);
    let fs = Arc::new(JournalFs::default());
    image(&Layout::new(fs.clone(), scratch.path())).unwrap();
    let syncs = |op: &Op| match op {
        Op::Sync(files) => files.len(),
        Op::SyncDir(_) => 1,
        _ => 0,
    };
    // Three blobs, their directory, the index, and the layout's directory.
    assert_eq!(fs.ops().iter().map(syncs).sum::<usize>(), 6);
    let again = Arc::new(JournalFs::default());
    image(&Layout::new(again.clone(), scratch.path())).unwrap();
    assert_eq!(again.ops().len(), 0, "what is there already is not written again");
}
