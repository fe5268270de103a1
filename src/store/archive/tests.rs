//! Archives as we write them, and hostile ones.

use std::fs;

use futures::executor::block_on;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use tar::{Builder, EntryType};

use super::{Archive, create, header};
use crate::fs::faulty::{Fault, FaultyFs};
use crate::fs::{Fs, RealFs};
use crate::image::Image;
use crate::store::sample::{by_tag, image, save, verified_names};
use crate::store::{Error, Store};

fn real() -> Arc<dyn Fs> {
    Arc::new(RealFs)
}

fn write(fs: &Arc<dyn Fs>, path: &Path, image: &Image) -> Result<(), Error> {
    create(fs, path, |layout| save(&layout.bare(), image, "1"))
}

/// A tar with the given entries.
fn tar(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = header(*kind, content.len() as u64);
        // Not `set_path`, which refuses the names that this is about.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn open_bytes(bytes: &[u8]) -> Result<Archive, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    fs::write(&path, bytes).unwrap();
    Archive::open(&real(), &path)
}

#[test]
fn what_is_written_is_read_and_has_the_same_bytes_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.tar"), folder.path().join("two.tar"));
    let image = image("one");
    for path in [&one, &two] {
        write(&real(), path, &image).unwrap();
    }
    assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
    let archive = Archive::open(&real(), &one).unwrap();
    assert_eq!(verified_names(&archive.layout()), ["1"]);
    let found = block_on(archive.layout().bare().resolve(&by_tag("1"))).unwrap();
    assert_eq!(found, Some(image.manifest.descriptor()));
    assert_eq!(archive.layout().bare().name(), one.display().to_string());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn entries_are_sorted_and_say_nothing_about_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    write(&real(), &path, &image("one")).unwrap();
    let mut names = Vec::new();
    for entry in tar::Archive::new(File::open(&path).unwrap()).entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.mtime().unwrap(), header.uid().unwrap(), header.username().unwrap()), (0, 0, Some("")));
        names.push(entry.path().unwrap().display().to_string());
    }
    assert_eq!(names[..2], ["blobs/", "blobs/sha256/"]);
    assert_eq!(names[5..], ["index.json", "oci-layout"]);
    assert!(names.is_sorted());
}

#[test]
fn without_an_image_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    create(&real(), &path, |_| Ok::<_, Error>(())).unwrap();
    assert!(!path.exists());
}

#[test]
fn an_archive_is_replaced_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    for fault in [Fault::FailOnce, Fault::Stop] {
        for at in 0.. {
            fs::write(&path, "old").unwrap();
            let faulty = Arc::new(FaultyFs::with_reads(at, fault));
            let fs: Arc<dyn Fs> = faulty.clone();
            let outcome = write(&fs, &path, &image("new"));
            if !faulty.was_reached() {
                outcome.unwrap();
                break;
            }
            let whole = fs::read(&path).unwrap() == b"old" || Archive::open(&real(), &path).is_ok();
            assert!(whole, "{fault:?} at call {at}");
            fs::remove_file(&path).unwrap();
            for left in fs::read_dir(folder.path()).unwrap() {
                fs::remove_file(left.unwrap().path()).unwrap();
            }
        }
    }
}

#[test]
fn whatever_is_no_part_of_a_layout_is_refused() {
    let hex = "0".repeat(64);
    let regular = EntryType::Regular;
    let cases = [
        ("../index.json", regular),
        ("/index.json", regular),
        ("blobs/../index.json", regular),
        ("blobs/sha256/../../x", regular),
        ("blobs/sha256/short", regular),
        (&format!("blobs/md5/{hex}"), regular),
        ("readme", regular),
        ("index.json", EntryType::Symlink),
        ("index.json", EntryType::Link),
        ("index.json", EntryType::Fifo),
        ("index.json/", EntryType::Directory),
        ("blobs/sha384/", EntryType::Directory),
    ];
    for (name, kind) in cases {
        let error = open_bytes(&tar(&[(name, kind, b"")])).unwrap_err();
        assert!(error.to_string().contains("which is no part of an image layout"), "{name} {kind:?}: {error}");
    }
}

#[test]
fn broken_archives_name_the_rule() {
    let regular = EntryType::Regular;
    let wrong = format!("blobs/sha256/{}", "0".repeat(64));
    let cases: [(Vec<u8>, &str); 6] = [
        (b"no tar at all".repeat(100), "is no tar that can be read"),
        (tar(&[("index.json", EntryType::GNUSparse, b"")]), "is no tar that can be read"),
        (Vec::new(), "has no `index.json`"),
        (tar(&[("oci-layout", regular, b"{}")]), "has no `index.json`"),
        (tar(&[("index.json", regular, b"{}"), ("./index.json", regular, b"{}")]), "which is there twice"),
        (tar(&[(&wrong, regular, b"other content")]), "cannot be trusted"),
    ];
    for (bytes, rule) in cases {
        let error = open_bytes(&bytes).unwrap_err();
        assert!(error.to_string().contains(rule), "{error}");
        assert!(error.to_string().contains("a.tar"), "{error}");
    }
}

#[test]
fn names_with_a_dot_in_front_are_read() {
    let bytes = tar(&[
        ("./", EntryType::Directory, b""),
        ("./oci-layout", EntryType::Regular, br#"{"imageLayoutVersion":"1.0.0"}"#),
        ("./index.json", EntryType::Regular, br#"{"schemaVersion":2,"manifests":[]}"#),
    ]);
    assert!(open_bytes(&bytes).unwrap().layout().entries().unwrap().is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2048)) {
        let _ = open_bytes(&bytes);
    }
}
