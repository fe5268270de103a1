//! Reading directories: what is left out, what is followed, what is refused.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;

use super::{Error, Listing, read};
use crate::error::{Classify, Kind};
use crate::fs::RealFs;
use crate::skill::Limits;

fn skill(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    dir
}

fn read_with(dir: &Path, limits: &Limits) -> Result<Listing, Error> {
    read(Arc::new(RealFs), dir, limits)
}

fn listing(dir: &Path) -> Listing {
    read_with(dir, &Limits::default()).unwrap()
}

fn refusal(dir: &Path) -> String {
    let error = read_with(dir, &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid, "{error}");
    error.to_string()
}

fn paths(listing: &Listing) -> Vec<&str> {
    listing.tree.files().iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn files_come_with_size_content_and_executable_bit() {
    let dir = skill(&[("SKILL.md", "hello"), ("scripts/run.sh", "#!/bin/sh")]);
    for (name, mode) in [("SKILL.md", 0o4655), ("scripts/run.sh", 0o700)] {
        fs::set_permissions(dir.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let listing = listing(dir.path());
    let found: Vec<_> = listing
        .tree
        .files()
        .iter()
        .map(|file| (file.path.as_str(), file.size, file.executable, file.read(100).unwrap()))
        .collect();
    assert_eq!(found, [("SKILL.md", 5, false, "hello".into()), ("scripts/run.sh", 9, true, "#!/bin/sh".into())]);
    assert!(listing.left_out.is_empty());
}

#[test]
fn hidden_and_ignored_entries_are_left_out_by_name() {
    let ignore = "# comment\n*.log\n!keep.log\n/build/\r\nassets/*.tmp\n";
    let dir = skill(&[
        (".skillignore", ignore),
        (".gitignore", "SKILL.md"),
        (".git/config", ""),
        ("SKILL.md", ""),
        ("a.log", ""),
        ("keep.log", ""),
        ("build/x", ""),
        ("sub/build/x", ""),
        ("sub/.hidden", ""),
        ("assets/x.tmp", ""),
        ("x.tmp", ""),
    ]);
    let listing = listing(dir.path());
    assert_eq!(paths(&listing), ["SKILL.md", "keep.log", "sub/build/x", "x.tmp"]);
    assert_eq!(
        listing.left_out,
        [".git/", ".gitignore", ".skillignore", "a.log", "assets/x.tmp", "build/", "sub/.hidden"]
    );
}

#[test]
fn hidden_entries_stay_hidden_whatever_skillignore_says() {
    let dir = skill(&[(".skillignore", "!.env\n"), (".env", "secret"), ("SKILL.md", "")]);
    assert_eq!(paths(&listing(dir.path())), ["SKILL.md"]);
}

#[test]
fn empty_directories_are_named() {
    let dir = skill(&[("SKILL.md", "")]);
    fs::create_dir_all(dir.path().join("empty/inner")).unwrap();
    assert_eq!(listing(dir.path()).left_out, ["empty/inner/"]);
}

#[test]
fn a_bad_skillignore_is_an_error_with_its_line() {
    let dir = skill(&[(".skillignore", "ok\n[z-a]\n")]);
    assert!(refusal(dir.path()).contains(".skillignore`, line 2"));
    let dir = skill(&[("x/y", "")]);
    symlink("x/y", dir.path().join(".skillignore")).unwrap();
    assert!(refusal(dir.path()).contains("not a regular file"));
    let dir = skill(&[(".skillignore", &"x\n".repeat(40_000))]);
    assert!(refusal(dir.path()).contains("longer than 64 KiB"));
}

#[test]
fn a_link_to_a_file_of_the_skill_is_that_file() {
    let dir = skill(&[("shared/text.md", "text"), ("a/x", "")]);
    symlink("../shared/text.md", dir.path().join("a/link.md")).unwrap();
    symlink("a/link.md", dir.path().join("again.md")).unwrap();
    symlink(dir.path().join("shared/text.md"), dir.path().join("absolute.md")).unwrap();
    let listing = listing(dir.path());
    for name in ["a/link.md", "again.md", "absolute.md"] {
        assert_eq!(listing.tree.get(name).unwrap().read(10).unwrap(), "text", "{name}");
    }
}

#[test]
fn other_links_are_refused_by_name() {
    let outside = skill(&[("secret", "")]);
    let outside = outside.path().join("secret");
    let cases = [
        (outside.to_str().unwrap(), "leaves the skill"),
        ("/etc/passwd", "leaves the skill"),
        ("../..", "leaves the skill"),
        ("missing", "leads nowhere"),
        ("link", "cannot follow"),
        ("directory", "link to a directory"),
        (".", "link to a directory"),
        (".env", "left out"),
        (".git/config", "left out"),
        ("ignored", "left out"),
        ("socket", "not a file"),
    ];
    for (target, rule) in cases {
        let dir = skill(&[
            (".skillignore", "ignored\nsocket"),
            ("ignored", ""),
            ("directory/x", ""),
            (".env", ""),
            (".git/config", ""),
        ]);
        let _socket = UnixListener::bind(dir.path().join("socket")).unwrap();
        symlink(target, dir.path().join("link")).unwrap();
        let message = read_with(dir.path(), &Limits::default()).unwrap_err().to_string();
        assert!(message.contains(rule) && message.contains("/link`"), "{target}: {message}");
    }
}

#[test]
fn sockets_and_fifos_are_refused_by_name() {
    let dir = skill(&[("SKILL.md", "")]);
    let _socket = UnixListener::bind(dir.path().join("agent.sock")).unwrap();
    assert!(refusal(dir.path()).contains("agent.sock` is a device, socket or FIFO"));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let dir = skill(&[("SKILL.md", "")]);
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    assert!(refusal(dir.path()).contains("is not UTF-8"));
}

#[test]
fn names_that_clash_elsewhere_are_refused() {
    let dir = skill(&[("README.md", ""), ("readme.md", "")]);
    assert!(refusal(dir.path()).contains("differ only in case"));
    let dir = skill(&[("a\\b", "")]);
    assert!(refusal(dir.path()).contains("backslash"));
}

#[test]
fn limits_hold_while_walking() {
    let limits = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        limits
    };
    let cases = [
        (limits(|l| l.files = 2), "one file more"),
        (limits(|l| l.file_bytes = 4), "`c/c/c` has 5 bytes"),
        (limits(|l| l.total_bytes = 6), "more than the 6 bytes"),
        (limits(|l| l.depth = 2), "deeper than 2"),
        (limits(|l| l.path_bytes = 4), "longer than 4"),
    ];
    let dir = skill(&[("a", "x"), ("b", "y"), ("c/c/c", "12345")]);
    for (limits, message) in cases {
        let error = read_with(dir.path(), &limits).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn what_is_not_a_directory_is_an_error() {
    let dir = skill(&[("file", "")]);
    assert!(refusal(&dir.path().join("file")).contains("not a directory"));
    let error = read_with(&dir.path().join("missing"), &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
}

#[test]
fn a_link_to_the_skill_itself_is_followed() {
    let dir = skill(&[("real/SKILL.md", "")]);
    symlink("real", dir.path().join("link")).unwrap();
    assert_eq!(paths(&listing(&dir.path().join("link"))), ["SKILL.md"]);
}

#[test]
fn a_file_that_changes_after_it_was_listed_is_noticed() {
    let dir = skill(&[("SKILL.md", "hello")]);
    let listing = listing(dir.path());
    let file = listing.tree.get("SKILL.md").unwrap();
    for content in ["hell", "hello!"] {
        fs::write(dir.path().join("SKILL.md"), content).unwrap();
        assert!(file.read(100).is_err());
    }
    fs::remove_file(dir.path().join("SKILL.md")).unwrap();
    assert_eq!(file.read(100).unwrap_err().kind(), std::io::ErrorKind::NotFound);
}

/// Who writes to the directory while it is packed must not get other files into the image.
#[test]
fn what_became_a_link_after_it_was_listed_is_not_followed() {
    let dir = skill(&[("SKILL.md", "hello"), ("refs/a.md", "hello"), ("secret/a.md", "token")]);
    fs::write(dir.path().join(".skillignore"), "secret").unwrap();
    let listing = listing(dir.path());
    fs::remove_file(dir.path().join("SKILL.md")).unwrap();
    symlink("secret/a.md", dir.path().join("SKILL.md")).unwrap();
    assert!(listing.tree.get("SKILL.md").unwrap().read(100).is_err());
    fs::remove_dir_all(dir.path().join("refs")).unwrap();
    symlink("secret", dir.path().join("refs")).unwrap();
    if cfg!(target_os = "linux") {
        assert!(listing.tree.get("refs/a.md").unwrap().read(100).is_err());
    }
}
