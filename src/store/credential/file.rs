//! Docker's `config.json` and podman's `auth.json`: which entry is for a repository.
//!
//! Entries are keyed by registry, by registry and path (the longest that fits wins), or by an old
//! URL such as `https://index.docker.io/v1/`. Decoding an entry is left to `docker_credential`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use docker_credential::DockerCredential;
use serde::Deserialize;
use serde_json::Value;

use super::{Credential, Error, Secret, canonical};

/// podman's word for "no helper, look into this file".
const THIS_FILE: &str = "containers-auth.json";

/// The parts of a credentials file that we read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct File {
    #[serde(default)]
    auths: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    cred_helpers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    creds_store: Option<String>,
}

/// The file's content; none where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<File>, Error> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(source) => return Err(Error::Read { path: path.to_owned(), source }),
    };
    // As Docker has it; `/dev/null` is how scripts say "none".
    if text.trim_ascii().is_empty() {
        return Ok(None);
    }
    let place = |error: serde_json::Error| format!("line {}, column {}", error.line(), error.column());
    let file = serde_json::from_slice(&text).map_err(|error| super::malformed(path, place(error)))?;
    Ok(Some(file))
}

/// Also below a home directory that is none, as `/dev/null` is for many services.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

impl File {
    /// The helper named for this registry alone.
    pub(super) fn helper_of(&self, host: &str) -> Option<&str> {
        let mut helpers = self.cred_helpers.iter().flatten();
        let (_, name) = helpers.find(|(key, _)| registry_of(key) == canonical(host))?;
        usable(name)
    }

    /// The helper for every registry without an entry.
    pub(super) fn default_helper(&self) -> Option<&str> {
        self.creds_store.as_deref().and_then(usable)
    }

    /// The credential of the longest key that fits; none where the entry is empty.
    pub(super) fn entry(&self, host: &str, path: &str) -> Result<Option<Credential>, String> {
        let wanted = format!("{}/{path}", canonical(host));
        let fitting = self.auths.iter().flatten().filter_map(|(key, entry)| {
            let length = fit(key, &wanted)?;
            Some((length, key, entry))
        });
        let Some((_, key, entry)) = fitting.max_by_key(|(length, ..)| *length) else {
            return Ok(None);
        };
        decode(entry).map_err(|()| format!("the entry of `{key}` holds no user and password"))
    }
}

fn usable(name: &str) -> Option<&str> {
    (!name.is_empty() && name != THIS_FILE).then_some(name)
}

/// How many characters of `wanted` the key covers, if it covers whole segments.
fn fit(key: &str, wanted: &str) -> Option<usize> {
    let key = plain(key);
    let rest = wanted.strip_prefix(key.as_str())?;
    (rest.is_empty() || rest.starts_with('/')).then_some(key.len())
}

/// A key without what old versions of Docker put around the registry's name.
fn plain(key: &str) -> String {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let bare = bare.trim_end_matches('/');
    let bare = bare.strip_suffix("/v1").or_else(|| bare.strip_suffix("/v2")).unwrap_or(bare);
    match bare.split_once('/') {
        Some((host, path)) => format!("{}/{path}", canonical(host)),
        None => canonical(bare).to_owned(),
    }
}

fn registry_of(key: &str) -> String {
    let key = plain(key);
    key.split_once('/').map_or_else(|| key.clone(), |(host, _)| host.to_owned())
}

/// Reads one entry. An entry without any credential, as Docker writes beside a helper, is none.
fn decode(entry: &Value) -> Result<Option<Credential>, ()> {
    let full = |name: &str| entry.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if !["auth", "identitytoken", "password"].into_iter().any(full) {
        return Ok(None);
    }
    let mut entry = entry.clone();
    if let Some(members) = entry.as_object_mut() {
        members.retain(|_, value| value.as_str() != Some(""));
    }
    let document = serde_json::json!({ "auths": { "entry": entry } }).to_string();
    let decoded = docker_credential::get_credential_from_reader(document.as_bytes(), "entry").map_err(|_| ())?;
    Ok(Some(credential(decoded)))
}

/// As `docker_credential` gives it, in our type.
pub(super) fn credential(decoded: DockerCredential) -> Credential {
    match decoded {
        DockerCredential::IdentityToken(token) => Credential::Identity(Secret::new(token)),
        // Old versions of Docker padded the password with zero bytes.
        DockerCredential::UsernamePassword(user, password) => {
            Credential::Login { user, password: Secret::new(password.trim_end_matches('\0')) }
        }
    }
}
