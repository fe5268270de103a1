//! Registries that cannot be reached, refuse, or answer what they should not.

use std::sync::Arc;

use insta::assert_snapshot;

use super::{draft, published, registry, stable, told};
use crate::support::registry::{Auth, BodyFault, Fail, Options, Registry, Removal, Tokens};
use crate::support::sandbox::Sandbox;

fn locked() -> Registry {
    Registry::start(Options { auth: Auth::Basic("user", "right"), ..Options::default() })
}

fn with_tokens(realm: Option<String>, anonymous: &'static str) -> Registry {
    let tokens = Arc::new(Tokens { login: ("user", "right"), anonymous, ..Tokens::default() });
    Registry::start(Options { auth: Auth::Bearer { tokens, realm }, ..Options::default() })
}

fn failing(status: u16, retry_after: Option<&'static str>, body: &'static str) -> Registry {
    let registry = registry();
    registry.break_with(|faults| faults.fail = Some(Fail { status, times: 99, retry_after, body }));
    registry
}

/// What a push of a packed skill says, with further arguments.
fn push(registry: &Registry, more: &[&str]) -> String {
    told(&Sandbox::packed(), 1, &[&["push", &draft(registry)], more].concat())
}

#[test]
fn credentials_that_are_missing_or_wrong() {
    assert_snapshot!(push(&locked(), &[]), @"
    error: `HOST` requires authentication for `HEAD http://HOST/v2/org/hello/manifests/1.0.0-draft` (scope `repository:org/hello:pull,push`): no credentials were found for it
    hint: log in with `podman login HOST`, or give `--creds USER:PASSWORD` or SKILLCTL_USERNAME and SKILLCTL_PASSWORD
    ");
    assert_snapshot!(push(&locked(), &["--creds", "user:wrong"]), @"
    error: `HOST` requires authentication for `HEAD http://HOST/v2/org/hello/manifests/1.0.0-draft` (scope `repository:org/hello:pull,push`): the credentials from `--creds` do not suffice
    hint: check user name and password, or log in again
    ");
    assert_snapshot!(push(&with_tokens(None, "pull"), &[]), @"
    error: `HOST` requires authentication for `POST http://HOST/v2/org/hello/blobs/uploads/` (scope `repository:org/hello:pull,push`): no credentials were found for it: UNAUTHORIZED: authentication required
    hint: log in with `podman login HOST`, or give `--creds USER:PASSWORD` or SKILLCTL_USERNAME and SKILLCTL_PASSWORD
    ");
    assert_snapshot!(push(&with_tokens(None, "pull"), &["--creds", "user:wrong"]), @"
    error: `HOST` requires authentication for `GET http://HOST/token` (scope `repository:org/hello:pull,push`): the credentials from `--creds` do not suffice: UNAUTHORIZED: wrong user name or password
    hint: check user name and password, or log in again
    ");
}

#[test]
fn credentials_in_files() {
    let registry = locked();
    let sandbox = Sandbox::packed();
    sandbox.write("auth.json", format!(r#"{{"auths":{{"{}":{{"auth":"dXNlcjp3cm9uZw=="}}}}}}"#, registry.host()));
    assert_snapshot!(told(&sandbox, 1, &["push", &draft(&registry), "--authfile", "auth.json"]), @"
    error: `HOST` requires authentication for `HEAD http://HOST/v2/org/hello/manifests/1.0.0-draft` (scope `repository:org/hello:pull,push`): the credentials from `auth.json` do not suffice
    hint: check user name and password, or log in again
    ");
    sandbox.write("auth.json", "{\"auths\": 7}");
    assert_snapshot!(told(&sandbox, 1, &["push", &draft(&registry), "--authfile", "auth.json"]), @"
    error: cannot look up credentials for `HOST`
      caused by: `auth.json` is not a credentials file: line 1, column 11
    ");
}

#[test]
fn credentials_that_a_foreign_realm_does_not_get() {
    let realm = Registry::start(Options::default());
    let registry = with_tokens(Some(format!("{}/token", realm.origin())), "pull");
    assert_snapshot!(push(&registry, &["--creds", "user:right"]), @"
    error: `HOST` requires authentication for `HEAD http://HOST/v2/org/hello/manifests/1.0.0-draft` (scope `repository:org/hello:pull,push`): the credentials from `--creds` were not sent to `HOST`, which is not the registry's own authentication realm
    hint: if `HOST` may have them, add `--auth-realm HOST`
    ");
}

#[test]
fn refusals() {
    let denied = r#"{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}"#;
    assert_snapshot!(push(&failing(403, None, denied), &["--creds", "user:right"]), @"
    error: `HOST` denies `HEAD http://HOST/v2/org/hello/manifests/1.0.0-draft` (scope `repository:org/hello:pull,push`): it did not say how to log in
    hint: ask for the right that scope `repository:org/hello:pull,push` needs
    ");
    assert_snapshot!(push(&failing(429, Some("3600"), ""), &[]), @"
    error: `HOST` gets too many requests, the last one was `HEAD http://HOST/v2/org/hello/manifests/1.0.0-draft`; it asks to wait 3600 s
    hint: wait a while, then try again
    ");
    assert_snapshot!(push(&failing(500, None, "oops"), &[]), @"
    error: `HOST` failed with status 500 for `HEAD http://HOST/v2/org/hello/manifests/1.0.0-draft`
    hint: `HOST` itself has failed: try again later, or ask who runs it
    ");
    let reads = |registry: &Registry| told(&Sandbox::new(), 1, &["tags", &format!("{}/org/hello", registry.host())]);
    assert_snapshot!(reads(&failing(500, None, r#"{"errors":[{"code":"UNKNOWN","message":"the disk is \u001b[31mfull"}]}"#)), @"
    error: `HOST` failed with status 500 for `GET http://HOST/v2/org/hello/tags/list`: UNKNOWN: the disk is [31mfull
    hint: `HOST` itself has failed: try again later, or ask who runs it
    ");
    assert_snapshot!(reads(&failing(404, None, "")), @"error: `HOST/org/hello` has no tags, or does not exist");
}

#[test]
fn images_that_are_not_there() {
    let registry = registry();
    let sandbox = Sandbox::packed();
    sandbox.ok(&["push", &draft(&registry)]);
    let repository = format!("{}/org/hello", registry.host());
    assert_snapshot!(told(&sandbox, 1, &["pull", &repository]), @"
    error: no image `HOST/org/hello:latest`
    hint: `skillctl tags HOST/org/hello` shows what is there
    ");
    assert_snapshot!(told(&sandbox, 1, &["pull", &format!("{}/org/other:1", registry.host())]), @"
    error: no image `HOST/org/other:1`
    hint: `skillctl tags HOST/org/other` shows what is there
    ");
    assert_snapshot!(told(&sandbox, 1, &["promote", &format!("{repository}:2.0.0-draft"), "--to", "testing"]), @"
    error: no image `HOST/org/hello:2.0.0-draft`
    hint: `skillctl tags HOST/org/hello` shows what is there
    ");
    assert_snapshot!(told(&sandbox, 1, &["push", &format!("{repository}:2.0.0-draft")]), @"
    error: no image `HOST/org/hello:2.0.0-draft` in the local store
    hint: `skillctl list` shows what is there
    ");
}

#[test]
fn hosts_that_do_not_answer() {
    let gone = registry().host();
    assert_snapshot!(told(&Sandbox::new(), 1, &["tags", &format!("{gone}/org/hello")]), @"
    error: cannot complete `GET http://HOST/v2/org/hello/tags/list`: nothing listens at `HOST`
      caused by: error sending request
      caused by: client error (Connect)
      caused by: tcp connect error
      caused by: Connection refused (os error 111)
    hint: is `HOST` the registry's host and port?
    ");
    assert_snapshot!(told(&Sandbox::new(), 1, &["tags", "no-such-host.invalid/org/hello"]), @"
    error: cannot complete `GET https://no-such-host.invalid/v2/org/hello/tags/list`: no address is known for `no-such-host.invalid`
      caused by: error sending request
      caused by: client error (Connect)
      caused by: dns error
      caused by: error resolving DNS
      caused by: failed to lookup address information: Name or service not known
    hint: is `no-such-host.invalid` the registry's host and port?
    ");
}

#[test]
fn tls_where_there_is_none_and_the_other_way_round() {
    let secure = Registry::start(Options { tls: true, ..Options::default() });
    assert_snapshot!(push(&secure, &[]), @"
    error: cannot complete `HEAD https://HOST/v2/org/hello/manifests/1.0.0-draft`: the certificate of `HOST` is not trusted
      caused by: error sending request
      caused by: client error (Connect)
      caused by: invalid peer certificate: UnknownIssuer
    hint: give its certificate authority with `--ca-file FILE`, or trust it blindly with `--tls-verify=false`
    ");
    assert_snapshot!(push(&secure, &["--plain-http"]), @"
    error: cannot complete `HEAD http://HOST/v2/org/hello/manifests/1.0.0-draft`: `HOST` does not answer in HTTP
      caused by: error sending request
      caused by: client error (SendRequest)
      caused by: invalid HTTP version parsed
    hint: if `HOST` speaks TLS, leave out `--plain-http`
    ");
    let sandbox = Sandbox::packed();
    sandbox.write("ca.pem", "nothing");
    assert_snapshot!(told(&sandbox, 1, &["push", &draft(&secure), "--ca-file", "ca.pem"]), @"
    error: the CA file holds no certificates in PEM that can be used
    hint: the file of `--ca-file` or SKILLCTL_CA_FILE must have lines `-----BEGIN CERTIFICATE-----`
    ");
    assert_snapshot!(told(&sandbox, 1, &["push", &draft(&secure), "--ca-file", "missing.pem"]), @"
    error: cannot read `missing.pem`
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn answers_that_break_the_protocol() {
    let registry = registry();
    Sandbox::packed().ok(&["push", &draft(&registry)]);
    let pull = || told(&Sandbox::new(), 1, &["pull", &draft(&registry)]);
    registry.break_with(|faults| faults.content_type = Some("text/html".into()));
    assert_snapshot!(pull(), @"error: the answer of `HOST` to `GET http://HOST/v2/org/hello/manifests/1.0.0-draft` is refused: its `Content-Type` is `text/html`, but the manifest is `application/vnd.oci.image.manifest.v1+json`");
    registry.mend();
    registry.break_with(|faults| faults.redirect_blobs = Some(registry.origin().to_owned()));
    assert_snapshot!(pull(), @"error: the answer of `HOST` to `GET http://HOST/v2/org/hello/blobs/sha256:…` is refused: it is the end of more than 5 redirects");
    registry.mend();
    registry.break_with(|faults| faults.tag_list = Some("<html>".into()));
    assert_snapshot!(told(&Sandbox::new(), 1, &["tags", &format!("{}/org/hello", registry.host())]), @"error: the answer of `HOST` to `GET http://HOST/v2/org/hello/tags/list` is refused: it is not a list of tags");
}

#[test]
fn content_that_does_not_arrive_as_it_was_sent() {
    let registry = registry();
    Sandbox::packed().ok(&["push", &draft(&registry)]);
    let digest = registry.tag("org/hello", "1.0.0-draft").unwrap();
    let image = format!("{}/org/hello@{digest}", registry.host());
    registry.break_with(|faults| faults.body = Some(BodyFault::Wrong));
    assert_snapshot!(told(&Sandbox::new(), 3, &["pull", &image]), @"
    error: content from `HOST/org/hello` cannot be trusted
      caused by: content has digest `sha256:…`, expected `sha256:…`
    hint: nothing of it was kept; try again, and if that does not help, ask who runs the store
    ");
    registry.break_with(|faults| faults.body = Some(BodyFault::Torn));
    assert_snapshot!(told(&Sandbox::new(), 1, &["pull", &image]), @"
    error: cannot complete `GET http://HOST/v2/org/hello/manifests/sha256:…`: the connection to `HOST` broke
      caused by: error sending request
      caused by: client error (SendRequest)
      caused by: connection closed before message completed
    ");
}

#[test]
fn versions_that_never_change() {
    let registry = registry();
    let repository = format!("{}/org/hello", registry.host());
    published().ok(&["push", "examples/hello:1.0.0", &repository]);
    let other = Sandbox::packed();
    other.write("hello/more.md", "More.");
    other.pack(&["hello"]);
    assert_snapshot!(told(&other, 1, &["push", "examples/hello:1.0.0-draft", &format!("{repository}:1.0.0")]), @"
    error: tag `1.0.0` shows a published version, but the image is draft
    hint: use a tag that ends in the state, or `skillctl promote` the image
    ");
    other.ok(&["promote", "examples/hello:1.0.0-draft", "--to", "testing"]);
    other.ok(&["promote", "examples/hello:1.0.0-testing", "--to", "published"]);
    assert_snapshot!(told(&other, 1, &["push", "examples/hello:1.0.0", &repository]), @"
    error: version `1.0.0` of `HOST/org/hello` is already published as `sha256:…`
    hint: a version's content never changes once it left draft: raise `metadata.version` and pack again
    ");
}

#[test]
fn a_registry_that_lists_nothing() {
    let registry = registry();
    Sandbox::packed().ok(&["push", &draft(&registry)]);
    registry.break_with(|faults| faults.tag_list = Some(r#"{"name":"org/hello","tags":[]}"#.into()));
    assert_snapshot!(told(&Sandbox::new(), 1, &["promote", &draft(&registry), "--to", "testing"]), @"error: `HOST/org/hello` has tag `1.0.0-draft` and lists no tags at all, so the version's other states cannot be told");
}

#[test]
fn a_race_that_is_lost() {
    let registry = Registry::start(Options { conditional: false, ..Options::default() });
    let sandbox = Sandbox::packed();
    sandbox.ok(&["push", &draft(&registry)]);
    registry.break_with(|faults| faults.thief = registry.tag("org/hello", "1.0.0-draft"));
    assert_snapshot!(told(&sandbox, 1, &["promote", &draft(&registry), "--to", "testing"]), @"
    error: tag `1.0.0-testing` of `HOST/org/hello` is already `sha256:…`
    hint: somebody else was faster: look at the tag, then try again
    ");
}

#[test]
fn a_registry_that_does_not_delete_tags() {
    let registry = Registry::start(Options { removal: Removal::Disabled, ..Options::default() });
    let sandbox = Sandbox::packed();
    sandbox.ok(&["push", &draft(&registry)]);
    let run = sandbox.ok(&["promote", &draft(&registry), "--to", "testing"]);
    assert_snapshot!(run.stderr.replace(&registry.host(), "HOST"), @"warning: `HOST/org/hello` does not delete tags: `1.0.0-draft` stayed");
}

#[test]
fn a_published_image_that_changed() {
    let registry = registry();
    let reference = format!("{}/org/hello:1.0.0", registry.host());
    published().ok(&["push", "examples/hello:1.0.0", &reference]);
    let user = Sandbox::new();
    user.ok(&["pull", &reference]);
    let thief = published();
    thief.write("hello/more.md", "More.");
    thief.write(
        "hello/skill.yaml",
        std::fs::read_to_string(thief.path("hello/skill.yaml")).unwrap().replace("1.0.0", "1.0.1"),
    );
    thief.pack(&["hello"]);
    thief.ok(&["push", "examples/hello:1.0.1-draft", &format!("{}/org/hello:other", registry.host())]);
    let (media_type, bytes) = registry.manifest("org/hello", "other").unwrap();
    registry.put_manifest("org/hello", "1.0.0", (media_type.as_str(), bytes));
    assert_snapshot!(stable(&user, &user.ok(&["pull", &reference]).stderr), @"
    warning: published image HOST/org/hello:1.0.0 changed: it was sha256:…
    pulled HOST/org/hello:1.0.0 (1231 bytes received)
    ");
}
