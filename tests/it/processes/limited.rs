//! Files that cannot grow any further, as on a full disk: a clear error, exit code 1, nothing half
//! visible, and success as soon as there is room.

use super::{assert_whole, images, leftovers, names_in};
use crate::support::sandbox::{Sandbox, tree};

/// A skill of some kilobytes that do not compress to nothing.
fn prepared() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.pack(&["hello"]);
    sandbox.skill("other", "1.0.0");
    let text: String = (0..6000_u32).map(|number| format!("{}\n", number.wrapping_mul(2_654_435_761))).collect();
    sandbox.write("other/references/numbers.md", text);
    sandbox
}

/// Runs with more and more room until that suffices; `check` looks at what each failure left.
fn with_more_and_more_room(sandbox: &Sandbox, args: &[&str], check: impl Fn()) {
    let mut failures = 0;
    for blocks in (0..12).map(|step| (1 << step) - 1) {
        let run = sandbox.run_limited(blocks, args);
        if run.code == 0 {
            break;
        }
        assert_eq!(run.code, 1, "{blocks} blocks: {run:?}");
        assert!(run.stderr.starts_with("error: cannot ") && run.stderr.contains("File too large"), "{run:?}");
        assert_eq!(run.stdout.trim_matches(['[', ']', '\n']), "", "{run:?}");
        assert!(images(sandbox).contains(&"examples/hello:1.0.0-draft".to_owned()));
        check();
        failures += 1;
    }
    assert!(failures > 3, "{failures} failures");
}

#[test]
fn a_pack_without_room_changes_nothing() {
    let sandbox = prepared();
    with_more_and_more_room(&sandbox, &["pack", "other"], || {
        assert_eq!(images(&sandbox), ["examples/hello:1.0.0-draft"]);
        assert_eq!(leftovers(&sandbox), [""; 0]);
    });
    assert_whole(&sandbox, "examples/other:1.0.0-draft", "other");
    assert_whole(&sandbox, "examples/hello:1.0.0-draft", "hello");
}

#[test]
fn a_pull_without_room_leaves_the_old_directory() {
    let sandbox = prepared();
    sandbox.pack(&["other"]);
    sandbox.write("out/other/mine.md", "precious");
    let before = tree(&sandbox.path("out"));
    with_more_and_more_room(&sandbox, &["pull", "examples/other:1.0.0-draft", "-o", "out", "--force"], || {
        assert_eq!(tree(&sandbox.path("out")), before);
    });
    assert_eq!(tree(&sandbox.path("out/other")), tree(&sandbox.path("other")));
    assert_eq!(names_in(&sandbox.path("out")), ["other"]);
}

#[test]
fn an_init_without_room_leaves_nothing() {
    let sandbox = prepared();
    let run = sandbox.run_limited(0, &["init", "fresh"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.starts_with("error: cannot write `fresh/SKILL.md`"), "{run:?}");
    assert_eq!(names_in(&sandbox.path("fresh")), [""; 0]);
    sandbox.ok(&["init", "fresh"]);
    sandbox.ok(&["validate", "fresh"]);
}
