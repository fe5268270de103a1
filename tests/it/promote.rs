//! `promote`, in the local store and in registries of every kind.

use crate::support::registry::{Options, Registry, Removal};
use crate::support::sandbox::{Run, Sandbox};

const REPOSITORY: &str = "org/hello";

/// A sandbox with version `version` of `examples/hello` pushed as a draft.
fn pushed(registry: &Registry, version: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    push(&sandbox, registry, version);
    sandbox
}

fn push(sandbox: &Sandbox, registry: &Registry, version: &str) {
    sandbox.skill("hello", version);
    sandbox.pack(&["hello"]);
    sandbox.ok(&["push", &reference(registry, &format!("{version}-draft"))]);
    registry.clear_log();
}

fn reference(registry: &Registry, tag: &str) -> String {
    format!("{}/{REPOSITORY}:{tag}", registry.host())
}

fn promote(sandbox: &Sandbox, registry: &Registry, tag: &str, to: &str) -> Run {
    registry.clear_log();
    sandbox.ok(&["promote", &reference(registry, tag), "--to", to, "--format", "json"])
}

/// From draft to published.
fn publish(sandbox: &Sandbox, registry: &Registry, version: &str) -> Run {
    promote(sandbox, registry, &format!("{version}-draft"), "testing");
    promote(sandbox, registry, &format!("{version}-testing"), "published")
}

fn tags(registry: &Registry) -> Vec<String> {
    registry.tags(REPOSITORY)
}

fn status(registry: &Registry, tag: &str) -> String {
    let (_, bytes) = registry.manifest(REPOSITORY, tag).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    manifest["annotations"]["io.skillimage.status"].as_str().unwrap().to_owned()
}

#[test]
fn a_version_lives_through_all_states() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    let draft = registry.tag(REPOSITORY, "1.0.0-draft").unwrap();
    let (_, before) = registry.manifest(REPOSITORY, "1.0.0-draft").unwrap();

    promote(&sandbox, &registry, "1.0.0-draft", "testing");
    assert_eq!(tags(&registry), ["1.0.0-testing"]);
    assert_eq!(status(&registry, "1.0.0-testing"), "testing");

    promote(&sandbox, &registry, "1.0.0-testing", "published");
    assert_eq!(tags(&registry), ["1.0.0", "latest"]);
    assert_eq!(registry.tag(REPOSITORY, "1.0.0"), registry.tag(REPOSITORY, "latest"));

    promote(&sandbox, &registry, "1.0.0", "deprecated");
    assert_eq!(tags(&registry), ["1.0.0"], "nothing is published, so `latest` is gone");

    let archived = promote(&sandbox, &registry, "1.0.0", "archived").json();
    assert!(tags(&registry).is_empty());

    let digest = archived["digest"].as_str().unwrap();
    let (_, after) = registry.manifest(REPOSITORY, digest).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(text(&after).replace("archived", "draft"), text(&before), "only the status changed");
    assert_ne!(digest, draft);
}

#[test]
fn requests_stay_within_the_budget() {
    let modern = Options::default();
    let plain = Options { conditional: false, multi_tag: false, ..Options::default() };
    for (options, to_testing, to_published) in [(modern, 4, 4), (plain, 5, 6)] {
        let registry = Registry::start(options);
        let sandbox = pushed(&registry, "1.0.0");
        promote(&sandbox, &registry, "1.0.0-draft", "testing");
        assert_eq!(registry.requests().len(), to_testing, "{:?}", registry.lines());
        promote(&sandbox, &registry, "1.0.0-testing", "published");
        assert_eq!(registry.requests().len(), to_published, "{:?}", registry.lines());
    }
}

#[test]
fn each_higher_version_costs_one_request_more() {
    let registry = Registry::start(Options { conditional: false, multi_tag: false, ..Options::default() });
    let sandbox = pushed(&registry, "2.0.0");
    publish(&sandbox, &registry, "2.0.0");
    push(&sandbox, &registry, "1.0.0");
    publish(&sandbox, &registry, "1.0.0");
    assert_eq!(registry.requests().len(), 6, "a look at 2.0.0, and `latest` stays: {:?}", registry.lines());
    promote(&sandbox, &registry, "2.0.0", "deprecated");
    push(&sandbox, &registry, "1.1.0");
    publish(&sandbox, &registry, "1.1.0");
    assert_eq!(registry.requests().len(), 7, "a look at 2.0.0, and `latest` moves: {:?}", registry.lines());
}

#[test]
fn latest_is_the_highest_published_release() {
    let registry = Registry::start(Options::default());
    let sandbox = Sandbox::new();
    let latest = || registry.tag(REPOSITORY, "latest");
    for version in ["1.0.0", "2.0.0", "1.5.0", "3.0.0-rc.1"] {
        push(&sandbox, &registry, version);
        publish(&sandbox, &registry, version);
    }
    assert_eq!(latest(), registry.tag(REPOSITORY, "2.0.0"), "neither an older release nor a pre-release takes it");

    promote(&sandbox, &registry, "2.0.0", "deprecated");
    assert_eq!(latest(), registry.tag(REPOSITORY, "1.5.0"), "it falls back");
    promote(&sandbox, &registry, "1.0.0", "deprecated");
    assert_eq!(latest(), registry.tag(REPOSITORY, "1.5.0"), "it stays where it is");
    promote(&sandbox, &registry, "1.5.0", "deprecated");
    assert_eq!(latest(), None, "it goes, pre-releases do not count");

    push(&sandbox, &registry, "1.6.0");
    publish(&sandbox, &registry, "1.6.0");
    assert_eq!(latest(), registry.tag(REPOSITORY, "1.6.0"), "a deprecated higher release does not hold it");
}

#[test]
fn a_registry_without_deletion_keeps_tags_and_says_so() {
    for removal in [Removal::DigestOnly, Removal::Disabled, Removal::Forbidden] {
        let registry = Registry::start(Options { removal, ..Options::distribution_2() });
        let sandbox = pushed(&registry, "1.0.0");
        let run = promote(&sandbox, &registry, "1.0.0-draft", "testing");
        assert_eq!(run.json()["stayed"][0], "1.0.0-draft");
        assert!(run.stderr.contains("`1.0.0-draft` stayed"), "{}", run.stderr);
        promote(&sandbox, &registry, "1.0.0-testing", "published");
        promote(&sandbox, &registry, "1.0.0", "deprecated");
        assert_eq!(status(&registry, "latest"), "deprecated");
        promote(&sandbox, &registry, "1.0.0", "archived");
        assert_eq!(status(&registry, "1.0.0"), "archived", "the tag shows it");

        let refused = sandbox.fails(1, &["promote", &reference(&registry, "1.0.0-draft"), "--to", "testing"]);
        assert!(refused.stderr.contains("already archived as `sha256:"), "{}", refused.stderr);
    }
}

#[test]
fn an_overtaken_manifest_is_refused() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    publish(&sandbox, &registry, "1.0.0");
    let published = registry.tag(REPOSITORY, "1.0.0").unwrap();

    sandbox.write("hello/SKILL.md", "---\nname: hello\ndescription: Says hello.\n---\n\nSomething else.\n");
    push(&sandbox, &registry, "1.0.0");
    let refused = sandbox.fails(1, &["promote", &reference(&registry, "1.0.0-draft"), "--to", "testing"]);
    assert!(refused.stderr.contains(&format!("already published as `{published}`")), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
    assert_eq!(registry.tag(REPOSITORY, "1.0.0"), Some(published));
}

#[test]
fn states_are_taken_one_at_a_time() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    for to in ["published", "deprecated", "archived"] {
        let refused = sandbox.fails(1, &["promote", &reference(&registry, "1.0.0-draft"), "--to", to]);
        assert!(refused.stderr.contains("the next state after draft is testing"), "{}", refused.stderr);
    }
    assert_eq!(tags(&registry), ["1.0.0-draft"]);
}

#[test]
fn a_dry_run_changes_nothing() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    let reference = reference(&registry, "1.0.0-draft");
    let run = sandbox.ok(&["promote", &reference, "--to", "testing", "--dry-run", "--format", "json"]);
    assert_eq!(run.json()["set"][0]["tag"], "1.0.0-testing");
    assert_eq!(run.json()["removed"][0], "1.0.0-draft");
    assert_eq!(tags(&registry), ["1.0.0-draft"]);
    assert!(registry.requests().iter().all(|request| request.method == "GET"), "{:?}", registry.lines());
}

#[test]
fn a_kept_tag_stays() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    sandbox.ok(&["promote", &reference(&registry, "1.0.0-draft"), "--to", "testing", "--keep-tag"]);
    assert_eq!(tags(&registry), ["1.0.0-draft", "1.0.0-testing"]);
}

/// Every request of a promotion fails once; the repeat completes it.
#[test]
fn a_repeat_completes_what_an_interruption_left() {
    for failing in 0..6 {
        let registry = Registry::start(Options { removal: Removal::Supported, ..Options::distribution_2() });
        let sandbox = pushed(&registry, "1.0.0");
        promote(&sandbox, &registry, "1.0.0-draft", "testing");
        registry.break_with(|faults| faults.fail_after = Some(failing));
        sandbox.run(&["promote", &reference(&registry, "1.0.0-testing"), "--to", "published"]);
        registry.mend();
        sandbox.ok(&["promote", &reference(&registry, "1.0.0-testing"), "--to", "published"]);
        assert_eq!(tags(&registry), ["1.0.0", "latest"], "after request {failing} failed");
        assert_eq!(status(&registry, "latest"), "published");
    }
}

#[test]
fn a_lost_race_is_reported() {
    let registry = Registry::start(Options { conditional: false, ..Options::default() });
    let sandbox = pushed(&registry, "1.0.0");
    let thief = registry.tag(REPOSITORY, "1.0.0-draft").unwrap();
    registry.break_with(|faults| faults.thief = Some(thief));
    let refused = sandbox.fails(1, &["promote", &reference(&registry, "1.0.0-draft"), "--to", "testing"]);
    assert!(refused.stderr.contains("1.0.0-testing"), "{}", refused.stderr);
}

#[test]
fn the_local_store_has_the_same_rules() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    sandbox.pack(&["hello"]);
    let promote = |tag: &str, to: &str| sandbox.ok(&["promote", &format!("examples/hello:{tag}"), "--to", to]);
    let tags = || sandbox.ok(&["list", "--format", "json"]).json();
    promote("1.0.0-draft", "testing");
    promote("1.0.0-testing", "published");
    let names: Vec<_> = tags().as_array().unwrap().iter().map(|row| row["tag"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["1.0.0", "latest"]);
    promote("1.0.0", "deprecated");
    promote("1.0.0", "archived");
    assert_eq!(tags().as_array().unwrap().len(), 0);
}

#[test]
fn a_name_with_a_host_is_promoted_locally_on_request() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    let name = reference(&registry, "1.0.0-draft");
    sandbox.ok(&["tag", "examples/hello:1.0.0-draft", &name]);
    registry.clear_log();
    sandbox.ok(&["promote", &name, "--to", "testing", "--local"]);
    assert!(registry.requests().is_empty());
    assert_eq!(tags(&registry), ["1.0.0-draft"]);
}

/// A manifest of another tool: unknown fields, other white space, other order.
#[test]
fn a_foreign_manifest_keeps_every_other_byte() {
    let registry = Registry::start(Options::default());
    let config = registry.put_blob(REPOSITORY, "{}");
    let text = format!(
        "{{\n  \"annotations\": {{ \"org.opencontainers.image.version\" : \"1.0.0\", \"io.skillimage.status\":\"draft\", \"x\": \"\\u00e9\" }},\n  \"x-new\": [1, 2 ],\n  \"layers\": [],\n  \"config\": {{\"size\": 2, \"digest\": \"{config}\", \"mediaType\": \"application/vnd.oci.image.config.v1+json\"}},\n  \"mediaType\": \"application/vnd.oci.image.manifest.v1+json\",\n  \"schemaVersion\": 2\n}}\n"
    );
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    registry.put_manifest(REPOSITORY, "1.0.0-draft", (media_type, text.clone()));
    promote(&Sandbox::new(), &registry, "1.0.0-draft", "testing");
    let (_, bytes) = registry.manifest(REPOSITORY, "1.0.0-testing").unwrap();
    assert_eq!(String::from_utf8(bytes.to_vec()).unwrap(), text.replace("\"draft\"", "\"testing\""));
}

#[test]
fn an_image_that_is_no_skill_is_refused() {
    let registry = Registry::start(Options::default());
    let config = registry.put_blob(REPOSITORY, "{}");
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{media_type}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":2}},"layers":[]}}"#
    );
    registry.put_manifest(REPOSITORY, "1.0.0-draft", (media_type, text));
    let sandbox = Sandbox::new();
    let refused = sandbox.fails(1, &["promote", &reference(&registry, "1.0.0-draft"), "--to", "testing"]);
    assert!(refused.stderr.contains("is not a skill image"), "{}", refused.stderr);
}

/// All digests of a version by the state they show, published already.
fn published_digest(registry: &Registry) -> String {
    format!("{}/{REPOSITORY}@{}", registry.host(), registry.tag(REPOSITORY, "1.0.0").unwrap())
}

#[test]
fn a_state_that_no_tag_shows_any_more_is_not_brought_back() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    publish(&sandbox, &registry, "1.0.0");
    let published = published_digest(&registry);
    promote(&sandbox, &registry, "1.0.0", "deprecated");
    let deprecated = published_digest(&registry);
    promote(&sandbox, &registry, "1.0.0", "archived");
    for (digest, to) in
        [(&published, "published"), (&published, "deprecated"), (&deprecated, "deprecated"), (&deprecated, "archived")]
    {
        let refused = sandbox.fails(1, &["promote", digest, "--to", to]);
        assert!(refused.stderr.contains("archived or never tagged"), "{to}: {}", refused.stderr);
    }
    assert!(tags(&registry).is_empty());
}

#[test]
fn an_archived_version_may_be_archived_again() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    publish(&sandbox, &registry, "1.0.0");
    promote(&sandbox, &registry, "1.0.0", "deprecated");
    let archived = promote(&sandbox, &registry, "1.0.0", "archived").json()["digest"].as_str().unwrap().to_owned();
    let digest = format!("{}/{REPOSITORY}@{archived}", registry.host());
    let again = sandbox.ok(&["promote", &digest, "--to", "archived", "--format", "json"]).json();
    assert_eq!((&again["set"], &again["removed"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert!(tags(&registry).is_empty());
}

/// A repeat of an old step is no step any more once the version went on.
#[test]
fn a_repeat_is_refused_when_the_version_went_on() {
    let registry = Registry::start(Options::distribution_2());
    let sandbox = pushed(&registry, "1.0.0");
    publish(&sandbox, &registry, "1.0.0");
    let before = tags(&registry);
    let refused = sandbox.fails(1, &["promote", &reference(&registry, "1.0.0-testing"), "--to", "testing"]);
    assert!(refused.stderr.contains("already published as `sha256:"), "{}", refused.stderr);
    assert_eq!(tags(&registry), before);
}

/// Under the tag of another version, that version's tags would move unseen.
#[test]
fn an_image_under_the_tag_of_another_version_is_refused() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    let (media_type, bytes) = registry.manifest(REPOSITORY, "1.0.0-draft").unwrap();
    registry.put_manifest(REPOSITORY, "2.0.0-draft", (&media_type, bytes));
    let refused = sandbox.fails(1, &["promote", &reference(&registry, "2.0.0-draft"), "--to", "testing"]);
    assert!(refused.stderr.contains("names an image of version `1.0.0`"), "{}", refused.stderr);
    assert_eq!(tags(&registry), ["1.0.0-draft", "2.0.0-draft"]);
}

/// The removals of the last steps can be interrupted too.
#[test]
fn a_repeat_completes_the_last_steps() {
    for failing in 0..9 {
        let registry = Registry::start(Options { removal: Removal::Supported, ..Options::distribution_2() });
        let sandbox = pushed(&registry, "1.0.0");
        publish(&sandbox, &registry, "1.0.0");
        let name = reference(&registry, "1.0.0");
        registry.break_with(|faults| faults.fail_after = Some(failing));
        sandbox.run(&["promote", &name, "--to", "deprecated"]);
        registry.mend();
        sandbox.ok(&["promote", &name, "--to", "deprecated"]);
        assert_eq!(tags(&registry), ["1.0.0"], "after request {failing} failed");
        assert_eq!(status(&registry, "1.0.0"), "deprecated");

        // Somebody pointed `latest` at it by hand, so that there is one more tag to remove.
        let (media_type, bytes) = registry.manifest(REPOSITORY, "1.0.0").unwrap();
        registry.put_manifest(REPOSITORY, "latest", (&media_type, bytes));
        registry.break_with(|faults| faults.fail_after = Some(failing));
        let interrupted = sandbox.run(&["promote", &name, "--to", "archived"]);
        registry.mend();
        if interrupted.code != 0 {
            sandbox.ok(&["promote", &name, "--to", "archived"]);
        }
        assert!(tags(&registry).is_empty(), "after request {failing} failed: {:?}", tags(&registry));
    }
}

#[test]
fn the_algorithm_of_a_digest_makes_no_difference() {
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    let sha256 = sandbox.pack(&["hello"]);
    let bytes = std::fs::read(sandbox.store().join("blobs/sha256").join(&sha256[7..])).unwrap();
    let mut hasher = skillctl::digest::Hasher::new(skillctl::digest::Algorithm::Sha512);
    hasher.update(&bytes);
    let sha512 = hasher.finish();
    sandbox.write(&format!("store/blobs/sha512/{}", sha512.hex()), bytes);
    sandbox.ok(&["promote", &format!("examples/hello@{sha512}"), "--to", "testing"]);
    let listed = sandbox.ok(&["list", "--format", "json"]).json();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["tag"]), (1, &"1.0.0-testing".into()));
}

/// An image without a status is no way round the rule that a published version never changes.
#[test]
fn a_published_version_is_not_replaced_by_what_is_no_skill() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    publish(&sandbox, &registry, "1.0.0");
    let config = registry.put_blob(REPOSITORY, "{}");
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let image = |more: &str| {
        format!(
            r#"{{"schemaVersion":2,"mediaType":"{media_type}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":2}},"layers":[]{more}}}"#
        )
    };
    registry.put_manifest(REPOSITORY, "plain", (media_type, image("")));
    registry.put_manifest(REPOSITORY, "3.0.0", (media_type, image(r#","annotations":{"x":"y"}"#)));
    sandbox.ok(&["pull", &reference(&registry, "plain")]);
    sandbox.ok(&["pull", &reference(&registry, "1.0.0")]);

    let before = registry.tag(REPOSITORY, "1.0.0");
    for verb in ["push", "tag"] {
        let refused = sandbox.fails(1, &[verb, &reference(&registry, "plain"), &reference(&registry, "1.0.0")]);
        assert!(refused.stderr.contains("already published as `sha256:"), "{verb}: {}", refused.stderr);
    }
    assert_eq!(registry.tag(REPOSITORY, "1.0.0"), before);
    for free in ["2.0.0", "3.0.0"] {
        sandbox.ok(&["push", &reference(&registry, "plain"), &reference(&registry, free)]);
    }
}

/// Without its list of tags, a published version could be overwritten unseen.
#[test]
fn a_registry_that_lists_no_tags_is_refused() {
    let registry = Registry::start(Options { conditional: false, ..Options::default() });
    let sandbox = pushed(&registry, "1.0.0");
    registry.break_with(|faults| faults.tag_list = Some(r#"{"tags":null}"#.into()));
    let refused = sandbox.fails(1, &["promote", &reference(&registry, "1.0.0-draft"), "--to", "testing"]);
    assert!(refused.stderr.contains("lists no tags at all"), "{}", refused.stderr);
    assert_eq!(tags(&registry), ["1.0.0-draft"]);
}

/// Each of them sees the tags as they were before the others wrote theirs.
#[test]
fn of_releases_at_the_same_time_the_highest_is_latest() {
    let sandbox = Sandbox::new();
    let versions: Vec<String> = (0..12).map(|minor| format!("1.{minor}.0")).collect();
    for version in &versions {
        sandbox.skill("hello", version);
        sandbox.pack(&["hello"]);
    }
    for (from, to) in [("draft", "testing"), ("testing", "published")] {
        let promote = |version: &String| {
            let name = format!("examples/hello:{version}-{from}");
            sandbox.command(&["promote", &name, "--to", to, "-q"]).stdout(std::process::Stdio::null()).spawn().unwrap()
        };
        for mut child in versions.iter().map(promote).collect::<Vec<_>>() {
            assert!(child.wait().unwrap().success());
        }
    }
    let rows = sandbox.ok(&["list", "--format", "json"]).json();
    let digest = |tag: &str| rows.as_array().unwrap().iter().find(|row| row["tag"] == tag).unwrap()["digest"].clone();
    assert_eq!(digest("latest"), digest("1.11.0"));
}

#[test]
fn a_repeat_of_what_is_done_changes_nothing() {
    let registry = Registry::start(Options::default());
    let sandbox = pushed(&registry, "1.0.0");
    for prefix in ["examples/hello".to_owned(), format!("{}/{REPOSITORY}", registry.host())] {
        for (tag, to) in [("1.0.0-draft", "testing"), ("1.0.0-testing", "published"), ("1.0.0", "deprecated")] {
            let name = format!("{prefix}:{tag}");
            let first = sandbox.ok(&["promote", &name, "--to", to, "--format", "json"]).json();
            let again = sandbox.ok(&["promote", &name, "--to", to, "--format", "json"]).json();
            assert_eq!((&again["digest"], &again["removed"]), (&first["digest"], &serde_json::json!([])), "{name}");
        }
    }
    assert_eq!(tags(&registry), ["1.0.0"]);
    assert_eq!(sandbox.ok(&["list", "--format", "json"]).json().as_array().unwrap().len(), 1);
    sandbox.fails(1, &["promote", "examples/hello:1.0.0-testing", "--to", "published"]);
    sandbox.fails(1, &["promote", "examples/nothing:1.0.0-draft", "--to", "testing"]);
}
