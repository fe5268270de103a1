//! Wrong usage: exit code 2, said before anything is done, and nothing ignored in silence.

use crate::support::sandbox::{CREATED, Sandbox};

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn a_digest_is_no_destination() {
    let sandbox = Sandbox::packed();
    let name = "examples/hello:1.0.0-draft";
    let destination = format!("127.0.0.1:1/org/hello:1@{DIGEST}");
    for args in
        [&["push", name, &destination][..], &["tag", name, &destination], &["pack", "hello", "-t", &destination]]
    {
        let refused = sandbox.fails(2, args);
        assert!(refused.stderr.contains("digest"), "{}", refused.stderr);
    }
    assert_eq!(sandbox.ok(&["list", "--format", "json"]).json().as_array().unwrap().len(), 1);
}

/// The copy that would be changed is gone when the command ends.
#[test]
fn an_archive_is_not_promoted() {
    let sandbox = Sandbox::packed();
    sandbox.ok(&["pack", "hello", "--created", CREATED, "-o", "oci-archive:hello.tar"]);
    let refused = sandbox.fails(2, &["promote", "oci-archive:hello.tar", "--to", "testing"]);
    assert!(refused.stderr.contains("`hello.tar` cannot be changed"), "{}", refused.stderr);
    sandbox.ok(&["pack", "hello", "--created", CREATED, "-o", "oci:layout:1.0.0-draft"]);
    sandbox.ok(&["promote", "oci:layout:1.0.0-draft", "--to", "testing"]);
    sandbox.ok(&["inspect", "oci:layout:1.0.0-testing"]);
}

/// Scripts write `VARIABLE=` for "nothing".
#[test]
fn an_empty_variable_counts_as_unset() {
    let variables = [
        "SKILLCTL_CREDS",
        "REGISTRY_AUTH_FILE",
        "SKILLCTL_CA_FILE",
        "SKILLCTL_PLAIN_HTTP",
        "SKILLCTL_STORE",
        "SOURCE_DATE_EPOCH",
    ];
    let sandbox = variables.into_iter().fold(Sandbox::packed(), |sandbox, name| sandbox.env(name, ""));
    sandbox.ok(&["pack", "hello"]);
    assert!(sandbox.path("home/.local/share/skillctl/store/index.json").exists());
    let refused = sandbox.fails(1, &["tags", "127.0.0.1:1/org/hello"]);
    assert!(refused.stderr.contains("nothing listens"), "{}", refused.stderr);
}

#[test]
fn a_switch_in_the_environment_is_any_word_for_yes() {
    for (value, tries_tls) in [("1", false), ("true", false), ("yes", false), ("0", true), ("false", true)] {
        let sandbox = Sandbox::new().env("SKILLCTL_PLAIN_HTTP", value);
        let refused = sandbox.fails(1, &["tags", "registry.invalid/org/hello"]);
        assert_eq!(refused.stderr.contains("GET https://"), tries_tls, "{value}: {}", refused.stderr);
    }
}

#[test]
fn without_a_home_there_is_no_store() {
    let sandbox = Sandbox::packed();
    let here = sandbox.path(".");
    for homeless in ["", "relative"] {
        let mut command = sandbox.command(&["pack", "hello"]);
        command.env_remove("SKILLCTL_STORE").env("HOME", homeless);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains("set SKILLCTL_STORE"));
        let mut command = sandbox.command(&["validate", "hello"]);
        assert!(command.env_remove("SKILLCTL_STORE").env("HOME", homeless).output().unwrap().status.success());
    }
    assert!(!here.join("skillctl").exists() && !here.join("relative").exists());
}

#[test]
fn a_name_that_cannot_be_given_is_refused_before_anything_is_packed() {
    let sandbox = Sandbox::packed();
    sandbox.skill("other", "1.0.0");
    for (args, rule) in [
        (&["hello", "other", "-o", "oci:layout:name"][..], "can name one image only"),
        (&["hello", "-o", "oci:layout:No Name"], "`No Name` is not a"),
        (&["hello", "-o", "oci-archive:layout:No Name"], "`No Name` is not a"),
        (&["hello", "--push", "org/skills"], "names no registry"),
    ] {
        let refused = sandbox.fails(2, &[&["pack"], args].concat());
        assert!(refused.stderr.contains(rule), "{}", refused.stderr);
    }
    assert!(!sandbox.path("layout").exists());
}

/// As `skopeo copy docker://… oci:DIR` writes it.
#[test]
fn the_only_image_of_a_layout_needs_no_name() {
    let sandbox = Sandbox::packed();
    sandbox.ok(&["pack", "hello", "--created", CREATED, "-o", "oci:layout"]);
    let index = std::fs::read_to_string(sandbox.path("layout/index.json")).unwrap();
    let (head, tail) = index.split_once(r#","annotations":{"#).unwrap();
    let (_, tail) = tail.split_once('}').unwrap();
    sandbox.write("layout/index.json", format!("{head}{tail}"));
    sandbox.ok(&["inspect", "oci:layout"]);
    sandbox.ok(&["pull", "oci:layout", "-o", "out"]);
    assert!(sandbox.path("out/hello/SKILL.md").exists());
    sandbox.ok(&["promote", "oci:layout", "--to", "testing"]);
    assert_eq!(sandbox.ok(&["inspect", "oci:layout:1.0.0-testing", "--format", "json"]).json()["status"], "testing");
}

#[test]
fn only_a_yes_removes() {
    use std::io::Write;
    use std::process::Stdio;
    let sandbox = Sandbox::packed();
    for (answer, code) in [(&b""[..], 2), (b"n\n", 2), (b"\xff\n", 2), (b"yesterday\n", 2), (b" YES \n", 0)] {
        let mut command = sandbox.command(&["rm", "examples/hello:1.0.0-draft"]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(answer).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{answer:?}");
    }
    assert!(sandbox.ok(&["list", "--format", "json"]).json().as_array().unwrap().is_empty());
}
