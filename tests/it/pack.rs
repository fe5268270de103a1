//! `pack`: what goes into an image, its name, and that nothing but the content decides its digest.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::{fs, process::Command};

use crate::support::sandbox::{CREATED, Sandbox, tree};

/// The digests of the examples, so that a change of the format cannot go unseen.
const GOLDEN: &[(&str, &str, &str)] = &[
    (
        "changelog-entry",
        "sha256:5227feebf689e10d276d578991357ff229c85f8c57c177934c1bb62efdf9171a",
        "sha256:eb9669be9b6ad3098be2f3af54881bd743cf34df28124e0546461b7bccf46714",
    ),
    (
        "commit-message",
        "sha256:14c9e6067c80a308926852fe13cf7114b03da4a32485070fff9625ff28286bfc",
        "sha256:4d243c61565abb2190806ad25f92f4c3c036f2e4d7c878e0cb406dfc830bf7c3",
    ),
    (
        "hello-world",
        "sha256:c4b0bde423ea2399e425cda56522c0372dece2e221e63583c74676b36aa637bc",
        "sha256:6a210654fb73bb7be4ece0eb65b590429450e30fa3ebe02ebed3000c6c45a6fb",
    ),
    (
        "incident-review",
        "sha256:6c257defbfa037dd9a400bc8e50783170df32dc34fb6925c8b6076e4e615ceeb",
        "sha256:19ffe934bc5b7a61ae5c7fe080eb6b4ca0bff8b5e06aa2a9f6b8c8d620603ff4",
    ),
    (
        "polite-phrases",
        "sha256:4c412c346a898b7342a3799382a9538815b7a3c915516ed75b54d7ef98db5749",
        "sha256:550cd323cad87122a772d53c4ac58247b3cc6201168bc7fe5d5310811289fad4",
    ),
    (
        "release-notes",
        "sha256:8bfe9914c49b96e301678b39cb0f57de741488d73c84065d9344701c34ae87c6",
        "sha256:2d5ff6d577898038823a2cf3c62caef845128bd32648389cd5ffdb29a50a0938",
    ),
    (
        "sunrise-table",
        "sha256:b16e882ed7fc736dcd2a42b3bceff3ceb418b7a6ed20408f1f5381fb61fef880",
        "sha256:c66699c209e974df19ec1294bbf1a3b7db3e316ee28177e6f2971be8dca2508f",
    ),
];

fn examples() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The digest of the only layer of the image in the sandbox's store.
fn layer(sandbox: &Sandbox, reference: &str) -> String {
    let report = sandbox.ok(&["inspect", reference, "--format", "json"]).json();
    report["layers"][0]["digest"].as_str().unwrap().to_owned()
}

#[test]
fn the_examples_have_their_golden_digests() {
    let sandbox = Sandbox::new();
    let mut found = Vec::new();
    for entry in fs::read_dir(examples()).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let digest = sandbox.pack(&[path.to_str().unwrap(), "--namespace", "examples"]);
        let images = sandbox.ok(&["list", "--format", "json"]).json();
        let rows = images.as_array().unwrap();
        let row = rows.iter().find(|row| row["digest"] == digest.as_str()).unwrap();
        let reference = format!("{}:{}", row["name"].as_str().unwrap(), row["tag"].as_str().unwrap());
        found.push((name, digest, layer(&sandbox, &reference)));
    }
    found.sort();
    let golden: Vec<_> = GOLDEN.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect();
    assert_eq!(found, golden, "(name, manifest, layer)");
}

#[test]
fn an_image_is_named_after_its_card() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    let run = sandbox.ok(&["pack", "hello", "--created", CREATED]);
    assert!(run.stdout.starts_with("sha256:") && run.stdout.lines().count() == 1, "{run:?}");
    assert!(run.stderr.contains("packed examples/hello:1.0.0-draft"), "{run:?}");
    let list = sandbox.ok(&["list"]).stdout;
    assert!(list.contains("examples/hello  1.0.0-draft  draft"), "{list}");
    assert!(list.contains("2026-01-02T03:04:05Z"), "{list}");
}

#[test]
fn only_content_decides_the_digest() {
    let sandbox = Sandbox::new();
    let dir = sandbox.skill("hello", "1.0.0");
    let first = sandbox.pack(&["hello"]);
    fs::File::open(dir.join("SKILL.md")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    fs::set_permissions(dir.join("SKILL.md"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(dir.join("scripts/run.sh"), fs::Permissions::from_mode(0o700)).unwrap();
    sandbox.write("elsewhere/x", "");
    fs::rename(&dir, sandbox.path("elsewhere/hello")).unwrap();
    let mut command = Command::new("sh");
    let line = "umask 077; exec \"$0\" pack elsewhere/hello --created 2026-01-02T03:04:05Z";
    command.args(["-c", line, env!("CARGO_BIN_EXE_skillctl")]).current_dir(sandbox.path("."));
    command.env("SKILLCTL_STORE", sandbox.path("other-store")).env("TZ", "Asia/Tokyo");
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), first);
}

#[test]
fn the_time_of_creation_comes_from_flag_environment_or_clock() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    let created = |sandbox: &Sandbox| {
        let report = sandbox.ok(&["inspect", "examples/hello:1.0.0-draft", "--format", "json"]).json();
        report["annotations"]["org.opencontainers.image.created"].as_str().unwrap().to_owned()
    };
    sandbox.ok(&["pack", "hello", "--created", "2026-01-02T05:04:05.5+02:00"]);
    assert_eq!(created(&sandbox), CREATED);
    let sandbox = sandbox.env("SOURCE_DATE_EPOCH", "86400");
    sandbox.ok(&["pack", "hello"]);
    assert_eq!(created(&sandbox), "1970-01-02T00:00:00Z");
    let sandbox = sandbox.env("SOURCE_DATE_EPOCH", "");
    sandbox.ok(&["pack", "hello"]);
    assert!(created(&sandbox).as_str() > "2026-01-01T00:00:00Z");
}

#[test]
fn what_is_left_out_is_said() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.write("hello/.env", "SECRET=1");
    sandbox.write("hello/notes.tmp", "");
    sandbox.write("hello/.skillignore", "*.tmp\n");
    let run = sandbox.ok(&["pack", "hello"]);
    assert!(run.stderr.contains("left out .env, .skillignore, notes.tmp"), "{}", run.stderr);
    sandbox.ok(&["pull", "examples/hello:1.0.0-draft", "-o", "out"]);
    let files: Vec<_> = tree(&sandbox.path("out/hello")).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(files, ["SKILL.md", "scripts/run.sh", "skill.yaml"]);
}

#[test]
fn a_skill_without_a_card_gets_one() {
    let sandbox = Sandbox::new();
    sandbox.write("plain/SKILL.md", "---\nname: plain\ndescription: Plain.\nmetadata:\n  version: 1.2\n---\nDo it.\n");
    let refused = sandbox.fails(1, &["pack", "plain"]);
    assert!(refused.stderr.contains("--namespace"), "{}", refused.stderr);
    sandbox.ok(&["pack", "plain", "--namespace", "acme/tools"]);
    sandbox.ok(&["pull", "acme/tools/plain:1.2.0-draft", "-o", "out"]);
    let card = fs::read_to_string(sandbox.path("out/plain/skill.yaml")).unwrap();
    assert!(card.contains("namespace: acme/tools") && card.contains("version: 1.2.0"), "{card}");
    assert!(!sandbox.path("plain/skill.yaml").exists(), "the directory is left alone");
}

#[test]
fn an_invalid_card_is_explained_and_nothing_is_stored() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0");
    let refused = sandbox.fails(1, &["pack", "hello"]);
    assert!(refused.stderr.contains("hello/skill.yaml:6:"), "{}", refused.stderr);
    assert!(refused.stderr.contains("metadata.version"), "{}", refused.stderr);
    assert_eq!(sandbox.ok(&["list", "--format", "json"]).json().as_array().unwrap().len(), 0);
}

#[test]
fn links_out_of_the_skill_and_devices_are_refused() {
    let sandbox = Sandbox::new();
    let dir = sandbox.skill("hello", "1.0.0");
    symlink("SKILL.md", dir.join("inside.md")).unwrap();
    sandbox.ok(&["pack", "hello"]);
    for target in ["/etc/passwd", "../outside", "missing", "."] {
        let link = dir.join("link");
        symlink(target, &link).unwrap();
        let refused = sandbox.fails(1, &["pack", "hello"]);
        assert!(refused.stderr.contains("hello/link`"), "{target}: {}", refused.stderr);
        fs::remove_file(link).unwrap();
    }
    assert!(Command::new("mkfifo").arg(dir.join("pipe")).status().unwrap().success());
    let refused = sandbox.fails(1, &["pack", "hello"]);
    assert!(refused.stderr.contains("hello/pipe`"), "{}", refused.stderr);
}

#[test]
fn one_bad_skill_stops_no_other() {
    let sandbox = Sandbox::new();
    for (name, version) in [("one", "1.0.0"), ("two", "x"), ("three", "1.0.0")] {
        sandbox.skill(name, version);
    }
    let run = sandbox.fails(1, &["pack", "one", "two", "missing", "three"]);
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    let names = sandbox.ok(&["list", "--format", "json"]).json();
    let names: Vec<_> = names.as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, ["examples/one", "examples/three"]);
}

#[test]
fn further_names_and_annotations_are_checked() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.ok(&["pack", "hello", "--tag", "quay.io/org/hello:1.0.0-draft", "--annotation", "team=docs"]);
    let report = sandbox.ok(&["inspect", "quay.io/org/hello:1.0.0-draft", "--format", "json"]).json();
    assert_eq!(report["annotations"]["team"], "docs");
    let refused = sandbox.fails(1, &["pack", "hello", "--tag", "quay.io/org/hello:1.0.0"]);
    assert!(refused.stderr.contains("tag `1.0.0` shows a published version"), "{}", refused.stderr);
    let refused = sandbox.fails(2, &["pack", "hello", "--annotation", "io.skillimage.status=published"]);
    assert!(refused.stderr.contains("is written by skillctl"), "{}", refused.stderr);
}

#[test]
fn a_draft_of_a_published_version_is_warned_about() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.pack(&["hello"]);
    sandbox.ok(&["promote", "examples/hello:1.0.0-draft", "--to", "testing"]);
    let run = sandbox.ok(&["pack", "hello"]);
    assert!(run.stderr.contains("warning: this version of examples/hello is already testing"), "{}", run.stderr);
}

#[test]
fn layouts_and_archives_are_written_and_read_back() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    let digest = sandbox.pack(&["hello"]);
    for (output, name) in
        [("oci:out", ""), ("oci:named:1.0.0", ":1.0.0"), ("oci-archive:a.tar", ""), ("oci-archive:b.tar:v1", ":v1")]
    {
        assert_eq!(sandbox.pack(&["hello", "--output", output]), digest, "{output}");
        let place = output.strip_suffix(name).unwrap();
        for reference in [place.to_owned(), format!("{place}{name}")] {
            let report = sandbox.ok(&["inspect", &reference, "--format", "json"]).json();
            assert_eq!(report["digest"], digest.as_str(), "{reference}");
        }
        sandbox.ok(&["pull", place, "-o", "unpacked", "--force"]);
        assert_eq!(tree(&sandbox.path("unpacked/hello")), tree(&sandbox.path("hello")));
    }
}

#[test]
fn an_index_has_one_layer_and_its_own_status() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.pack(&["hello"]);
    let single = layer(&sandbox, "examples/hello:1.0.0-draft");
    sandbox.pack(&["hello", "--platform", "linux/amd64,linux/arm64"]);
    let report = sandbox.ok(&["inspect", "examples/hello:1.0.0-draft", "--format", "json"]).json();
    assert_eq!(report["platforms"], serde_json::json!(["linux/amd64", "linux/arm64"]));
    assert_eq!(report["layers"][0]["digest"], single.as_str());
    let children = || {
        let index = fs::read_to_string(sandbox.store().join("index.json")).unwrap();
        let index: serde_json::Value = serde_json::from_str(&index).unwrap();
        let digest = index["manifests"][0]["digest"].as_str().unwrap().replace(':', "/");
        let manifest = fs::read_to_string(sandbox.store().join("blobs").join(digest)).unwrap();
        serde_json::from_str::<serde_json::Value>(&manifest).unwrap()["manifests"].clone()
    };
    let before = children();
    sandbox.ok(&["promote", "examples/hello:1.0.0-draft", "--to", "testing"]);
    assert_eq!(children(), before, "an index is promoted on the index alone");
    sandbox.ok(&["pull", "examples/hello:1.0.0-testing", "-o", "out"]);
    assert_eq!(tree(&sandbox.path("out/hello")), tree(&sandbox.path("hello")));
}

#[test]
fn the_media_types_change_and_the_bytes_do_not() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.pack(&["hello"]);
    let standard = layer(&sandbox, "examples/hello:1.0.0-draft");
    sandbox.pack(&["hello", "--media-type", "redhat"]);
    let report = sandbox.ok(&["inspect", "examples/hello:1.0.0-draft", "--format", "json"]).json();
    assert_eq!(report["layers"][0]["digest"], standard.as_str());
    assert_eq!(report["layers"][0]["mediaType"], "application/vnd.redhat.agentskill.layer.v1.tar+gzip");
    assert_eq!(report["config"]["mediaType"], "application/vnd.redhat.agentskill.config.v1+json");
    sandbox.ok(&["pull", "examples/hello:1.0.0-draft", "-o", "out"]);
}

/// What we write is what the specification's own types read.
#[test]
fn manifests_configs_and_layouts_follow_the_image_specification() {
    use oci_spec::image::{Arch, ImageConfiguration, ImageIndex, ImageManifest, MediaType, OciLayout, Os};
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.pack(&["hello", "--platform", "linux/arm64"]);
    let store = sandbox.store();
    let blob = |digest: &oci_spec::image::Digest| store.join("blobs").join(digest.to_string().replace(':', "/"));

    assert_eq!(OciLayout::from_file(store.join("oci-layout")).unwrap().image_layout_version(), "1.0.0");
    let layout = ImageIndex::from_file(store.join("index.json")).unwrap();
    assert_eq!(layout.manifests()[0].media_type(), &MediaType::ImageIndex);
    let index = ImageIndex::from_file(blob(layout.manifests()[0].digest())).unwrap();
    assert_eq!(index.annotations().as_ref().unwrap()["io.skillimage.status"], "draft");
    let manifest = ImageManifest::from_file(blob(index.manifests()[0].digest())).unwrap();
    assert_eq!(manifest.layers()[0].media_type(), &MediaType::ImageLayerGzip);
    let config = ImageConfiguration::from_file(blob(manifest.config().digest())).unwrap();
    assert_eq!((config.os(), config.architecture()), (&Os::Linux, &Arch::ARM64));
    assert_eq!(config.rootfs().diff_ids().len(), 1);
}

#[test]
fn a_directory_without_instructions_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("empty/notes.md", "nothing");
    let refused = sandbox.fails(1, &["pack", "empty"]);
    assert!(refused.stderr.contains("empty/SKILL.md:1:1: the directory has no `SKILL.md`"), "{}", refused.stderr);
}

#[test]
fn init_leaves_nothing_behind_when_it_fails() {
    let sandbox = Sandbox::new();
    sandbox.fails(1, &["init", "Bad-Name"]);
    assert!(!sandbox.path("Bad-Name").exists());
    sandbox.ok(&["init", "Bad-Name", "--name", "good-name", "--namespace", "acme"]);
    sandbox.ok(&["pack", "Bad-Name"]);
    sandbox.ok(&["inspect", "acme/good-name:0.1.0-draft"]);
}

#[test]
fn a_namespace_beside_a_card_is_warned_about() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    let run = sandbox.ok(&["pack", "hello", "--namespace", "acme"]);
    assert!(run.stderr.contains("warning: examples/hello has its namespace from its card"), "{}", run.stderr);
    assert!(!sandbox.ok(&["pack", "hello", "--namespace", "examples"]).stderr.contains("warning"));
}

#[test]
fn a_skill_that_loses_its_name_to_another_is_named() {
    let sandbox = Sandbox::new();
    sandbox.skill("one/hello", "1.0.0");
    sandbox.skill("two/hello", "1.0.0");
    for path in ["one/hello", "two/hello"] {
        let text = "apiVersion: skillimage.io/v1alpha1\nkind: SkillCard\nmetadata:\n  name: hello\n  namespace: examples\n  version: 1.0.0\n  description: Says hello.\n";
        sandbox.write(&format!("{path}/skill.yaml"), text);
        sandbox.write(&format!("{path}/SKILL.md"), "---\nname: hello\ndescription: Says hello.\n---\n");
    }
    let run = sandbox.ok(&["pack", "one/hello", "two/hello", "--created", CREATED]);
    assert!(!run.stderr.contains("both"), "the same content under the same name: {}", run.stderr);
    sandbox.write("two/hello/more.md", "more");
    let run = sandbox.ok(&["-q", "pack", "one/hello", "two/hello", "--created", CREATED]);
    assert!(run.stderr.contains("one/hello and two/hello are both examples/hello:1.0.0-draft"), "{}", run.stderr);
}
