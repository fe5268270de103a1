//! Reading archives: what both modes read, and what only the tolerant one does.

use super::Mode;
use super::testing::{BOTH, Tar, files, gzip, pairs, read_bytes, refusal, tar};
use crate::digest::Digest;

#[test]
fn ordinary_archives_are_read_in_both_modes() {
    let long = format!("{}/x", "a".repeat(120));
    let tar = tar()
        .pax(b'g', &[("comment", "0123456789abcdef"), ("mtime", "0")])
        .entry("dir/", b'5', b"")
        .file("dir/b", b"hello")
        .pax(b'x', &[("path", &long), ("mtime", "1.5"), ("size", "1")])
        .file("aaa", b"x")
        .pax(b'x', &[("hdrcharset", "ISO-IR 10646 2000 UTF-8"), ("path", "grüße")])
        .file("gr", b"")
        .end();
    let expected = pairs(&[(&long, "x"), ("dir/b", "hello"), ("grüße", "")]);
    for mode in BOTH {
        assert_eq!(files(&tar, mode), expected);
        assert_eq!(files(&gzip(&tar), mode), expected);
        assert_eq!(read_bytes(&gzip(&tar), mode).unwrap().diff_id, Digest::of(&tar));
    }
}

#[test]
fn what_peers_write_differently_is_read_in_both_modes() {
    let tars = [
        ("leading ./", tar().entry("./", b'5', b"").entry("./a/", b'5', b"").file("./a/b", b"x")),
        ("the root as .", tar().patched(".", b'5', b"", 100, b"0000755").file("a/b", b"x")),
        ("missing directory entries", tar().file("a/b", b"x")),
        ("directory without /", tar().entry("a", b'5', b"").file("a/b", b"x")),
        ("directory after its files", tar().file("a/b", b"x").entry("a/", b'5', b"")),
        ("no magic", tar().patched("a/b", b'0', b"x", 257, &[0; 8])),
        ("GNU magic", tar().patched("a/b", b'0', b"x", 257, b"ustar  \0")),
        ("old file type", tar().entry("a/b", 0, b"x")),
        ("ustar prefix", tar().patched("b", b'0', b"x", 345, b"a")),
        ("./ in the ustar prefix", tar().patched("b", b'0', b"x", 345, b"./a")),
    ];
    for (what, tar) in tars {
        for mode in BOTH {
            assert_eq!(files(&tar.clone().end(), mode), pairs(&[("a/b", "x")]), "{what}");
            assert_eq!(files(&tar.clone().zero().zero().zero().end(), mode), pairs(&[("a/b", "x")]), "{what}");
        }
    }
}

#[test]
fn mode_bits_other_than_the_owners_x_are_dropped() {
    for (mode, executable) in [("0006755\0", true), ("0000100\0", true), ("0007677\0", false)] {
        let tar = tar().patched("a", b'0', b"", 100, mode.as_bytes()).end();
        assert_eq!(read_bytes(&tar, Mode::Strict).unwrap().tree.files()[0].executable, executable, "{mode}");
    }
}

#[test]
fn an_archive_inside_a_file_is_content() {
    let inner = tar().file("inner", b"x").end();
    let tar = tar().file("archive.tar", &inner).end();
    let tree = read_bytes(&tar, Mode::Strict).unwrap().tree;
    assert_eq!(tree.files().len(), 1);
    assert_eq!(tree.files()[0].read(10_000).unwrap(), inner);
}

#[test]
fn a_pax_record_across_two_blocks_is_for_tolerant_readers() {
    let tar = tar().pax(b'x', &[("comment", &"x".repeat(490)), ("path", "hidden")]).file("a", b"x").end();
    assert!(refusal(&tar, Mode::Strict).contains("across two blocks"));
    assert_eq!(files(&tar, Mode::Tolerant), pairs(&[("hidden", "x")]));
    let long = "p".repeat(512);
    let first = Tar::default().pax(b'x', &[("path", &long)]).file("a", b"x").end();
    assert_eq!(files(&first, Mode::Strict), pairs(&[(&long, "x")]));
}

#[test]
fn gnu_long_names_are_for_tolerant_readers() {
    let long = "n".repeat(150);
    let name = format!("{long}\0");
    let tar = tar().entry("././@LongLink", b'L', name.as_bytes()).file(&long[..100], b"x").end();
    assert!(refusal(&tar, Mode::Strict).contains("GNU long name"));
    assert_eq!(files(&tar, Mode::Tolerant), pairs(&[(&long, "x")]));
    let bad = |data: &[u8]| refusal(&Tar::default().entry("L", b'L', data).file("a", b"").end(), Mode::Tolerant);
    assert!(bad(b"x").contains("does not end"));
    assert!(bad(b"x\0y\0").contains("does not end"));
    assert!(bad(b"../x\0").contains("`..` segment"));
    let twice = Tar::default().entry("L", b'L', b"x\0").entry("L", b'L', b"y\0").file("a", b"").end();
    assert!(refusal(&twice, Mode::Tolerant).contains("second extended header"));
    let mixed = Tar::default().entry("L", b'L', b"x\0").pax(b'x', &[("path", "y")]).file("a", b"").end();
    assert!(refusal(&mixed, Mode::Tolerant).contains("second extended header"));
}

#[test]
fn links_inside_are_copies_for_tolerant_readers() {
    let archive = tar()
        .file("a/file", b"x")
        .link("a/sym", b'2', "file")
        .link("b/up", b'2', "../a/./file")
        .link("again", b'2', "b/up")
        .link("hard", b'1', "./a/file")
        .link("early", b'2', "late")
        .file("late", b"y")
        .end();
    let expected =
        [("a/file", "x"), ("a/sym", "x"), ("again", "x"), ("b/up", "x"), ("early", "y"), ("hard", "x"), ("late", "y")];
    assert_eq!(files(&archive, Mode::Tolerant), pairs(&expected));
    assert!(refusal(&archive, Mode::Strict).contains("archive entry `a/sym` is a link"));
}

#[test]
fn links_that_leave_dangle_or_loop_are_refused() {
    let cases = [
        (b'2', "/etc/passwd", "leaves the archive"),
        (b'2', "../x", "leaves the archive"),
        (b'2', "a/../../x", "leaves the archive"),
        (b'1', "/etc/passwd", "absolute"),
        (b'1', "../x", "`..` segment"),
        (b'2', "missing", "not in the archive"),
        (b'1', "missing", "not in the archive"),
        (b'2', "dir", "link to a directory"),
        (b'2', "link", "without end"),
        (b'2', "other", "without end"),
        (b'2', ".", "is empty"),
        (b'2', "", "is empty"),
    ];
    for (kind, target, message) in cases {
        let tar = tar().file("dir/x", b"").link("link", kind, target).link("other", b'2', "link").end();
        let error = refusal(&tar, Mode::Tolerant);
        assert!(error.contains(message), "{target}: {error}");
    }
    let through = tar().link("link", b'2', "dir").file("link/x", b"").end();
    assert!(refusal(&through, Mode::Tolerant).contains("a file and also a directory"));
}
