//! Credentials, tokens and realms, as they should work.

use std::time::Duration;

use super::*;
use crate::support::registry::REFRESH;
use skillctl::error::{Classify, Kind};
use skillctl::store::credential::Secret;
use skillctl::store::remote::Shown;

async fn look(registry: &Registry, options: Options) -> Result<(), Error> {
    open(registry, options).resolve(&by_tag("1.0.0")).await.map(drop)
}

fn basic() -> Registry {
    let auth = Auth::Basic("user", "canary");
    Registry::start(registry::Options { auth, ..registry::Options::default() })
}

#[tokio::test]
async fn nobody_may_read_where_anonymous_tokens_are_given() {
    let registry = Registry::start(with_tokens(Tokens::default()));
    look(&registry, Options::default()).await.unwrap();
    let error = push(&open(&registry, Options::default()), &sample("x"), "1.0.0").await.unwrap_err();
    assert_eq!(refusal(error).shown, Shown::Nothing);
}

#[tokio::test]
async fn an_access_token_is_a_token_too() {
    let registry = Registry::start(with_tokens(Tokens { access_token: true, ..Tokens::default() }));
    push(&open(&registry, logged_in("user:canary")), &sample("x"), "1.0.0").await.unwrap();
}

#[tokio::test]
async fn an_identity_token_is_exchanged_by_post() {
    let registry = Registry::start(with_tokens(Tokens { anonymous: "", ..Tokens::default() }));
    let given = Found { credential: Credential::Identity(Secret::new(REFRESH)), source: "auth.json".to_owned() };
    push(&open(&registry, with_credential(given)), &sample("x"), "1.0.0").await.unwrap();
    let exchange = registry.requests().into_iter().find(|request| request.path == "/token").unwrap();
    assert_eq!(exchange.method, "POST");
    assert!(exchange.form.contains("grant_type=refresh_token") && exchange.form.contains(REFRESH), "{}", exchange.form);
    let others = registry.requests().into_iter().filter(|request| request.path != "/token");
    assert!(others.into_iter().all(|request| !request.everything().contains(REFRESH)));
}

#[tokio::test]
async fn a_realm_that_knows_no_delete_is_asked_for_less() {
    let registry = Registry::start(with_tokens(Tokens { delete: false, ..Tokens::default() }));
    let session = Session::new(logged_in("user:canary"));
    for (path, expected) in [(REPOSITORY, 2), ("org/y", 1)] {
        registry.clear_log();
        let remote = open_at(&session, &registry, path);
        push(&remote, &sample("x"), "1.0.0").await.unwrap();
        assert_eq!(remote.untag(&tag("1.0.0")).await.unwrap(), skillctl::store::Untagged::Removed);
        assert_eq!(registry.lines().iter().filter(|line| *line == "GET /token").count(), expected);
    }
}

#[tokio::test]
async fn a_realm_that_fails_for_a_moment_is_asked_again() {
    let tokens = Arc::new(Tokens::default());
    let auth = |realm| Auth::Bearer { tokens: tokens.clone(), realm };
    let realm = Registry::start(registry::Options { auth: auth(None), ..registry::Options::default() });
    let url = format!("{}/token", realm.origin());
    let registry = Registry::start(registry::Options { auth: auth(Some(url)), ..registry::Options::default() });
    let fail = registry::Fail { status: 503, times: 1, retry_after: Some("0"), body: "" };
    realm.break_with(|faults| faults.fail = Some(fail));
    look(&registry, Options::default()).await.unwrap();
    assert_eq!(realm.requests().len(), 2);
}

#[tokio::test]
async fn tokens_are_renewed_when_they_end() {
    let registry = Registry::start(with_tokens(Tokens { life: Duration::from_secs(1), ..Tokens::default() }));
    let remote = open(&registry, logged_in("user:canary"));
    remote.resolve(&by_tag("1.0.0")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    registry.clear_log();
    remote.resolve(&by_tag("1.0.0")).await.unwrap();
    assert_eq!(registry.lines(), ["GET /token", "HEAD /v2/org/x/manifests/1.0.0"], "and no challenge");
}

#[tokio::test]
async fn files_of_docker_and_podman_are_asked() {
    let registry = basic();
    let directory = tempfile::tempdir().unwrap();
    let other = directory.path().join("auth.json");
    std::fs::write(&other, r#"{"auths":{"quay.io":{"auth":"b3RoZXI6d29yZA=="}}}"#).unwrap();
    let file = directory.path().join("config.json");
    let text = format!(r#"{{"auths":{{"{}":{{"auth":"dXNlcjpjYW5hcnk="}}}}}}"#, registry.host());
    std::fs::write(&file, text).unwrap();
    let credentials = Sources { given: None, files: vec![other, file] };
    look(&registry, Options { credentials, ..Options::default() }).await.unwrap();
}

#[tokio::test]
async fn a_broken_file_matters_only_where_credentials_are_wanted() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.json");
    std::fs::write(&file, "{").unwrap();
    let options = || {
        let credentials = Sources { given: None, files: vec![file.clone()] };
        Options { credentials, ..Options::default() }
    };
    look(&Registry::start(registry::Options::default()), options()).await.unwrap();
    let error = look(&basic(), options()).await.unwrap_err();
    assert!(told(&error).contains("config.json` is not a credentials file: line 1"), "{}", told(&error));
}

#[tokio::test]
async fn refusals_say_what_was_shown() {
    let identity = Found { credential: Credential::Identity(Secret::new("x")), source: "auth.json".to_owned() };
    let asked = "`HOST` requires authentication for `GET http://HOST/v2/org/x/manifests/1.0.0` (scope `repository:org/x:pull,push,delete`)";
    let cases = [
        (Options::default(), "no credentials were found for it"),
        (logged_in("user:wrong"), "the credentials from `--creds` do not suffice"),
        (with_credential(identity), "the identity token from `auth.json` cannot be used where a password is asked for"),
    ];
    for (options, proof) in cases {
        let registry = basic();
        let error = open(&registry, options).manifest(&by_tag("1.0.0")).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Denied);
        assert_eq!(stable(&error, &registry), format!("{asked}: {proof}: UNAUTHORIZED: authentication required"));
        assert!(registry.requests().len() <= 2, "{:?}", registry.lines());
    }
}

#[tokio::test]
async fn a_realm_that_refuses_is_named() {
    let registry = Registry::start(with_tokens(Tokens::default()));
    let refusal = refusal(look(&registry, logged_in("user:wrong")).await.unwrap_err());
    assert_eq!(refusal.asked.url, format!("{}/token", registry.origin()));
    assert_eq!(refusal.shown, Shown::Credentials { source: "--creds".to_owned() });
}

#[tokio::test]
async fn a_realm_elsewhere_works_once_it_is_allowed() {
    let tokens = Arc::new(Tokens { anonymous: "", ..Tokens::default() });
    let auth = |realm| Auth::Bearer { tokens: tokens.clone(), realm };
    let realm = Registry::start(registry::Options { auth: auth(None), ..registry::Options::default() });
    let url = format!("{}/token", realm.origin());
    let registry = Registry::start(registry::Options { auth: auth(Some(url)), ..registry::Options::default() });
    let options = Options { realms: vec![realm.host()], ..logged_in("user:canary") };
    push(&open(&registry, options), &sample("x"), "1.0.0").await.unwrap();
    assert_eq!(realm.lines(), ["GET /token"]);
}

#[tokio::test]
async fn realms_that_make_no_sense_are_refused() {
    let registry = Registry::start(with_tokens(Tokens::default()));
    for (body, message) in [
        ("", "not the JSON of a token"),
        ("[]", "not the JSON of a token"),
        ("{}", "holds no token"),
        (r#"{"token":""}"#, "holds no token"),
        (r#"{"token":"a\r\nX-Evil: 1"}"#, "characters that no token has"),
    ] {
        registry.break_with(|faults| faults.token = Some(body.to_owned()));
        let error = look(&registry, Options::default()).await.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    registry.mend();
    for (challenge, message) in [
        (r#"Bearer realm="not a url""#, "is not a URL"),
        (r#"Bearer realm="file:///etc/passwd""#, "must be HTTPS"),
        ("Digest nonce=1", "it did not say how to log in"),
        ("", "it did not say how to log in"),
    ] {
        registry.break_with(|faults| faults.challenge = Some(challenge.to_owned()));
        let error = look(&registry, logged_in("user:canary")).await.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[tokio::test]
async fn nothing_of_a_secret_is_in_debug_output() {
    let registry = Registry::start(with_tokens(Tokens::default()));
    let remote = open(&registry, logged_in("user:canary"));
    remote.resolve(&by_tag("1.0.0")).await.unwrap();
    let shown = format!("{remote:?} {:?}", logged_in("user:canary"));
    assert!(!shown.contains("canary") && !shown.contains("token-1"), "{shown}");
}
