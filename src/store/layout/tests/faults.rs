//! Every verb, failed or killed at its k-th file operation, for every k: afterwards the store
//! opens with everything it had, takes the same verb again, and keeps no rubbish.

use std::sync::Arc;

use super::super::{Layout, Prune};
use super::verbs::{VERBS, Verb, prepared};
use crate::fs::faulty::{Fault, FaultyFs};
use crate::store::Error;
use crate::store::sample::{Scratch, verified_names};

/// More calls than any verb makes.
const MANY: usize = 1000;

/// Runs the verb with a fault at its `at`-th call; whether that call was reached.
fn run_with_fault(verb: &Verb, at: usize, fault: Fault) -> bool {
    let case = format!("with {fault:?} at call {at}");
    let scratch = prepared();
    let fs = Arc::new(FaultyFs::with_reads(at, fault));
    let layout = Layout::new(fs.clone(), scratch.path());
    let outcome = (verb.run)(&layout);
    drop(layout);
    let names = verified_names(&scratch.layout());
    match &outcome {
        Ok(()) => verb.check_done(&names, &case),
        Err(error) => {
            assert!(matches!(error, Error::Io { .. }), "{} {case}: {error:?}", verb.name);
            verb.check(&names, &case);
        }
    }
    repeat(verb, &scratch, &case);
    fs.was_reached()
}

/// What failed is done again, and then a prune leaves exactly what is named.
fn repeat(verb: &Verb, scratch: &Scratch, case: &str) {
    let outcome = (verb.run)(&scratch.layout());
    // What was to be removed may be gone already.
    assert!(matches!(outcome, Ok(()) | Err(Error::NoImage { .. })), "{} {case}: {outcome:?}", verb.name);
    let layout = scratch.layout();
    verb.check_done(&verified_names(&layout), case);
    layout.prune(Prune::Free).unwrap();
    let rest = layout.prune(Prune::DryRun).unwrap();
    assert_eq!((rest.blobs, rest.temporary), (0, 0), "{} {case}", verb.name);
    verb.check_done(&verified_names(&layout), case);
}

#[test]
fn a_failure_at_any_call_of_any_verb_loses_nothing() {
    for verb in &VERBS {
        for fault in [Fault::FailOnce, Fault::Stop] {
            let calls = (0..MANY).take_while(|at| run_with_fault(verb, *at, fault)).count();
            assert!(calls > 5 && calls < MANY, "{} made {calls} calls", verb.name);
        }
    }
}

#[test]
fn a_failed_push_leaves_no_file_and_names_one() {
    for at in 0..60 {
        let scratch = prepared();
        let fs = Arc::new(FaultyFs::new(at, Fault::FailOnce));
        let layout = Layout::new(fs.clone(), scratch.path());
        if let Err(error) = (VERBS[0].run)(&layout) {
            let path = scratch.path().display().to_string();
            assert!(error.to_string().contains(&path), "{error}");
        }
        drop(layout);
        let left = scratch.layout().prune(Prune::DryRun).unwrap().temporary;
        // Before the first call of the verb succeeds, the file of the killed process is there.
        assert!(left == 0 || at < 4, "call {at} left {left} files");
    }
}

#[test]
fn a_new_store_survives_a_failure_at_any_call() {
    for fault in [Fault::FailOnce, Fault::Stop] {
        for at in 0.. {
            let scratch = Scratch::new();
            let fs = Arc::new(FaultyFs::with_reads(at, fault));
            let outcome = (VERBS[0].run)(&Layout::new(fs.clone(), scratch.path()));
            let names = verified_names(&scratch.layout());
            assert!(names.len() == 2 || outcome.is_err() && names.is_empty(), "call {at}: {names:?} {outcome:?}");
            (VERBS[0].run)(&scratch.layout()).unwrap();
            assert_eq!(verified_names(&scratch.layout()).len(), 2);
            if !fs.was_reached() {
                break;
            }
        }
    }
}
