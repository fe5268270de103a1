//! Tests of the search through sources, files and helpers.

use super::*;

/// `user:pass`, `other:word`, `org:secret`
const USER: &str = "dXNlcjpwYXNz";
const OTHER: &str = "b3RoZXI6d29yZA==";
const ORG: &str = "b3JnOnNlY3JldA==";

fn login(user: &str, password: &str) -> Credential {
    Credential::Login { user: user.to_owned(), password: Secret::new(password) }
}

fn write(directory: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn find(files: Vec<PathBuf>, host: &str, path: &str) -> Result<Option<Credential>, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let found = runtime.block_on(Keyring::new(Sources { given: None, files }).find(host, path))?;
    Ok(found.map(|found| found.credential))
}

#[test]
fn the_longest_key_wins_and_covers_whole_segments() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        r#"{{"auths":{{"quay.io":{{"auth":"{USER}"}},"quay.io/org":{{"auth":"{ORG}"}},"quay.io/org/deep":{{"auth":"{OTHER}"}}}}}}"#
    );
    let file = write(&directory, "auth.json", &text);
    let at = |path| find(vec![file.clone()], "quay.io", path).unwrap();
    assert_eq!(at("org/deep/x"), Some(login("other", "word")));
    assert_eq!(at("org/x"), Some(login("org", "secret")));
    assert_eq!(at("organ/x"), Some(login("user", "pass")));
    assert_eq!(find(vec![file.clone()], "quay.io.evil.example", "org/x").unwrap(), None);
    assert_eq!(find(vec![file], "quay.io:8443", "org/x").unwrap(), None);
}

#[test]
fn old_keys_of_docker_hub_are_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let file = write(
        &directory,
        "config.json",
        &format!(
            r#"{{"auths":{{"https://index.docker.io/v1/":{{"auth":"{USER}"}},"http://old.example/v2/":{{"auth":"{ORG}"}}}}}}"#
        ),
    );
    for host in ["docker.io", "index.docker.io", "registry-1.docker.io"] {
        assert_eq!(find(vec![file.clone()], host, "a/b").unwrap(), Some(login("user", "pass")), "{host}");
    }
    assert_eq!(find(vec![file], "old.example", "a/b").unwrap(), Some(login("org", "secret")));
}

#[test]
fn every_form_of_an_entry_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let cases = [
        (r#"{"auth":"dXNlcjpwYXNz"}"#, Some(login("user", "pass"))),
        (r#"{"auth":"dXNlcjpwYTpzcwAA"}"#, Some(login("user", "pa:ss"))),
        (r#"{"username":"user","password":"pass"}"#, Some(login("user", "pass"))),
        (r#"{"auth":"","username":"user","password":"pass"}"#, Some(login("user", "pass"))),
        (r#"{"auth":"dXNlcjo=","identitytoken":"refresh"}"#, Some(Credential::Identity(Secret::new("refresh")))),
        (r#"{"email":"x"}"#, None),
        ("{}", None),
    ];
    for (entry, expected) in cases {
        let file = write(&directory, "f.json", &format!(r#"{{"auths":{{"r.example":{entry}}}}}"#));
        assert_eq!(find(vec![file], "r.example", "a").unwrap(), expected, "{entry}");
    }
}

#[test]
fn a_file_without_the_registry_leaves_it_to_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let absent = directory.path().join("absent.json");
    let first = write(&directory, "1.json", &format!(r#"{{"auths":{{"a.example":{{"auth":"{USER}"}}}}}}"#));
    let second = write(
        &directory,
        "2.json",
        &format!(r#"{{"auths":{{"a.example":{{"auth":"{ORG}"}},"b.example":{{"auth":"{OTHER}"}}}}}}"#),
    );
    let files = || vec![absent.clone(), first.clone(), second.clone()];
    assert_eq!(find(files(), "a.example", "x").unwrap(), Some(login("user", "pass")));
    assert_eq!(find(files(), "b.example", "x").unwrap(), Some(login("other", "word")));
    assert_eq!(find(files(), "c.example", "x").unwrap(), None);
}

#[test]
fn broken_files_are_errors_that_show_no_value() {
    let directory = tempfile::tempdir().unwrap();
    for text in ["{", r#"{"auths":[]}"#, r#"{"auths":{"r.example":{"auth":"c2VjcmV0"}}}"#] {
        let file = write(&directory, "f.json", text);
        let error = find(vec![file.clone()], "r.example", "a").unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, Error::Malformed { .. }) && message.contains(file.to_str().unwrap()), "{message}");
        assert!(!message.contains("secret") && !message.contains("c2VjcmV0"), "{message}");
    }
}

#[test]
fn helpers_must_be_there_and_have_plain_names() {
    let directory = tempfile::tempdir().unwrap();
    for (name, message) in [("skillctl-test-absent", "search path"), ("../../bin/sh", "its name may hold")] {
        let file = write(&directory, "f.json", &format!(r#"{{"credsStore":"{name}"}}"#));
        let error = find(vec![file], "r.example", "a").unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn podmans_name_for_the_file_itself_is_no_helper() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        r#"{{"credHelpers":{{"r.example":"containers-auth.json"}},"auths":{{"r.example":{{"auth":"{USER}"}}}}}}"#
    );
    let file = write(&directory, "f.json", &text);
    assert_eq!(find(vec![file], "r.example", "a").unwrap(), Some(login("user", "pass")));
}

#[test]
fn a_given_credential_decides_alone() {
    let given = Found { credential: Credential::from_pair("me:pa:ss").unwrap(), source: "--creds".to_owned() };
    let keyring = Keyring::new(Sources { given: Some(given.clone()), files: vec!["/absent".into()] });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(keyring.find("r.example", "a")).unwrap(), Some(given));
    assert_eq!(Credential::from_pair("me:pa:ss").unwrap(), login("me", "pa:ss"));
    for text in ["", "me", ":word"] {
        assert!(Credential::from_pair(text).is_err(), "{text}");
    }
}

#[test]
fn secrets_never_show() {
    let shown = format!("{:?} {:?}", login("user", "hunter2"), Credential::Identity(Secret::new("hunter2")));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn no_file_and_an_empty_one_hold_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let empty = write(&directory, "empty.json", " \n");
    let files = vec!["/dev/null/.docker/config.json".into(), "/dev/null".into(), empty, directory.path().join("none")];
    assert_eq!(find(files, "quay.io", "org/x").unwrap(), None);
}
