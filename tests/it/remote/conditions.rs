//! Moving tags: expectations, lost races, several tags at once, manifests without a tag.

use super::*;
use skillctl::digest::Digest;

async fn moved(remote: &Remote, sample: &Sample, expect: &Expect, also: &[&str]) -> Result<(), Error> {
    let also: Vec<Tag> = also.iter().map(|name| tag(name)).collect();
    remote.tag(&sample.manifest, &tag("1.0.0"), expect, &also).await
}

fn found(error: Error) -> Option<Digest> {
    match error {
        Error::Conflict { found, .. } => found,
        other => panic!("not a conflict: {other:?}"),
    }
}

#[tokio::test]
async fn conditions_are_the_registrys_to_check_where_it_can() {
    let registry = Registry::start(registry::Options::default());
    let (old, new) = (sample("old"), sample("new"));
    seed(&registry, "1.0.0", &old);
    seed(&registry, "other", &new);
    let remote = open(&registry, Options::default());
    let there = found(moved(&remote, &new, &Expect::Absent, &[]).await.unwrap_err());
    assert_eq!(there.as_ref(), Some(old.manifest.digest()));
    assert_eq!(registry.lines(), ["PUT /v2/org/x/manifests/1.0.0", "HEAD /v2/org/x/manifests/1.0.0"]);
    found(moved(&remote, &new, &Expect::Is(new.manifest.digest().clone()), &[]).await.unwrap_err());
    assert_eq!(registry.tag(REPOSITORY, "1.0.0").unwrap(), old.manifest.digest().to_string());

    registry.clear_log();
    moved(&remote, &new, &Expect::Is(old.manifest.digest().clone()), &[]).await.unwrap();
    assert_eq!(registry.lines().len(), 1, "no second look");
    let condition = format!("\"{}\"", old.manifest.digest());
    assert_eq!(registry.requests()[0].header("if-match"), condition);
    assert_eq!(registry.tag(REPOSITORY, "1.0.0").unwrap(), new.manifest.digest().to_string());
}

#[tokio::test]
async fn elsewhere_a_second_look_finds_the_lost_race() {
    let registry = Registry::start(registry::Options::distribution_2());
    let (ours, theirs) = (sample("ours"), sample("theirs"));
    seed(&registry, "other", &ours);
    seed(&registry, "another", &theirs);
    let remote = open(&registry, Options::default());
    moved(&remote, &ours, &Expect::Absent, &[]).await.unwrap();
    assert_eq!(registry.lines(), ["PUT /v2/org/x/manifests/1.0.0", "HEAD /v2/org/x/manifests/1.0.0"]);

    registry.break_with(|faults| faults.thief = Some(theirs.manifest.digest().to_string()));
    let winner = found(moved(&remote, &ours, &Expect::Absent, &[]).await.unwrap_err());
    assert_eq!(winner.as_ref(), Some(theirs.manifest.digest()));

    registry.clear_log();
    moved(&remote, &ours, &Expect::Any, &[]).await.unwrap();
    assert_eq!(registry.lines().len(), 1, "who expects nothing looks at nothing");
}

#[tokio::test]
async fn further_tags_go_along_or_get_their_own_request() {
    for (multi_tag, expected) in [(true, 1), (false, 3)] {
        let registry = Registry::start(registry::Options { multi_tag, ..registry::Options::default() });
        let image = sample("layer");
        seed(&registry, "other", &image);
        moved(&open(&registry, Options::default()), &image, &Expect::Absent, &["latest", "1.0"]).await.unwrap();
        assert_eq!(registry.requests().len(), expected);
        assert_eq!(registry.requests()[0].query.as_deref(), Some("tag=latest&tag=1.0"));
        for name in ["1.0.0", "latest", "1.0"] {
            assert_eq!(registry.tag(REPOSITORY, name).unwrap(), image.manifest.digest().to_string(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_registry_that_stores_something_else_is_caught() {
    let registry = Registry::start(registry::Options::default());
    let image = sample("layer");
    seed(&registry, "other", &image);
    registry.break_with(|faults| faults.digest_header = Some(Digest::of(b"other").to_string()));
    let error = moved(&open(&registry, Options::default()), &image, &Expect::Any, &[]).await.unwrap_err();
    assert!(error.to_string().contains("it stored `sha256:"), "{error}");
}

#[tokio::test]
async fn children_must_be_there() {
    let registry = Registry::start(registry::Options::default());
    let error = moved(&open(&registry, Options::default()), &sample("x"), &Expect::Any, &[]).await.unwrap_err();
    assert_eq!(refusal(error).code.as_deref(), Some("MANIFEST_BLOB_UNKNOWN"));
}

#[tokio::test]
async fn a_manifest_without_a_tag_lies_under_its_digest() {
    let registry = Registry::start(registry::Options::default());
    let image = sample("layer");
    seed(&registry, "other", &image);
    let child = Manifest::parse(format!("{} ", std::str::from_utf8(image.manifest.bytes()).unwrap()).into()).unwrap();
    let blob = Blob::new(child.bytes().clone());
    let remote = open(&registry, Options::default());
    remote.push(&child.descriptor(), &blob).await.unwrap();
    assert_eq!(registry.lines(), [format!("PUT /v2/org/x/manifests/{}", child.digest())]);
    assert!(remote.exists(&child.descriptor()).await.unwrap());
    assert_eq!(remote.fetch(&child.descriptor()).await.unwrap().to_bytes().unwrap(), blob.to_bytes().unwrap());
}

/// Two that make the same move at the same time both succeed, as in a local store.
#[tokio::test]
async fn a_tag_that_is_there_already_is_no_conflict() {
    let registry = Registry::start(registry::Options { multi_tag: false, ..registry::Options::default() });
    let (old, new) = (sample("old"), sample("new"));
    seed(&registry, "latest", &old);
    seed(&registry, "1.0.0", &new);
    let remote = open(&registry, Options::default());
    for expect in [Expect::Absent, Expect::Is(old.manifest.digest().clone())] {
        moved(&remote, &new, &expect, &["latest"]).await.unwrap();
    }
    assert_eq!(registry.tag(REPOSITORY, "latest"), registry.tag(REPOSITORY, "1.0.0"));
}
