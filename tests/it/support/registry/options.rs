//! What a test registry supports, and what it does wrong.

use std::sync::Arc;
use std::time::Duration;

use super::tokens::Tokens;

/// What a registry supports. The default is a modern one that is open to everybody.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the registry")]
pub(crate) struct Options {
    /// Takes a blob in one POST; else answers 202 to it.
    pub(crate) single_post: bool,
    /// What it does with the removal of a tag.
    pub(crate) removal: Removal,
    /// Understands `?tag=` on manifest writes.
    pub(crate) multi_tag: bool,
    /// Understands `If-Match` and `If-None-Match` on manifest writes.
    pub(crate) conditional: bool,
    /// Whom it lets in.
    pub(crate) auth: Auth,
    /// The most tags on a page.
    pub(crate) page: usize,
    /// Whether it speaks TLS, with the certificate of [`super::tls`].
    pub(crate) tls: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            single_post: true,
            removal: Removal::Supported,
            multi_tag: true,
            conditional: true,
            auth: Auth::Open,
            page: 1000,
            tls: false,
        }
    }
}

impl Options {
    /// What Distribution 2.8 supports.
    pub(crate) fn distribution_2() -> Self {
        Self {
            single_post: false,
            removal: Removal::DigestOnly,
            multi_tag: false,
            conditional: false,
            ..Self::default()
        }
    }
}

/// What a registry does with the removal of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removal {
    /// Removes it.
    Supported,
    /// Answers 400 `DIGEST_INVALID`, as Distribution 2.8 does.
    DigestOnly,
    /// Answers 405 `UNSUPPORTED`.
    Disabled,
    /// Answers 403 `DENIED`.
    Forbidden,
    /// Looks for a manifest with the tag as its digest, and finds none.
    NotFound,
}

/// Whom a registry lets in.
#[derive(Debug, Clone)]
pub(crate) enum Auth {
    /// Everybody.
    Open,
    /// Who has this user name and password.
    Basic(&'static str, &'static str),
    /// Who has a token for the scope.
    Bearer {
        /// Which tokens there are; shared with the realm when that is another server.
        tokens: Arc<Tokens>,
        /// The realm's URL; none is the registry's own `/token`.
        realm: Option<String>,
    },
}

/// What a registry does wrong, until told otherwise.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    /// Answers the next requests with this status, and this `Retry-After`.
    pub(crate) fail: Option<Fail>,
    /// Fails the one request before which so many others come with 500.
    pub(crate) fail_after: Option<usize>,
    /// Changes the bodies of blobs and manifests that are read.
    pub(crate) body: Option<BodyFault>,
    /// Sends readers of blobs to this base URL.
    pub(crate) redirect_blobs: Option<String>,
    /// Redirects writes to this base URL.
    pub(crate) redirect_writes: Option<String>,
    /// The status of uploads in one POST.
    pub(crate) single_post: Option<u16>,
    /// The `Location` of opened uploads; none at all if empty.
    pub(crate) location: Option<String>,
    /// The `Content-Type` of manifests.
    pub(crate) content_type: Option<String>,
    /// The `Docker-Content-Digest` of every answer; none at all if empty.
    pub(crate) digest_header: Option<String>,
    /// The `Link` of the list of tags.
    pub(crate) link: Option<String>,
    /// The body of the list of tags.
    pub(crate) tag_list: Option<String>,
    /// Somebody else moves every tag that is written to this manifest, right after the write.
    pub(crate) thief: Option<String>,
    /// Waits so long before every answer.
    pub(crate) delay: Option<Duration>,
    /// The `WWW-Authenticate` header.
    pub(crate) challenge: Option<String>,
    /// The body of the token realm's answers.
    pub(crate) token: Option<String>,
}

/// Failures of the next requests.
#[derive(Debug, Clone)]
pub(crate) struct Fail {
    /// HTTP status.
    pub(crate) status: u16,
    /// How many more requests fail.
    pub(crate) times: usize,
    /// `Retry-After`.
    pub(crate) retry_after: Option<&'static str>,
    /// The body.
    pub(crate) body: &'static str,
}

/// A change of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// The first byte is another one.
    Wrong,
    /// The last byte is missing, and the announced length says so.
    Short,
    /// The last byte is missing, and the announced length does not say so.
    Torn,
    /// There is a byte more, and no announced length.
    Long,
    /// It has no end.
    Endless,
    /// It stops moving in the middle.
    Stalled,
}
