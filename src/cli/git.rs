//! What git knows about a skill directory: the time of its commit and the owner of its remote.
//!
//! Asks the `git` program; a directory outside a checkout, or a machine without git, knows nothing.
//! The checkout may come from anybody, and the user may have set git up in any way: what would run
//! programs or change the answers is switched off.

use std::path::Path;
use std::process::{Command, Stdio};

/// The time of the commit that `dir` is at, in seconds since the epoch, when nothing below it
/// differs from that commit.
pub(super) fn clean_commit_time(dir: &Path) -> Option<i64> {
    if runs_filters(dir) {
        return None;
    }
    let status = ["status", "--porcelain", "--ignored", "--untracked-files=all", "--ignore-submodules=all"];
    let changes = git(dir, &[&status[..], &["--", "."]].concat())?;
    if !changes.is_empty() {
        return None;
    }
    git(dir, &["log", "-1", "--format=%ct", "--", "."])?.parse().ok()
}

/// Whether the checkout's own settings name programs through which git would read its files.
fn runs_filters(dir: &Path) -> bool {
    let found = git(dir, &["config", "--show-scope", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$"]);
    let is_the_users = |line: &str| ["system", "global", "command"].iter().any(|scope| line.starts_with(scope));
    found.is_some_and(|found| !found.lines().all(is_the_users))
}

/// The owner in the URL of the remote `origin`: `org` of `git@github.com:org/skills.git`.
pub(super) fn remote_owner(dir: &Path) -> Option<String> {
    owner(&git(dir, &["remote", "get-url", "origin"])?)
}

fn owner(url: &str) -> Option<String> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => url.split_once(':')?.1,
    };
    let owner = path.trim_start_matches('/').rsplit_once('/')?.0;
    (!owner.is_empty()).then(|| owner.to_ascii_lowercase())
}

/// Settings of a checkout or a user that start programs or add to what is printed.
const SWITCHED_OFF: [&str; 4] =
    ["core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false", "safe.bareRepository=explicit"];

/// Variables that make git look at another repository than the one that `dir` is in.
const ELSEWHERE: [&str; 5] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE"];

/// What `git` answers about `dir`. Outside a checkout it is not even started.
fn git(dir: &Path, args: &[&str]) -> Option<String> {
    let full = dir.canonicalize().ok()?;
    if !full.ancestors().any(|ancestor| ancestor.join(".git").exists()) {
        return None;
    }
    let mut command = Command::new("git");
    command.args(SWITCHED_OFF.iter().flat_map(|setting| ["-c", setting]));
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    command.arg("-C").arg(dir).args(args).stdin(Stdio::null()).env("GIT_OPTIONAL_LOCKS", "0");
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::owner;

    #[test]
    fn the_owner_stands_before_the_repository() {
        for (url, expected) in [
            ("git@github.com:Acme/skills.git", Some("acme")),
            ("https://github.com/acme/skills", Some("acme")),
            ("ssh://git@host:22/acme/team/skills.git", Some("acme/team")),
            ("https://host/skills.git", None),
            ("/srv/git/skills.git", None),
        ] {
            assert_eq!(owner(url).as_deref(), expected, "{url}");
        }
    }
}
