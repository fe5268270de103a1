//! Fails, with file and line, on a dependency between rooms that the design does not have.
//!
//! A room is a first-level module of `src`. It may use rooms of lower levels and `error`, none of
//! its own level or above; some crates and words belong to one room alone. The table here is the
//! one in `docs/architecture.md`.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms by level, lowest first.
const LEVELS: &[&[&str]] = &[
    &["error"],
    &["digest", "fs", "parallel", "printable", "spool"],
    &["name"],
    &["card", "lifecycle", "image"],
    &["skill", "annotation"],
    &["pack", "store"],
    &["ops"],
    &["cli"],
];

/// Text that may stand in the named rooms only.
const OWNED: &[(&str, &[&str])] = &[
    ("io.skillimage.", &["annotation"]),
    ("clap::", &["cli"]),
    ("indicatif::", &["cli"]),
    ("std::env", &["cli", "main"]),
    ("SystemTime::now", &["cli"]),
    ("reqwest::", &["store"]),
    ("docker_credential::", &["store"]),
    ("tar::", &["skill", "store"]),
    ("flate2::", &["skill", "store"]),
    ("jsonschema::", &["card"]),
    ("tokio::", &["cli", "store"]),
];

struct Line {
    file: PathBuf,
    room: String,
    number: usize,
    text: String,
}

impl Line {
    fn complain(&self, rule: &str) -> String {
        format!("{}:{}: {rule}\n    {}", self.file.display(), self.number, self.text.trim())
    }
}

fn level(room: &str) -> Option<usize> {
    LEVELS.iter().position(|rooms| rooms.contains(&room))
}

/// All lines of code below `src`, less comments and tests.
fn lines() -> Vec<Line> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut lines = Vec::new();
    read(&src, &src, &mut lines);
    assert!(lines.len() > 100, "found no code below {}", src.display());
    lines
}

fn read(src: &Path, directory: &Path, lines: &mut Vec<Line>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(src, &path, lines);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = path.strip_prefix(src).unwrap().to_owned();
            if is_for_tests(&file) {
                continue;
            }
            let first = file.iter().next().unwrap().to_string_lossy().into_owned();
            let room = first.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            lines.extend(code(&text).map(|(number, text)| Line {
                file: file.clone(),
                room: room.clone(),
                number,
                text,
            }));
        }
    }
}

/// Whether a file is compiled for tests only, by the names that such files have.
fn is_for_tests(file: &Path) -> bool {
    const NAMES: [&str; 6] = ["tests", "corpus", "sample", "faulty", "journal", "testing"];
    file.iter().any(|part| {
        let name = part.to_string_lossy();
        let name = name.trim_end_matches(".rs");
        NAMES.contains(&name) || name.ends_with("_tests")
    })
}

/// The lines that are no comments, with their numbers; a `use` over several lines counts as one.
fn code(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut in_use = false;
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
        match lines.last_mut().filter(|_| in_use) {
            Some((_, start)) => start.push_str(line.trim()),
            None => lines.push((index + 1, line.to_owned())),
        }
        in_use = (in_use || line.contains("use crate::{")) && !line.contains(';');
    }
    lines.into_iter()
}

/// The rooms named by the `crate::` paths of a line, groups included.
fn rooms_used(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (index, _) in text.match_indices("crate::") {
        let rest = &text[index + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => rooms.extend(group_members(group)),
            None => rooms.push(identifier(rest)),
        }
    }
    rooms
}

/// The first segments of `a, b::{c, d}, e}`.
fn group_members(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut members = vec![String::new()];
    for char in group.chars() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.push(String::new()),
            _ => {}
        }
        members.last_mut().unwrap().push(char);
    }
    members.iter().map(|member| identifier(member.trim_matches([',', ' ', '\n']))).filter(|m| !m.is_empty()).collect()
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

#[test]
fn rooms_use_lower_rooms_only() {
    let mut complaints = Vec::new();
    for line in lines().iter().filter(|line| !matches!(line.room.as_str(), "lib" | "main")) {
        let own = level(&line.room).unwrap_or_else(|| panic!("room `{}` stands at no level", line.room));
        for used in rooms_used(&line.text) {
            let allowed = used == line.room || level(&used).is_some_and(|level| level < own);
            if !allowed {
                complaints.push(line.complain(&format!("`{}` may not use `{used}`", line.room)));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn crates_and_words_stay_in_their_rooms() {
    let mut complaints = Vec::new();
    for line in lines() {
        for (text, owners) in OWNED {
            if line.text.contains(text) && !owners.contains(&line.room.as_str()) {
                complaints.push(line.complain(&format!("`{text}` belongs to {owners:?}")));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files: Vec<PathBuf> = lines().into_iter().map(|line| line.file).collect();
    files.dedup();
    for file in files {
        let text = fs::read_to_string(src.join(&file)).unwrap();
        assert!(text.starts_with("//!"), "{} does not open with `//!`", file.display());
    }
}

#[test]
fn the_check_sees_what_it_should() {
    assert_eq!(rooms_used("use crate::{name, store::{self, Store}, pack};"), ["name", "store", "pack"]);
    assert_eq!(rooms_used("let x: crate::card::Card = crate::name::f();"), ["card", "name"]);
}
