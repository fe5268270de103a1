//! Layouts that other tools wrote, and broken ones.

use std::fs;
use std::path::Path;

use futures::executor::block_on;

use super::super::Prune;
use crate::image::{Blob, Image, MANIFEST};
use crate::store::sample::{Scratch, by_tag, image, repository, save, verified_names};
use crate::store::{Error, Store};

const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// Writes a layout by hand: the blobs, and an index with the given entries.
fn lay_out(dir: &Path, images: &[&Image], head: &str, entries: &[String]) {
    fs::create_dir_all(dir.join("blobs/sha256")).unwrap();
    fs::write(dir.join("oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}\n").unwrap();
    for image in images {
        let manifest = Blob::new(image.manifest.bytes().clone());
        for blob in image.blobs.iter().chain([&manifest]) {
            fs::write(dir.join("blobs/sha256").join(blob.digest().hex()), blob.to_bytes().unwrap()).unwrap();
        }
    }
    let index = format!("{{{head}\"manifests\":[{}]}}", entries.join(","));
    fs::write(dir.join("index.json"), index).unwrap();
}

fn descriptor(image: &Image, rest: &str) -> String {
    let (digest, size) = (image.manifest.digest(), image.manifest.bytes().len());
    format!(r#"{{"mediaType":"{MANIFEST}","digest":"{digest}","size":{size}{rest}}}"#)
}

fn named(name: &str, more: &str) -> String {
    format!(r#","annotations":{{{more}"{REF_NAME}":"{name}"}}"#)
}

fn index_text(scratch: &Scratch) -> String {
    fs::read_to_string(scratch.path().join("index.json")).unwrap()
}

#[test]
fn a_store_of_the_go_tool_opens_and_keeps_what_it_had() {
    let scratch = Scratch::new();
    let (old, new) = (image("draft"), image("testing"));
    let copied = r#""io.skillimage.status":"testing","org.opencontainers.image.created":"2026-01-01T00:00:00Z","#;
    let entries = [
        descriptor(&old, ""),
        descriptor(&new, &named("examples/hello:1.0.0-testing", copied)),
        descriptor(&new, &named("examples/hello:latest", copied)),
    ];
    lay_out(&scratch.path(), &[&old, &new], r#""schemaVersion":2,"#, &entries);
    let before = index_text(&scratch);
    let layout = scratch.layout();
    assert_eq!(layout.entries().unwrap().len(), 3);
    let store = layout.repository(&repository("examples/hello"));
    let manifest = block_on(store.manifest(&by_tag("latest"))).unwrap().unwrap();
    assert_eq!(manifest.digest(), new.manifest.digest());
    assert_eq!(index_text(&scratch), before, "reading writes nothing");
    save(&store, &image("own"), "2").unwrap();
    assert!(index_text(&scratch).starts_with(before.trim_end_matches("]}")));
    let freed = layout.prune(Prune::Free).unwrap();
    assert_eq!((freed.entries.len(), freed.blobs), (1, 3));
    assert_eq!(verified_names(&layout).len(), 3);
}

#[test]
fn a_layout_of_skopeo_is_addressed_by_bare_tags() {
    let scratch = Scratch::new();
    let image = image("one");
    lay_out(&scratch.path(), &[&image], r#""schemaVersion":2,"#, &[descriptor(&image, &named("1.0.0", ""))]);
    let layout = scratch.layout();
    let store = layout.bare();
    assert_eq!(block_on(store.resolve(&by_tag("1.0.0"))).unwrap(), Some(image.manifest.descriptor()));
    assert_eq!(block_on(store.tags()).unwrap().len(), 1);
    assert!(block_on(layout.repository(&repository("a/b")).tags()).unwrap().is_empty());
}

#[test]
fn a_layout_of_umoci_has_names_twice_and_unknown_members() {
    let scratch = Scratch::new();
    let (old, new) = (image("one"), image("two"));
    let platform = r#","platform":{"architecture":"amd64","os":"linux","os.features":["x"]}"#;
    let entries = [
        descriptor(&old, &format!("{platform}{}", named("latest", ""))),
        descriptor(&new, &format!("{platform}{}", named("latest", ""))),
    ];
    lay_out(&scratch.path(), &[&old, &new], r#""schemaVersion":2,"annotations":{"org.umoci":"1"},"#, &entries);
    let store = scratch.layout().bare();
    let found = block_on(store.resolve(&by_tag("latest"))).unwrap().unwrap();
    assert_eq!(found.digest, *new.manifest.digest());
    save(&store, &image("three"), "latest").unwrap();
    assert!(index_text(&scratch).starts_with(r#"{"schemaVersion":2,"annotations":{"org.umoci":"1"},"manifests":[{"#));
    assert_eq!(verified_names(&scratch.layout()), ["latest"]);
}

#[test]
fn an_entry_without_a_media_type_is_a_manifest() {
    let scratch = Scratch::new();
    let image = image("one");
    let entry = descriptor(&image, &named("1", "")).replace(&format!(r#""mediaType":"{MANIFEST}","#), "");
    lay_out(&scratch.path(), &[&image], "", &[entry]);
    let found = block_on(scratch.layout().bare().resolve(&by_tag("1"))).unwrap();
    assert_eq!(found, Some(image.manifest.descriptor()));
    assert_eq!(scratch.layout().prune(Prune::Free).unwrap().blobs, 0);
}

#[test]
fn a_broken_index_is_an_error_and_is_never_overwritten() {
    for text in ["", "{", "[]", "null", r#"{"manifests":7}"#, "\u{0}", r#"{"manifests":[],"manifests":[]}"#] {
        let scratch = Scratch::new();
        lay_out(&scratch.path(), &[], "", &[]);
        fs::write(scratch.path().join("index.json"), text).unwrap();
        let layout = scratch.layout();
        let errors = [
            layout.entries().unwrap_err(),
            save(&layout.bare(), &image("one"), "1").unwrap_err(),
            layout.remove(&["a/b:1".parse().unwrap()]).unwrap_err(),
            layout.prune(Prune::Free).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, Error::Layout { .. }), "{error:?}");
            assert!(error.to_string().contains("index.json"), "{error}");
        }
        assert_eq!(index_text(&scratch), text);
    }
}

#[test]
fn a_layout_of_another_version_is_refused() {
    for text in [r#"{"imageLayoutVersion":"2.0.0"}"#, "{}", "x"] {
        let scratch = Scratch::new();
        lay_out(&scratch.path(), &[], "", &[]);
        fs::write(scratch.path().join("oci-layout"), text).unwrap();
        let error = save(&scratch.layout().bare(), &image("one"), "1").unwrap_err();
        assert!(matches!(&error, Error::Layout { path, .. } if path.ends_with("oci-layout")), "{error:?}");
    }
}

#[test]
fn nothing_is_freed_where_an_entry_cannot_be_read() {
    let scratch = Scratch::new();
    let (one, two) = (image("one"), image("two"));
    let entries = [descriptor(&one, &named("1", "")), r#"{"digest":"blake3:00","size":1}"#.to_owned()];
    lay_out(&scratch.path(), &[&one, &two], "", &entries);
    let layout = scratch.layout();
    assert!(matches!(layout.prune(Prune::Free).unwrap_err(), Error::Layout { .. }));
    let freed = layout.remove(&["1".parse().unwrap()]).unwrap();
    assert!(freed.left && freed.blobs == 0);
    assert!(index_text(&scratch).contains("blake3:00"));
}

/// Who hands us a layout may have put links into it, so that tidying up would delete our files.
#[test]
fn nothing_is_tidied_up_behind_a_link() {
    for link in [".skillctl", ".skillctl/tmp"] {
        let scratch = Scratch::new();
        lay_out(&scratch.path(), &[], "", &[]);
        let mine = scratch.dir.path().join("mine");
        let kept = [mine.join("letter"), mine.join("tmp/letter"), mine.join("4711-0123456789abcdef-0")];
        fs::create_dir_all(mine.join("tmp")).unwrap();
        for path in &kept {
            fs::write(path, "dear").unwrap();
        }
        let link = scratch.path().join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&mine, &link).unwrap();

        let layout = scratch.layout();
        let store = layout.bare();
        let refused = [save(&store, &image("one"), "1").unwrap_err(), layout.prune(Prune::Free).unwrap_err()];
        for error in refused {
            assert!(error.to_string().contains("not a link"), "{error}");
        }
        assert!(kept.iter().all(|path| path.exists()));
        assert!(!mine.join("lock").exists());
    }
}

#[test]
fn files_of_others_in_our_folder_stay() {
    let scratch = Scratch::new();
    save(&scratch.layout().bare(), &image("one"), "1").unwrap();
    let folder = scratch.path().join(".skillctl/tmp");
    let others = ["letter", "1-2-3", "1-0123456789abcdeg-0", "x-0123456789abcdef-0", "1-0123456789abcdef-0-1"];
    for name in &others {
        fs::write(folder.join(name), "dear").unwrap();
    }
    assert_eq!(scratch.layout().prune(Prune::Free).unwrap().temporary, 0);
    assert!(others.iter().all(|name| folder.join(name).exists()));
}

#[test]
fn an_entry_with_a_wrong_size_is_not_trusted() {
    let scratch = Scratch::new();
    let image = image("one");
    let entry = descriptor(&image, &named("1", "")).replace(r#""size":"#, r#""size":1"#);
    lay_out(&scratch.path(), &[&image], "", &[entry]);
    let error = block_on(scratch.layout().bare().manifest(&by_tag("1"))).unwrap_err();
    assert!(matches!(error, Error::Unverified { .. }), "{error:?}");
}
