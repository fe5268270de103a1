//! Repositories: a path, in a registry or on this machine.

use std::fmt;
use std::str::FromStr;

use super::{Error, Namespace, Reference, SkillName, Tag, grammar, is_lower_alnum};

/// A repository: an optional registry host and a path in it. Without a host it is local.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    host: Option<Box<str>>,
    path: Box<str>,
}

impl Repository {
    /// The local repository of a skill, `namespace/name`.
    #[must_use]
    pub fn of_skill(namespace: &Namespace, name: &SkillName) -> Self {
        Self { host: None, path: format!("{namespace}/{name}").into() }
    }

    /// Whether it is the local repository of a skill in `namespace`.
    #[must_use]
    pub fn is_in(&self, namespace: &Namespace) -> bool {
        self.host.is_none() && self.path.rsplit_once('/').is_some_and(|(parent, _)| parent == namespace.as_str())
    }

    /// The registry's host with its port, `quay.io` or `localhost:5000`; none for a local name.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The path in the registry, `org/hello-world`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The last segment of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The repository below this one called `name`, as `quay.io/org` and `x` give `quay.io/org/x`.
    #[must_use]
    pub fn join(&self, name: &SkillName) -> Self {
        Self { host: self.host.clone(), path: format!("{}/{name}", self.path).into() }
    }

    /// The reference to `tag` in this repository.
    #[must_use]
    pub fn tagged(&self, tag: Tag) -> Reference {
        Reference { repository: self.clone(), tag: Some(tag), digest: None }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => write!(f, "{host}/{}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

impl FromStr for Repository {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix("docker://").unwrap_or(text);
        let (host, path) = match text.split_once('/') {
            Some((first, rest)) if is_host(first) => (Some(first), rest),
            _ => (None, text),
        };
        if host.is_some_and(|host| !is_valid_host(host)) {
            return Err(grammar(
                "repository",
                text,
                "the host must be a name or an address with an optional port, as in `quay.io` or `localhost:5000`",
            ));
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        if last.contains([':', '@']) {
            return Err(grammar("repository", text, "leave out the tag and the digest"));
        }
        let length = text.len();
        if length > 255 || !path.split('/').all(is_path_component) {
            return Err(grammar(
                "repository",
                text,
                "a path is lower-case letters and digits, separated by `.`, `_`, `__`, hyphens or `/`, at most 255 characters",
            ));
        }
        Ok(Self { host: host.map(Into::into), path: path.into() })
    }
}

/// Whether a first segment that is followed by `/` names a host.
fn is_host(segment: &str) -> bool {
    segment.contains(['.', ':']) || segment == "localhost"
}

fn is_valid_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            return port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        }
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.split('.').all(label) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0) && text.bytes().all(|b| b.is_ascii_digit())
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(text: &str) -> bool {
    let mut rest = text;
    loop {
        let word = rest.bytes().take_while(|b| is_lower_alnum(*b)).count();
        if word == 0 {
            return false;
        }
        rest = &rest[word..];
        if rest.is_empty() {
            return true;
        }
        let separator = rest.bytes().take_while(|b| !is_lower_alnum(*b)).count();
        let (gap, tail) = rest.split_at(separator);
        if !matches!(gap, "." | "_" | "__") && !gap.bytes().all(|b| b == b'-') {
            return false;
        }
        rest = tail;
    }
}
