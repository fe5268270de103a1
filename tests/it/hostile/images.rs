//! Images in a registry that were made to do harm: each is refused with the rule that it breaks,
//! nothing is written to the target or named in the store, and nothing raw reaches the terminal.

use std::path::Path;

use serde_json::{Value, json};
use skillctl::digest::Digest;

use crate::support::image::{HandMade, INDEX, LAYER, Tar, gzip, index_of, put};
use crate::support::registry::{BodyFault, Options, Registry};
use crate::support::sandbox::{Run, Sandbox, tree};

const REPOSITORY: &str = "org/hello";

fn registry() -> Registry {
    Registry::start(Options::default())
}

/// Pulls `org/hello:1.0.0-draft` over a directory that is there, and checks that it is refused and
/// nothing else came to be.
fn refused(registry: &Registry, code: i32, rule: &str) -> Run {
    let sandbox = Sandbox::new();
    sandbox.write("out/hello/mine.md", "precious");
    let image = format!("{}/{REPOSITORY}:1.0.0-draft", registry.host());
    let run = sandbox.fails(code, &["pull", &image, "-o", "out", "--force"]);
    assert!(run.stderr.contains(rule), "expected {rule:?} in {}", run.stderr);
    assert!(!run.stderr.contains(['\u{1b}', '\0', '\u{7}']), "{run:?}");
    assert_eq!(tree(&sandbox.path("out")), [("hello/mine.md".to_owned(), b"precious".to_vec(), false)]);
    assert_eq!(names(&sandbox.path("out")), ["hello"]);
    let around = names(&sandbox.path("."));
    assert!(around.iter().all(|name| ["home", "out", "store"].contains(&name.as_str())), "{around:?}");
    assert_eq!(sandbox.ok(&["list", "--format", "json"]).stdout, "[]\n");
    sandbox.ok(&["prune"]);
    run
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn refused_layer(tar: Tar, rule: &str) {
    let registry = registry();
    HandMade::of(tar).put(&registry, REPOSITORY, "1.0.0-draft");
    refused(&registry, 1, rule);
}

fn refused_manifest(registry: &Registry, manifest: &Value, rule: &str) {
    put(registry, (REPOSITORY, "1.0.0-draft"), manifest);
    refused(registry, 1, rule);
}

fn skill() -> Tar {
    Tar::skill("hello")
}

#[test]
fn the_images_of_these_tests_are_right_before_they_are_changed() {
    let registry = registry();
    HandMade::of(skill()).put(&registry, REPOSITORY, "1.0.0-draft");
    let sandbox = Sandbox::new();
    let image = format!("{}/{REPOSITORY}:1.0.0-draft", registry.host());
    sandbox.ok(&["pull", &image, "-o", "out"]);
    assert_eq!(tree(&sandbox.path("out/hello")).len(), 2);
}

#[test]
fn names_that_leave_the_skill() {
    for name in ["../evil", "a/../../evil", "/tmp/evil"] {
        refused_layer(skill().file(name, "x"), &format!("path `{name}`"));
    }
    refused_layer(skill().file("./../evil", "x"), "path `../evil`");
    refused_layer(skill().file("C:\\evil", "x"), "drive letter");
    refused_layer(skill().file("a\\..\\evil", "x"), "backslash");
    refused_layer(skill().file("a\u{1b}[2Jb", "x"), "control character");
}

#[test]
fn links_and_devices() {
    refused_layer(skill().entry((b'2', "link", "/etc/passwd"), b""), "`link` is a link");
    refused_layer(skill().entry((b'2', "dir", "/tmp"), b"").file("dir/evil", "x"), "`dir` is a link");
    refused_layer(skill().entry((b'1', "hard", "../../home"), b""), "`hard` is a link");
    refused_layer(skill().entry((b'3', "null", ""), b""), "`null` is a device");
    refused_layer(skill().entry((b'6', "pipe", ""), b""), "`pipe` is a FIFO");
}

#[test]
fn names_that_do_not_get_along() {
    refused_layer(skill().file("README.md", "a").file("readme.md", "b"), "differ only in case");
    refused_layer(skill().file("\u{e9}", "a").file("e\u{301}", "b"), "differ only in case or Unicode form");
    refused_layer(skill().file("SKILL.md", "another"), "`SKILL.md` is there twice");
    refused_layer(skill().file("a", "x").file("a/b", "y"), "is a file and also a directory");
    refused_layer(skill().file("a/.wh.b", "x"), "marks deleted files");
}

#[test]
fn a_bomb() {
    refused_layer(skill().file("zeros", vec![0; 8 << 20]), "more than 200 times its size");
}

#[test]
fn a_layer_that_is_no_archive() {
    let registry = registry();
    for (layer, rule) in [(b"not an archive".to_vec(), "truncated"), (gzip(b"")[..10].to_vec(), "not valid gzip")] {
        let image = HandMade { layers: vec![layer], ..HandMade::of(skill()) };
        image.put(&registry, REPOSITORY, "1.0.0-draft");
        refused(&registry, 1, rule);
    }
}

#[test]
fn a_config_that_speaks_of_another_layer() {
    let registry = registry();
    let image = HandMade { diff_ids: vec![Digest::of(b"another")], ..HandMade::of(skill()) };
    image.put(&registry, REPOSITORY, "1.0.0-draft");
    refused(&registry, 3, "but the config says");
}

#[test]
fn several_layers_or_none() {
    let registry = registry();
    let mut image = HandMade::of(skill());
    image.layers.push(gzip(b"another"));
    image.put(&registry, REPOSITORY, "1.0.0-draft");
    refused(&registry, 1, "has 2 layers");
    image.layers.clear();
    image.put(&registry, REPOSITORY, "1.0.0-draft");
    refused(&registry, 1, "has 0 layers");
}

#[test]
fn skills_whose_name_would_be_a_path() {
    for name in ["../evil", "..", ".", "/tmp/evil", "a/b", "UPPER", "bell\u{7}", "\u{1b}[2J", ""] {
        let registry = registry();
        HandMade::of(Tar::skill(name)).put(&registry, REPOSITORY, "1.0.0-draft");
        refused(&registry, 1, "error: ");
    }
}

#[test]
fn content_that_is_not_what_its_digest_says() {
    let registry = registry();
    HandMade::of(skill()).put(&registry, REPOSITORY, "1.0.0-draft");
    for (fault, code) in [(BodyFault::Wrong, 3), (BodyFault::Long, 3)] {
        registry.break_with(|faults| faults.body = Some(fault));
        // The manifest comes by its tag, so that a changed one is only another one, or none.
        let image = format!("{}/{REPOSITORY}@{}", registry.host(), registry.tag(REPOSITORY, "1.0.0-draft").unwrap());
        let sandbox = Sandbox::new();
        let run = sandbox.fails(code, &["pull", &image, "-o", "out"]);
        assert!(run.stderr.contains("cannot be trusted"), "{}", run.stderr);
        assert!(!sandbox.path("out").exists());
    }
}

#[test]
fn descriptors_that_lie_about_the_size() {
    let registry = registry();
    let honest = HandMade::of(skill()).manifest(&registry, REPOSITORY);
    for change in [-1, 1] {
        let mut manifest = honest.clone();
        let size = manifest["layers"][0]["size"].as_i64().unwrap();
        manifest["layers"][0]["size"] = json!(size + change);
        put(&registry, (REPOSITORY, "1.0.0-draft"), &manifest);
        refused(&registry, 3, "cannot be trusted");
    }
}

#[test]
fn manifests_that_are_two_things() {
    let registry = registry();
    let mut manifest = HandMade::of(skill()).manifest(&registry, REPOSITORY);
    manifest["manifests"] = json!([]);
    refused_manifest(&registry, &manifest, "is refused");
    manifest["mediaType"] = json!(INDEX);
    refused_manifest(&registry, &manifest, "is refused");
}

#[test]
fn addresses_in_descriptors_are_never_asked() {
    let (registry, trap) = (registry(), registry());
    let image = HandMade::of(skill());
    let mut manifest = image.manifest(&registry, REPOSITORY);
    let digest = trap.put_blob(REPOSITORY, image.layers[0].clone());
    manifest["layers"][0]["urls"] = json!([format!("{}/v2/{REPOSITORY}/blobs/{digest}", trap.origin())]);
    put(&registry, (REPOSITORY, "1.0.0-draft"), &manifest);
    let sandbox = Sandbox::new();
    sandbox.ok(&["pull", &format!("{}/{REPOSITORY}:1.0.0-draft", registry.host()), "-o", "out"]);
    assert!(trap.requests().is_empty());
}

#[test]
fn a_manifest_without_end() {
    let registry = registry();
    let mut manifest = HandMade::of(skill()).manifest(&registry, REPOSITORY);
    manifest["annotations"]["filler"] = Value::from("x".repeat(5 << 20));
    refused_manifest(&registry, &manifest, "4194304 bytes");
    registry.break_with(|faults| faults.body = Some(BodyFault::Endless));
    refused(&registry, 1, "4194304 bytes");
}

#[test]
fn indexes_in_indexes_and_indexes_of_far_too_many() {
    let registry = registry();
    let mut digest = HandMade::of(skill()).put(&registry, REPOSITORY, "1.0.0-draft");
    for _ in 0..4 {
        digest = put(&registry, (REPOSITORY, "1.0.0-draft"), &index_of(&registry, REPOSITORY, &[digest]));
    }
    refused(&registry, 1, "more than 2 deep");
    let many = vec![HandMade::of(skill()).put(&registry, REPOSITORY, "one"); 1001];
    refused_manifest(&registry, &index_of(&registry, REPOSITORY, &many), "1000");
}

/// No digest can be within itself, but a registry may answer with the same index again and again.
#[test]
fn an_index_that_leads_to_itself() {
    let registry = registry();
    let image = HandMade::of(skill()).put(&registry, REPOSITORY, "1.0.0-draft");
    let mut index = index_of(&registry, REPOSITORY, &[image]);
    index["manifests"][0]["mediaType"] = json!(INDEX);
    let looped = put(&registry, (REPOSITORY, "1.0.0-draft"), &index);
    let (_, bytes) = registry.manifest(REPOSITORY, &looped.to_string()).unwrap();
    let claimed: Digest = index["manifests"][0]["digest"].as_str().unwrap().parse().unwrap();
    registry.put_manifest_as(REPOSITORY, &claimed, (INDEX, bytes));
    refused(&registry, 3, "cannot be trusted");
}

#[test]
fn a_layer_of_a_type_that_nobody_can_read() {
    let registry = registry();
    let mut manifest = HandMade::of(skill()).manifest(&registry, REPOSITORY);
    for media_type in ["application/vnd.oci.image.layer.v1.tar+zstd", "text/\u{1b}[31mred"] {
        manifest["layers"][0]["mediaType"] = json!(media_type);
        refused_manifest(&registry, &manifest, "cannot be unpacked");
    }
    manifest["layers"][0]["mediaType"] = json!(LAYER);
    manifest["layers"][0]["digest"] = json!("md5:d41d8cd98f00b204e9800998ecf8427e");
    refused_manifest(&registry, &manifest, "is not a digest");
}

#[test]
fn what_a_registry_says_reaches_no_terminal_raw() {
    let registry = registry();
    let mut image = HandMade::of(skill());
    image.annotations["org.opencontainers.image.description"] = json!("red \u{1b}[31m\u{202e}\u{7}");
    image.annotations["io.skillimage.status"] = json!("draft\u{1b}[2J");
    image.put(&registry, REPOSITORY, "1.0.0-draft");
    let reference = format!("{}/{REPOSITORY}:1.0.0-draft", registry.host());
    let sandbox = Sandbox::new();
    sandbox.ok(&["pull", &reference]);
    for args in [&["inspect", &reference][..], &["list"], &["promote", &reference, "--to", "testing"]] {
        let run = sandbox.run(args);
        let said = run.stdout + &run.stderr;
        assert!(!said.is_empty() && !said.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{said:?}");
    }
}
