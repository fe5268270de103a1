//! An answer of a server: its head, and a body that is read under limits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use oci_client::errors::{OciEnvelope, OciError};
use reqwest::header::{AsHeaderName, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};

use super::error::{Asked, Error, Problem, Refusal, Shown};
use super::pace::Pace;
use super::scope::Scope;
use crate::printable::one_line;

/// The most that is read of a body that only says what went wrong, in bytes.
const REASON_LIMIT: u64 = 64 << 10;
/// The most characters of it that are shown.
const REASON_SHOWN: usize = 300;

/// An answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    response: Response,
    asked: Asked,
    pace: Pace,
}

impl Answer {
    pub(super) fn new(response: Response, asked: Asked, pace: Pace) -> Self {
        Self { response, asked, pace }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Where it came from.
    pub(super) fn url(&self) -> &Url {
        self.response.url()
    }

    /// The request.
    pub(super) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// The first value of a header, if it is plain text.
    pub(super) fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// All values of a header that are plain text.
    pub(super) fn headers<'a>(&'a self, name: impl AsHeaderName + 'a) -> impl Iterator<Item = &'a str> {
        self.response.headers().get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// The length of the body, as announced.
    pub(super) fn announced(&self) -> Option<u64> {
        self.header(reqwest::header::CONTENT_LENGTH)?.parse().ok()
    }

    /// An error that says which rule this answer breaks.
    pub(super) fn breaks(&self, rule: impl Into<String>) -> Error {
        Error::Answer { asked: Box::new(self.asked.clone()), rule: rule.into() }
    }

    /// The next piece of the body; none at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = match self.pace.keep(self.response.chunk()).await {
            Ok(Ok(chunk)) => chunk,
            Ok(Err(source)) => return Err(Error::broken(self.asked.clone(), source)),
            Err(_) => return Err(Error::timed_out(self.asked.clone())),
        };
        self.pace.add(chunk.as_ref().map_or(0, Bytes::len));
        Ok(chunk)
    }

    /// The whole body, which may hold at most `limit` bytes.
    pub(super) async fn bytes(&mut self, limit: u64) -> Result<Bytes, Error> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > limit {
                return Err(self.breaks(format!("it is over {limit} bytes")));
            }
        }
        Ok(body.freeze())
    }

    /// What the registry says about its failure.
    pub(super) async fn refusal(mut self, scope: &Scope, shown: Shown) -> Refusal {
        let retry_after = self.retry_after();
        // The status alone is worth reporting, so a body that cannot be read is none.
        let body = self.bytes(REASON_LIMIT).await.unwrap_or_default();
        let (code, reason) = explain(&body);
        Refusal {
            status: self.status().as_u16(),
            asked: self.asked,
            reason,
            code,
            registry: scope.registry.clone(),
            scope: scope.to_string(),
            shown,
            retry_after,
        }
    }

    /// How many seconds the server asks to wait; dates are not understood.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.header(RETRY_AFTER)?.parse().ok().map(Duration::from_secs)
    }
}

impl Error {
    pub(super) fn timed_out(asked: Asked) -> Self {
        Self::Unreachable { asked: Box::new(asked), problem: Problem::TimedOut, source: None }
    }

    fn broken(asked: Asked, source: reqwest::Error) -> Self {
        Self::Unreachable { asked: Box::new(asked), problem: Problem::Broken, source: Some(source.without_url()) }
    }
}

/// The first error code, and all codes and messages as one printable text.
fn explain(body: &[u8]) -> (Option<String>, Option<String>) {
    let Ok(envelope) = serde_json::from_slice::<OciEnvelope>(body) else {
        let text = std::str::from_utf8(body).unwrap_or_default();
        // A page for browsers says nothing here.
        let text = if text.trim_start().starts_with('<') { "" } else { text };
        let text = one_line(text, REASON_SHOWN);
        return (None, Some(text).filter(|text| !text.is_empty()));
    };
    let code = envelope.errors.first().map(code_of);
    let reasons: Vec<String> = envelope.errors.iter().map(reason_of).collect();
    let reason = one_line(&reasons.join("; "), REASON_SHOWN);
    (code, Some(reason).filter(|text| !text.is_empty()))
}

fn code_of(error: &OciError) -> String {
    let code = serde_json::to_value(&error.code).unwrap_or_default();
    one_line(code.as_str().unwrap_or_default(), 64)
}

fn reason_of(error: &OciError) -> String {
    match error.message.as_str() {
        "" => code_of(error),
        message => format!("{}: {message}", code_of(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(body: &str) -> (Option<String>, Option<String>) {
        explain(body.as_bytes())
    }

    #[test]
    fn codes_and_messages_are_read() {
        let two = r#"{"errors":[{"code":"DENIED","message":"no\u001b[2J\nway"},{"code":"ARTIFACT_LOCKED"}]}"#;
        assert_eq!(explained(two), (Some("DENIED".into()), Some("DENIED: no[2J way; ARTIFACT_LOCKED".into())));
        assert_eq!(explained("just\ntext"), (None, Some("just text".into())));
        for nothing in ["", "<html>x</html>", r#"{"errors":[]}"#] {
            assert_eq!(explained(nothing), (None, None), "{nothing}");
        }
    }

    #[test]
    fn long_reasons_are_cut() {
        let (_, reason) = explained(&"x".repeat(10_000));
        assert_eq!(reason.unwrap().chars().count(), REASON_SHOWN + 1);
    }
}
