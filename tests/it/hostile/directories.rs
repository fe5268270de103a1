//! Skill directories that mean harm.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use skillctl::digest::Digest;

use crate::support::registry::{Options, Registry};
use crate::support::sandbox::Sandbox;

/// Runs to its end, which must come soon; gives the exit code.
fn code_in_time(mut command: Command) -> Option<i32> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("it does not end");
}

#[test]
fn a_fifo_holds_nothing_up() {
    for name in ["SKILL.md", "skill.yaml", ".skillignore"] {
        let sandbox = Sandbox::new();
        let skill = sandbox.skill("hello", "1.0.0");
        let _ = std::fs::remove_file(skill.join(name));
        assert!(Command::new("mkfifo").arg(skill.join(name)).status().unwrap().success());
        assert_eq!(code_in_time(sandbox.command(&["pack", "hello"])), Some(1), "{name}");
        if name != ".skillignore" {
            assert_eq!(code_in_time(sandbox.command(&["validate", "hello"])), Some(1), "{name}");
        }
    }
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// Puts an image with the given layers, digest and size each, under `org/x:TAG`; a skill if it has
/// a status.
fn put_image(registry: &Registry, tag: &str, layers: &[(Digest, u64)], status: Option<&str>) -> String {
    let config = registry.put_blob("org/x", "{}");
    let layer =
        |(digest, size): &(Digest, u64)| format!(r#"{{"mediaType":"{LAYER}","digest":"{digest}","size":{size}}}"#);
    let layers: Vec<String> = layers.iter().map(layer).collect();
    let status =
        status.map_or(String::new(), |status| format!(r#","annotations":{{"io.skillimage.status":"{status}"}}"#));
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":2}},"layers":[{}]{status}}}"#,
        layers.join(",")
    );
    registry.put_manifest("org/x", tag, (MANIFEST, text));
    registry.clear_log();
    format!("{}/org/x:{tag}", registry.host())
}

#[test]
fn a_layer_that_is_refused_is_not_stored() {
    let registry = Registry::start(Options::default());
    let layer = "no tar at all".repeat(100);
    let size = layer.len() as u64;
    let digest = registry.put_blob("org/x", layer);
    let name = put_image(&registry, "1.0.0", &[(digest, size)], Some("published"));
    let sandbox = Sandbox::new();
    let refused = sandbox.fails(1, &["pull", &name, "-o", "out"]);
    assert!(refused.stderr.contains("archive"), "{}", refused.stderr);
    assert!(!sandbox.path("out").exists());
    assert_eq!(sandbox.ok(&["list", "--format", "json"]).json().as_array().unwrap().len(), 0);
    assert_eq!(sandbox.ok(&["prune", "--format", "json"]).json()["blobs"], 0);
}

#[test]
fn what_no_skill_can_be_is_not_fetched() {
    let registry = Registry::start(Options::default());
    let huge = (Digest::of(b"x"), 1 << 50);
    let tiny = |count: u8| (0..count).map(|n| (Digest::of(&[n]), 1)).collect::<Vec<_>>();
    let sandbox = Sandbox::new();
    for (verb, layers, rule) in [
        ("pull", vec![huge.clone()], "bytes, at most"),
        ("inspect", vec![huge], "bytes; at most"),
        ("pull", tiny(65), "has 65 layers"),
        ("inspect", tiny(2), "has 2 layers"),
    ] {
        let name = put_image(&registry, "1.0.0", &layers, Some("published"));
        let refused = sandbox.fails(1, &[verb, &name]);
        assert!(refused.stderr.contains(rule), "{verb}: {}", refused.stderr);
        let reads = registry.lines().into_iter().filter(|line| line.contains("/blobs/")).count();
        assert_eq!(reads, 0, "{verb} {rule}: {:?}", registry.lines());
    }
}

#[test]
fn sizes_that_no_number_holds_are_shown() {
    let registry = Registry::start(Options::default());
    let layers = [(Digest::of(b"x"), u64::MAX), (Digest::of(b"y"), u64::MAX)];
    let name = put_image(&registry, "1.0.0", &layers, None);
    let shown = Sandbox::new().ok(&["inspect", &name, "--format", "json"]).json();
    assert_eq!(shown["size"], u64::MAX);
}

/// A status may hold a line that looks like another row, or move the cursor.
#[test]
fn a_status_cannot_forge_output() {
    let registry = Registry::start(Options::default());
    let name = put_image(&registry, "1.0.0", &[], Some("draft\\nforged: row\\u009b2J"));
    let sandbox = Sandbox::new();
    sandbox.ok(&["pull", &name]);
    assert_eq!(sandbox.ok(&["list"]).stdout.lines().count(), 2);
    let json = sandbox.ok(&["list", "--format", "json"]);
    assert!(json.stdout.is_ascii() && json.json()[0]["status"] == "draft\nforged: row\u{9b}2J", "{json:?}");
}

/// One odd name must not cost the judgement on all others.
#[test]
fn paths_that_are_not_utf8_are_reported_as_json() {
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::new();
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9");
    let skill = sandbox.path(".").join(odd);
    std::fs::rename(sandbox.skill("hello", "1.0.0"), &skill).unwrap();
    for args in [&["validate"][..], &["pack"], &["init", "--name", "new", "--namespace", "x"]] {
        let mut command = sandbox.command(args);
        let dir = if args[0] == "init" { skill.join("new") } else { skill.clone() };
        let output = command.args(["--format", "json"]).arg(dir).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("caf\u{fffd}") && serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }
}

#[test]
fn a_fifo_in_a_layout_holds_nothing_up() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    let digest = sandbox.pack(&["hello", "--output", "oci:layout"]);
    for name in [format!("layout/blobs/{}", digest.replace(':', "/")), "layout/index.json".to_owned()] {
        let path = sandbox.path(&name);
        std::fs::remove_file(&path).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert_eq!(code_in_time(sandbox.command(&["inspect", "oci:layout"])), Some(1), "{name}");
    }
}
