//! Archives that both modes refuse, made rule by rule.

use super::header::BLOCK;
use super::testing::{gzip, read_bytes, refused_by_both, refused_bytes, tar};
use super::{Mode, read};
use crate::skill::Limits;
use crate::spool::Spooled;

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
    assert_eq!(read_bytes(&padded, Mode::Strict).unwrap().tree.files().len(), 1);
    let small = Limits { files: 1, file_bytes: 5, total_bytes: 6, archive_bytes: 50, ..Limits::default() };
    let refusal = |tar: Vec<u8>| read(&Spooled::from(bytes::Bytes::from(tar)), &small, Mode::Tolerant).unwrap_err();
    let cases = [
        (tar().patched("a", b'0', b"", 124, b"77777777777\0").cut(), "bytes; at most 5"),
        (tar().file("a", b"123456").end(), "`a` has 6 bytes; at most 5"),
        (tar().file("a", b"").file("b", b"").end(), "one file more than the 1"),
        (tar().file("a", b"12345").link("b", b'1', "a").end(), "one file more than the 1"),
        (tar().entry("a", b'5', b"").entry("b", b'5', b"").end(), "more than the 1 directories"),
        (tar().file("a/b/c", b"").end(), "more than the 1 directories"),
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
