//! One request as a value, so that it can be sent again: after a challenge, a redirect, a failure.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::image::Blob;

/// A request to a registry, before it is known where that answers.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    place: Place,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Blob>,
}

#[derive(Debug, Clone)]
enum Place {
    /// Path and query in the registry.
    Path(String),
    /// Anywhere, as the registry said.
    Url(Url),
}

impl Call {
    /// A request for `path` (with its query) in the registry; it starts with `/v2/`.
    pub(super) fn new(method: Method, path: String) -> Self {
        Self { method, place: Place::Path(path), headers: HeaderMap::new(), body: None }
    }

    /// A request for a URL that the registry named.
    pub(super) fn to(method: Method, url: Url) -> Self {
        Self { method, place: Place::Url(url), headers: HeaderMap::new(), body: None }
    }

    /// The same request for another URL.
    pub(super) fn moved_to(&self, url: Url) -> Self {
        Self { place: Place::Url(url), ..self.clone() }
    }

    /// With a header more.
    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With a body.
    pub(super) fn body(mut self, blob: Blob) -> Self {
        self.body = Some(blob);
        self
    }

    /// The URL, for a registry that answers at `base`.
    pub(super) fn url(&self, base: &Url) -> Url {
        match &self.place {
            Place::Path(path) => {
                base.join(path).expect("paths are made of names, tags and digests, which are URL-safe")
            }
            Place::Url(url) => url.clone(),
        }
    }

    /// Whether sending it twice does what sending it once does, and costs little.
    pub(super) fn is_read(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }
}
