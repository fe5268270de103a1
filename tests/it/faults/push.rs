//! `push` changes nothing on disk: what may fail is reading, and the registry shows the whole image
//! or none.

use std::sync::Arc;

use skillctl::error::{Classify, Kind};
use skillctl::ops::{Error, push};

use super::MANY;
use super::scene::{Scene, Stage, by_tag, fast, tag};
use crate::support::fs::Fs;
use crate::support::fs::faulty::{Fault, FaultyFs};

/// Pushes version 3.0.0, which the registry does not have.
fn run(scene: &Scene, fs: &Arc<dyn Fs>, name: &str) -> Result<(), Error> {
    let local = scene.store(fs, "examples/hello");
    let image = push::Image { store: &local, target: &by_tag("3.0.0-testing") };
    scene.wait(push::push(&image, &scene.remote(), &tag(name), None)).map(drop)
}

#[test]
fn a_push_that_cannot_read_shows_nothing() {
    let stage = Stage::new();
    let scene = stage.scene();
    let before = scene.state("nowhere");
    for fault in [Fault::FailOnce, Fault::Stop] {
        let failed = |at: &usize| {
            let name = format!("{fault:?}-{at}");
            let fs = Arc::new(FaultyFs::with_reads(*at, fault));
            let outcome = run(&scene, &(fs.clone() as Arc<dyn Fs>), &name);
            let is_shown = scene.registry.tag("org/hello", &name).is_some();
            match &outcome {
                Ok(()) => assert!(is_shown, "{name}"),
                Err(error) => assert!(error.kind() == Kind::Io && !is_shown, "{name}: {error:?}"),
            }
            run(&scene, &fast(), &name).unwrap();
            assert!(scene.registry.tag("org/hello", &name).is_some(), "{name}");
            fs.was_reached()
        };
        let calls = (0..MANY).take_while(failed).count();
        assert!(calls > 3 && calls < MANY, "{calls} calls");
    }
    assert_eq!(scene.state("nowhere"), before);
}
