//! Processes that get a signal at some moment: the store opens, a directory is there as a whole or
//! not at all, and the next run cleans up.

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{assert_whole, images, leftovers, names_in};
use crate::support::registry::{BodyFault, Options, Registry};
use crate::support::sandbox::{CREATED, Sandbox, tree};

const SIGNALS: [Signal; 2] = [Signal::KILL, Signal::INT];

/// A store with one image, and a skill of some megabytes that nothing can compress.
fn prepared() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.pack(&["hello"]);
    sandbox.skill("large", "1.0.0");
    for number in 0..4_u64 {
        sandbox.write(&format!("large/data-{number}"), noise(1 << 20, number));
    }
    sandbox
}

fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Sends a signal, unless the process has ended by itself; whether it had.
fn interrupt(mut child: Child, signal: Signal) -> bool {
    if let Some(status) = child.try_wait().unwrap() {
        assert!(status.success(), "{status}");
        return true;
    }
    kill_process(Pid::from_child(&child), signal).unwrap();
    // Who is done while the signal is on its way has succeeded.
    child.wait().unwrap().success()
}

/// Waits until `is_so`, for at most ten seconds.
fn wait_until(is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(10), "waited in vain");
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_pack_that_is_killed_leaves_an_open_store() {
    for signal in SIGNALS {
        let sandbox = prepared();
        let mut kills = 0;
        // Later and later, until a run comes to its end before the signal.
        for delay in (0..).map(|step| Duration::from_millis(step * 25)) {
            let child = start(sandbox.command(&["pack", "large", "--created", CREATED]));
            sleep(delay);
            let is_done = interrupt(child, signal);
            let images = images(&sandbox);
            assert!(images.contains(&"examples/hello:1.0.0-draft".to_owned()), "{images:?}");
            if is_done {
                break;
            }
            kills += 1;
        }
        assert!(kills > 2, "{kills} kills");
        sandbox.pack(&["large"]);
        assert_whole(&sandbox, "examples/hello:1.0.0-draft", "hello");
        assert_whole(&sandbox, "examples/large:1.0.0-draft", "large");
        assert_eq!(leftovers(&sandbox), [""; 0]);
    }
}

#[test]
fn the_next_writer_removes_what_a_killed_one_left() {
    let sandbox = prepared();
    let child = start(sandbox.command(&["pack", "large"]));
    wait_until(|| !leftovers(&sandbox).is_empty());
    interrupt(child, Signal::KILL);
    sandbox.ok(&["tag", "examples/hello:1.0.0-draft", "examples/hello:again"]);
    assert_eq!(leftovers(&sandbox), [""; 0]);
}

#[test]
fn a_pull_that_is_killed_leaves_no_half_directory() {
    let author = prepared();
    let registry = Registry::start(Options::default());
    let image = format!("{}/org/large:1.0.0-draft", registry.host());
    author.pack(&["large"]);
    author.ok(&["push", "examples/large:1.0.0-draft", &image]);
    for signal in SIGNALS {
        let user = Sandbox::new();
        registry.break_with(|faults| faults.delay = Some(Duration::from_millis(40)));
        let mut kills = 0;
        for delay in (0..).map(|step| Duration::from_millis(step * 20)) {
            let child = start(user.command(&["pull", &image, "-o", "out"]));
            sleep(delay);
            let is_done = interrupt(child, signal);
            let is_there = user.path("out/large").exists();
            assert!(is_there || !is_done);
            images(&user);
            if is_there {
                break;
            }
            kills += 1;
        }
        assert!(kills > 2, "{kills} kills");
        assert_eq!(tree(&user.path("out/large")), tree(&author.path("large")));
        registry.mend();
        user.ok(&["pull", &image, "-o", "out", "--force"]);
        assert_eq!(names_in(&user.path("out")), ["large"]);
        user.ok(&["prune"]);
        assert_eq!(leftovers(&user), [""; 0]);
        assert_eq!(images(&user), std::slice::from_ref(&image));
    }
}

#[test]
fn a_pull_that_is_killed_in_the_middle_of_a_layer_starts_anew() {
    let author = prepared();
    let registry = Registry::start(Options::default());
    let image = format!("{}/org/large:1.0.0-draft", registry.host());
    author.pack(&["large"]);
    author.ok(&["push", "examples/large:1.0.0-draft", &image]);
    let user = Sandbox::new();
    user.skill("hello", "1.0.0");
    user.pack(&["hello"]);
    registry.clear_log();
    registry.break_with(|faults| faults.body = Some(BodyFault::Stalled));
    let child = start(user.command(&["pull", &image, "-o", "out"]));
    wait_until(|| !registry.requests().is_empty());
    sleep(Duration::from_millis(100));
    assert!(!interrupt(child, Signal::INT));
    assert_eq!(images(&user), ["examples/hello:1.0.0-draft"]);
    assert!(!user.path("out").exists());
    registry.mend();
    user.ok(&["pull", &image, "-o", "out"]);
    assert_eq!(tree(&user.path("out/large")), tree(&author.path("large")));
    assert_eq!(leftovers(&user), [""; 0]);
}
