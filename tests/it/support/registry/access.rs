//! Who may do what at a test registry: its challenges, and its token realm.

use axum::body::{Body, Bytes};
use axum::http::Method;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Shared;
use super::answers::{content, empty, failure, with};
use super::handlers::{Answer, Asked, pairs};
use super::options::{Auth, Faults};
use super::tokens::Claim;

impl Shared {
    /// The refusal of somebody who may not do this.
    pub(super) fn refused(&self, repository: &str, asked: &Asked, faults: &Faults) -> Option<Answer> {
        let (allowed, challenge) = match &self.options.auth {
            Auth::Open => (true, String::new()),
            Auth::Basic(user, password) => {
                let allowed = login(asked.header(&AUTHORIZATION))
                    .is_some_and(|(u, p)| (u.as_str(), p.as_str()) == (user, password));
                (allowed, r#"Basic realm="test""#.to_owned())
            }
            Auth::Bearer { tokens, realm } => {
                let action = action(&asked.method);
                let token = asked.header(&AUTHORIZATION).strip_prefix("Bearer ").unwrap_or_default();
                let own = format!("{}/token", self.origin);
                let realm = realm.as_ref().unwrap_or(&own);
                let challenge = format!(
                    r#"Bearer realm="{realm}",service="test registry",scope="repository:{repository}:{action}""#
                );
                let needed = if action == "delete" && !tokens.delete { "push" } else { action };
                (tokens.allows(token, repository, needed), challenge)
            }
        };
        let challenge = faults.challenge.clone().unwrap_or(challenge);
        (!allowed).then(|| with(failure(401, "UNAUTHORIZED", "authentication required"), WWW_AUTHENTICATE, &challenge))
    }

    /// A token, for whom the rules allow one.
    pub(super) fn token(&self, asked: &Asked, faults: &Faults) -> Answer {
        if let Some(text) = &faults.token {
            let mut answer = empty(200);
            *answer.body_mut() = Body::from(text.clone());
            return answer;
        }
        let Auth::Bearer { tokens, .. } = &self.options.auth else {
            return content(&Method::GET, &Bytes::from_static(br#"{"token":"of-another-realm"}"#), None);
        };
        let form = pairs(std::str::from_utf8(&asked.body).unwrap());
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let login = login(asked.header(&AUTHORIZATION));
        let claim = match (field("refresh_token"), &login) {
            (Some(token), _) => Claim::Refresh(token),
            (None, Some((user, password))) => Claim::Login(user, password),
            (None, None) => Claim::Nobody,
        };
        let scope = asked.param("scope").or_else(|| field("scope")).unwrap_or_default();
        if scope.ends_with(",delete") && !tokens.delete {
            return failure(400, "INVALID_REQUEST", "Unable to decode repository and actions");
        }
        let Some(token) = tokens.give(&claim, scope) else {
            return failure(401, "UNAUTHORIZED", "wrong user name or password");
        };
        let name = if tokens.access_token { "access_token" } else { "token" };
        let body = serde_json::json!({ name: token, "expires_in": tokens.life.as_secs(), "issued_at": "1970-01-01T00:00:00Z" });
        content(&Method::GET, &Bytes::from(body.to_string()), None)
    }
}

fn action(method: &Method) -> &'static str {
    match *method {
        Method::GET | Method::HEAD => "pull",
        Method::DELETE => "delete",
        _ => "push",
    }
}

/// User name and password of a Basic header.
fn login(header: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(header.strip_prefix("Basic ")?).unwrap()).unwrap();
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}
