//! Many processes at once on one store and one directory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, thread};

use super::{assert_whole, images, leftovers, names_in};
use crate::support::registry::{Options, Registry};
use crate::support::sandbox::{Sandbox, tree};

const PROCESSES: usize = 50;
const TAGS: usize = 20;

type Job<'a> = Box<dyn Fn() + Send + 'a>;

/// One look of a reader, who leaves the processor to the writers for a while.
fn look(reader: &Job<'_>) {
    reader();
    thread::sleep(Duration::from_millis(20));
}

/// Runs `writers` at once, and `readers` again and again until the last writer is done.
fn beside<'a>(writers: Vec<Job<'a>>, readers: Vec<Job<'a>>) {
    let done = &AtomicBool::new(false);
    let looks: Vec<usize> = thread::scope(|scope| {
        let writers: Vec<_> = writers.into_iter().map(|writer| scope.spawn(writer)).collect();
        let start = |reader: Job<'a>| {
            scope.spawn(move || (0..).take_while(|_| !done.load(Ordering::Relaxed)).inspect(|_| look(&reader)).count())
        };
        let readers: Vec<_> = readers.into_iter().map(start).collect();
        let outcomes: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        let looks = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
        for outcome in outcomes {
            outcome.unwrap();
        }
        looks
    });
    assert!(looks.iter().all(|count| *count > 1), "{looks:?}");
}

#[test]
fn fifty_processes_keep_a_thousand_tags_with_readers_beside_them() {
    let sandbox = &Sandbox::in_memory();
    sandbox.skill("hello", "1.0.0");
    sandbox.pack(&["hello"]);
    let first = "examples/hello:1.0.0-draft";
    let tag = |process: usize| -> Job<'_> {
        Box::new(move || {
            for number in 0..TAGS {
                sandbox.ok(&["tag", first, &format!("tagged/by-{process}:t{number}")]);
            }
        })
    };
    let read = || -> Job<'_> { Box::new(|| assert_eq!(images(sandbox)[0], first)) };
    beside((0..PROCESSES).map(tag).collect(), vec![read(), read()]);
    assert_eq!(images(sandbox).len(), 1 + PROCESSES * TAGS);
    assert_whole(sandbox, "tagged/by-49:t19", "hello");
    sandbox.ok(&["prune"]);
    assert_eq!(leftovers(sandbox), [""; 0]);
    assert_eq!(images(sandbox).len(), 1 + PROCESSES * TAGS);
}

#[test]
fn pack_and_prune_at_once_lose_nothing() {
    const SKILLS: usize = 4;
    let sandbox = &Sandbox::new();
    let pack = |skill: usize| -> Job<'_> {
        Box::new(move || {
            let name = format!("skill-{skill}");
            sandbox.skill(&name, "1.0.0");
            for round in 0..8 {
                sandbox.write(&format!("{name}/notes.md"), format!("{round}"));
                let digest = sandbox.pack(&[&name]);
                let image = format!("examples/{name}:1.0.0-draft");
                assert_eq!(sandbox.ok(&["inspect", &image, "--format", "json"]).json()["digest"], digest.as_str());
            }
        })
    };
    let prune = || -> Job<'_> { Box::new(|| drop(sandbox.ok(&["prune"]))) };
    let list = || -> Job<'_> { Box::new(|| drop(sandbox.ok(&["list"]))) };
    beside((0..SKILLS).map(pack).collect(), vec![prune(), prune(), list()]);
    for skill in 0..SKILLS {
        assert_whole(sandbox, &format!("examples/skill-{skill}:1.0.0-draft"), &format!("skill-{skill}"));
    }
    sandbox.ok(&["prune"]);
    // A config, a layer and a manifest for each skill.
    assert_eq!(names_in(&sandbox.store().join("blobs/sha256")).len(), 3 * SKILLS);
}

#[test]
fn of_two_pulls_over_the_same_directory_one_remains_whole() {
    let registry = Registry::start(Options::default());
    let sandbox = &Sandbox::new();
    let mut trees = Vec::new();
    for version in ["1.0.0", "2.0.0"] {
        let dir = sandbox.skill("hello", version);
        sandbox.write(&format!("hello/only-in-{version}.md"), version);
        sandbox.pack(&["hello"]);
        sandbox.ok(&["push", &format!("{}/org/hello:{version}-draft", registry.host())]);
        trees.push(tree(&dir));
        fs::remove_dir_all(dir).unwrap();
    }
    let pull = |version: &'static str| -> Job<'_> {
        let image = format!("{}/org/hello:{version}-draft", registry.host());
        Box::new(move || {
            for _ in 0..10 {
                sandbox.ok(&["pull", &image, "-o", "out", "--force"]);
            }
        })
    };
    beside(vec![pull("1.0.0"), pull("2.0.0"), pull("1.0.0")], Vec::new());
    assert!(trees.contains(&tree(&sandbox.path("out/hello"))));
    assert_eq!(names_in(&sandbox.path("out")), ["hello"]);
}

#[test]
fn of_two_first_pulls_one_is_refused() {
    let sandbox = &Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.pack(&["hello"]);
    for round in 0..5 {
        let out = format!("out-{round}");
        let pull = || sandbox.run(&["pull", "examples/hello:1.0.0-draft", "-o", &out]).code;
        let mut codes = thread::scope(|scope| [scope.spawn(pull), scope.spawn(pull)].map(|run| run.join().unwrap()));
        codes.sort_unstable();
        assert_eq!(codes, [0, 1]);
        assert_eq!(tree(&sandbox.path(&out).join("hello")), tree(&sandbox.path("hello")));
        assert_eq!(names_in(&sandbox.path(&out)), ["hello"]);
    }
}
