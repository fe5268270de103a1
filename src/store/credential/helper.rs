//! Credential helpers: programs `docker-credential-NAME` that are asked for one registry.
//!
//! The protocol is `docker_credential`'s; what it lacks is here: a time limit, and "not found" as
//! an answer rather than a failure.

use std::time::Duration;

use docker_credential::{CredentialRetrievalError, DockerCredential};
use tokio::sync::oneshot;

use super::{Error, Found, file};
use crate::store::printable::printable;

/// A helper may wait for a person to unlock a keychain, but not for ever.
const TIME_LIMIT: Duration = Duration::from_mins(1);

type Answer = Result<DockerCredential, CredentialRetrievalError>;

/// Asks the helper called `name` for the credential of `host`.
pub(super) async fn ask(name: &str, host: &str) -> Result<Option<Found>, Error> {
    let helper = format!("docker-credential-{name}");
    let failed = |problem: String| Error::Helper { helper: helper.clone(), host: host.to_owned(), problem };
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
        return Err(failed("its name may hold letters, digits, `.`, `_` and `-` only".to_owned()));
    }
    match tokio::time::timeout(TIME_LIMIT, run(name, address(host))).await {
        Ok(Ok(answer)) => {
            let credential = understand(answer).map_err(failed)?;
            Ok(credential.map(|found| Found { credential: file::credential(found), source: helper.clone() }))
        }
        Ok(Err(_)) => Err(failed("it could not be run".to_owned())),
        Err(_) => Err(failed(format!("no answer within {} s", TIME_LIMIT.as_secs()))),
    }
}

/// What Docker gives to helpers: the registry's name, for Docker Hub its oldest URL.
fn address(host: &str) -> String {
    match super::canonical(host) {
        "docker.io" => "https://index.docker.io/v1/".to_owned(),
        host => host.to_owned(),
    }
}

/// Runs the helper on a thread of its own, which a helper that hangs cannot use to hold up the
/// end of the program, as it could with one of the runtime's.
fn run(name: &str, address: String) -> oneshot::Receiver<Answer> {
    let (sender, receiver) = oneshot::channel();
    let document = serde_json::json!({ "credHelpers": { &address: name } }).to_string();
    std::thread::spawn(move || {
        let answer = docker_credential::get_credential_from_reader(document.as_bytes(), &address);
        // Nobody listens any more once the time limit has passed.
        let _ = sender.send(answer);
    });
    receiver
}

fn understand(answer: Answer) -> Result<Option<DockerCredential>, String> {
    match answer {
        Ok(credential) => Ok(Some(credential)),
        Err(CredentialRetrievalError::HelperFailure { stdout, stderr, .. }) => {
            if stdout.contains("credentials not found") || stderr.contains("credentials not found") {
                return Ok(None);
            }
            let said = [stdout.trim(), stderr.trim()].into_iter().find(|text| !text.is_empty());
            Err(said.map_or_else(|| "it gave no reason".to_owned(), |text| printable(text, 200)))
        }
        Err(CredentialRetrievalError::MalformedHelperResponse) => Err("its answer is not the protocol's".to_owned()),
        Err(_) => Err("it could not be run; is it in the search path?".to_owned()),
    }
}
