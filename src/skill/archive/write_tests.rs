//! Writing archives: the same bytes from the same tree, wherever and however it is packed.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::gzip_write::GzipWriter;
use super::{Error, Mode, read, tar_of, write};
use crate::digest::Digest;
use crate::skill::{File, Limits, Tree};
use crate::spool::Spooled;

/// Text-like bytes that neither repeat nor compress to nothing.
fn noise(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b"etaoin shrdlu\n0123456789-ABCDEFG"[usize::try_from(state >> 59).unwrap()]
    };
    (0..size).map(|_| next()).collect()
}

fn tree(files: &[(&str, bool, &[u8])]) -> Tree {
    let file = |(path, executable, content): &(&str, bool, &[u8])| {
        let file = File::of_bytes(path.parse().unwrap(), content.to_vec().into());
        File { executable: *executable, ..file }
    };
    Tree::new(files.iter().map(file).collect()).unwrap()
}

fn sample() -> Tree {
    let long = format!("deep/{}/x", "d".repeat(120));
    tree(&[
        ("SKILL.md", false, b"hello"),
        ("scripts/run.sh", true, b"#!/bin/sh\n"),
        ("scripts-old", false, b""),
        ("gr\u{fc}\u{df}e/\u{65e5}\u{672c}.md", false, b"x"),
        (&long, false, b"y"),
        ("noise", false, &noise(700_000, 1)),
    ])
}

/// Headers of a tar as another reader sees them.
fn entries(tar: &[u8]) -> Vec<(String, u32, u64, u64)> {
    let mut archive = ::tar::Archive::new(tar);
    let describe = |entry: std::io::Result<::tar::Entry<'_, &[u8]>>| {
        let entry = entry.unwrap();
        let header = entry.header();
        assert!(header.as_ustar().is_some());
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        assert_eq!((header.username_bytes(), header.groupname_bytes()), (Some(&b""[..]), Some(&b""[..])));
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        (path, header.mode().unwrap(), header.mtime().unwrap(), entry.size())
    };
    archive.entries().unwrap().map(describe).collect()
}

#[test]
fn entries_are_in_order_with_their_directories_and_modes() {
    let long = "d".repeat(120);
    let expected = [
        ("SKILL.md".to_owned(), 0o644, 0, 5),
        ("deep/".to_owned(), 0o755, 0, 0),
        (format!("deep/{long}/"), 0o755, 0, 0),
        (format!("deep/{long}/x"), 0o644, 0, 1),
        ("gr\u{fc}\u{df}e/".to_owned(), 0o755, 0, 0),
        ("gr\u{fc}\u{df}e/\u{65e5}\u{672c}.md".to_owned(), 0o644, 0, 1),
        ("noise".to_owned(), 0o644, 0, 700_000),
        ("scripts-old".to_owned(), 0o644, 0, 0),
        ("scripts/".to_owned(), 0o755, 0, 0),
        ("scripts/run.sh".to_owned(), 0o755, 0, 10),
    ];
    assert_eq!(entries(&tar_of(&sample())), expected);
}

#[test]
fn a_pax_record_stands_where_a_name_needs_it_and_nowhere_else() {
    let at_limit = "a".repeat(100);
    let over = "a".repeat(101);
    let directory_at_limit = format!("{}/x", "a".repeat(99));
    let directory_over = format!("{}/x", "a".repeat(100));
    let cases: [(&str, usize); 5] =
        [(&at_limit, 0), (&over, 1), (&directory_at_limit, 1), (&directory_over, 2), ("\u{e9}/x", 2)];
    for (path, records) in cases {
        let tar = tar_of(&tree(&[(path, false, b"")]));
        let found = tar.chunks(512).filter(|block| block.starts_with(b"PaxHeader\0")).count();
        assert_eq!(found, records, "{path}");
    }
}

#[test]
fn the_bytes_are_pinned() {
    let packed = write(&sample(), &Limits::default()).unwrap();
    let found = (packed.diff_id.to_string(), packed.digest.to_string());
    let expected = (
        "sha256:a6857365bdbb6a5d1db226b86fd0e58950834fe2010c9e882e842aec4e217598",
        "sha256:598ae5d673c783efb47a3052e55d2779b534626511c811fd6db64e8bccc7f021",
    );
    assert_eq!((found.0.as_str(), found.1.as_str()), expected);
    let empty = write(&Tree::default(), &Limits::default()).unwrap();
    assert_eq!(empty.diff_id, Digest::of(&[0; 1024]));
}

/// Compresses `bytes` in writes of `chunk` bytes.
fn gzip(bytes: &[u8], threads: usize, chunk: usize) -> Vec<u8> {
    let mut writer = GzipWriter::with_threads(Vec::new(), threads).unwrap();
    bytes.chunks(chunk.max(1)).for_each(|chunk| writer.write_all(chunk).unwrap());
    writer.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut decoder = flate2::bufread::GzDecoder::new(bytes);
    decoder.read_to_end(&mut found).unwrap();
    assert!(decoder.into_inner().is_empty());
    found
}

#[test]
fn gzip_gives_back_what_was_written_at_every_edge_of_a_piece() {
    for size in [0, 1, 131_071, 131_072, 131_073, 262_144, 262_145, 3_000_000] {
        let bytes = noise(size, 7);
        let one = gzip(&bytes, 1, size);
        assert_eq!(gunzip(&one), bytes, "{size}");
        for (threads, chunk) in [(1, 1000), (2, 131_072), (3, 512), (16, 1 << 20)] {
            assert!(gzip(&bytes, threads, chunk) == one, "{size} bytes, {threads} threads, writes of {chunk}");
        }
    }
}

#[test]
fn gzip_has_a_bare_header_and_a_right_end() {
    let bytes = noise(300_000, 3);
    let packed = gzip(&bytes, 2, 4096);
    assert_eq!(packed[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    assert_eq!(packed[packed.len() - 4..], 300_000_u32.to_le_bytes());
}

#[test]
fn pieces_hardly_cost_any_size() {
    let bytes = noise(2_000_000, 5);
    let mut whole = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    whole.write_all(&bytes).unwrap();
    let whole = whole.finish().unwrap().len();
    let pieces = gzip(&bytes, 2, 1 << 16).len();
    assert!(pieces < whole + whole / 100, "{pieces} bytes in pieces, {whole} as a whole");
}

#[test]
fn incompressible_bytes_fit_too() {
    let digests = (0..10_000_u32).map(|i| Sha256::digest(i.to_le_bytes()));
    let random: Vec<u8> = digests.flatten().collect();
    assert_eq!(gunzip(&gzip(&random, 2, 1 << 16)), random);
}

#[test]
fn a_writer_below_that_fails_ends_it() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if bytes.len() > 10 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(bytes.len()) }
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut writer = GzipWriter::with_threads(Full, 2).unwrap();
    let error = writer.write_all(&noise(4_000_000, 1)).and_then(|()| writer.finish().map(drop)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}

#[test]
fn a_file_that_changes_while_it_is_packed_is_named() {
    for size in [4, 6] {
        let file = File { size, ..File::of_bytes("a/b".parse().unwrap(), "hello".into()) };
        let error = write(&Tree::new(vec![file]).unwrap(), &Limits::default()).unwrap_err();
        assert!(matches!(&error, Error::Changed(path) if path == "a/b"), "{error}");
    }
}

#[test]
fn what_no_reader_would_take_is_not_written() {
    let zeros = tree(&[("zeros", false, &vec![0; 4 << 20])]);
    let error = write(&zeros, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("more than 200 times"), "{error}");
    let limits = Limits { archive_bytes: 1000, ..Limits::default() };
    let error = write(&sample(), &limits).unwrap_err();
    assert!(error.to_string().contains("at most 1000"), "{error}");
}

proptest! {
    #[test]
    fn gzip_does_not_depend_on_how_it_is_fed(
        size in 0_usize..400_000, threads in 1_usize..5, chunks in proptest::collection::vec(1_usize..200_000, 1..6)
    ) {
        let bytes = noise(size, 11);
        let mut writer = GzipWriter::with_threads(Vec::new(), threads).unwrap();
        let mut rest = &bytes[..];
        for chunk in chunks.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at(rest.len().min(*chunk));
            writer.write_all(now).unwrap();
            rest = later;
        }
        prop_assert!(writer.finish().unwrap() == gzip(&bytes, 1, size));
    }
}

/// `gzip`, which every system of ours has, agrees with what was written.
#[test]
fn other_tools_read_it() {
    let packed = write(&sample(), &Limits::default()).unwrap();
    let listed = pipe(&["gzip", "-dc"], &packed.content);
    assert_eq!(listed, tar_of(&sample()));
    let unpacked = read(&packed.content, &Limits::default(), Mode::Strict).unwrap();
    assert_eq!(tar_of(&unpacked.tree), listed);
}

fn pipe(command: &[&str], input: &Spooled) -> Vec<u8> {
    let mut child =
        Command::new(command[0]).args(&command[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut reader) = (child.stdin.take().unwrap(), input.reader());
    let feeder = std::thread::spawn(move || std::io::copy(&mut reader, &mut stdin).unwrap());
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert!(output.status.success());
    output.stdout
}
