//! Who we are, for one registry: what it asked for, and one proof per scope for the whole run.
//!
//! Nothing is sent before the registry asks for it. Once it has, every further request carries the
//! proof at once, and requests in parallel share it: the first one gets it, the others wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{RequestBuilder, Url};

use super::answer::Answer;
use super::challenge::{self, Challenge};
use super::error::{Error, Shown};
use super::options::Access;
use super::realm::{self, Standing};
use super::scope::Scope;
use super::session::Run;
use super::token::{self, Realm, Token};
use crate::printable::one_line;
use crate::store::credential::{Credential, Found, Secret};

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing.
    None,
    /// User name and password.
    Basic { user: String, password: Secret },
    /// A token.
    Bearer(Secret),
}

impl Proof {
    /// Adds it to a request.
    pub(super) fn add_to(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Basic { user, password } => request.basic_auth(user, Some(password.expose())),
            Self::Bearer(token) => request.bearer_auth(token.expose()),
        }
    }
}

/// What the registry asks for, judged.
#[derive(Debug, Clone)]
enum Scheme {
    Basic,
    Bearer(Realm, Standing),
}

/// A proof for one scope.
#[derive(Debug, Clone)]
struct Grant {
    proof: Proof,
    shown: Shown,
    until: Option<Instant>,
}

impl Grant {
    fn is_fresh(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

/// One lock per scope, held while its proof is being got.
type Slot = Arc<tokio::sync::Mutex<Option<Grant>>>;

/// The proofs for one registry.
#[derive(Debug)]
pub(super) struct Authority {
    host: String,
    run: Arc<Run>,
    scheme: Mutex<Option<Scheme>>,
    /// Its realm refuses the action `delete`; the right to push includes it there.
    push_removes: AtomicBool,
    grants: Mutex<HashMap<Scope, Slot>>,
}

impl Authority {
    /// For the registry called `host`, which has asked for nothing yet.
    pub(super) fn new(host: &str, run: Arc<Run>) -> Self {
        Self {
            host: host.to_owned(),
            run,
            scheme: Mutex::default(),
            push_removes: AtomicBool::new(false),
            grants: Mutex::default(),
        }
    }

    /// What a request of `scope` carries, by what the registry asked for so far.
    pub(super) async fn proof(&self, scope: &Scope) -> Result<Proof, Error> {
        let scheme = lock(&self.scheme).clone();
        let Some(scheme) = scheme else {
            return Ok(Proof::None);
        };
        let slot = self.slot(scope);
        let mut slot = slot.lock().await;
        if let Some(grant) = slot.as_ref().filter(|grant| grant.is_fresh()) {
            return Ok(grant.proof.clone());
        }
        let grant = self.obtain(&scheme, scope).await?;
        Ok(slot.insert(grant).proof.clone())
    }

    /// What to send after the 401 `answer` to a request that carried `used`; none when there is
    /// nothing better.
    pub(super) async fn challenged(
        &self,
        answer: &Answer,
        (base, scope): (&Url, &Scope),
        used: &Proof,
    ) -> Result<Option<Proof>, Error> {
        let Some(scheme) = self.judged(answer, base)? else {
            return Ok(None);
        };
        *lock(&self.scheme) = Some(scheme.clone());
        let slot = self.slot(scope);
        let mut slot = slot.lock().await;
        let renewed = slot.as_ref().filter(|grant| grant.is_fresh() && grant.proof != *used).cloned();
        let grant = match renewed {
            Some(grant) => grant,
            None => self.obtain(&scheme, scope).await?,
        };
        let proof = slot.insert(grant).proof.clone();
        Ok(Some(proof).filter(|proof| *proof != Proof::None && proof != used))
    }

    /// What the registry was shown for `scope`, for messages.
    pub(super) async fn shown(&self, scope: &Scope) -> Shown {
        let slot = self.slot(scope);
        let slot = slot.lock().await;
        slot.as_ref().map_or(Shown::NotAsked, |grant| grant.shown.clone())
    }

    fn slot(&self, scope: &Scope) -> Slot {
        lock(&self.grants).entry(scope.clone()).or_default().clone()
    }

    fn judged(&self, answer: &Answer, base: &Url) -> Result<Option<Scheme>, Error> {
        let (text, service) = match challenge::choose(answer.headers(WWW_AUTHENTICATE)) {
            None => return Ok(None),
            Some(Challenge::Basic) => return Ok(Some(Scheme::Basic)),
            Some(Challenge::Bearer { realm, service }) => (realm, service),
        };
        let named = || one_line(&text, 200);
        let url = Url::parse(&text)
            .map_err(|_| answer.breaks(format!("its authentication realm `{}` is not a URL", named())))?;
        let standing = realm::judge(base, &url, &self.run.options);
        if standing == Standing::Unsafe {
            let rule = format!("its authentication realm `{}` must be HTTPS, as the registry is", named());
            return Err(answer.breaks(rule));
        }
        Ok(Some(Scheme::Bearer(Realm { url, service }, standing)))
    }

    async fn obtain(&self, scheme: &Scheme, scope: &Scope) -> Result<Grant, Error> {
        let found = self.run.keyring.find(&self.host, &scope.path).await;
        let found = found.map_err(|source| Error::Credentials { host: self.host.clone(), source })?;
        match scheme {
            Scheme::Basic => Ok(basic(found)),
            Scheme::Bearer(realm, standing) => self.bearer((realm, *standing), scope, found).await,
        }
    }

    async fn bearer(
        &self,
        (realm, standing): (&Realm, Standing),
        scope: &Scope,
        found: Option<Found>,
    ) -> Result<Grant, Error> {
        let (credential, shown) = match found {
            None => (None, Shown::Nothing),
            Some(Found { credential, source }) if standing == Standing::Own => {
                (Some(credential), Shown::Credentials { source })
            }
            Some(Found { source, .. }) => {
                (None, Shown::Withheld { source, realm: super::endpoint::authority(&realm.url) })
            }
        };
        let token = self.token(realm, scope, (credential.as_ref(), &shown)).await?;
        Ok(Grant { proof: Proof::Bearer(token.text), shown, until: Some(token.until) })
    }

    /// A token, by a scope that the realm understands: Quay answers 400 to `delete`.
    async fn token(&self, realm: &Realm, scope: &Scope, who: (Option<&Credential>, &Shown)) -> Result<Token, Error> {
        let tools = (&self.run.transport, &self.run.options);
        let lesser = Scope { access: Access::Push, ..scope.clone() };
        if scope.access != Access::Delete {
            return token::ask(tools, realm, scope, who).await;
        }
        if self.push_removes.load(Ordering::Relaxed) {
            return token::ask(tools, realm, &lesser, who).await;
        }
        match token::ask(tools, realm, scope, who).await {
            Err(Error::Refused(refusal)) if refusal.status == 400 => {
                self.push_removes.store(true, Ordering::Relaxed);
                token::ask(tools, realm, &lesser, who).await
            }
            outcome => outcome,
        }
    }
}

fn basic(found: Option<Found>) -> Grant {
    let (proof, shown) = match found {
        None => (Proof::None, Shown::Nothing),
        Some(Found { credential: Credential::Login { user, password }, source }) => {
            (Proof::Basic { user, password }, Shown::Credentials { source })
        }
        Some(Found { credential: Credential::Identity(_), source }) => (Proof::None, Shown::Unusable { source }),
    };
    Grant { proof, shown, until: None }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
