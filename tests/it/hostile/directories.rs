//! Skill directories that mean harm.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::sandbox::Sandbox;

/// Runs to its end, which must come soon; gives the exit code.
fn code_in_time(mut command: Command) -> Option<i32> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("it does not end");
}

#[test]
fn a_fifo_holds_nothing_up() {
    for name in ["SKILL.md", "skill.yaml", ".skillignore"] {
        let sandbox = Sandbox::new();
        let skill = sandbox.skill("hello", "1.0.0");
        let _ = std::fs::remove_file(skill.join(name));
        assert!(Command::new("mkfifo").arg(skill.join(name)).status().unwrap().success());
        assert_eq!(code_in_time(sandbox.command(&["pack", "hello"])), Some(1), "{name}");
        if name != ".skillignore" {
            assert_eq!(code_in_time(sandbox.command(&["validate", "hello"])), Some(1), "{name}");
        }
    }
}
