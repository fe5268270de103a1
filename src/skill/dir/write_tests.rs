//! Writing directories: whole or not at all, whatever fails and whoever else writes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::{Error, Existing, write};
use crate::error::{Classify, Kind};
use crate::fs::RealFs;
use crate::fs::faulty::{Fault, FaultyFs};
use crate::skill::{File, Tree};

fn tree(files: &[(&str, &str)]) -> Tree {
    let file = |(path, content): &(&str, &str)| {
        let file = File::of_bytes(path.parse().unwrap(), (*content).to_owned().into());
        File { executable: path.ends_with("run"), ..file }
    };
    Tree::new(files.iter().map(file).collect()).unwrap()
}

fn old() -> Tree {
    tree(&[("SKILL.md", "old"), ("gone/x", "old")])
}

fn new() -> Tree {
    tree(&[("SKILL.md", "new"), ("a/b/run", "new"), ("empty", "")])
}

/// Every path below `root` with its content, directories with none.
fn snapshot(root: &Path) -> BTreeMap<PathBuf, Option<String>> {
    let mut found = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(path) = left.pop() {
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        let content = kind.is_file().then(|| fs::read_to_string(&path).unwrap());
        if kind.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.insert(path.strip_prefix(root).unwrap().to_owned(), content);
    }
    found
}

fn written(tree: &Tree) -> BTreeMap<PathBuf, Option<String>> {
    let dir = tempfile::tempdir().unwrap();
    write(&RealFs, tree, &dir.path().join("target"), Existing::Refuse).unwrap();
    snapshot(&dir.path().join("target"))
}

fn names(dir: &Path) -> Vec<String> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_tree_is_written_with_its_modes() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("some/where/skill");
    write(&RealFs, &new(), &target, Existing::Refuse).unwrap();
    assert_eq!(fs::read_to_string(target.join("a/b/run")).unwrap(), "new");
    let mode = |path: &str| fs::metadata(target.join(path)).unwrap().permissions().mode() & 0o7777;
    let umask = 0o777 & !mode("a") & 0o777;
    assert_eq!(mode("a/b/run"), 0o755 & !umask);
    assert_eq!(mode("SKILL.md"), 0o644 & !umask);
    assert_eq!(mode(""), 0o777 & !umask);
    assert_eq!(names(target.parent().unwrap()), ["skill"]);
}

#[test]
fn an_existing_directory_is_kept_or_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("skill");
    write(&RealFs, &old(), &target, Existing::Refuse).unwrap();
    let error = write(&RealFs, &new(), &target, Existing::Refuse).unwrap_err();
    assert!(matches!(error, Error::Exists(_)), "{error}");
    assert_eq!(error.kind(), Kind::Conflict);
    assert_eq!(snapshot(&target), written(&old()));
    write(&RealFs, &new(), &target, Existing::Replace).unwrap();
    assert_eq!(snapshot(&target), written(&new()));
    assert_eq!(names(dir.path()), ["skill"]);
}

#[test]
fn a_target_that_is_not_a_directory_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("elsewhere")).unwrap();
    fs::write(dir.path().join("file"), "x").unwrap();
    symlink("elsewhere", dir.path().join("link")).unwrap();
    symlink("missing", dir.path().join("dangling")).unwrap();
    let before = snapshot(dir.path());
    for name in ["file", "link", "dangling", "elsewhere/.."] {
        for existing in [Existing::Refuse, Existing::Replace] {
            let error = write(&RealFs, &new(), &dir.path().join(name), existing).unwrap_err();
            assert_eq!(error.kind(), Kind::Invalid, "{name}: {error}");
        }
    }
    assert_eq!(snapshot(dir.path()), before);
}

#[test]
fn a_file_that_changes_while_it_is_copied_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    for claimed in [2, 4] {
        let file = File { size: claimed, ..File::of_bytes("x".parse().unwrap(), "123".into()) };
        let error = write(&RealFs, &Tree::new(vec![file]).unwrap(), &dir.path().join("skill"), Existing::Refuse);
        assert!(error.unwrap_err().to_string().contains("changed its size"));
        assert!(names(dir.path()).is_empty());
    }
}

/// Runs one write with a fault at the k-th call, for every k, from an empty place and over old
/// content, and hands the place and the outcome to `check`.
fn with_every_fault(check: impl Fn(&Path, Fault, bool, Result<(), Error>)) {
    for (fault, has_old) in Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]) {
        let mut at = 0;
        loop {
            let dir = tempfile::tempdir().unwrap();
            let target = dir.path().join("skill");
            if has_old {
                write(&RealFs, &old(), &target, Existing::Refuse).unwrap();
            }
            let fs = FaultyFs::new(at, fault);
            let result = write(&fs, &new(), &target, Existing::Replace);
            if !fs.was_reached() {
                result.unwrap();
                assert!(at > 8, "only {at} calls were made");
                break;
            }
            check(&target, fault, has_old, result);
            at += 1;
        }
    }
}

#[test]
fn a_failure_leaves_the_old_content_and_nothing_else() {
    with_every_fault(|target, fault, has_old, result| {
        if fault.is_kill() {
            return;
        }
        let place = target.parent().unwrap();
        if result.is_ok() {
            assert_eq!(snapshot(target), written(&new()));
            return;
        }
        if has_old {
            assert_eq!(snapshot(target), written(&old()));
        }
        let left: Vec<String> = names(place).into_iter().filter(|name| name != "skill").collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(target.exists(), has_old);
    });
}

#[test]
fn a_kill_leaves_old_or_new_content_and_the_next_write_sweeps() {
    with_every_fault(|target, fault, has_old, _| {
        if !fault.is_kill() {
            return;
        }
        let is_whole = |target: &Path| [written(&old()), written(&new())].contains(&snapshot(target));
        assert!(!target.exists() || is_whole(target));
        if has_old && fault == Fault::Stop {
            assert!(target.exists());
        }
        // A write sweeps even where it is refused, and puts back what had been moved aside.
        let result = write(&RealFs, &new(), target, Existing::Refuse);
        assert!(result.is_ok() || matches!(result, Err(Error::Exists(_))));
        assert!(is_whole(target) && (result.is_err() || !has_old));
        assert_eq!(names(target.parent().unwrap()), ["skill"]);
    });
}

#[test]
fn leftovers_of_other_targets_and_other_files_stay() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("skill");
    let others = [".skill.skillctl-x", ".skill.skillctl-", ".other.skillctl-0", "skill.skillctl-0"];
    for name in others {
        fs::create_dir(dir.path().join(name)).unwrap();
    }
    fs::create_dir_all(dir.path().join(".skill.skillctl-7/new/x")).unwrap();
    fs::write(dir.path().join(".skill.skillctl-8"), "").unwrap();
    write(&RealFs, &new(), &target, Existing::Refuse).unwrap();
    let mut left = names(dir.path());
    left.sort();
    let mut expected = [&others[..], &["skill", ".skill.skillctl-8"]].concat();
    expected.sort_unstable();
    assert_eq!(left, expected);
}

#[test]
fn many_writers_at_once_leave_one_whole_tree() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("skill");
    let trees: Vec<Tree> = (0..4).map(|i| tree(&[("same", &format!("{i}")), ("also/same", &format!("{i}"))])).collect();
    std::thread::scope(|scope| {
        for tree in &trees {
            scope.spawn(|| (0..5).for_each(|_| write(&RealFs, tree, &target, Existing::Replace).unwrap()));
        }
    });
    let found = snapshot(&target);
    assert!(trees.iter().any(|tree| written(tree) == found), "{found:?}");
    assert_eq!(names(dir.path()), ["skill"]);
}

#[test]
fn of_many_writers_one_is_not_refused() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("skill");
    let won = std::thread::scope(|scope| {
        let write = || write(&RealFs, &new(), &target, Existing::Refuse).is_ok();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(write)).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap().then_some(())).count()
    });
    assert_eq!(won, 1);
    assert_eq!(snapshot(&target), written(&new()));
}
