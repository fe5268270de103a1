//! Credential helpers: programs `docker-credential-NAME` that are asked for one registry.
//!
//! The protocol is `docker_credential`'s; what it lacks is here: a time limit, and "not found" as
//! an answer rather than a failure.

use std::time::Duration;

use docker_credential::{CredentialRetrievalError, DockerCredential};
use tokio::sync::oneshot;

use super::{Error, Found, file};
use crate::printable::one_line;

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
    let credential = within(TIME_LIMIT, run(name, address(host))).await.and_then(understand).map_err(failed)?;
    Ok(credential.map(|found| Found { credential: file::credential(found), source: helper.clone() }))
}

async fn within(limit: Duration, answer: oneshot::Receiver<Answer>) -> Result<Answer, String> {
    match tokio::time::timeout(limit, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err("it could not be run".to_owned()),
        Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
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
            Err(said.map_or_else(|| "it gave no reason".to_owned(), |text| one_line(text, 200)))
        }
        Err(CredentialRetrievalError::MalformedHelperResponse) => Err("its answer is not the protocol's".to_owned()),
        Err(_) => Err("it could not be run; is it in the search path?".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(stdout: &str) -> Answer {
        let (helper, stdout) = ("docker-credential-x".to_owned(), stdout.to_owned());
        Err(CredentialRetrievalError::HelperFailure { helper, stdout, stderr: String::new() })
    }

    #[test]
    fn a_helper_that_hangs_is_given_up() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (_sender, receiver) = oneshot::channel();
        let outcome = runtime.block_on(within(Duration::from_millis(10), receiver));
        assert_eq!(outcome.unwrap_err(), "no answer within 0 s");
    }

    #[test]
    fn not_found_is_an_answer_and_other_failures_are_shown_fit_for_a_terminal() {
        assert_eq!(understand(failure("credentials not found in native keychain\n")), Ok(None));
        assert_eq!(understand(failure("locked\u{1b}[2J\n")), Err("locked[2J".to_owned()));
        assert_eq!(understand(failure("")), Err("it gave no reason".to_owned()));
    }
}
