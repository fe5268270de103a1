//! The tokens of a test registry: who may get which, and what each is good for.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The refresh token that the realm knows.
pub(crate) const REFRESH: &str = "refresh-canary";

/// The rules and the tokens given out.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// User name and password.
    pub(crate) login: (&'static str, &'static str),
    /// What somebody without a password may do, `pull` or nothing.
    pub(crate) anonymous: &'static str,
    /// How long tokens last.
    pub(crate) life: Duration,
    /// Whether `delete` is an action; else it is refused, and `push` includes it, as in Quay.
    pub(crate) delete: bool,
    /// Whether the field is called `access_token`.
    pub(crate) access_token: bool,
    /// Scope and end of each token that was given out.
    pub(crate) given: Mutex<HashMap<String, (String, Instant)>>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            login: ("user", "canary"),
            anonymous: "pull",
            life: Duration::from_mins(5),
            delete: true,
            access_token: false,
            given: Mutex::default(),
        }
    }
}

/// How somebody proves who they are to the realm.
pub(super) enum Claim<'a> {
    Nobody,
    Login(&'a str, &'a str),
    Refresh(&'a str),
}

impl Tokens {
    /// A token for what `claim` may do of `scope`; none when the claim is false.
    pub(super) fn give(&self, claim: &Claim<'_>, scope: &str) -> Option<String> {
        let actions = match *claim {
            Claim::Nobody => self.anonymous,
            Claim::Login(user, password) if (user, password) == self.login => "pull,push,delete",
            Claim::Refresh(REFRESH) => "pull,push,delete",
            _ => return None,
        };
        let (resource, wanted) = scope.rsplit_once(':').unwrap_or((scope, ""));
        let granted: Vec<&str> = wanted.split(',').filter(|action| actions.split(',').any(|a| a == *action)).collect();
        let mut given = self.given.lock().unwrap();
        let token = format!("token-{}", given.len() + 1);
        given.insert(token.clone(), (format!("{resource}:{}", granted.join(",")), Instant::now() + self.life));
        Some(token)
    }

    /// Whether `token` is good for `action` in the repository `path`.
    pub(super) fn allows(&self, token: &str, path: &str, action: &str) -> bool {
        let given = self.given.lock().unwrap();
        given.get(token).is_some_and(|(scope, until)| {
            let actions = scope.strip_prefix(&format!("repository:{path}:")).unwrap_or_default();
            Instant::now() < *until && actions.split(',').any(|a| a == action)
        })
    }
}
