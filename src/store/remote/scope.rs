//! The scope of a run in one repository, as the token specification writes it.

use std::fmt;

use super::options::Access;

/// One repository of one registry, and what the run may do there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Scope {
    /// The registry's name in references.
    pub(super) registry: String,
    pub(super) path: String,
    pub(super) access: Access,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "repository:{}:{}", self.path, self.access.actions())
    }
}
