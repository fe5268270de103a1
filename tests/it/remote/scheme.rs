//! Which protocol a registry is spoken to in, and whose certificates are accepted.

use super::*;
use crate::support::registry::tls;
use skillctl::store::remote::{PlainHttp, Problem, Trust};

fn with_tls() -> Registry {
    Registry::start(registry::Options { tls: true, ..registry::Options::default() })
}

fn problem(error: Error) -> Problem {
    match error {
        Error::Remote(remote::Error::Unreachable { problem, .. }) => problem,
        other => panic!("reached: {other:?}"),
    }
}

async fn look(registry: &Registry, options: Options) -> Result<(), Error> {
    open(registry, options).resolve(&by_tag("1.0.0")).await.map(drop)
}

#[tokio::test]
async fn a_certificate_of_ones_own_authority_is_accepted_when_given() {
    let registry = with_tls();
    let image = sample("layer");
    let trust = Trust::SystemAnd(tls::authority());
    let remote = open(&registry, Options { trust, ..Options::default() });
    push(&remote, &image, "1.0.0").await.unwrap();
    assert_eq!(pull(&remote, "1.0.0").await.unwrap().len(), 2);
    assert_eq!(registry.requests().len(), 4 + 3, "{:?}", registry.lines());
}

#[tokio::test]
async fn and_refused_when_not() {
    let registry = with_tls();
    let error = look(&registry, Options::default()).await.unwrap_err();
    assert!(told(&error).contains("is not trusted"), "{}", told(&error));
    assert_eq!(problem(error), Problem::Certificate);
    assert!(registry.requests().is_empty());
}

#[tokio::test]
async fn any_certificate_will_do_without_verification() {
    look(&with_tls(), Options { trust: Trust::Anything, ..Options::default() }).await.unwrap();
}

#[tokio::test]
async fn without_verification_plain_http_will_do_too() {
    let registry = Registry::start(registry::Options::default());
    look(&registry, Options { trust: Trust::Anything, ..Options::default() }).await.unwrap();
    assert_eq!(registry.requests().len(), 1);
}

#[tokio::test]
async fn a_server_without_tls_is_said_to_be_one() {
    let registry = Registry::start(registry::Options::default());
    let image = sample("layer");
    seed(&registry, "1.0.0", &image);
    registry.break_with(|faults| faults.redirect_blobs = Some(registry.origin().replace("http:", "https:")));
    let layer = image.manifest.children().nth(1).unwrap();
    let error = open(&registry, Options::default()).fetch(layer).await.unwrap_err();
    assert_eq!(problem(error), Problem::NotTls);
}

#[tokio::test]
async fn an_authority_of_ones_own_does_not_forbid_plain_loopback() {
    let registry = Registry::start(registry::Options::default());
    look(&registry, Options { trust: Trust::SystemAnd(tls::authority()), ..Options::default() }).await.unwrap();
}

#[tokio::test]
async fn plain_http_only_does_not_try_tls() {
    let registry = with_tls();
    let options = Options { plain_http: PlainHttp::Always, trust: Trust::Anything, ..Options::default() };
    assert_eq!(problem(look(&registry, options).await.unwrap_err()), Problem::NotHttp);
}

#[tokio::test]
async fn a_file_without_certificates_is_named_as_such() {
    for pem in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let trust = Trust::SystemAnd(pem.into());
        let error = look(&with_tls(), Options { trust, ..Options::default() }).await.unwrap_err();
        assert!(matches!(error, Error::Remote(remote::Error::Certificates { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_said_at_once() {
    let gone = Registry::start(registry::Options::default()).host();
    let repository = format!("{gone}/org/x").parse().unwrap();
    let remote = Session::new(Options::default()).open(&repository, Access::Pull).unwrap();
    let started = std::time::Instant::now();
    let error = remote.tags().await.unwrap_err();
    assert!(error.to_string().contains(&format!("nothing listens at `{gone}`")), "{error}");
    assert_eq!(problem(error), Problem::Refused);
    assert!(started.elapsed().as_millis() < 550, "two retries would wait for 600 ms");
}

#[tokio::test]
async fn a_name_without_address_is_said_to_be_one() {
    let repository = "no-such-host.invalid/org/x".parse().unwrap();
    let remote = Session::new(Options::default()).open(&repository, Access::Pull).unwrap();
    assert_eq!(problem(remote.tags().await.unwrap_err()), Problem::UnknownHost);
}

#[test]
fn a_local_name_opens_no_registry() {
    let error = Session::new(Options::default()).open(&"org/x".parse().unwrap(), Access::Pull).unwrap_err();
    assert_eq!(error.to_string(), "`org/x` names no registry: a registry's host comes first, as in `quay.io/org/name`");
}
