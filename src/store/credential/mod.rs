//! Credentials for registries: what they are, and where they are looked for.
//!
//! The places come in as values: this room reads the files it is told about and asks the helpers
//! they name, but no environment and no home directory. What a credential is sent to is decided in
//! `store::remote`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Classify, Kind};

mod file;
mod helper;
mod search;

pub use search::{Surroundings, search_order};

/// A text that no message, log or debug output ever shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// What proves to a registry who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A user name and a password.
    Login {
        /// The user name.
        user: String,
        /// The password, or a token that takes its place.
        password: Secret,
    },
    /// A refresh token, which the authentication realm exchanges for access tokens.
    Identity(Secret),
}

impl Credential {
    /// Reads `USER:PASSWORD`; the password may hold more colons.
    ///
    /// # Errors
    /// [`Error::Pair`] when there is no colon or no user.
    pub fn from_pair(text: &str) -> Result<Self, Error> {
        match text.split_once(':') {
            Some((user, password)) if !user.is_empty() => {
                Ok(Self::Login { user: user.to_owned(), password: Secret::new(password) })
            }
            _ => Err(Error::Pair),
        }
    }
}

/// A credential and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The credential.
    pub credential: Credential,
    /// The file, the helper, or the caller's name for what was given; for messages.
    pub source: String,
}

/// Where credentials are looked for, in this order.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// What the user gave for this run; it is used for every registry of the run.
    pub given: Option<Found>,
    /// `config.json` of Docker and `auth.json` of podman; files that do not exist are skipped, and
    /// a file without an entry for a registry leaves it to the next one.
    pub files: Vec<PathBuf>,
}

/// Looks credentials up for a run, and asks each helper once for each registry: some of them wait
/// for a person.
#[derive(Debug, Default)]
pub struct Keyring {
    sources: Sources,
    asked: tokio::sync::Mutex<BTreeMap<(String, String), Option<Found>>>,
}

impl Keyring {
    /// A keyring that looks into `sources`.
    #[must_use]
    pub fn new(sources: Sources) -> Self {
        Self { sources, asked: tokio::sync::Mutex::default() }
    }

    /// The first credential for the repository `path` on the registry `host`.
    ///
    /// # Errors
    /// When a file cannot be read or a helper fails. Without an entry there is no error.
    pub async fn find(&self, host: &str, path: &str) -> Result<Option<Found>, Error> {
        if let Some(given) = &self.sources.given {
            return Ok(Some(given.clone()));
        }
        for file in &self.sources.files {
            if let Some(found) = self.find_in(file, host, path).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn find_in(&self, file: &Path, host: &str, path: &str) -> Result<Option<Found>, Error> {
        let Some(config) = file::read(file)? else {
            return Ok(None);
        };
        if let Some(name) = config.helper_of(host) {
            return self.ask(name, host).await;
        }
        if let Some(credential) = config.entry(host, path).map_err(|problem| malformed(file, problem))? {
            return Ok(Some(Found { credential, source: file.display().to_string() }));
        }
        match config.default_helper() {
            Some(name) => self.ask(name, host).await,
            None => Ok(None),
        }
    }

    async fn ask(&self, helper: &str, host: &str) -> Result<Option<Found>, Error> {
        let mut asked = self.asked.lock().await;
        let key = (helper.to_owned(), host.to_owned());
        if let Some(answer) = asked.get(&key) {
            return Ok(answer.clone());
        }
        let answer = helper::ask(helper, host).await?;
        asked.insert(key, answer.clone());
        Ok(answer)
    }
}

fn malformed(file: &Path, problem: String) -> Error {
    Error::Malformed { path: file.to_owned(), problem }
}

/// The name under which Docker Hub's credentials are kept, whichever of its names is used.
fn canonical(host: &str) -> &str {
    match host {
        "docker.io" | "registry-1.docker.io" | "index.docker.io" => "docker.io",
        other => other,
    }
}

/// Why credentials could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not `USER:PASSWORD`.
    #[error("credentials must be `USER:PASSWORD`")]
    Pair,
    /// A file that is there cannot be read.
    #[error("cannot read credentials from `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what Docker or podman write.
    #[error("`{path}` is not a credentials file: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong; never a value of the file.
        problem: String,
    },
    /// A helper program failed.
    #[error("credential helper `{helper}` failed for `{host}`: {problem}")]
    Helper {
        /// The program.
        helper: String,
        /// The registry.
        host: String,
        /// What it said.
        problem: String,
    },
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Pair | Self::Malformed { .. } => Kind::Invalid,
            Self::Read { source, .. } => Classify::kind(source),
            Self::Helper { .. } => Kind::Denied,
        }
    }
}

#[cfg(test)]
mod tests;
