//! What goes wrong between us and a registry: which host, which request, and why.
//!
//! The fields say what a hint needs; the hints themselves are the command line's. URLs are shown
//! without query and user information, which may hold secrets, and everything a registry wrote is
//! made printable first.

use std::fmt;
use std::time::Duration;

use reqwest::{Method, Url};

use super::endpoint::authority;
use crate::error::{Classify, Kind, chain};
use crate::name::Repository;
use crate::store::credential;

/// A request as messages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Host and port that were asked.
    pub host: String,
    /// The method.
    pub method: Method,
    /// The URL, less everything that may be secret.
    pub url: String,
}

impl Asked {
    pub(super) fn new(method: &Method, url: &Url) -> Self {
        let shown = format!("{}://{}{}", url.scheme(), authority(url), url.path());
        Self { host: authority(url), method: method.clone(), url: shown }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{} {}`", self.method, self.url)
    }
}

/// Why a registry could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The repository is a local one.
    #[error("`{0}` names no registry: a registry's host comes first, as in `quay.io/org/name`")]
    NoHost(Repository),
    /// The certificates of [`super::Trust::SystemAnd`] cannot be read.
    #[error("the CA file holds no certificates in PEM that can be used")]
    Certificates {
        /// What the parser said.
        source: Option<reqwest::Error>,
    },
    /// TLS cannot be set up on this machine.
    #[error("cannot set up TLS")]
    Setup {
        /// What the TLS stack said.
        source: reqwest::Error,
    },
    /// No answer came.
    #[error("cannot complete {asked}: {}", problem.text(&asked.host))]
    Unreachable {
        /// The request.
        asked: Box<Asked>,
        /// What kind of failure it was.
        problem: Problem,
        /// What the network stack said.
        source: Option<reqwest::Error>,
    },
    /// The answer was a refusal.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The answer breaks the distribution specification, or our rules for it.
    #[error("the answer of `{}` to {asked} is refused: {rule}", asked.host)]
    Answer {
        /// The request.
        asked: Box<Asked>,
        /// The rule that it breaks.
        rule: String,
    },
    /// Content could not be read or kept while it was sent or received.
    #[error("cannot handle the content of {asked}")]
    Content {
        /// The request.
        asked: Box<Asked>,
        /// What the system said.
        source: std::io::Error,
    },
    /// The credentials could not be looked up.
    #[error("cannot look up credentials for `{host}`")]
    Credentials {
        /// The registry.
        host: String,
        /// What went wrong.
        source: credential::Error,
    },
}

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The host's name has no address.
    UnknownHost,
    /// Nothing listens there.
    Refused,
    /// The certificate is not trusted, or is for another name.
    Certificate,
    /// The server does not speak TLS.
    NotTls,
    /// Nothing came in time.
    TimedOut,
    /// What came is not HTTP.
    NotHttp,
    /// The connection broke.
    Broken,
}

impl Problem {
    fn text(self, host: &str) -> String {
        match self {
            Self::UnknownHost => format!("no address is known for `{host}`"),
            Self::Refused => format!("nothing listens at `{host}`"),
            Self::Certificate => format!("the certificate of `{host}` is not trusted"),
            Self::NotTls => format!("`{host}` does not speak TLS"),
            Self::TimedOut => format!("`{host}` did not answer in time"),
            Self::NotHttp => format!("`{host}` does not answer in HTTP"),
            Self::Broken => format!("the connection to `{host}` broke"),
        }
    }

    pub(super) fn of(error: &reqwest::Error) -> Self {
        let texts: Vec<String> = chain(error).map(ToString::to_string).collect();
        let says = |part: &str| texts.iter().any(|text| text.contains(part));
        if error.is_dns() {
            Self::UnknownHost
        } else if error.is_timeout() || says("timed out") {
            Self::TimedOut
        } else if says("invalid peer certificate") {
            Self::Certificate
        } else if says("InvalidContentType") || says("InvalidMessage") {
            Self::NotTls
        } else if says("invalid HTTP version") {
            Self::NotHttp
        } else if error.is_connect() && says("refused") {
            Self::Refused
        } else {
            Self::Broken
        }
    }
}

/// What was shown to a registry as proof of who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// It was not asked for.
    NotAsked,
    /// No credentials were found.
    Nothing,
    /// Credentials were found, but not sent: the authentication realm is another host.
    Withheld {
        /// Where they were found.
        source: String,
        /// The realm's host.
        realm: String,
    },
    /// Credentials of a kind that the registry has no use for.
    Unusable {
        /// Where they were found.
        source: String,
    },
    /// Credentials, or a token got with them.
    Credentials {
        /// Where they were found.
        source: String,
    },
}

/// A registry's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The registry's name in references; its authentication realm may be who refused.
    pub registry: String,
    /// The request.
    pub asked: Asked,
    /// HTTP status.
    pub status: u16,
    /// The registry's error codes and messages, printable.
    pub reason: Option<String>,
    /// The first error code, `MANIFEST_UNKNOWN` and the like.
    pub code: Option<String>,
    /// The scope that the request needed, `repository:org/x:pull`.
    pub scope: String,
    /// What the registry was shown.
    pub shown: Shown,
    /// How long the registry asks to wait.
    pub retry_after: Option<Duration>,
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, status, scope, .. } = self;
        let host = &asked.host;
        match status {
            401 => write!(f, "`{host}` requires authentication for {asked} (scope `{scope}`): {}", self.proof()),
            403 => write!(f, "`{host}` denies {asked} (scope `{scope}`): {}", self.proof()),
            404 => write!(f, "`{host}` has nothing for {asked}"),
            429 => write!(f, "`{host}` gets too many requests, the last one was {asked}{}", self.wait()),
            _ => write!(f, "`{host}` failed with status {status} for {asked}"),
        }?;
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

impl Refusal {
    fn proof(&self) -> String {
        match &self.shown {
            Shown::NotAsked => "it did not say how to log in".to_owned(),
            Shown::Nothing => "no credentials were found for it".to_owned(),
            Shown::Withheld { source, realm } => {
                format!(
                    "the credentials from `{source}` were not sent to `{realm}`, which is not the registry's own authentication realm"
                )
            }
            Shown::Unusable { source } => {
                format!("the identity token from `{source}` cannot be used where a password is asked for")
            }
            Shown::Credentials { source } => format!("the credentials from `{source}` do not suffice"),
        }
    }

    fn wait(&self) -> String {
        self.retry_after.map_or_else(String::new, |wait| format!("; it asks to wait {} s", wait.as_secs()))
    }
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NoHost(_) | Self::Certificates { .. } => Kind::Invalid,
            Self::Setup { .. } | Self::Unreachable { .. } | Self::Answer { .. } => Kind::Remote,
            Self::Refused(refusal) => refusal.kind(),
            Self::Content { .. } => Kind::Io,
            Self::Credentials { source, .. } => source.kind(),
        }
    }
}

impl Classify for Refusal {
    fn kind(&self) -> Kind {
        match self.status {
            401 | 403 => Kind::Denied,
            404 => Kind::NotFound,
            409 | 412 => Kind::Conflict,
            _ => Kind::Remote,
        }
    }
}
