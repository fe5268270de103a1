//! Credential helpers, as programs in the search path of the built binary.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use super::*;

/// What a helper prints that knows the login.
const LOGIN: &str = r#"echo '{"ServerURL":"x","Username":"user","Secret":"canary"}'"#;

/// Runs `skillctl` with a Docker configuration that names the helper `test`, which is `script`.
fn skillctl(args: &[&str], directory: &Path, script: &str) -> Output {
    let helper = directory.join("docker-credential-test");
    let script = format!("#!/bin/sh\nread host; echo \"$1 $host\" >> {}/log\n{script}", directory.display());
    std::fs::write(&helper, script).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(directory.join("config.json"), r#"{"credsStore":"test"}"#).unwrap();
    Command::new(env!("CARGO_BIN_EXE_skillctl"))
        .args(args)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", directory.display()))
        .env("DOCKER_CONFIG", directory)
        .env("XDG_DATA_HOME", directory)
        .output()
        .unwrap()
}

fn tags(registry: &Registry, directory: &Path, script: &str) -> Output {
    skillctl(&["tags", &format!("{}/{REPOSITORY}", registry.host())], directory, script)
}

fn log(directory: &Path) -> String {
    std::fs::read_to_string(directory.join("log")).unwrap()
}

fn locked() -> Registry {
    let auth = Auth::Basic("user", "canary");
    let registry = Registry::start(registry::Options { auth, ..registry::Options::default() });
    seed(&registry, "1.0.0", &sample("x"));
    registry
}

#[test]
fn a_helper_gives_the_login_for_a_registry() {
    let (registry, directory) = (locked(), tempfile::tempdir().unwrap());
    let output = tags(&registry, directory.path(), LOGIN);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "1.0.0\n", "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(log(directory.path()), format!("get {}\n", registry.host()));
}

#[test]
fn a_helper_is_asked_once_for_all_repositories_of_a_run() {
    let (registry, directory) = (Registry::start(with_tokens(Tokens::default())), tempfile::tempdir().unwrap());
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let (one, two) = (format!("{examples}/hello-world"), format!("{examples}/commit-message"));
    let prefix = format!("{}/org", registry.host());
    let output = skillctl(&["pack", &one, &two, "--push", &prefix], directory.path(), LOGIN);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(registry.lines().iter().filter(|line| *line == "GET /token").count(), 2);
    assert_eq!(log(directory.path()), format!("get {}\n", registry.host()));
}

#[test]
fn a_helper_without_the_registry_is_no_failure_of_its_own() {
    let (registry, directory) = (locked(), tempfile::tempdir().unwrap());
    let output = tags(&registry, directory.path(), "echo credentials not found in native keychain; exit 1");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("no credentials were found for it"), "{text}");
    assert!(text.contains(&format!("podman login {}", registry.host())), "{text}");
}

#[test]
fn a_helper_that_fails_is_named_with_its_reason() {
    let (registry, directory) = (locked(), tempfile::tempdir().unwrap());
    for (script, reason) in [("echo locked; exit 1", "locked"), ("echo {}", "its answer is not the protocol's")] {
        let output = tags(&registry, directory.path(), script);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.contains(&format!("`docker-credential-test` failed for `{}`: {reason}", registry.host())),
            "{text}"
        );
        assert_eq!(output.status.code(), Some(1));
    }
}
