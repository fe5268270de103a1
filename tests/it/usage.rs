//! Wrong usage: exit code 2, said before anything is done, and nothing ignored in silence.

use crate::support::sandbox::{CREATED, Sandbox};

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn packed() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.pack(&["hello"]);
    sandbox
}

#[test]
fn a_digest_is_no_destination() {
    let sandbox = packed();
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
    let sandbox = packed();
    sandbox.ok(&["pack", "hello", "--created", CREATED, "-o", "oci-archive:hello.tar"]);
    let refused = sandbox.fails(2, &["promote", "oci-archive:hello.tar", "--to", "testing"]);
    assert!(refused.stderr.contains("`hello.tar` cannot be changed"), "{}", refused.stderr);
    sandbox.ok(&["pack", "hello", "--created", CREATED, "-o", "oci:layout:1.0.0-draft"]);
    sandbox.ok(&["promote", "oci:layout:1.0.0-draft", "--to", "testing"]);
    sandbox.ok(&["inspect", "oci:layout:1.0.0-testing"]);
}
