//! What a test registry was asked.

use std::fmt;

use axum::http::HeaderMap;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
    /// The method.
    pub(crate) method: String,
    /// The path.
    pub(crate) path: String,
    /// The query, where there is one.
    pub(crate) query: Option<String>,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The length of the body in bytes.
    pub(crate) body: usize,
    /// The text of a form.
    pub(crate) form: String,
}

impl Logged {
    /// A header's value, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Everything that came with the request, to look for what must not be there.
    pub(crate) fn everything(&self) -> String {
        format!("{self:?}")
    }
}

/// `POST /v2/a/blobs/uploads/`: without the query, and with upload numbers left out.
impl fmt::Display for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self.path.split_once("/uploads/") {
            Some((before, number)) if !number.is_empty() => format!("{before}/uploads/N"),
            _ => self.path.clone(),
        };
        write!(f, "{} {path}", self.method)
    }
}
