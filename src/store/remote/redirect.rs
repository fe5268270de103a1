//! Where an answer sends us: redirects of reads, and the `Location` of uploads.

use reqwest::{StatusCode, Url};

use super::answer::Answer;
use super::error::Error;
use crate::printable::one_line;

/// How many redirects in a row are followed.
const HOPS: u32 = 5;

/// Whether an answer of this status points elsewhere.
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The target of the `hops`-th redirect in a row.
pub(super) fn next(answer: &Answer, location: Option<&str>, hops: u32) -> Result<Url, Error> {
    if hops > HOPS {
        return Err(answer.breaks(format!("it is the end of more than {HOPS} redirects")));
    }
    target(answer, location)
}

/// The URL that `location` names, relative to where `answer` came from.
///
/// It must be HTTP, must not leave TLS, and must not bring credentials of its own.
pub(super) fn target(answer: &Answer, location: Option<&str>) -> Result<Url, Error> {
    let location = location.ok_or_else(|| answer.breaks("it has no `Location` header"))?;
    let shown = || one_line(location.split('?').next().unwrap_or_default(), 200);
    let refuse = |rule: &str| answer.breaks(format!("its location `{}` {rule}", shown()));
    let url = answer.url().join(location).map_err(|_| refuse("is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(answer.breaks("its location holds credentials"));
    }
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(refuse("is not HTTP"));
    }
    if answer.url().scheme() == "https" && url.scheme() == "http" {
        return Err(refuse("would leave TLS"));
    }
    Ok(url)
}
