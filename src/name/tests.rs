//! Texts into names and back.

use super::*;
use crate::digest::Digest;

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn references_split_into_their_parts() {
    let cases = [
        ("hello", None, "hello", None),
        ("examples/hello:1.0.0-draft", None, "examples/hello", Some("1.0.0-draft")),
        ("quay.io/org/hello:1", Some("quay.io"), "org/hello", Some("1")),
        ("localhost/hello", Some("localhost"), "hello", None),
        ("localhost:5000/a/b/c", Some("localhost:5000"), "a/b/c", None),
        ("[::1]:5000/a", Some("[::1]:5000"), "a", None),
        ("docker://ghcr.io/a/b:t", Some("ghcr.io"), "a/b", Some("t")),
        ("hello:5000", None, "hello", Some("5000")),
    ];
    for (text, host, path, tag) in cases {
        let reference: Reference = text.parse().unwrap();
        assert_eq!(reference.repository().host(), host, "{text}");
        assert_eq!(reference.repository().path(), path, "{text}");
        assert_eq!(reference.tag().map(Tag::as_str), tag, "{text}");
        assert_eq!(reference.is_local(), host.is_none());
        assert_eq!(reference.to_string(), text.trim_start_matches("docker://"));
    }
}

#[test]
fn a_digest_decides_over_the_tag() {
    let reference: Reference = format!("a/b:1@sha256:{HEX}").parse().unwrap();
    assert_eq!(reference.target(), Target::Digest(Digest::of(b"")));
    assert_eq!("a/b".parse::<Reference>().unwrap().target().to_string(), "latest");
}

#[test]
fn broken_references_are_refused() {
    for text in [
        "",
        "/",
        "a//b",
        "A/b",
        "a:",
        "a@",
        "a@sha256:12",
        "a/-b",
        "a/b-",
        "a/b_.c",
        "quay.io/",
        "quay.io:x/a",
        "quay..io/a",
        "-a.io/b",
        "a:.b",
        "a/../b",
        "a b",
        "ä",
        "[::1/a",
        "h.io:99999/a",
        "h.io:0/a",
        "h.io:+5/a",
    ] {
        assert!(text.parse::<Reference>().is_err(), "{text}");
    }
}

#[test]
fn versions_that_cannot_be_tags_are_refused() {
    for text in ["1.0.0", "1.2.3-rc.1", "0.0.1-alpha-2", "1.0.0-drafty"] {
        assert_eq!(text.parse::<Version>().unwrap().to_string(), text);
    }
    for text in [
        "1.0",
        "v1.0.0",
        "1.0.0+1",
        "1.0.0-draft",
        "1.0.0-rc-testing",
        "1.0.0-rc.draft",
        "01.0.0",
        "",
        &format!("1.0.0-{}", "a".repeat(100)),
    ] {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
}

#[test]
fn names_and_namespaces_follow_the_schema() {
    assert!("a-b-1".parse::<SkillName>().is_ok());
    assert!("a/b-c/d".parse::<Namespace>().is_ok());
    for text in ["", "-a", "a-", "a--b", "A", "a_b", "a/b", &"a".repeat(65)] {
        assert!(text.parse::<SkillName>().is_err(), "{text}");
    }
    for text in ["", "/", "a/", "/a", "a//b", "a.b"] {
        assert!(text.parse::<Namespace>().is_err(), "{text}");
    }
}

#[test]
fn locations_take_the_transport_off_first() {
    assert_eq!(
        "oci:dir:1.0.0".parse::<Location>().unwrap(),
        Location::Layout(LayoutName { path: "dir".into(), name: Some("1.0.0".into()) })
    );
    assert_eq!("oci-archive:/x/y.tar".parse::<Location>().unwrap().to_string(), "oci-archive:/x/y.tar");
    assert!("oci:".parse::<Location>().is_err());
    assert!(matches!("quay.io/a/b:1".parse::<Location>().unwrap(), Location::Image(_)));
}

proptest::proptest! {
    #[test]
    fn parsing_never_panics_and_round_trips(text in "\\PC{0,60}|[a-z0-9./:@_-]{0,40}") {
        if let Ok(reference) = text.parse::<Reference>() {
            proptest::prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
        }
        let _ = text.parse::<Location>();
    }
}
