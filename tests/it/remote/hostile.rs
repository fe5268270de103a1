//! Hosts that are not the registry: a secret that must never reach them, by whatever way.

use super::*;
use crate::support::registry::Logged;
use skillctl::store::credential::Secret;
use skillctl::store::remote::Shown;

/// A registry that wants a password, and a trap beside it that writes down all it is sent.
fn registry_and_trap() -> (Registry, Registry) {
    let auth = Auth::Basic("user", "canary");
    let registry = Registry::start(registry::Options { auth, ..registry::Options::default() });
    (registry, Registry::start(registry::Options::default()))
}

/// The trap was asked, and was told nothing.
fn assert_clean(trap: &Registry) {
    let requests = trap.requests();
    assert!(!requests.is_empty(), "the trap was never asked, so this test proves nothing");
    assert!(requests.iter().all(is_clean), "{requests:#?}");
}

fn is_clean(request: &Logged) -> bool {
    let text = request.everything();
    // `dXNlcjpjYW5hcnk=` is `user:canary`.
    request.header("authorization").is_empty() && !text.contains("canary") && !text.contains("dXNlcjpjYW5hcnk")
}

#[tokio::test]
async fn a_foreign_realm_gets_no_credentials() {
    let identity = Found { credential: Credential::Identity(Secret::new("canary")), source: "--creds".to_owned() };
    for options in [logged_in("user:canary"), with_credential(identity)] {
        let trap = Registry::start(registry::Options::default());
        let realm = Some(format!("{}/token", trap.origin()));
        let auth = Auth::Bearer { tokens: Arc::new(Tokens::default()), realm };
        let registry = Registry::start(registry::Options { auth, ..registry::Options::default() });
        let error = open(&registry, options).resolve(&by_tag("1.0.0")).await.unwrap_err();
        assert_clean(&trap);
        let shown = Shown::Withheld { source: "--creds".to_owned(), realm: trap.host() };
        assert!(told(&error).contains(&format!("were not sent to `{}`", trap.host())), "{}", told(&error));
        assert_eq!(refusal(error).shown, shown);
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_drops_credentials() {
    let (registry, trap) = registry_and_trap();
    let image = sample("layer");
    seed(&registry, "1.0.0", &image);
    seed(&trap, "1.0.0", &image);
    registry.break_with(|faults| faults.redirect_blobs = Some(trap.origin().to_owned()));
    let blobs = pull(&open(&registry, logged_in("user:canary")), "1.0.0").await.unwrap();
    assert_eq!(blobs[1].to_bytes().unwrap(), "layer");
    assert_clean(&trap);
}

#[tokio::test]
async fn a_challenge_from_another_host_is_not_answered() {
    let (registry, _) = registry_and_trap();
    let trap =
        Registry::start(registry::Options { auth: Auth::Basic("user", "canary"), ..registry::Options::default() });
    let image = sample("layer");
    seed(&registry, "1.0.0", &image);
    registry.break_with(|faults| faults.redirect_blobs = Some(trap.origin().to_owned()));
    let error = pull(&open(&registry, logged_in("user:canary")), "1.0.0").await.unwrap_err();
    assert_clean(&trap);
    let refusal = refusal(error);
    assert_eq!((refusal.asked.host, refusal.status), (trap.host(), 401));
    assert!(!refusal.asked.url.contains("secret"), "{}", refusal.asked.url);
}

#[tokio::test]
async fn an_upload_elsewhere_gets_no_credentials() {
    for single_post in [true, false] {
        let (registry, trap) = registry_and_trap();
        drop(registry);
        let auth = Auth::Basic("user", "canary");
        let registry = Registry::start(registry::Options { single_post, auth, ..registry::Options::default() });
        registry.break_with(|faults| faults.location = Some(format!("{}/v2/org/x/blobs/uploads/7", trap.origin())));
        let blob = Blob::new(vec![1; if single_post { 2 << 20 } else { 5 }].into());
        open(&registry, logged_in("user:canary")).push(&blob.descriptor("x/y"), &blob).await.unwrap();
        assert_clean(&trap);
        assert!(trap.blob(REPOSITORY, blob.digest()).is_some());
    }
}

#[tokio::test]
async fn writes_are_not_redirected() {
    let (registry, trap) = registry_and_trap();
    registry.break_with(|faults| faults.redirect_writes = Some(trap.origin().to_owned()));
    let error = push(&open(&registry, logged_in("user:canary")), &sample("x"), "1.0.0").await.unwrap_err();
    assert!(error.to_string().contains("only reads may be redirected"), "{error}");
    assert!(trap.requests().is_empty());
}

#[tokio::test]
async fn redirects_end() {
    let (registry, _) = registry_and_trap();
    let image = sample("layer");
    seed(&registry, "1.0.0", &image);
    registry.break_with(|faults| faults.redirect_blobs = Some(registry.origin().to_owned()));
    registry.clear_log();
    let layer = image.manifest.children().nth(1).unwrap();
    let error = open(&registry, logged_in("user:canary")).fetch(layer).await.unwrap_err();
    assert!(error.to_string().contains("more than 5 redirects"), "{error}");
    assert_eq!(registry.requests().len(), 1 + 6);
}

#[tokio::test]
async fn odd_locations_are_errors_and_no_panics() {
    let registry = Registry::start(registry::Options { single_post: false, ..registry::Options::default() });
    let blob = Blob::new("x".into());
    for (location, message) in [
        ("", "no `Location`"),
        ("http://[", "is not a URL"),
        ("ftp://a.example/x", "is not HTTP"),
        ("mailto:x", "is not HTTP"),
        ("http://user:secret@a.example/x", "its location holds credentials"),
        ("ftp://user:secret@a.example/x", "its location holds credentials"),
    ] {
        registry.break_with(|faults| faults.location = Some(location.to_owned()));
        let error = open(&registry, Options::default()).push(&blob.descriptor("x/y"), &blob).await.unwrap_err();
        let text = told(&error);
        assert!(text.contains(message) && !text.contains("secret"), "{location}: {text}");
    }
}

#[tokio::test]
async fn relative_locations_and_locations_with_a_query_work() {
    let registry = Registry::start(registry::Options { single_post: false, ..registry::Options::default() });
    for location in
        ["/v2/org/x/blobs/uploads/1", "1?a=b%3D", "?", &format!("{}/v2/org/x/blobs/uploads/1?", registry.origin())]
    {
        registry.break_with(|faults| faults.location = Some(location.to_owned()));
        let blob = Blob::new(location.to_owned().into());
        open(&registry, Options::default()).push(&blob.descriptor("x/y"), &blob).await.unwrap();
        assert!(registry.blob(REPOSITORY, blob.digest()).is_some(), "{location}");
    }
}

#[tokio::test]
async fn tls_is_never_left() {
    let registry = Registry::start(registry::Options { tls: true, ..registry::Options::default() });
    let trap = Registry::start(registry::Options::default());
    let image = sample("layer");
    seed(&registry, "1.0.0", &image);
    let trust = remote::Trust::SystemAnd(crate::support::registry::tls::authority());
    let remote = open(&registry, Options { trust, ..logged_in("user:canary") });

    registry.break_with(|faults| faults.redirect_blobs = Some(trap.origin().to_owned()));
    let error = pull(&remote, "1.0.0").await.unwrap_err();
    assert!(error.to_string().contains("would leave TLS"), "{error}");

    registry.break_with(|faults| faults.location = Some(format!("{}/upload", trap.origin())));
    let large = Blob::new(vec![0; 2 << 20].into());
    let error = remote.push(&large.descriptor("x/y"), &large).await.unwrap_err();
    assert!(error.to_string().contains("would leave TLS"), "{error}");

    let fail = registry::Fail { status: 401, times: 1, retry_after: None, body: "" };
    registry.break_with(|faults| faults.fail = Some(fail));
    assert!(remote.tags().await.is_err(), "a 401 that says nothing is final");
    assert!(trap.requests().is_empty());
}
