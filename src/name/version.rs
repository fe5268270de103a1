//! Versions: semantic ones that can stand in a tag, beside the states of others.

use std::fmt;
use std::str::FromStr;

use super::{Error, grammar};

/// The version of a skill: `SemVer` 2 with three parts, fit to be a tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(semver::Version);

impl Version {
    /// Whether it has a pre-release part; such a version never becomes `latest`.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |rule| grammar("version", text, rule);
        if text.len() > 100 {
            return Err(refuse("at most 100 characters"));
        }
        if text.starts_with(['v', 'V']) {
            return Err(refuse("three parts as in `1.2.3`, without a leading `v`"));
        }
        let version = semver::Version::parse(text)
            .map_err(|_| refuse("SemVer 2 with three parts, as in `1.2.3` or `1.2.3-rc.1`"))?;
        if !version.build.is_empty() {
            return Err(refuse("no `+build` part, because it cannot stand in a tag"));
        }
        if version.pre.ends_with("draft") || version.pre.ends_with("testing") {
            return Err(refuse(
                "no pre-release that ends in `draft` or `testing`, because its tag would be a state of another version",
            ));
        }
        Ok(Self(version))
    }
}
