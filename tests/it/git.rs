//! What `pack` takes from the checkout that a skill is in.

use crate::support::sandbox::Sandbox;

const COMMITTED: &str = "2020-02-03T04:05:06Z";

/// A skill without a card in a clean checkout with the remote `origin` at a hosting service.
fn checkout() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("repo/hello/SKILL.md", "---\nname: hello\ndescription: Says hello.\n---\n");
    git(&sandbox, &["init", "-q"]);
    git(&sandbox, &["remote", "add", "origin", "git@example.com:Acme/skills.git"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "hello"]);
    sandbox
}

fn git(sandbox: &Sandbox, args: &[&str]) {
    let mut command = std::process::Command::new("git");
    command.arg("-C").arg(sandbox.path("repo")).args(args).env("HOME", sandbox.path("home"));
    command.env("GIT_COMMITTER_DATE", COMMITTED).env("GIT_AUTHOR_DATE", COMMITTED);
    assert!(command.output().unwrap().status.success(), "{args:?}");
}

/// The name of the image that is packed, and its time of creation.
fn packed(sandbox: &Sandbox) -> (String, String) {
    let name =
        sandbox.ok(&["pack", "repo/hello", "--format", "json"]).json()[0]["reference"].as_str().unwrap().to_owned();
    let report = sandbox.ok(&["inspect", &name, "--format", "json"]).json();
    (name, report["annotations"]["org.opencontainers.image.created"].as_str().unwrap().to_owned())
}

#[test]
fn a_clean_checkout_gives_owner_and_time() {
    let sandbox = checkout();
    assert_eq!(packed(&sandbox), ("acme/hello:0.1.0-draft".to_owned(), COMMITTED.to_owned()));
    sandbox.write("repo/other.md", "not of this skill");
    assert_eq!(packed(&sandbox).1, COMMITTED);
    sandbox.write("repo/hello/more.md", "not committed");
    assert_ne!(packed(&sandbox).1, COMMITTED);
}

#[test]
fn no_setting_changes_what_git_is_asked() {
    let sandbox = checkout();
    git(&sandbox, &["config", "status.showUntrackedFiles", "no"]);
    git(&sandbox, &["config", "log.showSignature", "true"]);
    assert_eq!(packed(&sandbox).1, COMMITTED);
    sandbox.write("repo/hello/more.md", "not committed");
    assert_ne!(packed(&sandbox).1, COMMITTED, "a file is there that git was told not to mention");
}

/// As in a hook of another repository.
#[test]
fn the_checkout_is_the_one_that_the_skill_is_in() {
    let sandbox = checkout();
    std::fs::create_dir(sandbox.path("elsewhere")).unwrap();
    let elsewhere = sandbox.path("elsewhere").display().to_string();
    let sandbox = sandbox.env("GIT_DIR", elsewhere.clone()).env("GIT_WORK_TREE", elsewhere);
    assert_eq!(packed(&sandbox), ("acme/hello:0.1.0-draft".to_owned(), COMMITTED.to_owned()));
}

#[test]
fn a_checkout_of_strangers_starts_no_program() {
    let sandbox = checkout();
    let program = sandbox.write_executable("program", "#!/bin/sh\ntouch \"$(dirname \"$0\")/started\"\n");
    git(&sandbox, &["config", "core.fsmonitor", program.to_str().unwrap()]);
    git(&sandbox, &["config", "filter.x.clean", program.to_str().unwrap()]);
    sandbox.write("repo/.gitattributes", "* filter=x\n");
    // Another time of change makes git read the file again.
    sandbox.write("repo/hello/SKILL.md", "---\nname: hello\ndescription: Says Hello.\n---\n");
    packed(&sandbox);
    assert!(!sandbox.path("started").exists());
}
