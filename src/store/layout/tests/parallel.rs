//! Many users of one directory at once: writers, readers, removers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use futures::executor::block_on;

use super::super::{Layout, Prune};
use crate::image::Blob;
use crate::store::sample::{Scratch, by_tag, image, image_of, push, repository, save, tag, verified_names};
use crate::store::{Error, Expect, Store};

const WRITERS: usize = 20;
const TAGS: usize = 20;

/// Writes tags of its own as a process of its own would, one layout for each.
fn write(scratch: &Scratch, writer: usize) {
    for number in 0..TAGS {
        let store = scratch.real_layout().repository(&repository(&format!("w/{writer}")));
        // Neighbours share layers, so that one's push counts on what another's rm would free.
        let layer = Blob::new(format!("layer {number}").into());
        save(&store, &image_of(layer, &format!("{writer} {number}")), &number.to_string()).unwrap();
    }
}

fn read(layout: &Layout, done: &AtomicBool) {
    while !done.load(Ordering::Relaxed) {
        let entries = layout.entries().unwrap();
        for entry in entries.iter().rev().take(3) {
            let (path, name) = entry.name.as_ref().unwrap().split_once(':').unwrap();
            let manifest = block_on(layout.repository(&repository(path)).manifest(&by_tag(name))).unwrap();
            // Only what the remover works on may be gone again.
            assert!(manifest.is_some() || path == "gone", "{entry:?}");
        }
        thread::yield_now();
    }
}

fn come_and_go(scratch: &Scratch, done: &AtomicBool) {
    let layer = Blob::new("layer 7".into());
    while !done.load(Ordering::Relaxed) {
        save(&scratch.real_layout().repository(&repository("gone")), &image_of(layer.clone(), "gone"), "1").unwrap();
        scratch.real_layout().remove(&["gone:1".parse().unwrap()]).unwrap();
        scratch.real_layout().prune(Prune::Free).unwrap();
    }
}

#[test]
fn parallel_writers_lose_nothing_while_others_read_remove_and_prune() {
    let scratch = Scratch::new();
    let (done, others_done) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn({
                    let scratch = &scratch;
                    move || write(scratch, writer)
                })
            })
            .collect();
        scope.spawn(|| read(&scratch.real_layout(), &done));
        scope.spawn(|| read(&scratch.real_layout(), &done));
        scope.spawn(|| come_and_go(&scratch, &others_done));
        let results: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        others_done.store(true, Ordering::Relaxed);
        done.store(true, Ordering::Relaxed);
        assert!(results.into_iter().all(|result| result.is_ok()));
    });
    assert_eq!(verified_names(&scratch.layout()).len(), WRITERS * TAGS);
    assert_eq!(scratch.layout().prune(Prune::Free).unwrap().temporary, 0);
}

#[test]
fn threads_of_one_layout_share_blobs() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let layer = Blob::new(vec![9; 300_000].into());
    thread::scope(|scope| {
        for thread in 0..8 {
            let store = layout.repository(&repository(&format!("t/{thread}")));
            let layer = layer.clone();
            scope.spawn(move || {
                for number in 0..10 {
                    save(&store, &image_of(layer.clone(), &format!("{thread} {number}")), &number.to_string()).unwrap();
                }
            });
        }
    });
    assert_eq!(verified_names(&layout).len(), 80);
}

#[test]
fn of_many_that_expect_the_same_one_wins() {
    let scratch = Scratch::new();
    let before = image("before");
    save(&scratch.layout().bare(), &before, "1").unwrap();
    let attempt = |number: usize| {
        let store = scratch.real_layout().bare();
        let image = image(&format!("contender {number}"));
        push(&store, &image).unwrap();
        block_on(store.tag(&image.manifest, &tag("1"), &Expect::Is(before.manifest.digest().clone()), &[]))
    };
    let outcomes: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..10).map(|number| scope.spawn(move || attempt(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().flat_map(Result::as_ref).count() == 1);
    assert!(
        outcomes
            .iter()
            .filter_map(|outcome| outcome.as_ref().err())
            .all(|error| matches!(error, Error::Conflict { found: Some(_), .. }))
    );
}
