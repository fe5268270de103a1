//! One registry of a run: where it answers, how it authenticates, what it was found to support.
//!
//! Every request of every repository in it goes through [`Registry::call`].

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use reqwest::header::LOCATION;
use reqwest::{StatusCode, Url};

use super::answer::Answer;
use super::auth::{Authority, Proof};
use super::call::Call;
use super::endpoint::{Candidates, candidates, same_origin};
use super::error::{Error, Problem};
use super::redirect;
use super::retry;
use super::scope::Scope;
use super::session::Run;
use super::transport::Outgoing;

/// A registry, shared by all repositories of the run that are in it.
#[derive(Debug)]
pub(super) struct Registry {
    candidates: Candidates,
    settled: OnceLock<Url>,
    /// Held by the first request: until it is answered, nobody knows whether TLS is spoken and a
    /// token is wanted, and fifty requests would find out fifty times.
    scouting: tokio::sync::Mutex<()>,
    authority: Authority,
    single_post: AtomicU8,
    run: Arc<Run>,
}

/// Whether a registry takes a blob in one POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SinglePost {
    /// Not tried yet.
    Unknown = 0,
    /// It does.
    Taken = 1,
    /// It does not.
    Refused = 2,
}

impl Registry {
    /// The registry called `host`; none when that is not a host.
    pub(super) fn new(host: &str, run: Arc<Run>) -> Option<Self> {
        Some(Self {
            candidates: candidates(host, &run.options)?,
            settled: OnceLock::new(),
            scouting: tokio::sync::Mutex::default(),
            authority: Authority::new(host, run.clone()),
            single_post: AtomicU8::new(SinglePost::Unknown as u8),
            run,
        })
    }

    /// Sends `call` for `scope`, and again where that makes sense. Any final answer is `Ok`,
    /// except one that asks for other credentials than there are.
    pub(super) async fn call(&self, call: &Call, scope: &Scope) -> Result<Answer, Error> {
        let mut made = 1;
        loop {
            let outcome = self.followed(call, scope).await;
            let Some(wait) = retry::wait(&outcome, made).filter(|_| call.is_read()) else {
                return outcome;
            };
            tokio::time::sleep(wait).await;
            made += 1;
        }
    }

    /// The error for an answer whose status is a failure.
    pub(super) async fn refused(&self, answer: Answer, scope: &Scope) -> Error {
        let shown = self.authority.shown(scope).await;
        Error::Refused(Box::new(answer.refusal(scope, shown).await))
    }

    /// Whether it takes a blob in one POST, as far as is known.
    pub(super) fn single_post(&self) -> SinglePost {
        match self.single_post.load(Ordering::Relaxed) {
            1 => SinglePost::Taken,
            2 => SinglePost::Refused,
            _ => SinglePost::Unknown,
        }
    }

    /// Remembers whether it takes a blob in one POST.
    pub(super) fn learn_single_post(&self, found: SinglePost) {
        self.single_post.store(found as u8, Ordering::Relaxed);
    }

    /// Sends `call` and follows the redirects of reads.
    async fn followed(&self, call: &Call, scope: &Scope) -> Result<Answer, Error> {
        let mut answer = self.first(call, scope).await?;
        let mut hops = 0;
        while redirect::is_redirect(answer.status()) {
            hops += 1;
            let url = redirect::next(&answer, answer.header(LOCATION), hops)?;
            if !call.is_read() {
                return Err(answer.breaks("only reads may be redirected"));
            }
            answer = self.authorized(&call.moved_to(url), scope).await?;
        }
        Ok(answer)
    }

    /// Sends `call`, alone if it is the first one to this registry.
    async fn first(&self, call: &Call, scope: &Scope) -> Result<Answer, Error> {
        if self.settled.get().is_some() {
            return self.authorized(call, scope).await;
        }
        let alone = self.scouting.lock().await;
        if self.settled.get().is_some() {
            drop(alone);
            return self.authorized(call, scope).await;
        }
        self.scout(call, scope).await
    }

    /// Finds out where the registry answers, by sending `call` there.
    async fn scout(&self, call: &Call, scope: &Scope) -> Result<Answer, Error> {
        let Candidates { first, second } = &self.candidates;
        let outcome = self.authorized_at(first, call, scope).await;
        if let Some(second) = second.as_ref().filter(|_| is_mistaken(first, &outcome)) {
            let other = self.authorized_at(second, call, scope).await;
            if is_telling(&other) {
                self.settle(second, &other);
                return other;
            }
        }
        self.settle(first, &outcome);
        outcome
    }

    fn settle(&self, base: &Url, outcome: &Result<Answer, Error>) {
        if !matches!(outcome, Err(Error::Unreachable { .. } | Error::Setup { .. } | Error::Certificates { .. })) {
            // Only the scout gets here, so there is nothing that this could lose against.
            let _ = self.settled.set(base.clone());
        }
    }

    async fn authorized(&self, call: &Call, scope: &Scope) -> Result<Answer, Error> {
        let base = self.settled.get().unwrap_or(&self.candidates.first);
        self.authorized_at(base, call, scope).await
    }

    /// Sends `call` with what the registry asked for, and once more if it asks for something else.
    /// Nothing of ours goes to another origin, nor is a challenge from there answered.
    async fn authorized_at(&self, base: &Url, call: &Call, scope: &Scope) -> Result<Answer, Error> {
        let url = call.url(base);
        if !same_origin(&url, base) {
            return self.send(call, url, &Proof::None).await;
        }
        let proof = self.authority.proof(scope).await?;
        let answer = self.send(call, url.clone(), &proof).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let Some(better) = self.authority.challenged(&answer, (base, scope), &proof).await? else {
            return Err(self.refused(answer, scope).await);
        };
        let answer = self.send(call, url, &better).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Err(self.refused(answer, scope).await);
        }
        Ok(answer)
    }

    async fn send(&self, call: &Call, url: Url, proof: &Proof) -> Result<Answer, Error> {
        let outgoing = Outgoing { method: &call.method, url, headers: &call.headers, body: call.body.as_ref() };
        self.run.transport.send(outgoing, &self.run.options, |request| proof.add_to(request)).await
    }
}

/// Whether the outcome of the second attempt says more than that it, too, was the wrong protocol.
fn is_telling(outcome: &Result<Answer, Error>) -> bool {
    match outcome {
        Err(Error::Unreachable { problem, .. }) => *problem == Problem::Certificate,
        Err(Error::Setup { .. } | Error::Certificates { .. }) => false,
        _ => true,
    }
}

/// Whether an outcome looks like TLS spoken to a server without, or the other way round.
///
/// Go's servers answer plain HTTP on a TLS port with status 400; others close the connection.
fn is_mistaken(base: &Url, outcome: &Result<Answer, Error>) -> bool {
    match outcome {
        Ok(answer) => base.scheme() == "http" && answer.status() == StatusCode::BAD_REQUEST,
        Err(Error::Unreachable { problem: Problem::Broken | Problem::NotHttp, .. }) => true,
        Err(Error::Unreachable { problem: Problem::NotTls, .. }) => base.scheme() == "https",
        Err(_) => false,
    }
}
