//! Listing and removing tags.

use super::*;
use crate::support::registry::Removal;
use skillctl::store::Untagged;

#[tokio::test]
async fn removal_says_what_became_of_the_tag() {
    let cases = [
        (Removal::Supported, Untagged::Removed, Untagged::Absent),
        (Removal::DigestOnly, Untagged::Unsupported, Untagged::Unsupported),
        (Removal::Disabled, Untagged::Unsupported, Untagged::Unsupported),
        (Removal::NotFound, Untagged::Unsupported, Untagged::Unsupported),
        (Removal::Forbidden, Untagged::Unsupported, Untagged::Unsupported),
    ];
    for (removal, first, second) in cases {
        let registry = Registry::start(registry::Options { removal, ..registry::Options::default() });
        let image = sample("layer");
        seed(&registry, "1.0.0", &image);
        seed(&registry, "keep", &image);
        let remote = open(&registry, Options::default());
        assert_eq!(remote.untag(&tag("1.0.0")).await.unwrap(), first);
        assert_eq!(remote.untag(&tag("1.0.0")).await.unwrap(), second);
        assert!(!registry.lines().iter().any(|line| line.contains("sha256")), "never by digest");
        assert!(registry.tag(REPOSITORY, "keep").is_some());
    }
}

#[tokio::test]
async fn a_bad_request_of_another_kind_is_an_error() {
    let registry = Registry::start(registry::Options::default());
    registry.break_with(|faults| {
        let body = r#"{"errors":[{"code":"TAG_INVALID","message":"locked"}]}"#;
        faults.fail = Some(registry::Fail { status: 400, times: 9, retry_after: None, body });
    });
    let error = open(&registry, Options::default()).untag(&tag("1.0.0")).await.unwrap_err();
    assert_eq!(refusal(error).reason.as_deref(), Some("TAG_INVALID: locked"));
}

#[tokio::test]
async fn all_pages_are_read() {
    let registry = Registry::start(registry::Options { page: 3, ..registry::Options::default() });
    let image = sample("layer");
    let names: Vec<String> = (0..10).map(|i| format!("1.0.{i}")).collect();
    for name in &names {
        seed(&registry, name, &image);
    }
    let found = open(&registry, Options::default()).tags().await.unwrap();
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), names);
    assert_eq!(registry.requests().len(), 4);
}

#[tokio::test]
async fn an_unknown_repository_has_no_tags() {
    let registry = Registry::start(registry::Options::default());
    let remote = open(&registry, Options::default());
    assert!(remote.tags().await.unwrap().is_empty());
    seed(&registry, "1.0.0", &sample("x"));
    registry.break_with(|faults| faults.tag_list = Some(r#"{"name":"org/x","tags":null}"#.into()));
    assert!(remote.tags().await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_without_end_and_pages_elsewhere_are_refused() {
    let elsewhere = Registry::start(registry::Options::default());
    let registry = Registry::start(registry::Options::default());
    seed(&registry, "1.0.0", &sample("x"));
    let cases = [
        (r#"</v2/org/x/tags/list?n=1000>; rel="next""#.to_owned(), "no end"),
        (format!(r#"<{}/v2/org/x/tags/list>; rel="next""#, elsewhere.origin()), "another host"),
        (r#"<http://[>; rel="next""#.to_owned(), "not a URL"),
    ];
    for (link, message) in cases {
        registry.break_with(|faults| faults.link = Some(link));
        let error = open(&registry, Options::default()).tags().await.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn lists_that_are_none_are_refused() {
    let registry = Registry::start(registry::Options::default());
    seed(&registry, "1.0.0", &sample("x"));
    let long = format!(r#"{{"tags":["{}"]}}"#, "x".repeat(9 << 20));
    for (list, message) in [
        ("[]", "not a list of tags"),
        (r#"{"tags":["ok","\u001b[31mred"]}"#, "`[31mred` is not a tag"),
        (long.as_str(), "over 8388608 bytes"),
    ] {
        registry.break_with(|faults| faults.tag_list = Some(list.to_owned()));
        let error = open(&registry, Options::default()).tags().await.unwrap_err().to_string();
        assert!(error.contains(message) && !error.contains('\u{1b}'), "{error}");
    }
}

#[tokio::test]
async fn a_list_without_end_is_given_up() {
    let registry = Registry::start(registry::Options::default());
    seed(&registry, "1.0.0", &sample("x"));
    let names = vec!["a"; 600_000];
    registry.break_with(|faults| {
        faults.tag_list = Some(serde_json::json!({ "tags": names }).to_string());
        faults.link = Some(format!("</v2/{REPOSITORY}/tags/list?last=a>; rel=\"next\""));
    });
    let error = open(&registry, Options::default()).tags().await.unwrap_err();
    assert!(error.to_string().contains("more than 1000000 tags"), "{error}");
    assert_eq!(registry.requests().len(), 2);
}
