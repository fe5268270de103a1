//! Registries that fail, stall or contradict themselves.

use std::time::{Duration, Instant};

use super::*;
use crate::support::registry::{BodyFault, Fail};
use skillctl::digest;
use skillctl::error::{Classify, Kind};
use skillctl::store::remote::{Limits, Problem};

const QUICK: Limits = Limits { connect: Duration::from_secs(1), idle: Duration::from_millis(150), least_rate: 1 };

fn seeded() -> (Registry, Sample) {
    let registry = Registry::start(registry::Options::default());
    let image = sample("a layer of some bytes");
    seed(&registry, "1.0.0", &image);
    (registry, image)
}

fn fail(status: u16, times: usize, retry_after: Option<&'static str>) -> Fail {
    Fail { status, times, retry_after, body: "" }
}

#[tokio::test]
async fn blobs_that_are_not_what_was_asked_for_are_refused() {
    let cases = [
        (BodyFault::Wrong, "has digest"),
        (BodyFault::Short, "is 20 bytes, expected 21"),
        (BodyFault::Long, "is 22 bytes, expected 21"),
        (BodyFault::Endless, "expected 21"),
    ];
    for (fault, message) in cases {
        let (registry, image) = seeded();
        registry.break_with(|faults| faults.body = Some(fault));
        let layer = image.manifest.children().nth(1).unwrap();
        let error = open(&registry, Options::default()).fetch(layer).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unverified, "{fault:?}");
        assert!(told(&error).contains(message), "{fault:?}: {}", told(&error));
    }
}

#[tokio::test]
async fn torn_and_stalled_bodies_end_with_an_error() {
    let patient = Limits::default();
    for (fault, limits, expected) in
        [(BodyFault::Torn, patient, Problem::Broken), (BodyFault::Stalled, QUICK, Problem::TimedOut)]
    {
        let (registry, image) = seeded();
        registry.break_with(|faults| faults.body = Some(fault));
        let layer = image.manifest.children().nth(1).unwrap();
        let started = Instant::now();
        let error = open(&registry, Options { limits, ..Options::default() }).fetch(layer).await.unwrap_err();
        let Error::Remote(remote::Error::Unreachable { problem, .. }) = error else { panic!("{error:?}") };
        assert_eq!(problem, expected);
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn manifests_that_are_not_what_was_asked_for_are_refused() {
    let (registry, image) = seeded();
    let remote = open(&registry, Options::default());
    registry.break_with(|faults| faults.body = Some(BodyFault::Wrong));
    for target in [by_tag("1.0.0"), Target::Digest(image.manifest.digest().clone())] {
        assert_eq!(remote.manifest(&target).await.unwrap_err().kind(), Kind::Unverified, "{target}");
    }
    // Without a digest in the answer, what was asked for still decides.
    registry.break_with(|faults| faults.digest_header = Some(String::new()));
    let by_digest = Target::Digest(image.manifest.digest().clone());
    assert_eq!(remote.manifest(&by_digest).await.unwrap_err().kind(), Kind::Unverified);
}

#[tokio::test]
async fn a_manifest_without_end_is_not_read_to_its_end() {
    let (registry, _) = seeded();
    registry.break_with(|faults| faults.body = Some(BodyFault::Endless));
    let error = open(&registry, Options::default()).manifest(&by_tag("1.0.0")).await.unwrap_err();
    assert!(error.to_string().contains("it is over 4194304 bytes"), "{error}");
}

#[tokio::test]
async fn two_names_for_one_manifest_are_refused() {
    let (registry, _) = seeded();
    let remote = open(&registry, Options::default());
    for (said, fine) in [
        (skillctl::image::INDEX, false),
        ("application/json", false),
        (MANIFEST, true),
        ("application/vnd.oci.image.manifest.v1+json; charset=utf-8", true),
    ] {
        registry.break_with(|faults| faults.content_type = Some(said.to_owned()));
        let outcome = remote.manifest(&by_tag("1.0.0")).await;
        assert_eq!(outcome.is_ok(), fine, "{said}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_answer_without_a_digest_costs_a_second_request() {
    let (registry, image) = seeded();
    for header in ["", "md5:123"] {
        registry.break_with(|faults| faults.digest_header = Some(header.to_owned()));
        registry.clear_log();
        let found = open(&registry, Options::default()).resolve(&by_tag("1.0.0")).await.unwrap().unwrap();
        assert_eq!(found, image.manifest.descriptor());
        assert_eq!(registry.lines(), ["HEAD /v2/org/x/manifests/1.0.0", "GET /v2/org/x/manifests/1.0.0"]);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_an_error_until_it_is_fetched() {
    let registry = Registry::start(registry::Options::default());
    let remote = open(&registry, Options::default());
    let blob = Blob::new("x".into());
    assert!(remote.resolve(&by_tag("1.0.0")).await.unwrap().is_none());
    assert!(remote.manifest(&by_tag("1.0.0")).await.unwrap().is_none());
    assert!(!remote.exists(&blob.descriptor("x/y")).await.unwrap());
    let error = remote.fetch(&blob.descriptor("x/y")).await.unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error:?}");
}

#[tokio::test]
async fn reads_are_tried_again_and_writes_are_not() {
    let (registry, image) = seeded();
    let remote = open(&registry, Options::default());
    for status in [429, 502, 503, 504] {
        registry.clear_log();
        registry.break_with(|faults| faults.fail = Some(fail(status, 2, Some("0"))));
        assert!(remote.resolve(&by_tag("1.0.0")).await.unwrap().is_some());
        assert_eq!(registry.requests().len(), 3, "{status}");
    }
    registry.clear_log();
    registry.break_with(|faults| faults.fail = Some(fail(503, 1, Some("0"))));
    let error = remote.tag(&image.manifest, &tag("2"), &Expect::Any, &[]).await.unwrap_err();
    assert_eq!(refusal(error).status, 503);
    assert_eq!(registry.requests().len(), 1);
}

#[tokio::test]
async fn patience_ends() {
    let (registry, _) = seeded();
    let remote = open(&registry, Options::default());
    for (status, retry_after, attempts) in [(503, Some("0"), 3), (503, None, 3), (429, Some("3600"), 1), (500, None, 1)]
    {
        registry.clear_log();
        registry.break_with(|faults| faults.fail = Some(fail(status, 99, retry_after)));
        let refusal = refusal(remote.resolve(&by_tag("1.0.0")).await.unwrap_err());
        assert_eq!(refusal.status, status);
        assert_eq!(registry.requests().len(), attempts, "{status} {retry_after:?}");
    }
}

#[tokio::test]
async fn refusals_say_host_request_scope_and_reason() {
    let (registry, _) = seeded();
    let remote = open(&registry, Options::default());
    let body = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"slow\u001b[31m\ndown"}]}"#;
    let cases = [
        (
            429,
            "`HOST` gets too many requests, the last one was `HEAD http://HOST/v2/org/x/manifests/1.0.0`; it asks to wait 3600 s",
        ),
        (
            403,
            "`HOST` denies `HEAD http://HOST/v2/org/x/manifests/1.0.0` (scope `repository:org/x:pull,push,delete`): it did not say how to log in",
        ),
        (500, "`HOST` failed with status 500 for `HEAD http://HOST/v2/org/x/manifests/1.0.0`"),
    ];
    for (status, message) in cases {
        registry.break_with(|faults| faults.fail = Some(Fail { status, times: 1, retry_after: Some("3600"), body }));
        let error = remote.resolve(&by_tag("1.0.0")).await.unwrap_err();
        assert_eq!(stable(&error, &registry), message);
    }
    registry.break_with(|faults| faults.fail = Some(Fail { status: 500, times: 1, retry_after: None, body }));
    let error = remote.manifest(&by_tag("1.0.0")).await.unwrap_err();
    assert!(error.to_string().ends_with(": TOOMANYREQUESTS: slow[31m down"), "{error}");
}

#[tokio::test]
async fn a_registry_that_never_answers_is_given_up() {
    let (registry, _) = seeded();
    registry.break_with(|faults| faults.delay = Some(Duration::from_secs(30)));
    let started = Instant::now();
    let remote = open(&registry, Options { limits: QUICK, ..Options::default() });
    let error = remote.resolve(&by_tag("1.0.0")).await.unwrap_err();
    assert!(error.to_string().contains("did not answer in time"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn content_that_changes_while_it_is_sent_does_not_arrive() {
    for size in [5, 700_000, 3_000_000] {
        let registry = Registry::start(registry::Options::default());
        let content = bytes::Bytes::from(vec![7; size]);
        let mut changed = content.to_vec();
        changed[size - 1] = 8;
        let lying = Blob::verified(digest::Digest::of(&content), bytes::Bytes::from(changed).into());
        let error = open(&registry, Options::default()).push(&lying.descriptor("x/y"), &lying).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unverified, "{error:?}");
        assert!(registry.blob(REPOSITORY, lying.digest()).is_none());
    }
}

#[tokio::test]
async fn a_descriptor_of_something_else_is_refused_before_anything_is_sent() {
    let registry = Registry::start(registry::Options::default());
    let (one, other) = (Blob::new("one".into()), Blob::new("two!".into()));
    let remote = open(&registry, Options::default());
    let mut longer = one.descriptor("x/y");
    longer.size += 1;
    for descriptor in [other.descriptor("x/y"), longer] {
        assert_eq!(remote.push(&descriptor, &one).await.unwrap_err().kind(), Kind::Unverified);
    }
    assert!(registry.requests().is_empty());
}
