//! What people read when something is wrong: every message names the object and the rule, and says
//! the way out where there is one. `cargo insta review` shows what a change of wording does.

mod images;
mod registries;
mod skills;
mod store;
mod usage;

use crate::support::registry::{Options, Registry};
use crate::support::sandbox::Sandbox;

/// What a run that ends with `code` says on stderr, less what differs from run to run.
fn told(sandbox: &Sandbox, code: i32, args: &[&str]) -> String {
    stable(sandbox, &sandbox.fails(code, args).stderr)
}

/// A text less the sandbox's directory, ports and digests.
fn stable(sandbox: &Sandbox, text: &str) -> String {
    let text = text.replace(sandbox.path("").to_str().unwrap(), "[DIR]/");
    let text = with_each(&text, "127.0.0.1:", "HOST", |c| c.is_ascii_digit());
    let text = with_each(&text, "sha256:", "sha256:…", |c| c.is_ascii_hexdigit());
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// `text` with `instead` in the place of each `head` that is followed by characters that are `tail`.
fn with_each(text: &str, head: &str, instead: &str, tail: impl Fn(char) -> bool) -> String {
    let mut parts = text.split(head);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.trim_start_matches(&tail) {
        rest if rest.len() < part.len() => text + instead + rest,
        rest => text + head + rest,
    })
}

/// The same, with the version promoted as far as `published`.
fn published() -> Sandbox {
    let sandbox = Sandbox::packed();
    sandbox.ok(&["promote", "examples/hello:1.0.0-draft", "--to", "testing"]);
    sandbox.ok(&["promote", "examples/hello:1.0.0-testing", "--to", "published"]);
    sandbox
}

fn registry() -> Registry {
    Registry::start(Options::default())
}

/// The reference of `org/hello:1.0.0-draft` in a registry.
fn draft(registry: &Registry) -> String {
    format!("{}/org/hello:1.0.0-draft", registry.host())
}
