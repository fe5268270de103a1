//! The distribution API of a test registry.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH, LINK, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, Method, Response};

use super::answers::{DIGEST, content, empty, failure, with};
use super::log::Logged;
use super::options::{Faults, Removal};
use super::{Digest, Shared};

pub(super) type Answer = Response<Body>;

/// One request, taken apart.
pub(super) struct Asked {
    pub(super) method: Method,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Asked {
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn header(&self, name: &HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Answers every request.
pub(super) async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let path = head.uri.path().to_owned();
    let query = head.uri.query().map(ToOwned::to_owned);
    let is_form = head.headers.get(CONTENT_TYPE).is_some_and(|value| value == "application/x-www-form-urlencoded");
    shared.log.lock().unwrap().push(Logged {
        method: head.method.to_string(),
        path: path.clone(),
        query: query.clone(),
        headers: head.headers.clone(),
        body: body.len(),
        form: if is_form { String::from_utf8_lossy(&body).into_owned() } else { String::new() },
    });
    let query = pairs(query.as_deref().unwrap_or_default());
    let asked = Asked { method: head.method, query, headers: head.headers, body };
    let faults = shared.faults.lock().unwrap().clone();
    if let Some(delay) = faults.delay {
        tokio::time::sleep(delay).await;
    }
    shared.answer(&path, &asked, &faults)
}

/// The pairs of a query or a form.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://x/?{text}")).unwrap();
    url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
}

impl Shared {
    fn answer(&self, path: &str, asked: &Asked, faults: &Faults) -> Answer {
        if let Some(failing) = self.failing() {
            return failing;
        }
        if path == "/token" {
            return self.token(asked, faults);
        }
        let Some((repository, rest)) = split(path) else {
            return failure(404, "NAME_UNKNOWN", "no such path");
        };
        if let Some(refusal) = self.refused(repository, asked, faults) {
            return refusal;
        }
        if let Some(base) = faults.redirect_writes.as_ref().filter(|_| !asked.method.is_safe()) {
            return with(empty(307), LOCATION, &format!("{base}{path}"));
        }
        let answer = match rest.split_once('/').unwrap_or_default() {
            ("blobs", upload) if upload.starts_with("uploads/") => self.upload(repository, asked, faults),
            ("blobs", digest) => self.blob((repository, digest), asked, faults),
            ("manifests", name) => self.manifest((repository, name), asked, faults),
            ("tags", "list") => self.tags(repository, asked, faults),
            _ => failure(404, "NAME_UNKNOWN", "no such path"),
        };
        match &faults.digest_header {
            Some(header) => with(answer, DIGEST, header),
            None => answer,
        }
    }

    fn failing(&self) -> Option<Answer> {
        let mut faults = self.faults.lock().unwrap();
        faults.fail_after = match faults.fail_after {
            Some(0) => {
                faults.fail_after = None;
                return Some(failure(500, "UNKNOWN", "told to fail"));
            }
            Some(left) => Some(left - 1),
            None => None,
        };
        let fail = faults.fail.as_mut().filter(|fail| fail.times > 0)?;
        fail.times -= 1;
        let mut answer = with(empty(fail.status), RETRY_AFTER, fail.retry_after.unwrap_or_default());
        *answer.body_mut() = Body::from(fail.body);
        Some(answer)
    }

    fn upload(&self, repository: &str, asked: &Asked, faults: &Faults) -> Answer {
        if let Some(status) = faults.single_post.filter(|_| asked.method == Method::POST && !asked.body.is_empty()) {
            return failure(status, "UNSUPPORTED", "not in one request");
        }
        let mut content = self.content.lock().unwrap();
        let Some(digest) = asked.param("digest").filter(|_| asked.method == Method::PUT || self.options.single_post)
        else {
            content.uploads += 1;
            let location = format!("/v2/{repository}/blobs/uploads/{}?_state=secret-state", content.uploads);
            return with(empty(202), LOCATION, faults.location.as_ref().unwrap_or(&location));
        };
        if Digest::of(&asked.body).to_string() != digest {
            return failure(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
        }
        let blobs = &mut content.repositories.entry(repository.to_owned()).or_default().blobs;
        blobs.insert(digest.to_owned(), asked.body.clone());
        with(empty(201), DIGEST, digest)
    }

    fn blob(&self, (repository, digest): (&str, &str), asked: &Asked, faults: &Faults) -> Answer {
        if let Some(base) = &faults.redirect_blobs {
            return with(empty(307), LOCATION, &format!("{base}/v2/{repository}/blobs/{digest}?signature=secret"));
        }
        let all = self.content.lock().unwrap();
        match all.repositories.get(repository).and_then(|repository| repository.blobs.get(digest)) {
            Some(bytes) => with(content(&asked.method, bytes, faults.body), DIGEST, digest),
            None => failure(404, "BLOB_UNKNOWN", digest),
        }
    }

    fn manifest(&self, place: (&str, &str), asked: &Asked, faults: &Faults) -> Answer {
        match asked.method {
            Method::PUT => self.take(place, asked, faults),
            Method::DELETE => self.remove(place),
            _ => self.show(place, asked, faults),
        }
    }

    fn show(&self, (repository, name): (&str, &str), asked: &Asked, faults: &Faults) -> Answer {
        let all = self.content.lock().unwrap();
        let found = all.repositories.get(repository).and_then(|repository| repository.manifest(name));
        let Some((digest, media_type, bytes)) = found else {
            return failure(404, "MANIFEST_UNKNOWN", name);
        };
        if !asked.header(&axum::http::header::ACCEPT).split(',').any(|accepted| accepted.trim() == media_type) {
            return failure(404, "MANIFEST_UNKNOWN", "not in any type that is accepted");
        }
        let answer = with(content(&asked.method, &bytes, faults.body), DIGEST, &digest);
        let answer = with(answer, ETAG, &format!("\"{digest}\""));
        with(answer, CONTENT_TYPE, faults.content_type.as_ref().unwrap_or(&media_type))
    }

    fn take(&self, (repository, name): (&str, &str), asked: &Asked, faults: &Faults) -> Answer {
        let mut content = self.content.lock().unwrap();
        let repository = content.repositories.entry(repository.to_owned()).or_default();
        let current = repository.tags.get(name).cloned();
        if self.options.conditional && !condition_holds(asked, current.as_deref()) {
            return failure(412, "PRECONDITION_FAILED", "the tag is another one");
        }
        let digest = match repository.take(name, asked.header(&CONTENT_TYPE), &asked.body) {
            Ok(digest) => digest,
            Err((code, message)) => return failure(400, code, &message),
        };
        let mut answer = with(empty(201), DIGEST, &digest);
        if self.options.multi_tag {
            let also = asked.query.iter().filter(|(key, _)| key == "tag").map(|(_, tag)| tag.as_str());
            let also: Vec<&str> =
                also.inspect(|tag| drop(repository.tags.insert((*tag).to_owned(), digest.clone()))).collect();
            answer = with(answer, HeaderName::from_static("oci-tag"), &also.join(", "));
        }
        if let Some(thief) = &faults.thief {
            repository.tags.insert(name.to_owned(), thief.clone());
        }
        if self.options.conditional { with(answer, ETAG, &format!("\"{digest}\"")) } else { answer }
    }

    fn remove(&self, (repository, name): (&str, &str)) -> Answer {
        let mut content = self.content.lock().unwrap();
        let repository = content.repositories.entry(repository.to_owned()).or_default();
        match (self.options.removal, name.contains(':')) {
            (Removal::Forbidden, _) => failure(403, "DENIED", "not for you"),
            (Removal::Disabled, _) => failure(405, "UNSUPPORTED", "The operation is unsupported."),
            (Removal::DigestOnly, false) => {
                failure(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
            }
            (Removal::NotFound, false) => failure(404, "MANIFEST_UNKNOWN", name),
            (Removal::Supported, false) => match repository.tags.remove(name) {
                Some(_) => empty(202),
                None => failure(404, "MANIFEST_UNKNOWN", name),
            },
            (_, true) => {
                repository.tags.retain(|_, digest| digest != name);
                repository.manifests.remove(name).map_or_else(|| failure(404, "MANIFEST_UNKNOWN", name), |_| empty(202))
            }
        }
    }

    fn tags(&self, repository: &str, asked: &Asked, faults: &Faults) -> Answer {
        let all = self.content.lock().unwrap();
        let Some(found) = all.repositories.get(repository) else {
            return failure(404, "NAME_UNKNOWN", repository);
        };
        let size = asked.param("n").and_then(|n| n.parse().ok()).unwrap_or(usize::MAX).min(self.options.page);
        let last = asked.param("last").unwrap_or_default();
        let mut rest = found.tags.keys().filter(|tag| tag.as_str() > last);
        let page: Vec<&String> = rest.by_ref().take(size).collect();
        let more = rest.next().is_some();
        let body = serde_json::json!({ "name": repository, "tags": page }).to_string();
        let body = faults.tag_list.clone().unwrap_or(body);
        let answer = with(content(&asked.method, &Bytes::from(body), None), CONTENT_TYPE, "application/json");
        let next = page
            .last()
            .filter(|_| more)
            .map(|last| format!("</v2/{repository}/tags/list?last={last}&n={size}>; rel=\"next\""));
        with(answer, LINK, faults.link.as_ref().or(next.as_ref()).map_or("", String::as_str))
    }
}

/// `/v2/a/b/manifests/x` as `a/b` and `manifests/x`.
fn split(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix("/v2/")?;
    let places = ["/blobs/", "/manifests/", "/tags/"];
    let at = places.iter().filter_map(|place| path.find(place)).min()?;
    Some((&path[..at], &path[at + 1..]))
}

fn condition_holds(asked: &Asked, current: Option<&str>) -> bool {
    let wanted = asked.header(&IF_MATCH);
    let absent = asked.header(&IF_NONE_MATCH) == "*";
    !(absent && current.is_some())
        && (wanted.is_empty() || current.is_some_and(|current| wanted == format!("\"{current}\"")))
}
