//! The HTTP clients of a run: one request out, one answer back.
//!
//! Nothing here knows registries: no credentials are chosen, no redirect is followed.

use std::sync::OnceLock;

use reqwest::header::{CONTENT_LENGTH, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Method, Request, RequestBuilder, Url};

use super::answer::Answer;
use super::body;
use super::endpoint::is_loopback;
use super::error::{Asked, Error, Problem};
use super::options::{Options, Trust};
use super::pace::Pace;
use crate::image::Blob;

const USER_AGENT: &str = concat!("skillctl/", env!("CARGO_PKG_VERSION"));

/// The clients, made when they are first needed: reading the system's certificates takes longer
/// than a request on loopback, and needs a system that has some. Loopback has clients of its own,
/// because no proxy can reach it.
#[derive(Debug, Default)]
pub(super) struct Transport {
    plain: OnceLock<Client>,
    plain_loopback: OnceLock<Client>,
    tls: OnceLock<Client>,
    tls_loopback: OnceLock<Client>,
}

/// What to send, apart from who asks.
pub(super) struct Outgoing<'a> {
    pub(super) method: &'a Method,
    pub(super) url: Url,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: Option<&'a Blob>,
}

impl Transport {
    /// Sends `outgoing`, with what `proof` adds to it, and waits for the head of the answer.
    pub(super) async fn send(
        &self,
        outgoing: Outgoing<'_>,
        options: &Options,
        proof: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, Error> {
        let Outgoing { method, url, headers, body } = outgoing;
        let asked = Asked::new(method, &url);
        let pace = Pace::new(options.limits);
        let client = self.client(&url, options)?;
        let mut request = client.request(method.clone(), url).headers(headers.clone());
        if let Some(blob) = body {
            // The length is stated, so that a body that breaks off is never taken for a whole one.
            request = request.header(CONTENT_LENGTH, blob.size()).body(body::sending(blob, &pace));
        } else if matches!(*method, Method::POST | Method::PUT) {
            request = request.header(CONTENT_LENGTH, 0);
        }
        let request = proof(request).build().map_err(|source| unreachable_at(&asked, source))?;
        execute(client, request, asked, pace).await
    }

    /// The client for `url`.
    pub(super) fn client(&self, url: &Url, options: &Options) -> Result<&Client, Error> {
        match (url.scheme(), is_loopback(url)) {
            ("https", false) => made(&self.tls, || with_tls(base(options), options)),
            ("https", true) => made(&self.tls_loopback, || with_tls(base(options).no_proxy(), options)),
            (_, false) => made(&self.plain, || without_tls(base(options))),
            (_, true) => made(&self.plain_loopback, || without_tls(base(options).no_proxy())),
        }
    }
}

/// Sends a finished request.
pub(super) async fn execute(client: &Client, request: Request, asked: Asked, pace: Pace) -> Result<Answer, Error> {
    match pace.keep(client.execute(request)).await {
        Ok(Ok(response)) => Ok(Answer::new(response, asked, pace)),
        Ok(Err(source)) => Err(unreachable_at(&asked, source)),
        Err(_) => Err(Error::timed_out(asked)),
    }
}

fn unreachable_at(asked: &Asked, source: reqwest::Error) -> Error {
    let problem = Problem::of(&source);
    Error::Unreachable { asked: Box::new(asked.clone()), problem, source: Some(source.without_url()) }
}

fn made(slot: &OnceLock<Client>, make: impl FnOnce() -> Result<Client, Error>) -> Result<&Client, Error> {
    if let Some(client) = slot.get() {
        return Ok(client);
    }
    let client = make()?;
    Ok(slot.get_or_init(|| client))
}

fn base(options: &Options) -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(options.limits.connect)
        .tcp_nodelay(true)
}

fn without_tls(builder: ClientBuilder) -> Result<Client, Error> {
    finish(builder.tls_certs_only([]))
}

fn with_tls(builder: ClientBuilder, options: &Options) -> Result<Client, Error> {
    match &options.trust {
        Trust::System => finish(builder),
        Trust::SystemAnd(pem) => {
            let builder = builder.tls_certs_merge(certificates(pem)?);
            builder.build().map_err(|source| Error::Certificates { source: Some(source) })
        }
        Trust::Anything => finish(builder.tls_danger_accept_invalid_certs(true)),
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    let found = Certificate::from_pem_bundle(pem).map_err(|source| Error::Certificates { source: Some(source) })?;
    if found.is_empty() { Err(Error::Certificates { source: None }) } else { Ok(found) }
}

fn finish(builder: ClientBuilder) -> Result<Client, Error> {
    builder.build().map_err(|source| Error::Setup { source })
}
