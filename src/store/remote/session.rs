//! What all registries of a run share: options, HTTP clients, and what was learnt about each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Remote;
use super::error::Error;
use super::options::{Access, Options};
use super::registry::Registry;
use super::scope::Scope;
use super::transport::Transport;
use crate::name::Repository;
use crate::store::credential::Keyring;

/// The shared parts that are not about one registry.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) options: Options,
    pub(super) transport: Transport,
    pub(super) keyring: Keyring,
}

/// A run: every repository it opens shares connections, tokens and what was learnt of registries.
///
/// Making one costs nothing and touches no network. Clones are the same session.
#[derive(Debug, Clone)]
pub struct Session {
    run: Arc<Run>,
    registries: Arc<Mutex<HashMap<String, Arc<Registry>>>>,
}

impl Session {
    /// A session that does as `options` say.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let keyring = Keyring::new(options.credentials.clone());
        let run = Run { options, transport: Transport::default(), keyring };
        Self { run: Arc::new(run), registries: Arc::default() }
    }

    /// The store that is `repository`, for a run that wants `access` to it.
    ///
    /// # Errors
    /// When the repository names no registry.
    pub fn open(&self, repository: &Repository, access: Access) -> Result<Remote, Error> {
        let host = repository.host().ok_or_else(|| Error::NoHost(repository.clone()))?;
        let scope = Scope { registry: host.to_owned(), path: repository.path().to_owned(), access };
        Ok(Remote { registry: self.registry(host, repository)?, repository: repository.clone(), scope })
    }

    fn registry(&self, host: &str, repository: &Repository) -> Result<Arc<Registry>, Error> {
        let mut registries = self.registries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(registry) = registries.get(host) {
            return Ok(registry.clone());
        }
        let registry = Registry::new(host, self.run.clone()).ok_or_else(|| Error::NoHost(repository.clone()))?;
        let registry = Arc::new(registry);
        registries.insert(host.to_owned(), registry.clone());
        Ok(registry)
    }
}
