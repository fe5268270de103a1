//! How many requests each verb costs.

use super::*;

#[tokio::test]
async fn a_new_image_takes_four_requests_where_blobs_go_in_one() {
    let registry = Registry::start(registry::Options::default());
    let image = sample("layer");
    push(&open(&registry, Options::default()), &image, "1.0.0").await.unwrap();
    let mut lines = registry.lines();
    lines[1..3].sort();
    assert_eq!(
        lines,
        [
            "HEAD /v2/org/x/manifests/1.0.0",
            "POST /v2/org/x/blobs/uploads/",
            "POST /v2/org/x/blobs/uploads/",
            "PUT /v2/org/x/manifests/1.0.0"
        ]
    );
    assert_eq!(registry.tag(REPOSITORY, "1.0.0").unwrap(), image.manifest.digest().to_string());
    for blob in &image.blobs {
        assert_eq!(registry.blob(REPOSITORY, blob.digest()).unwrap(), blob.to_bytes().unwrap());
    }
    let sent = registry.requests();
    assert_eq!(sent[0].header("user-agent"), concat!("skillctl/", env!("CARGO_PKG_VERSION")));
    assert_eq!(registry.manifest(REPOSITORY, "1.0.0").unwrap().0, MANIFEST);
}

#[tokio::test]
async fn six_where_they_do_not() {
    let registry = Registry::start(registry::Options { single_post: false, ..registry::Options::default() });
    push(&open(&registry, Options::default()), &sample("layer"), "1.0.0").await.unwrap();
    assert_eq!(registry.requests().len(), 6);
    assert_eq!(registry.lines().iter().filter(|line| line.starts_with("PUT /v2/org/x/blobs/uploads/N")).count(), 2);
}

#[tokio::test]
async fn an_unchanged_image_takes_one() {
    let registry = Registry::start(registry::Options::default());
    let image = sample("layer");
    seed(&registry, "1.0.0", &image);
    push(&open(&registry, Options::default()), &image, "1.0.0").await.unwrap();
    assert_eq!(registry.lines(), ["HEAD /v2/org/x/manifests/1.0.0"]);
}

#[tokio::test]
async fn a_pull_takes_three_and_a_look_one() {
    let registry = Registry::start(registry::Options::default());
    let image = sample("layer");
    seed(&registry, "1.0.0", &image);
    let remote = open(&registry, Options::default());
    let blobs = pull(&remote, "1.0.0").await.unwrap();
    assert_eq!(blobs[1].to_bytes().unwrap(), "layer");
    assert_eq!(registry.requests().len(), 3);
    registry.clear_log();
    remote.manifest(&by_tag("1.0.0")).await.unwrap().unwrap();
    assert_eq!(registry.lines(), ["GET /v2/org/x/manifests/1.0.0"]);
}

#[tokio::test]
async fn tokens_cost_two_more_for_a_whole_run() {
    for (single_post, expected) in [(true, 4 + 2), (false, 6 + 2)] {
        let registry = Registry::start(registry::Options { single_post, ..with_tokens(Tokens::default()) });
        let remote = open(&registry, logged_in("user:canary"));
        push(&remote, &sample("layer"), "1.0.0").await.unwrap();
        assert_eq!(registry.requests().len(), expected, "{:#?}", registry.lines());
        registry.clear_log();
        pull(&remote, "1.0.0").await.unwrap();
        assert_eq!(registry.requests().len(), 3);
    }
}

#[tokio::test]
async fn passwords_cost_one_more() {
    let auth = Auth::Basic("user", "canary");
    let registry = Registry::start(registry::Options { auth, ..registry::Options::default() });
    push(&open(&registry, logged_in("user:canary")), &sample("layer"), "1.0.0").await.unwrap();
    let requests = registry.requests();
    assert_eq!(requests.len(), 4 + 1);
    assert_eq!(requests[0].header("authorization"), "", "nothing is sent before it is asked for");
}

#[tokio::test]
async fn fifty_requests_at_once_share_one_token() {
    let registry = Registry::start(with_tokens(Tokens::default()));
    let image = sample("layer");
    seed(&registry, "1.0.0", &image);
    let remote = open(&registry, logged_in("user:canary"));
    let looks = (0..50).map(|_| async { remote.manifest(&by_tag("1.0.0")).await });
    assert_eq!(try_join_all(looks).await.unwrap().len(), 50);
    assert_eq!(registry.requests().len(), 50 + 2);
    assert_eq!(registry.lines().iter().filter(|line| *line == "GET /token").count(), 1);
}

#[tokio::test]
async fn a_second_repository_costs_one_more_token() {
    let registry = Registry::start(with_tokens(Tokens::default()));
    let session = Session::new(logged_in("user:canary"));
    for path in ["org/x", "org/y"] {
        open_at(&session, &registry, path).resolve(&by_tag("1.0.0")).await.unwrap();
    }
    let asked = ["HEAD /v2/org/x/manifests/1.0.0", "GET /token", "HEAD /v2/org/x/manifests/1.0.0"];
    assert_eq!(registry.lines()[..3], asked);
    assert_eq!(registry.lines()[3..], ["GET /token", "HEAD /v2/org/y/manifests/1.0.0"]);
    let scopes: Vec<_> = registry.requests().into_iter().filter_map(|r| r.query).collect();
    assert!(scopes[0].contains("scope=repository%3Aorg%2Fx%3Apull%2Cpush%2Cdelete"), "{scopes:?}");
    assert!(scopes[0].contains("service=test+registry"), "{scopes:?}");
}

#[tokio::test]
async fn large_blobs_are_never_sent_twice() {
    for (single_post, expected) in [(true, 2), (false, 3)] {
        let registry = Registry::start(registry::Options { single_post, ..registry::Options::default() });
        let remote = open(&registry, Options::default());
        // The first small blob shows what the registry supports.
        let small = Blob::new("small".into());
        remote.push(&small.descriptor("x/y"), &small).await.unwrap();
        registry.clear_log();
        let large = large_blob();
        assert!(large.size() > remote.probe_above());
        assert!(!remote.exists(&large.descriptor("x/y")).await.unwrap());
        remote.push(&large.descriptor("x/y"), &large).await.unwrap();
        assert_eq!(registry.requests().len(), expected, "{:?}", registry.lines());
        let sent: usize = registry.requests().iter().map(|request| request.body).sum();
        assert_eq!(sent as u64, large.size());
        assert!(registry.blob(REPOSITORY, large.digest()).is_some());
    }
}

#[tokio::test]
async fn a_registry_that_never_heard_of_one_post_is_asked_once() {
    for status in [400, 404, 405, 500] {
        let registry = Registry::start(registry::Options::default());
        registry.break_with(|faults| faults.single_post = Some(status));
        let remote = open(&registry, Options::default());
        for text in ["one", "two"] {
            let blob = Blob::new(text.into());
            remote.push(&blob.descriptor("x/y"), &blob).await.unwrap();
        }
        let lines = registry.lines();
        assert_eq!(lines.iter().filter(|line| line.starts_with("POST")).count(), 3, "{status}: {lines:?}");
    }
}

#[tokio::test]
async fn an_unknown_registry_gets_no_large_blob_on_trial() {
    let registry = Registry::start(registry::Options { single_post: false, ..registry::Options::default() });
    let large = large_blob();
    open(&registry, Options::default()).push(&large.descriptor("x/y"), &large).await.unwrap();
    assert_eq!(registry.lines(), ["POST /v2/org/x/blobs/uploads/", "PUT /v2/org/x/blobs/uploads/N"]);
}

/// Three megabytes, in a temporary file.
fn large_blob() -> Blob {
    let content: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let mut spool = skillctl::spool::Spool::new();
    std::io::Write::write_all(&mut spool, &content).unwrap();
    Blob::verified(skillctl::digest::Digest::of(&content), spool.finish())
}
