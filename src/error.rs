//! The kinds of failure that every room sorts its errors into.
//!
//! A room has its own small error enum; this module only names the kinds that the edges act on:
//! `cli/error.rs` turns a [`Kind`] into an exit code, a server turns it into a status.

/// What sort of failure an error is, independent of the room it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The input breaks a rule: a reference, a card, an archive, a manifest.
    Invalid,
    /// The named object does not exist.
    NotFound,
    /// The object exists and may not be changed that way, or somebody else was faster.
    Conflict,
    /// The caller may not do this.
    Denied,
    /// Content is not what its digest, size or signature says.
    Unverified,
    /// A registry or the network failed.
    Remote,
    /// A file operation failed.
    Io,
}

/// An error that knows its [`Kind`].
pub trait Classify: std::error::Error {
    /// The kind of this failure.
    fn kind(&self) -> Kind;
}

/// An error and its sources, outermost first.
pub fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

impl Classify for std::io::Error {
    fn kind(&self) -> Kind {
        match self.kind() {
            std::io::ErrorKind::NotFound => Kind::NotFound,
            std::io::ErrorKind::PermissionDenied => Kind::Denied,
            _ => Kind::Io,
        }
    }
}
