//! The local store: names that lead nowhere, steps that do not exist, files that are damaged.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;

use super::{published, told};
use crate::support::sandbox::Sandbox;

const DRAFT: &str = "examples/hello:1.0.0-draft";

#[test]
fn names_that_lead_nowhere() {
    let sandbox = Sandbox::packed();
    assert_snapshot!(told(&sandbox, 1, &["inspect", "examples/hello"]), @"
    error: no image `examples/hello:latest` in the local store
    hint: `skillctl list` shows what is there
    ");
    assert_snapshot!(told(&sandbox, 1, &["tag", "examples/hullo:1.0.0-draft", "a/b:1"]), @"
    error: no image `examples/hullo:1.0.0-draft` in the local store
    hint: `skillctl list` shows what is there
    ");
    assert_snapshot!(told(&sandbox, 1, &["rm", "-f", DRAFT, "examples/other:1"]), @"
    error: no image `examples/other:1` in the local store
    hint: `skillctl list` shows what is there
    ");
    assert_snapshot!(told(&sandbox, 1, &["tags", "examples/other"]), @"error: `examples/other` has no tags, or does not exist");
    assert_snapshot!(told(&sandbox, 1, &["inspect", "oci:none:1"]), @"
    error: no image `none:1`
    hint: `skillctl list` shows what is there
    ");
    assert_snapshot!(told(&sandbox, 1, &["inspect", "oci-archive:none.tar"]), @"
    error: cannot open `none.tar`
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn a_name_that_is_not_unique() {
    let sandbox = Sandbox::packed();
    sandbox.ok(&["tag", DRAFT, "acme/hello:1.0.0-draft"]);
    sandbox.write("hello/more.md", "More.");
    sandbox.pack(&["hello"]);
    assert_snapshot!(told(&sandbox, 1, &["inspect", "hello:1.0.0-draft"]), @"
    error: `hello:1.0.0-draft` names several local images: `examples/hello:1.0.0-draft`, `acme/hello:1.0.0-draft`
    hint: name one of them in full
    ");
}

#[test]
fn steps_that_the_lifecycle_does_not_have() {
    let sandbox = Sandbox::packed();
    assert_snapshot!(told(&sandbox, 1, &["promote", DRAFT, "--to", "published"]), @"error: cannot promote from draft to published: the next state after draft is testing");
    let sandbox = published();
    assert_snapshot!(told(&sandbox, 1, &["promote", "examples/hello:1.0.0", "--to", "testing"]), @"error: cannot promote from published to testing: the next state after published is deprecated");
    assert_snapshot!(told(&sandbox, 1, &["promote", "examples/hello:1.0.0", "--to", "archived"]), @"error: cannot promote from published to archived: the next state after published is deprecated");
}

#[test]
fn versions_that_never_change() {
    let sandbox = published();
    sandbox.write("hello/more.md", "More.");
    assert_snapshot!(sandbox.ok(&["pack", "hello", "--quiet"]).stderr, @"warning: this version of examples/hello is already published; this draft cannot be promoted: raise its version");
    assert_snapshot!(told(&sandbox, 1, &["promote", DRAFT, "--to", "testing"]), @"
    error: version `1.0.0` of `examples/hello` is already published as `sha256:…`
    hint: a version's content never changes once it left draft: raise `metadata.version` and pack again
    ");
    assert_snapshot!(told(&sandbox, 1, &["tag", DRAFT, "examples/hello:1.0.0"]), @"
    error: tag `1.0.0` shows a published version, but the image is draft
    hint: use a tag that ends in the state, or `skillctl promote` the image
    ");
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello", "--tag", "acme/hello:1.0.0"]), @"
    error: tag `1.0.0` shows a published version, but the image is draft
    hint: use a tag that ends in the state, or `skillctl promote` the image
    ");
}

#[test]
fn a_tag_of_another_version() {
    let sandbox = Sandbox::packed();
    sandbox.ok(&["tag", DRAFT, "examples/hello:2.0.0-draft"]);
    assert_snapshot!(told(&sandbox, 1, &["promote", "examples/hello:2.0.0-draft", "--to", "testing"]), @"error: tag `2.0.0-draft` of `examples/hello` names an image of version `1.0.0`; name the image by a tag of its own version");
}

#[test]
fn a_version_that_was_archived() {
    let sandbox = published();
    let digest = sandbox.ok(&["inspect", "examples/hello:1.0.0", "--format", "json"]).json()["digest"].clone();
    sandbox.ok(&["promote", "examples/hello:1.0.0", "--to", "deprecated"]);
    sandbox.ok(&["promote", "examples/hello:1.0.0", "--to", "archived"]);
    let by_digest = format!("examples/hello@{}", digest.as_str().unwrap());
    assert_snapshot!(told(&sandbox, 1, &["promote", &by_digest, "--to", "deprecated"]), @"error: `examples/hello` has no tag `1.0.0`, so its published version was archived or never tagged");
    assert_snapshot!(told(&sandbox, 1, &["promote", "examples/hello:1.0.0", "--to", "archived"]), @"
    error: no image `examples/hello:1.0.0`
    hint: `skillctl list` shows what is there
    ");
}

#[test]
fn directories_that_are_in_the_way() {
    let sandbox = Sandbox::packed();
    sandbox.write("out/hello/mine.md", "precious");
    sandbox.write("file", "");
    sandbox.write("other/hello", "");
    assert_snapshot!(told(&sandbox, 1, &["pull", DRAFT, "-o", "out"]), @"
    error: `out/hello` already exists
    hint: `--force` replaces it
    ");
    assert_snapshot!(told(&sandbox, 1, &["pull", DRAFT, "-o", "file"]), @"error: `file` is in the way: it is not a directory");
    assert_snapshot!(told(&sandbox, 1, &["pull", DRAFT, "-o", "other", "--force"]), @"error: `other/hello` is in the way: it is not a directory");
}

/// The file of the blob whose digest `inspect` shows at `field`.
fn blob(sandbox: &Sandbox, field: &str) -> std::path::PathBuf {
    let report = sandbox.ok(&["inspect", DRAFT, "--format", "json"]).json();
    let digest = report.pointer(field).unwrap().as_str().unwrap().replace(':', "/");
    sandbox.store().join("blobs").join(digest)
}

#[test]
fn blobs_that_are_damaged_or_missing() {
    let sandbox = Sandbox::packed();
    let (layer, manifest) = (blob(&sandbox, "/layers/0/digest"), blob(&sandbox, "/digest"));
    let mut bytes = fs::read(&layer).unwrap();
    bytes[20] ^= 1;
    fs::write(&layer, bytes).unwrap();
    assert_snapshot!(told(&sandbox, 3, &["pull", DRAFT, "-o", "out"]), @"
    error: blob `sha256:…` of store `[DIR]/store` is damaged
      caused by: content has digest `sha256:…`, expected `sha256:…`
    hint: remove the images that use it, then pull or pack them again
    ");
    fs::write(&layer, "short").unwrap();
    assert_snapshot!(told(&sandbox, 3, &["pull", DRAFT, "-o", "out"]), @"
    error: blob `sha256:…` of store `[DIR]/store` is damaged
      caused by: content of `sha256:…` is 5 bytes, expected 321
    hint: remove the images that use it, then pull or pack them again
    ");
    fs::remove_file(&layer).unwrap();
    assert_snapshot!(told(&sandbox, 1, &["pull", DRAFT, "-o", "out"]), @"
    error: `sha256:…` is missing in `[DIR]/store`
    hint: the image is incomplete where it is: remove it there, then pack, push or pull it again
    ");
    fs::write(&manifest, "{}").unwrap();
    assert_snapshot!(told(&sandbox, 3, &["inspect", DRAFT]), @"
    error: blob `sha256:…` of store `[DIR]/store` is damaged
      caused by: content has digest `sha256:…`, expected `sha256:…`
    hint: remove the images that use it, then pull or pack them again
    ");
    fs::remove_file(&manifest).unwrap();
    assert_snapshot!(told(&sandbox, 1, &["inspect", DRAFT]), @"
    error: `sha256:…` is missing in `[DIR]/store`
    hint: the image is incomplete where it is: remove it there, then pack, push or pull it again
    ");
    assert_snapshot!(told(&sandbox, 1, &["prune"]), @"
    error: `sha256:…` is missing in `[DIR]/store`
    hint: the image is incomplete where it is: remove it there, then pack, push or pull it again
    ");
    // What the message says to do helps.
    sandbox.ok(&["rm", "-f", DRAFT]);
    sandbox.pack(&["hello"]);
    sandbox.ok(&["pull", DRAFT, "-o", "out"]);
}

#[test]
fn a_store_that_is_none() {
    let sandbox = Sandbox::packed();
    fs::write(sandbox.store().join("index.json"), "{\"manifests\": 7}").unwrap();
    assert_snapshot!(told(&sandbox, 1, &["list"]), @"error: `[DIR]/store/index.json` is not the index of an image layout: invalid type: integer `7`, expected a sequence at line 1 column 1; nothing was changed");
    fs::write(sandbox.store().join("index.json"), "").unwrap();
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello"]), @"error: `[DIR]/store/index.json` is empty, an interrupted write of another tool may have left it so; nothing was changed");
    fs::write(sandbox.store().join("oci-layout"), r#"{"imageLayoutVersion":"2.0.0"}"#).unwrap();
    assert_snapshot!(told(&sandbox, 1, &["list"]), @"error: `[DIR]/store/oci-layout` says image layout version `2.0.0`, only 1 is known; nothing was changed");
    sandbox.write("file", "");
    assert_snapshot!(told(&sandbox, 1, &["pack", "hello", "--store", "file"]), @"
    error: cannot create directory `file`
      caused by: File exists (os error 17)
    ");
}

#[test]
fn a_commit_of_several_images_without_room() {
    let sandbox = Sandbox::packed();
    sandbox.skill("other", "1.0.0");
    for number in 0..20 {
        sandbox.ok(&["tag", DRAFT, &format!("a/b:{number}")]);
    }
    // The blobs are smaller than that, and the index is larger.
    let run = sandbox.run_limited(4, &["pack", "hello", "other"]);
    assert_eq!(run.code, 1);
    assert_snapshot!(super::stable(&sandbox, &run.stderr), @"
    error: cannot write `[DIR]/store/index.json`
      caused by: File too large (os error 27)
    error: `other` is not stored either, because all of them are stored together
    ");
}

#[test]
fn archives_that_are_none() {
    let sandbox = Sandbox::packed();
    sandbox.write("text.tar", "no archive");
    assert_snapshot!(told(&sandbox, 1, &["inspect", "oci-archive:text.tar"]), @"error: `text.tar` is no tar that can be read: failed to read entire block; nothing was changed");
    sandbox.write("a/b", "x");
    let mut tar = Command::new("tar");
    tar.args(["-C", "a", "-cf", "other.tar", "b"]).current_dir(sandbox.path("."));
    assert!(tar.status().unwrap().success());
    assert_snapshot!(told(&sandbox, 1, &["inspect", "oci-archive:other.tar"]), @"error: `other.tar` has the entry `b`, which is no part of an image layout; nothing was changed");
}
