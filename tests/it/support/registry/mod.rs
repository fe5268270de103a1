//! A registry in this process, for tests: open to their eyes, and broken as they wish.
//!
//! It runs on a thread and a runtime of its own, so that a test can run the built binary against
//! it and wait. It verifies digests, sizes and that what a manifest names is there.

mod access;
mod answers;
mod content;
mod handlers;
mod log;
mod options;
pub(crate) mod tls;
mod tokens;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use content::Content;
pub(crate) use log::Logged;
pub(crate) use options::{Auth, BodyFault, Fail, Faults, Options, Removal};
use skillctl::digest::Digest;
pub(crate) use tokens::{REFRESH, Tokens};

/// A running registry; it stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Registry {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What handlers and tests both see.
#[derive(Debug)]
struct Shared {
    options: Options,
    origin: String,
    content: Mutex<Content>,
    log: Mutex<Vec<Logged>>,
    faults: Mutex<Faults>,
}

impl Registry {
    /// Starts a registry on a free port of the loopback interface.
    pub(crate) fn start(options: Options) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if options.tls { "https" } else { "http" };
        let shared = Arc::new(Shared {
            options,
            origin: format!("{scheme}://{address}"),
            content: Mutex::default(),
            log: Mutex::default(),
            faults: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let state = shared.clone();
        let thread = std::thread::spawn(move || serve(listener, &state, stopped));
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// Host and port, as references begin.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// The base URL, without a slash at its end.
    pub(crate) fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// What it was asked since the start, or since the log was last cleared.
    pub(crate) fn requests(&self) -> Vec<Logged> {
        self.shared.log.lock().unwrap().clone()
    }

    /// The same, as short texts.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(ToString::to_string).collect()
    }

    /// Forgets what it was asked.
    pub(crate) fn clear_log(&self) {
        self.shared.log.lock().unwrap().clear();
    }

    /// Changes what it does wrong.
    pub(crate) fn break_with(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.shared.faults.lock().unwrap());
    }

    /// Does nothing wrong any more.
    pub(crate) fn mend(&self) {
        self.break_with(|faults| *faults = Faults::default());
    }

    /// Puts a blob into a repository.
    pub(crate) fn put_blob(&self, repository: &str, bytes: impl Into<Bytes>) -> Digest {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        self.with(repository, |repository| repository.blobs.insert(digest.to_string(), bytes));
        digest
    }

    /// Puts a manifest under a tag or its digest into a repository. It need not obey the rules.
    pub(crate) fn put_manifest(
        &self,
        repository: &str,
        name: &str,
        (media_type, bytes): (&str, impl Into<Bytes>),
    ) -> Digest {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        self.with(repository, |repository| {
            repository.manifests.insert(digest.to_string(), (media_type.to_owned(), bytes));
            if !name.contains(':') {
                repository.tags.insert(name.to_owned(), digest.to_string());
            }
        });
        digest
    }

    /// Answers for `digest` with a manifest that has another one.
    pub(crate) fn put_manifest_as(&self, repository: &str, digest: &Digest, (media_type, bytes): (&str, Bytes)) {
        let wrong = (media_type.to_owned(), bytes);
        self.with(repository, |repository| repository.manifests.insert(digest.to_string(), wrong));
    }

    /// The digest that a tag names.
    pub(crate) fn tag(&self, repository: &str, tag: &str) -> Option<String> {
        self.with(repository, |repository| repository.tags.get(tag).cloned())
    }

    /// All tags of a repository, sorted.
    pub(crate) fn tags(&self, repository: &str) -> Vec<String> {
        let mut tags: Vec<_> = self.with(repository, |repository| repository.tags.keys().cloned().collect());
        tags.sort();
        tags
    }

    /// Media type and bytes of what a tag or a digest names.
    pub(crate) fn manifest(&self, repository: &str, name: &str) -> Option<(String, Bytes)> {
        let (_, media_type, bytes) = self.with(repository, |repository| repository.manifest(name))?;
        Some((media_type, bytes))
    }

    /// A blob.
    pub(crate) fn blob(&self, repository: &str, digest: &Digest) -> Option<Bytes> {
        self.with(repository, |repository| repository.blobs.get(&digest.to_string()).cloned())
    }

    fn with<T>(&self, repository: &str, act: impl FnOnce(&mut content::Repository) -> T) -> T {
        let mut content = self.shared.content.lock().unwrap();
        act(content.repositories.entry(repository.to_owned()).or_default())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn serve(listener: std::net::TcpListener, shared: &Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).unwrap();
        let app = Router::new().fallback(handlers::handle).with_state(shared.clone());
        let serving = async {
            if shared.options.tls {
                axum::serve(tls::Listener::new(listener), app).await
            } else {
                axum::serve(listener, app).await
            }
        };
        tokio::select! {
            ended = serving => ended.unwrap(),
            _ = stopped => {}
        }
    });
}
