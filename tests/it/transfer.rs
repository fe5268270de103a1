//! `push`, `pull`, `inspect` and `tags` against a registry.

use std::fs;
use std::sync::Arc;

use crate::support::registry::{Auth, Options, Registry, Tokens};
use crate::support::sandbox::{Sandbox, tree};

#[test]
fn push_works_right_after_pack() {
    let registry = Registry::start(Options::default());
    let sandbox = Sandbox::packed();
    let reference = format!("{}/org/hello:1.0.0-draft", registry.host());
    let run = sandbox.ok(&["push", &reference]);
    assert_eq!(run.stdout.trim(), registry.tag("org/hello", "1.0.0-draft").unwrap());
    assert_eq!(registry.requests().len(), 4, "{:?}", registry.lines());
    registry.clear_log();
    sandbox.ok(&["push", &reference]);
    assert_eq!(registry.requests().len(), 1, "{:?}", registry.lines());
}

#[test]
fn a_destination_takes_the_tag_of_its_source() {
    let registry = Registry::start(Options::distribution_2());
    let sandbox = Sandbox::packed();
    sandbox.ok(&["push", "examples/hello:1.0.0-draft", &format!("{}/a/b", registry.host())]);
    assert!(registry.tag("a/b", "1.0.0-draft").is_some());
    assert_eq!(registry.requests().len(), 6, "{:?}", registry.lines());
}

#[test]
fn an_ambiguous_name_is_refused_with_the_candidates() {
    let registry = Registry::start(Options::default());
    let sandbox = Sandbox::packed();
    sandbox.write("hello/extra.md", "another");
    sandbox.pack(&["hello", "--tag", "other/hello:1.0.0-draft"]);
    fs::remove_file(sandbox.path("hello/extra.md")).unwrap();
    sandbox.pack(&["hello"]);
    let refused = sandbox.fails(1, &["push", &format!("{}/org/hello:1.0.0-draft", registry.host())]);
    assert!(refused.stderr.contains("`examples/hello:1.0.0-draft`, `other/hello:1.0.0-draft`"), "{}", refused.stderr);
    assert!(registry.requests().is_empty());
}

#[test]
fn a_local_destination_is_wrong_usage() {
    let refused = Sandbox::packed().fails(2, &["push", "examples/hello:1.0.0-draft"]);
    assert!(refused.stderr.contains("names no registry"), "{}", refused.stderr);
}

#[test]
fn pull_writes_what_was_packed() {
    let registry = Registry::start(Options::default());
    let author = Sandbox::packed();
    author.write("hello/refs/ä ö.md", "Grüße");
    author.pack(&["hello"]);
    let reference = format!("{}/org/hello:1.0.0-draft", registry.host());
    author.ok(&["push", &reference]);
    registry.clear_log();

    let user = Sandbox::new();
    let run = user.ok(&["pull", &reference, "-o", "skills"]);
    assert!(run.stderr.contains("wrote skills/hello"), "{}", run.stderr);
    assert_eq!(registry.requests().len(), 3, "{:?}", registry.lines());
    assert_eq!(tree(&user.path("skills/hello")), tree(&author.path("hello")));

    registry.clear_log();
    user.ok(&["pull", &reference]);
    assert_eq!(registry.requests().len(), 1, "{:?}", registry.lines());
}

#[test]
fn an_existing_directory_stays_unless_forced() {
    let sandbox = Sandbox::packed();
    sandbox.write("out/hello/mine.md", "precious");
    let refused = sandbox.fails(1, &["pull", "examples/hello:1.0.0-draft", "-o", "out"]);
    assert!(refused.stderr.contains("out/hello` already exists"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(tree(&sandbox.path("out/hello")).len(), 1);
    sandbox.ok(&["pull", "examples/hello:1.0.0-draft", "-o", "out", "--force"]);
    assert_eq!(tree(&sandbox.path("out/hello")), tree(&sandbox.path("hello")));
    assert_eq!(fs::read_dir(sandbox.path("out")).unwrap().count(), 1, "no temporary directory stays");
}

#[test]
fn pull_by_digest_and_without_a_tag() {
    let registry = Registry::start(Options::default());
    let author = Sandbox::packed();
    let repository = format!("{}/org/hello", registry.host());
    author.ok(&["push", &format!("{repository}:1.0.0-draft")]);
    let digest = registry.tag("org/hello", "1.0.0-draft").unwrap();
    let user = Sandbox::new();
    let by_digest = format!("{repository}@{digest}");
    user.ok(&["pull", &by_digest, "-o", "out"]);
    assert_eq!(user.ok(&["inspect", &by_digest, "--format", "json"]).json()["digest"], digest.as_str());
    let missing = user.fails(1, &["pull", &repository]);
    assert!(missing.stderr.contains(&format!("{repository}:latest")), "{}", missing.stderr);
}

#[test]
fn inspect_asks_the_registry_twice_and_the_local_store_first() {
    let registry = Registry::start(Options::default());
    let sandbox = Sandbox::packed();
    let reference = format!("{}/org/hello:1.0.0-draft", registry.host());
    sandbox.ok(&["push", &reference]);
    registry.clear_log();
    let report = sandbox.ok(&["inspect", &reference, "--format", "json"]).json();
    assert_eq!(registry.requests().len(), 2, "{:?}", registry.lines());
    assert_eq!(report["status"], "draft");
    assert_eq!(report["card"]["metadata"]["name"], "hello");
    assert_eq!(report["files"][1]["path"], "scripts/run.sh");
    assert_eq!(report["files"][1]["mode"], "0755");
    sandbox.ok(&["pull", &reference]);
    registry.clear_log();
    sandbox.ok(&["inspect", &reference]);
    assert!(registry.requests().is_empty());
}

#[test]
fn tags_stand_in_order_of_precedence() {
    let registry = Registry::start(Options { page: 2, ..Options::default() });
    let sandbox = Sandbox::packed();
    for tag in ["10.0.0-draft", "9.0.0-draft", "nightly", "9.0.0-rc.1-draft"] {
        sandbox.ok(&["push", "examples/hello:1.0.0-draft", &format!("{}/org/hello:{tag}", registry.host())]);
    }
    let run = sandbox.ok(&["tags", &format!("{}/org/hello", registry.host())]);
    assert_eq!(run.stdout, "nightly\n9.0.0-rc.1-draft\n9.0.0-draft\n10.0.0-draft\n");
    let missing = sandbox.fails(1, &["tags", &format!("{}/org/nothing", registry.host())]);
    assert!(missing.stderr.contains("org/nothing"), "{}", missing.stderr);
}

#[test]
fn a_published_version_is_not_overwritten_by_push() {
    let registry = Registry::start(Options::default());
    let sandbox = Sandbox::packed();
    let repository = format!("{}/org/hello", registry.host());
    for (tag, to) in [("1.0.0-draft", "testing"), ("1.0.0-testing", "published")] {
        sandbox.ok(&["promote", &format!("examples/hello:{tag}"), "--to", to]);
    }
    sandbox.ok(&["push", "examples/hello:1.0.0", &repository]);
    let published = registry.tag("org/hello", "1.0.0").unwrap();

    let other = Sandbox::new();
    other.skill("hello", "1.0.0");
    other.write("hello/extra.md", "other content");
    other.pack(&["hello"]);
    for (tag, to) in [("1.0.0-draft", "testing"), ("1.0.0-testing", "published")] {
        other.ok(&["promote", &format!("examples/hello:{tag}"), "--to", to]);
    }
    let refused = other.fails(1, &["push", "examples/hello:1.0.0", &repository]);
    assert!(refused.stderr.contains(&format!("already published as `{published}`")), "{}", refused.stderr);
    assert_eq!(registry.tag("org/hello", "1.0.0"), Some(published));

    sandbox.ok(&["promote", "examples/hello:1.0.0", "--to", "deprecated"]);
    sandbox.ok(&["push", "examples/hello:1.0.0", &repository]);

    let draft = Sandbox::new();
    draft.skill("hello", "1.0.0");
    draft.pack(&["hello"]);
    let refused = draft.fails(1, &["push", "examples/hello:1.0.0-draft", &format!("{repository}:1.0.0")]);
    assert!(refused.stderr.contains("shows a published version, but the image is draft"), "{}", refused.stderr);
}

#[test]
fn pack_and_push_in_one_go() {
    let registry = Registry::start(Options::default());
    let sandbox = Sandbox::new();
    let names: Vec<String> = (0..20).map(|n| format!("skill-{n}")).collect();
    for name in &names {
        sandbox.skill(name, "1.0.0");
    }
    let mut args = vec!["pack".to_owned(), "--push".to_owned(), format!("{}/org", registry.host())];
    args.extend(names.iter().cloned());
    sandbox.ok(&args.iter().map(String::as_str).collect::<Vec<_>>());
    for name in &names {
        assert!(registry.tag(&format!("org/{name}"), "1.0.0-draft").is_some(), "{name}");
    }
    assert_eq!(registry.requests().len(), 4 * names.len());
}

#[test]
fn a_token_costs_two_requests_for_the_whole_run() {
    let tokens = Arc::new(Tokens::default());
    let registry = Registry::start(Options { auth: Auth::Bearer { tokens, realm: None }, ..Options::default() });
    let sandbox = Sandbox::packed();
    let reference = format!("{}/org/hello:1.0.0-draft", registry.host());
    sandbox.ok(&["push", &reference, "--creds", "user:canary"]);
    assert_eq!(registry.requests().len(), 6, "{:?}", registry.lines());
}

#[test]
fn wrong_credentials_name_their_source() {
    let registry = Registry::start(Options { auth: Auth::Basic("user", "right"), ..Options::default() });
    let sandbox = Sandbox::packed();
    let reference = format!("{}/org/hello:1.0.0-draft", registry.host());
    let refused = sandbox.fails(1, &["push", &reference, "--creds", "user:wrong-secret"]);
    assert!(refused.stderr.contains("--creds") && !refused.stderr.contains("wrong-secret"), "{}", refused.stderr);
    let refused = sandbox.fails(1, &["push", &reference]);
    assert!(refused.stderr.contains("--creds"), "says how to give them: {}", refused.stderr);
    sandbox.ok(&["push", &reference, "--creds", "user:right"]);
    let by_environment = Sandbox::packed().env("SKILLCTL_USERNAME", "user").env("SKILLCTL_PASSWORD", "right");
    by_environment.ok(&["push", &reference]);
}

#[test]
fn a_dead_registry_is_named() {
    let sandbox = Sandbox::packed();
    let refused = sandbox.fails(1, &["push", "127.0.0.1:1/org/hello:1.0.0-draft"]);
    assert!(refused.stderr.contains("127.0.0.1:1"), "{}", refused.stderr);
}

#[test]
fn two_skills_of_one_name_do_not_meet_in_a_registry() {
    let registry = Registry::start(Options::default());
    let sandbox = Sandbox::new();
    sandbox.skill("hello", "1.0.0");
    for namespace in ["one", "two"] {
        let md =
            format!("---\nname: other\ndescription: From {namespace}.\nmetadata:\n  namespace: {namespace}\n---\n");
        sandbox.write(&format!("{namespace}/other/SKILL.md"), md);
    }
    let prefix = format!("{}/org", registry.host());
    let run = sandbox.fails(1, &["pack", "one/other", "hello", "two/other", "--push", &prefix]);
    assert!(run.stderr.contains("`two/other:0.1.0-draft` was not pushed: another skill went to"), "{}", run.stderr);
    assert_eq!(registry.tags("org/hello").len(), 1);
    assert_eq!(run.stdout.lines().count(), 3, "all are packed: {run:?}");
}

#[test]
fn a_namespace_in_a_local_name_counts() {
    let sandbox = Sandbox::packed();
    let refused = sandbox.fails(1, &["rm", "-f", "other/hello:1.0.0-draft"]);
    assert!(refused.stderr.contains("no image `other/hello:1.0.0-draft`"), "{}", refused.stderr);
    let refused = sandbox.fails(1, &["inspect", "examples/hello"]);
    assert!(refused.stderr.contains("no image `examples/hello:latest`"), "{}", refused.stderr);
    sandbox.ok(&["inspect", "hello:1.0.0-draft"]);
}

#[test]
fn half_a_login_is_wrong_usage() {
    for variable in ["SKILLCTL_USERNAME", "SKILLCTL_PASSWORD"] {
        let refused = Sandbox::new().env(variable, "x").fails(2, &["tags", "127.0.0.1:1/a"]);
        assert!(refused.stderr.contains("go together"), "{}", refused.stderr);
    }
}
