//! The answers of a test registry, and how faults change their bodies.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, Method, Response, StatusCode};
use futures::stream::{self, StreamExt};

use super::options::BodyFault;

pub(super) const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// An answer without a body.
pub(super) fn empty(status: u16) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

/// A failure as the distribution specification writes it.
pub(super) fn failure(status: u16, code: &str, message: &str) -> Response<Body> {
    let body = serde_json::json!({ "errors": [{ "code": code, "message": message }] }).to_string();
    let mut answer = empty(status);
    *answer.body_mut() = Body::from(body);
    with(answer, CONTENT_TYPE, "application/json")
}

/// The answer with a header more; an empty value leaves it out.
pub(super) fn with(mut answer: Response<Body>, name: HeaderName, value: &str) -> Response<Body> {
    answer.headers_mut().remove(&name);
    if !value.is_empty() {
        answer.headers_mut().insert(name, value.parse().unwrap());
    }
    answer
}

/// Content that is read, less its body for a HEAD, spoiled as `fault` says.
pub(super) fn content(method: &Method, bytes: &Bytes, fault: Option<BodyFault>) -> Response<Body> {
    let length = if fault == Some(BodyFault::Short) { bytes.len() - 1 } else { bytes.len() };
    let mut answer = empty(200);
    if !matches!(fault, Some(BodyFault::Long | BodyFault::Endless)) {
        answer = with(answer, CONTENT_LENGTH, &length.to_string());
    }
    if *method != Method::HEAD {
        *answer.body_mut() = spoiled(bytes, fault);
    }
    answer
}

fn spoiled(bytes: &Bytes, fault: Option<BodyFault>) -> Body {
    let cut = bytes.slice(..bytes.len().saturating_sub(1));
    match fault {
        None => bytes.clone().into(),
        Some(BodyFault::Short) => cut.into(),
        Some(BodyFault::Wrong) => {
            let mut wrong = bytes.to_vec();
            wrong[0] ^= 1;
            wrong.into()
        }
        Some(BodyFault::Torn) => streamed(stream::iter([cut])),
        Some(BodyFault::Long) => streamed(stream::iter([bytes.clone(), Bytes::from_static(b"!")])),
        Some(BodyFault::Endless) => streamed(stream::repeat(Bytes::from(vec![b' '; 1 << 16]))),
        Some(BodyFault::Stalled) => streamed(stream::iter([cut]).chain(stream::once(async {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Bytes::new()
        }))),
    }
}

fn streamed(pieces: impl stream::Stream<Item = Bytes> + Send + 'static) -> Body {
    Body::from_stream(pieces.map(Ok::<_, Infallible>))
}
