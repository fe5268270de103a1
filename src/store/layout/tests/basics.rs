//! What a layout does on a healthy directory.

use std::fs;

use futures::executor::block_on;

use super::super::{Layout, Prune};
use crate::digest::Digest;
use crate::image::{Blob, Image};
use crate::name::Target;
use crate::spool::MEMORY_LIMIT;
use crate::store::sample::{Scratch, by_tag, image, image_of, index, push, repository, save, tag, verified_names};
use crate::store::{Error, Expect, Store, Untagged};

fn names(layout: &Layout) -> Vec<String> {
    layout.entries().unwrap().into_iter().filter_map(|entry| entry.name).collect()
}

fn files(scratch: &Scratch, folder: &str) -> usize {
    fs::read_dir(scratch.path().join(folder)).unwrap().count()
}

#[test]
fn a_missing_store_is_empty_and_stays_missing() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let store = layout.repository(&repository("a/b"));
    assert!(layout.entries().unwrap().is_empty());
    assert!(block_on(store.resolve(&by_tag("1"))).unwrap().is_none());
    assert!(block_on(store.manifest(&Target::Digest(Digest::of(b"")))).unwrap().is_none());
    assert!(!block_on(store.exists(&Blob::new("x".into()).descriptor("l"))).unwrap());
    assert_eq!(block_on(store.untag(&tag("1"))).unwrap(), Untagged::Absent);
    assert_eq!(layout.prune(Prune::Free).unwrap(), super::super::Freed::default());
    assert!(!scratch.path().exists());
}

#[test]
fn an_image_is_found_by_tag_and_by_digest_by_everybody() {
    let scratch = Scratch::new();
    let image = image("one");
    save(&scratch.layout().repository(&repository("quay.io/a/b")), &image, "1.0.0").unwrap();
    let layout = scratch.layout();
    assert_eq!(names(&layout), ["quay.io/a/b:1.0.0"]);
    let store = layout.repository(&repository("quay.io/a/b"));
    assert_eq!(block_on(store.resolve(&by_tag("1.0.0"))).unwrap(), Some(image.manifest.descriptor()));
    assert_eq!(block_on(store.tags()).unwrap(), [tag("1.0.0")]);
    assert!(block_on(layout.repository(&repository("quay.io/a")).tags()).unwrap().is_empty());
    for target in [by_tag("1.0.0"), Target::Digest(image.manifest.digest().clone())] {
        let manifest = block_on(store.manifest(&target)).unwrap().unwrap();
        assert_eq!(manifest.bytes(), image.manifest.bytes());
        assert!(block_on(store.is_complete(&manifest)).unwrap());
    }
    for blob in &image.blobs {
        let read = block_on(store.fetch(&blob.descriptor("x"))).unwrap();
        assert_eq!(read.to_bytes().unwrap(), blob.to_bytes().unwrap());
    }
}

#[test]
fn the_files_are_those_of_the_specification() {
    let scratch = Scratch::new();
    let image = image("one");
    save(&scratch.layout().bare(), &image, "1").unwrap();
    let layout_file = fs::read_to_string(scratch.path().join("oci-layout")).unwrap();
    assert_eq!(layout_file, r#"{"imageLayoutVersion":"1.0.0"}"#);
    for digest in image.blobs.iter().map(Blob::digest).chain([image.manifest.digest()]) {
        let content = fs::read(scratch.path().join("blobs/sha256").join(digest.hex())).unwrap();
        assert_eq!(Digest::of(&content), *digest);
    }
    assert_eq!(files(&scratch, "blobs/sha256"), 3);
    assert_eq!(files(&scratch, ".skillctl/tmp"), 0);
}

#[test]
fn large_blobs_stay_on_disk_and_are_verified() {
    let scratch = Scratch::new();
    let large = Blob::new(vec![7; 2 * MEMORY_LIMIT].into());
    let image = image_of(large.clone(), "large");
    let store = scratch.layout().bare();
    save(&store, &image, "1").unwrap();
    let read = block_on(store.fetch(&large.descriptor("l"))).unwrap();
    assert!(read.content().in_memory().is_none());
    assert_eq!(read.to_bytes().unwrap(), large.to_bytes().unwrap());
}

#[test]
fn wrong_content_is_refused_and_leaves_nothing() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let (right, wrong) = (Blob::new("right".into()), Blob::new("wrong".into()));
    let error = block_on(layout.bare().push(&right.descriptor("l"), &wrong)).unwrap_err();
    assert!(matches!(error, Error::Unverified { .. }), "{error:?}");
    assert_eq!(files(&scratch, ".skillctl/tmp"), 0);
    assert!(!block_on(layout.bare().exists(&right.descriptor("l"))).unwrap());
}

#[test]
fn a_tag_on_incomplete_content_is_refused() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let store = layout.bare();
    let whole = image("one");
    let incomplete = Image { blobs: whole.blobs[..1].to_vec(), ..whole.clone() };
    let error = save(&store, &incomplete, "1").unwrap_err();
    assert!(matches!(&error, Error::Missing { digest, .. } if digest == whole.blobs[1].digest()), "{error:?}");
    let above = index(&[whole]);
    push(&store, &Image { blobs: above.blobs[..1].to_vec(), ..above.clone() }).unwrap();
    let error = block_on(store.tag(&above.manifest, &tag("1"), &Expect::Any, &[])).unwrap_err();
    assert!(matches!(&error, Error::Missing { digest, .. } if digest == above.blobs[1].digest()), "{error:?}");
    assert!(names(&layout).is_empty());
}

#[test]
fn an_index_in_an_index_is_stored_and_a_deeper_one_refused() {
    let scratch = Scratch::new();
    let store = scratch.layout().bare();
    let mut image = index(&[image("one"), image("two")]);
    for name in ["1", "2", "3"] {
        save(&store, &image, name).unwrap();
        image = index(&[image]);
    }
    let error = save(&store, &image, "4").unwrap_err();
    assert!(matches!(error, Error::Manifest { .. }), "{error:?}");
    assert_eq!(verified_names(&scratch.layout()), ["1", "2", "3"]);
}

#[test]
fn expectations_are_checked() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let store = layout.repository(&repository("a/b"));
    let (one, two) = (image("one"), image("two"));
    let attempt = |image: &Image, expect: &Expect| {
        push(&store, image)?;
        block_on(store.tag(&image.manifest, &tag("1"), expect, &[tag("latest")]))
    };
    let conflict = |found: Option<&Image>, result: Result<(), Error>| {
        let error = result.unwrap_err();
        let found = found.map(|image| image.manifest.digest().clone());
        assert!(
            matches!(&error, Error::Conflict { store, found: f, .. } if store == "a/b" && *f == found),
            "{error:?}"
        );
    };
    conflict(None, attempt(&one, &Expect::Is(two.manifest.digest().clone())));
    attempt(&one, &Expect::Absent).unwrap();
    attempt(&one, &Expect::Absent).unwrap();
    conflict(Some(&one), attempt(&two, &Expect::Absent));
    conflict(Some(&one), attempt(&two, &Expect::Is(two.manifest.digest().clone())));
    assert_eq!(files(&scratch, ".skillctl/tmp"), 0, "what was pushed for a refused tag is forgotten");
    attempt(&two, &Expect::Is(one.manifest.digest().clone())).unwrap();
    assert_eq!(verified_names(&layout), ["a/b:1", "a/b:latest"]);
    assert_eq!(layout.find("a/b:latest").unwrap().unwrap().digest, *two.manifest.digest());
}

#[test]
fn untag_removes_the_name_and_keeps_the_manifest() {
    let scratch = Scratch::new();
    let store = scratch.layout().repository(&repository("a/b"));
    let image = image("one");
    save(&store, &image, "1").unwrap();
    assert_eq!(block_on(store.untag(&tag("1"))).unwrap(), Untagged::Removed);
    assert_eq!(block_on(store.untag(&tag("1"))).unwrap(), Untagged::Absent);
    assert!(block_on(store.manifest(&by_tag("1"))).unwrap().is_none());
    let by_digest = Target::Digest(image.manifest.digest().clone());
    assert!(block_on(store.manifest(&by_digest)).unwrap().is_some());
}

#[test]
fn a_manifest_can_be_kept_by_its_digest() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let store = layout.repository(&repository("a/b"));
    let image = image("one");
    push(&store, &image).unwrap();
    block_on(store.keep(&image.manifest)).unwrap();
    let reference = format!("a/b@{}", image.manifest.digest());
    assert_eq!(names(&layout), *std::slice::from_ref(&reference));
    assert_eq!(layout.prune(Prune::Free).unwrap().blobs, 0);
    assert_eq!(layout.remove(&[reference.parse().unwrap()]).unwrap().blobs, 3);
    push(&layout.bare(), &image).unwrap();
    block_on(layout.bare().keep(&image.manifest)).unwrap();
    assert_eq!(layout.entries().unwrap()[0].name, None);
}

#[test]
fn what_was_pushed_and_never_tagged_goes_with_the_layout() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let image = image("one");
    push(&layout.bare(), &image).unwrap();
    assert!(block_on(layout.bare().exists(&image.blobs[0].descriptor("c"))).unwrap());
    assert!(!block_on(scratch.layout().bare().exists(&image.blobs[0].descriptor("c"))).unwrap());
    assert_eq!(files(&scratch, ".skillctl/tmp"), 2);
    drop(layout);
    assert_eq!(files(&scratch, ".skillctl/tmp"), 0);
}

#[test]
fn what_waits_for_its_tag_outlives_a_removal() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    save(&layout.bare(), &image("old"), "old").unwrap();
    let image = image("one");
    push(&layout.bare(), &image).unwrap();
    assert!(layout.remove(&["old".parse().unwrap()]).unwrap().left);
    // A first writer removes what is left over, unless somebody is at work.
    save(&scratch.layout().bare(), &image_of(Blob::new("y".into()), "two"), "two").unwrap();
    block_on(layout.bare().tag(&image.manifest, &tag("one"), &Expect::Any, &[])).unwrap();
}

#[test]
fn a_batch_is_one_commit_with_an_outcome_for_each_tag() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let old = image("old");
    save(&layout.repository(&repository("a/1")), &old, "1").unwrap();
    let batch = layout.batch();
    for number in 0..5 {
        let store = batch.repository(&repository(&format!("a/{number}")));
        let image = image(&format!("image {number}"));
        push(&store, &image).unwrap();
        block_on(store.tag(&image.manifest, &tag("1"), &Expect::Absent, &[])).unwrap();
        assert_eq!(block_on(store.manifest(&by_tag("1"))).unwrap().unwrap().digest(), image.manifest.digest());
        assert_eq!(block_on(store.tags()).unwrap(), [tag("1")]);
    }
    assert_eq!(names(&layout).len(), 1);
    let outcomes: Vec<bool> = batch.commit().unwrap().iter().map(Result::is_ok).collect();
    assert_eq!(outcomes, [true, false, true, true, true]);
    assert_eq!(verified_names(&layout).len(), 5);
    assert_eq!(layout.find("a/1:1").unwrap().unwrap().digest, *old.manifest.digest());
    assert!(batch.commit().unwrap().is_empty());
}

#[test]
fn remove_frees_what_nothing_else_needs() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let store = layout.repository(&repository("a/b"));
    let shared = Blob::new("shared layer".into());
    let (one, two) = (image_of(shared.clone(), "one"), image_of(shared, "two"));
    save(&store, &one, "1").unwrap();
    save(&store, &two, "2").unwrap();
    let error = layout.remove(&["a/b:1".parse().unwrap(), "a/b:3".parse().unwrap()]).unwrap_err();
    assert!(matches!(&error, Error::NoImage { name, .. } if name == "a/b:3"), "{error:?}");
    assert_eq!(verified_names(&layout).len(), 2);
    let freed = layout.remove(&["a/b:1".parse().unwrap()]).unwrap();
    let bytes = one.blobs[0].size() + one.manifest.bytes().len() as u64;
    assert_eq!((freed.entries.len(), freed.blobs, freed.bytes, freed.left), (1, 2, bytes, false));
    assert_eq!(verified_names(&layout), ["a/b:2"]);
    let by_digest = format!("a/b@{}", two.manifest.digest());
    assert_eq!(layout.remove(&[by_digest.parse().unwrap()]).unwrap().blobs, 3);
    assert_eq!(files(&scratch, "blobs/sha256"), 0);
}

#[test]
fn nothing_is_freed_while_somebody_is_at_work() {
    let scratch = Scratch::new();
    let image = image("one");
    save(&scratch.layout().bare(), &image, "1").unwrap();
    let other = scratch.layout();
    assert!(block_on(other.bare().exists(&image.blobs[1].descriptor("l"))).unwrap());
    let freed = scratch.layout().remove(&["1".parse().unwrap()]);
    assert!(matches!(freed.unwrap(), super::super::Freed { left: true, blobs: 0, .. }));
    save(&other.bare(), &image, "2").unwrap();
    assert_eq!(verified_names(&other), ["2"]);
}

#[test]
fn prune_says_what_it_frees_and_frees_it() {
    let scratch = Scratch::new();
    let layout = scratch.layout();
    let store = layout.repository(&repository("a/b"));
    save(&store, &image("old"), "1").unwrap();
    save(&store, &image("new"), "1").unwrap();
    fs::write(scratch.path().join(".skillctl/tmp/4711-0123456789abcdef-0"), "by a killed process").unwrap();
    fs::write(scratch.path().join("blobs/sha256/not-a-blob"), "stays").unwrap();
    let planned = layout.prune(Prune::DryRun).unwrap();
    assert_eq!((planned.blobs, planned.temporary), (3, 1));
    assert_eq!(layout.prune(Prune::Free).unwrap(), planned);
    assert_eq!(layout.prune(Prune::Free).unwrap(), super::super::Freed::default());
    assert_eq!(verified_names(&layout), ["a/b:1"]);
    assert_eq!(files(&scratch, "blobs/sha256"), 4);
}

#[test]
fn the_next_writer_removes_what_a_killed_one_left() {
    let scratch = Scratch::new();
    let store = scratch.layout().bare();
    save(&store, &image("one"), "1").unwrap();
    drop(store);
    fs::write(scratch.path().join(".skillctl/tmp/4711-0123456789abcdef-0"), "by a killed process").unwrap();
    save(&scratch.layout().bare(), &image("two"), "2").unwrap();
    assert_eq!(files(&scratch, ".skillctl/tmp"), 0);
}

#[test]
fn damage_is_named_and_packing_again_heals_it() {
    let scratch = Scratch::new();
    let image = image("one");
    save(&scratch.layout().bare(), &image, "1").unwrap();
    let path = scratch.path().join("blobs/sha256").join(image.blobs[1].digest().hex());
    for content in ["layer of two", "short"] {
        fs::write(&path, content).unwrap();
        let store = scratch.layout().bare();
        let error = block_on(store.fetch(&image.blobs[1].descriptor("l"))).unwrap_err();
        assert!(matches!(&error, Error::Damaged { digest, .. } if digest == image.blobs[1].digest()), "{error:?}");
        save(&store, &image, "1").unwrap();
        assert_eq!(verified_names(&scratch.layout()), ["1"]);
    }
    fs::write(scratch.path().join("blobs/sha256").join(image.manifest.digest().hex()), "{}").unwrap();
    let error = scratch.layout().prune(Prune::Free).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    assert!(scratch.layout().remove(&["1".parse().unwrap()]).unwrap().blobs > 0);
}
