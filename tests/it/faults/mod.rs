//! Every verb with its k-th file operation failing, or being the last one, for every k; and with
//! the power cut after each of them. Whatever the moment: the store opens with all earlier tags,
//! each tag that was under change names the old or the new image, a skill directory has the old or
//! the new content, and the same verb again succeeds and leaves no rubbish.

mod crash;
mod push;
mod scene;
mod verbs;

use std::sync::Arc;
use std::time::Duration;

use crate::support::fs::Fs;
use crate::support::fs::faulty::{Fault, FaultyFs};
use scene::{Scene, Stage, State};
use skillctl::error::{Classify, Kind};
use skillctl::ops::Error;
use skillctl::store::layout::Prune;
use verbs::{Changes, Verb};

/// More calls than any verb makes.
const MANY: usize = 1000;

/// A verb, and what there is before and after it.
struct Case<'a> {
    verb: &'a Verb,
    before: State,
    after: State,
}

impl<'a> Case<'a> {
    fn new(verb: &'a Verb, stage: &Stage) -> Self {
        let scene = stage.scene();
        let before = scene.state(verb.target);
        (verb.run)(&scene, &scene::fast()).unwrap();
        Self { verb, before, after: scene.state(verb.target) }
    }

    /// Checks what a run that did not come to its end left behind.
    fn check(&self, found: &State, moment: &str) {
        let Self { verb, before, after } = self;
        let moment = format!("{}, {moment}: {found:#?}", verb.name);
        match verb.tags {
            Changes::AtOnce => assert!(found.tags == before.tags || found.tags == after.tags, "{moment}"),
            Changes::InSteps => self.check_steps(found, &moment),
        }
        match verb.files {
            Changes::AtOnce => assert!(found.files == before.files || found.files == after.files, "{moment}"),
            Changes::InSteps => {
                for (path, content) in &found.files {
                    let is_known = [before, after].iter().any(|state| state.files.get(path) == Some(content));
                    assert!(is_known, "half of `{path}`, {moment}");
                }
            }
        }
    }

    /// No tag is lost, and what takes the place of others is there before they go.
    fn check_steps(&self, found: &State, moment: &str) {
        let (before, after) = (&self.before.tags, &self.after.tags);
        for (tag, digest) in before.iter().filter(|(tag, _)| after.contains_key(*tag)) {
            let now = found.tags.get(tag);
            assert!(now == Some(digest) || now == after.get(tag), "`{tag}` is neither old nor new, {moment}");
        }
        for (tag, digest) in &found.tags {
            let is_going = before.contains_key(tag) && !after.contains_key(tag);
            let is_known = is_going || [before, after].iter().any(|state| state.get(tag) == Some(digest));
            assert!(is_known, "`{tag}` is something else, {moment}");
        }
        let is_gone = before.keys().any(|tag| !found.tags.contains_key(tag));
        let is_set = after.iter().all(|(tag, digest)| found.tags.get(tag) == Some(digest));
        assert!(!is_gone || is_set, "a tag went too early, {moment}");
    }

    /// The same verb again, on an open store, completes the work; then nothing is left to clean.
    fn repeat(&self, scene: &Scene, moment: &str) {
        let was_done = scene.state(self.verb.target) == self.after;
        let outcome = (self.verb.run)(scene, &scene::fast());
        let moment = format!("{}, {moment}", self.verb.name);
        // Who asks for what is done already may be told so.
        let is_told = |error: &Error| was_done && matches!(error.kind(), Kind::NotFound | Kind::Conflict);
        assert!(outcome.as_ref().is_ok_and(|()| true) || outcome.as_ref().is_err_and(is_told), "{moment}: {outcome:?}");
        assert_eq!(scene.state(self.verb.target), self.after, "{moment}");
        assert_eq!(self.rubbish_after_a_while(scene), [""; 0], "{moment}");
        let layout = scene.layout(&scene::fast());
        layout.prune(Prune::Free).unwrap();
        let rest = layout.prune(Prune::DryRun).unwrap();
        assert_eq!((rest.blobs, rest.temporary), (0, 0), "{moment}");
        assert_eq!(scene.state(self.verb.target), self.after, "{moment}");
    }

    /// What no repeat sweeps. A process that another test is just starting shares our locks until it
    /// runs, and who is not alone sweeps nothing.
    fn rubbish_after_a_while(&self, scene: &Scene) -> Vec<String> {
        for _ in 0..100 {
            if scene.rubbish().is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
            let _ = (self.verb.run)(scene, &scene::fast());
        }
        scene.rubbish()
    }

    /// Runs the verb with a fault at its `at`-th call; whether that call was reached.
    fn run_with(&self, stage: &Stage, at: usize, fault: Fault) -> bool {
        let moment = format!("{fault:?} at call {at}");
        let scene = stage.scene();
        let faulty = Arc::new(FaultyFs::new(at, fault));
        let fs: Arc<dyn Fs> = faulty.clone();
        let outcome = (self.verb.run)(&scene, &fs);
        drop(fs);
        let found = scene.state(self.verb.target);
        match outcome {
            Ok(()) => assert_eq!(found, self.after, "{}, {moment}", self.verb.name),
            Err(error) => {
                assert_eq!(error.kind(), Kind::Io, "{}, {moment}: {error:?}", self.verb.name);
                // Where names cannot be exchanged, the old content is beside its place for a moment.
                if fault != Fault::StopWithoutExchange || !found.files.is_empty() {
                    self.check(&found, &moment);
                }
            }
        }
        self.repeat(&scene, &moment);
        faulty.was_reached()
    }
}

/// Runs a verb with each fault at each of its calls.
fn survives_every_fault(verb: &Verb) {
    let stage = Stage::new();
    let case = Case::new(verb, &stage);
    for fault in verb.faults {
        let calls = (0..MANY).take_while(|at| case.run_with(&stage, *at, *fault)).count();
        assert!(calls > 3 && calls < MANY, "{} made {calls} calls", verb.name);
    }
}
