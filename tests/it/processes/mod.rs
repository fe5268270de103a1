//! The built binary beside others of its kind, killed, and short of room: what real processes do
//! to one store and one directory.

mod killed;
mod limited;
mod parallel;

use std::fs;
use std::path::Path;

use crate::support::sandbox::{Sandbox, tree};

/// The names in a directory, hidden ones too; none where it is missing.
fn names_in(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Files in the store that are still being written, or that a killed process left.
fn leftovers(sandbox: &Sandbox) -> Vec<String> {
    names_in(&sandbox.store().join(".skillctl/tmp"))
}

/// The local images, as references.
fn images(sandbox: &Sandbox) -> Vec<String> {
    let rows = sandbox.ok(&["list", "--format", "json"]).json();
    let name = |row: &serde_json::Value| format!("{}:{}", row["name"].as_str().unwrap(), row["tag"].as_str().unwrap());
    rows.as_array().unwrap().iter().map(name).collect()
}

/// Unpacks a local image, which verifies every byte of it, and compares it with a directory.
fn assert_whole(sandbox: &Sandbox, image: &str, dir: &str) {
    let out = tempfile::tempdir_in(sandbox.path(".")).unwrap();
    sandbox.ok(&["pull", image, "-o", out.path().to_str().unwrap()]);
    let unpacked = fs::read_dir(out.path()).unwrap().next().unwrap().unwrap().path();
    assert_eq!(tree(&unpacked), tree(&sandbox.path(dir)), "{image}");
}
