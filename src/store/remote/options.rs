//! How a run talks to registries. The values come from the command line or a server's settings.

use std::time::Duration;

use crate::store::credential::Sources;

/// Everything that a [`super::Session`] is told.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where credentials are looked for, once a registry asks for them.
    pub credentials: Sources,
    /// Which registries may be spoken to without TLS.
    pub plain_http: PlainHttp,
    /// Whose certificates are accepted.
    pub trust: Trust,
    /// Hosts, with their port where it is not 443, to which credentials may go when a registry
    /// names them as its authentication realm.
    pub realms: Vec<String>,
    /// Time limits.
    pub limits: Limits,
}

/// When a registry is spoken to without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlainHttp {
    /// On loopback, where TLS is tried when plain HTTP is not understood; with
    /// [`Trust::Anything`] also where a server does not speak TLS. Everything else is TLS.
    #[default]
    Auto,
    /// Always.
    Always,
}

/// Whose certificates are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// Those of the system's authorities.
    #[default]
    System,
    /// Those of the system's authorities and of these, in PEM. TLS is then tried first on loopback.
    SystemAnd(Vec<u8>),
    /// Any at all.
    Anything,
}

/// Time limits of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// Without a byte in either direction.
    pub idle: Duration,
    /// Bytes a second that a request must move on average once it has lasted longer than `idle`.
    pub least_rate: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), idle: Duration::from_mins(1), least_rate: 4 << 10 }
    }
}

/// What a run wants to do in a repository: the scope of its one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read.
    Pull,
    /// Read and write.
    Push,
    /// Read, write and remove tags.
    Delete,
}

impl Access {
    /// The actions, in the words of the token specification.
    pub(super) fn actions(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "pull,push",
            Self::Delete => "pull,push,delete",
        }
    }
}
