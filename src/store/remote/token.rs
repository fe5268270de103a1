//! Asking an authentication realm for a token.
//!
//! Follows the Distribution token specification: GET with or without a password, or POST with a
//! refresh token. Realms are not followed elsewhere when they redirect.

use std::time::{Duration, Instant};

use reqwest::{RequestBuilder, StatusCode, Url};
use serde::Deserialize;

use super::answer::Answer;
use super::error::{Asked, Error, Shown};
use super::options::Options;
use super::pace::Pace;
use super::scope::Scope;
use super::transport::{Transport, execute};
use crate::store::credential::{Credential, Secret};

/// The most that is read of a realm's answer, in bytes.
const ANSWER_LIMIT: u64 = 256 << 10;
/// How long a token lasts when the realm does not say; the specification's number.
const DEFAULT_LIFE: u64 = 60;
/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(10);

/// A realm, as a registry named it and we judged it.
#[derive(Debug, Clone)]
pub(super) struct Realm {
    pub(super) url: Url,
    pub(super) service: Option<String>,
}

/// A token and the time until which it is used.
pub(super) struct Token {
    pub(super) text: Secret,
    pub(super) until: Instant,
}

/// What a realm answers. Other fields are not our business.
#[derive(Deserialize)]
struct Granted {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

/// Asks `realm` for a token of `scope`, with `credential` or as nobody.
pub(super) async fn ask(
    (transport, options): (&Transport, &Options),
    realm: &Realm,
    scope: &Scope,
    (credential, shown): (Option<&Credential>, &Shown),
) -> Result<Token, Error> {
    let asked_at = Instant::now();
    let client = transport.client(&realm.url, options)?;
    let request = request(client, realm, &scope.to_string(), credential);
    let request = request.build().map_err(|source| Error::Setup { source })?;
    let asked = Asked::new(request.method(), request.url());
    let answer = execute(client, request, asked, Pace::new(options.limits)).await?;
    match answer.status() {
        StatusCode::OK => read(answer, asked_at).await,
        status if status.is_redirection() => Err(answer.breaks("an authentication realm may not redirect")),
        _ => Err(Error::Refused(Box::new(answer.refusal(scope, shown.clone()).await))),
    }
}

fn request(client: &reqwest::Client, realm: &Realm, scope: &str, credential: Option<&Credential>) -> RequestBuilder {
    let service = realm.service.iter().map(|service| ("service", service.as_str()));
    let wanted: Vec<(&str, &str)> = service.chain([("scope", scope)]).collect();
    match credential {
        None => client.get(with_query(&realm.url, &wanted)),
        Some(Credential::Login { user, password }) => {
            client.get(with_query(&realm.url, &wanted)).basic_auth(user, Some(password.expose()))
        }
        Some(Credential::Identity(token)) => {
            let identity =
                [("grant_type", "refresh_token"), ("client_id", "skillctl"), ("refresh_token", token.expose())];
            let form: Vec<_> = wanted.into_iter().chain(identity).collect();
            client.post(realm.url.clone()).form(&form)
        }
    }
}

fn with_query(url: &Url, pairs: &[(&str, &str)]) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().extend_pairs(pairs);
    url
}

async fn read(mut answer: Answer, asked_at: Instant) -> Result<Token, Error> {
    let body = answer.bytes(ANSWER_LIMIT).await?;
    let granted: Granted = serde_json::from_slice(&body).map_err(|_| answer.breaks("it is not the JSON of a token"))?;
    let text = [granted.token, granted.access_token].into_iter().flatten().find(|text| !text.is_empty());
    let text = text.ok_or_else(|| answer.breaks("it holds no token"))?;
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(answer.breaks("its token has characters that no token has"));
    }
    let life = Duration::from_secs(granted.expires_in.unwrap_or(DEFAULT_LIFE).clamp(1, 86_400));
    Ok(Token { text: Secret::new(text), until: asked_at + life.saturating_sub(MARGIN.min(life / 4)) })
}
