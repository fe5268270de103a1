//! Reading archives: what both modes read, and what each refuses.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::build::Tar;
use super::header::BLOCK;
use super::{Error, Mode, Unpacked, read, write};
use crate::digest::Digest;
use crate::skill::{File, Limits, SkillPath, Tree};
use crate::spool::Spooled;

const BOTH: [Mode; 2] = [Mode::Strict, Mode::Tolerant];

fn read_bytes(bytes: &[u8], mode: Mode) -> Result<Unpacked, Error> {
    read(&Spooled::from(bytes::Bytes::copy_from_slice(bytes)), &Limits::default(), mode)
}

/// Paths and contents of what is read.
fn files(bytes: &[u8], mode: Mode) -> Vec<(String, String)> {
    let tree = read_bytes(bytes, mode).unwrap().tree;
    let text = |file: &File| String::from_utf8(file.read(1 << 20).unwrap().to_vec()).unwrap();
    tree.files().iter().map(|file| (file.path.to_string(), text(file))).collect()
}

fn pairs(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned())).collect()
}

fn refusal(bytes: &[u8], mode: Mode) -> String {
    read_bytes(bytes, mode).expect_err("should be refused").to_string()
}

fn refused_by_both(tar: Tar, message: &str) {
    refused_bytes(&tar.end(), message);
}

fn refused_bytes(bytes: &[u8], message: &str) {
    for mode in BOTH {
        let error = refusal(bytes, mode);
        assert!(error.contains(message), "{mode:?}: expected {message:?} in {error:?}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar() -> Tar {
    Tar::default()
}

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
fn paths_that_leave_the_archive_are_refused() {
    let names = ["../x", "a/../../x", "/etc/passwd", "C:x", "a\\b", "a/./b", "a//b", "././a", ".", "..", "", "a\u{1}b"];
    for name in names {
        refused_by_both(tar().file(name, b""), "path `");
        refused_by_both(tar().entry(name, b'5', b""), "path `");
        if !name.is_empty() {
            refused_by_both(tar().pax(b'x', &[("path", name)]).file("a", b""), "path `");
        }
    }
    refused_by_both(tar().patched("x", b'0', b"", 345, b"../.."), "`..` segment");
    refused_by_both(tar().patched("", b'5', b"", 345, b"dir"), "has a prefix but no name");
    refused_by_both(tar().patched("x", b'0', b"", 345, b"."), "has `.` as its prefix");
    refused_by_both(tar().patched("x", b'0', b"", 0, b"caf\xe9"), "not UTF-8");
    refused_by_both(tar().patched("x", b'0', b"", 0, b"x\0y"), "after the end of its name");
    refused_by_both(tar().file("x/", b""), "file whose name ends in `/`");
    refused_by_both(tar().file(&format!("{}x", "d/".repeat(32)), b""), "deeper than 32");
    refused_by_both(tar().pax(b'x', &[("path", &"a".repeat(513))]).file("a", b""), "longer than 512");
}

#[test]
fn names_that_do_not_get_along_are_refused() {
    refused_by_both(tar().file("a", b"").file("a", b""), "there twice");
    refused_by_both(tar().file("a", b"").file("./a", b""), "there twice");
    refused_by_both(tar().entry("a/", b'5', b"").entry("a", b'5', b""), "there twice");
    refused_by_both(tar().file("a", b"").file("A", b""), "differ only in case");
    refused_by_both(tar().file("a/x", b"").file("A/y", b""), "differ only in case");
    refused_by_both(tar().file("a", b"").file("a/b", b""), "a file and also a directory");
    refused_by_both(tar().entry("a/", b'5', b"").file("a", b""), "a file and also a directory");
}

#[test]
fn headers_that_lie_are_refused() {
    let header = |at: usize, bytes: &[u8]| tar().patched("a", b'0', b"x", at, bytes);
    refused_by_both(header(124, b"0000000000g\0"), "a size that is not an octal number");
    refused_by_both(header(124, b"\x80\0\0\0\0\0\0\0\0\0\0\x01"), "a size that is not an octal number");
    refused_by_both(header(124, b"\0\0\0\0\0\0\0\0\0\0\0\0"), "a size that is not an octal number");
    refused_by_both(header(100, b"rwxr-xr\0"), "a mode that is not an octal number");
    refused_by_both(header(257, b"ustar\x0011"), "its magic is unknown");
    let mut hidden = [0; 8 + 80 + 1];
    hidden[88] = b'x';
    refused_by_both(header(257, &hidden), "a prefix that not every reader sees");
    hidden[..8].copy_from_slice(b"ustar  \0");
    refused_by_both(header(257, &hidden), "a prefix that not every reader sees");
    let mut wrong = tar().file("a", b"x").end();
    wrong[148] ^= 1;
    refused_bytes(&wrong, "archive entry `a` has a header with a wrong checksum");
}

#[test]
fn types_that_are_neither_file_nor_directory_are_refused() {
    let types = [
        (b"34", "is a device"),
        (b"66", "is a FIFO"),
        (b"77", "contiguous"),
        (b"SS", "sparse"),
        (b"DV", "only GNU tar knows"),
        (b"AZ", "unknown type"),
    ];
    for (kinds, message) in types {
        for kind in *kinds {
            refused_by_both(tar().entry("a", kind, b""), message);
            refused_by_both(tar().entry("a", kind, &[b'x'; BLOCK]), message);
        }
    }
}

#[test]
fn data_where_none_belongs_is_refused() {
    let hidden = tar().file("evil", b"").cut();
    for (kind, message) in [(b'5', "directory with data"), (b'1', "link with data"), (b'2', "link with data")] {
        refused_by_both(tar().entry("a", kind, &hidden), message);
        refused_by_both(tar().entry("a", kind, b"x"), message);
    }
}

#[test]
fn an_archive_inside_a_file_is_content() {
    let inner = tar().file("inner", b"x").end();
    let tar = tar().file("archive.tar", &inner).end();
    let tree = read_bytes(&tar, Mode::Strict).unwrap().tree;
    assert_eq!(tree.len(), 1);
    assert_eq!(tree.files()[0].read(10_000).unwrap(), inner);
}

#[test]
fn pax_headers_that_readers_disagree_about_are_refused() {
    let local = |records: &[(&str, &str)]| tar().pax(b'x', records).file("a", b"hello");
    let cases = [
        (local(&[("path", "b"), ("path", "c")]), "`path` twice"),
        (local(&[("mtime", "1"), ("mtime", "1")]), "`mtime` twice"),
        (local(&[("path", "")]), "empty PAX `path`"),
        (local(&[("path", "b\0c")]), "control character"),
        (local(&[("pa\0th", "b")]), "malformed"),
        (local(&[("size", "3")]), "PAX size that differs"),
        (local(&[("size", "5 ")]), "PAX size that is not a number"),
        (local(&[("hdrcharset", "BINARY"), ("path", "b")]), "`hdrcharset` other than UTF-8"),
        (local(&[("GNU.sparse.major", "1")]), "sparse"),
        (local(&[("SCHILY.realsize", "9")]), "sparse"),
        (local(&[("SUN.holesdata", " 0 5 ")]), "unknown PAX record"),
        (tar().pax(b'g', &[("path", "b")]).file("a", b""), "a global PAX header with `path`"),
        (tar().pax(b'g', &[("size", "0")]).file("a", b"x"), "a global PAX header with `size`"),
        (tar().pax(b'g', &[("linkpath", "x")]).file("a", b"x"), "a global PAX header with `linkpath`"),
        (tar().pax(b'x', &[("path", "b")]).pax(b'x', &[]).file("a", b""), "second extended header"),
        (tar().pax(b'x', &[("path", "b")]).pax(b'g', &[]).file("a", b""), "between an extended header and its entry"),
        (tar().file("a", b"").pax(b'x', &[("path", "b")]), "for no entry"),
        (tar().pax(b'x', &[("path", "b")]).file("../../a", b""), "a name behind its PAX path"),
        (tar().pax(b'x', &[("path", "b")]).file("/a", b""), "a name behind its PAX path"),
        (tar().pax(b'x', &[("comment", &"x".repeat(70_000))]).file("a", b""), "more than 64 KiB"),
    ];
    for (tar, message) in cases {
        refused_by_both(tar, message);
    }
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
fn archives_that_end_wrongly_are_refused() {
    let one = tar().file("a", b"hello").cut();
    for length in 0..=one.len() {
        refused_bytes(&one[..length], "truncated");
    }
    refused_bytes(&tar().file("a", b"").zero().cut(), "end marker has one block only");
    refused_by_both(tar().file("a", b"").zero().file("b", b""), "a zero block between its entries");
    let twice = [tar().file("a", b"").end(), tar().file("b", b"").end()].concat();
    refused_bytes(&twice, "content after its end marker");
    refused_bytes(&[tar().file("a", b"").end(), b"x".to_vec()].concat(), "truncated");
    refused_bytes(b"", "truncated");
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

#[test]
fn gzip_is_one_whole_member() {
    let tar = tar().file("a", b"hello").end();
    let good = gzip(&tar);
    let broken = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let end = good.len();
    for at in [2, end - 1, end - 4, end - 5, end - 8] {
        refused_bytes(&broken(at), "not valid gzip");
    }
    for length in 2..end {
        refused_bytes(&good[..length], "not valid gzip");
    }
    refused_bytes(&[&good[..], b"x"].concat(), "after its first gzip member");
    refused_bytes(&[&good[..], &[0; 512]].concat(), "after its first gzip member");
    refused_bytes(&[&good[..], &good].concat(), "after its first gzip member");
    let (one, other) = tar.split_at(BLOCK);
    refused_bytes(&[gzip(one), gzip(other)].concat(), "truncated");
    refused_bytes(&gzip(&[&good[..], &[0; BLOCK]].concat()), "wrong checksum");
    refused_bytes(&[0x28, 0xb5, 0x2f, 0xfd, 0], "zstd");
}

#[test]
fn bombs_are_refused_while_they_are_read() {
    let zeros = vec![0; 3 << 20];
    refused_bytes(&gzip(&tar().file("bomb", &zeros).end()), "more than 200 times its size");
    let mut padded = tar().file("a", b"").end();
    padded.resize(4 << 20, 0);
    refused_bytes(&gzip(&padded), "more than 200 times its size");
    assert_eq!(read_bytes(&padded, Mode::Strict).unwrap().tree.len(), 1);
    let small = Limits { files: 1, file_bytes: 5, total_bytes: 6, archive_bytes: 50, ..Limits::default() };
    let refusal = |tar: Vec<u8>| read(&Spooled::from(bytes::Bytes::from(tar)), &small, Mode::Tolerant).unwrap_err();
    let cases = [
        (tar().patched("a", b'0', b"", 124, b"77777777777\0").cut(), "bytes; at most 5"),
        (tar().file("a", b"123456").end(), "`a` has 6 bytes; at most 5"),
        (tar().file("a", b"").file("b", b"").end(), "one file more than the 1"),
        (tar().file("a", b"12345").link("b", b'1', "a").end(), "one file more than the 1"),
        (tar().entry("a", b'5', b"").entry("b", b'5', b"").end(), "one directory more than the 1"),
        (tar().pax(b'g', &[]).pax(b'g', &[]).pax(b'g', &[]).pax(b'g', &[]).file("a", b"").end(), "more than 4 headers"),
        ([tar().file("a", b"").end(), vec![0; 10_000]].concat(), "unpacks to more than"),
        (gzip(&tar().file("a", b"12345").end()), "at most 50 are allowed"),
    ];
    for (tar, message) in cases {
        let error = refusal(tar).to_string();
        assert!(error.contains(message), "{error}");
    }
    let two = Limits { files: 2, ..small };
    let linked = Spooled::from(bytes::Bytes::from(tar().file("a", b"12345").link("b", b'1', "a").end()));
    assert!(read(&linked, &two, Mode::Tolerant).unwrap_err().to_string().contains("more than the 6 bytes"));
}

/// Trees of up to eight small files.
fn trees() -> impl Strategy<Value = Tree> {
    let file = ("[a-cé]{1,3}(/[a-c]{1,60}){0,3}", any::<bool>(), proptest::collection::vec(any::<u8>(), 0..1500));
    proptest::collection::vec(file, 0..8).prop_map(|files| {
        let mut tree = Tree::default();
        for (path, executable, content) in files {
            let file = File::of_bytes(path.parse::<SkillPath>().unwrap(), content.into());
            // Names that do not get along with earlier ones are not of interest here.
            let _ = tree.insert(File { executable, ..file });
        }
        tree
    })
}

fn summary(tree: &Tree) -> Vec<(SkillPath, bool, bytes::Bytes)> {
    tree.files().iter().map(|file| (file.path.clone(), file.executable, file.read(1 << 20).unwrap())).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read(tree in trees()) {
        let packed = write(&tree, &Limits::default()).unwrap();
        for mode in BOTH {
            let unpacked = read(&packed.content, &Limits::default(), mode).unwrap();
            prop_assert_eq!(summary(&unpacked.tree), summary(&tree));
            prop_assert_eq!(&unpacked.diff_id, &packed.diff_id);
        }
    }

    #[test]
    fn changed_archives_neither_panic_nor_escape(
        tree in trees(),
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6),
        sums in any::<bool>(),
    ) {
        let mut tar = Vec::new();
        super::tar_write::write(&tree, &mut tar).unwrap();
        for (at, byte) in changes {
            let at = at % tar.len();
            tar[at] = byte;
            if sums {
                let block = at / BLOCK * BLOCK;
                super::tar_write::put_sum((&mut tar[block..block + BLOCK]).try_into().unwrap());
            }
        }
        for (mode, bytes) in [(BOTH[0], tar.clone()), (BOTH[1], tar.clone()), (BOTH[1], gzip(&tar))] {
            if let Ok(unpacked) = read_bytes(&bytes, mode) {
                for file in unpacked.tree.files() {
                    prop_assert!(file.path.as_str().parse::<SkillPath>().is_ok());
                    prop_assert_eq!(file.read(1 << 20).unwrap().len() as u64, file.size);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..3000), gzipped in any::<bool>()) {
        if gzipped && bytes.len() > 3 {
            bytes[..3].copy_from_slice(&[0x1f, 0x8b, 8]);
        }
        for mode in BOTH {
            let _ = read_bytes(&bytes, mode);
        }
    }
}
