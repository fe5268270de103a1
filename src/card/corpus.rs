//! Real skills, judged. The data is not part of the repository: `SKILLCTL_CORPUS` names a directory
//! that holds it, and without the variable there is nothing to judge.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::*;

/// A SKILL.md and what the reference validator said of it.
#[derive(Deserialize)]
struct Row {
    dir: String,
    skill_md: String,
    strict_errors: Vec<String>,
}

fn corpus() -> Option<PathBuf> {
    std::env::var_os("SKILLCTL_CORPUS").map(PathBuf::from)
}

fn rows(corpus: &Path) -> Vec<Row> {
    let text = fs::read_to_string(corpus.join("frontmatter.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn judge(row: &Row, mode: Mode) -> Report {
    let skill_md = Some(File { name: "SKILL.md", bytes: row.skill_md.as_bytes() });
    validate(&Input { dir_name: &row.dir, skill_md, card: None }, mode)
}

/// The code for a message of the reference validator.
fn code_of(message: &str) -> Code {
    let table = [
        ("must start with YAML", Code::MissingFrontMatter),
        ("not properly closed", Code::OpenFrontMatter),
        ("Invalid YAML", Code::NotStrictYaml),
        ("must be a YAML mapping", Code::NotStrictYaml),
        ("Unexpected fields", Code::UnknownField),
        ("Missing required field", Code::Required),
        ("must be a non-empty string", Code::Required),
        ("Directory name", Code::DirectoryName),
        ("Description exceeds", Code::TooLong),
        ("Compatibility exceeds", Code::TooLong),
        ("Field 'compatibility' must be", Code::WrongType),
        ("Skill name", Code::BadName),
        ("CRASH", Code::NotStrictYaml),
    ];
    table.iter().find(|(part, _)| message.contains(part)).unwrap_or_else(|| panic!("{message}")).1
}

/// Some rows were judged with text before the `---` that the row begins with; only the verdict counts.
fn is_cut(row: &Row) -> bool {
    let said = |message: &String| code_of(message) == Code::MissingFrontMatter;
    row.skill_md.starts_with("---") && row.strict_errors.iter().any(said)
}

fn codes(codes: impl Iterator<Item = Code>) -> Vec<Code> {
    let mut codes: Vec<_> = codes.collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn the_strict_verdict_is_that_of_the_reference() {
    let Some(corpus) = corpus() else { return };
    let rows = rows(&corpus);
    let mut wrong = Vec::new();
    for row in &rows {
        let report = judge(row, Mode::Strict);
        let ours = codes(report.errors.iter().map(|error| error.code));
        let theirs = codes(row.strict_errors.iter().map(|message| code_of(message)));
        let same_verdict = ours.is_empty() == theirs.is_empty();
        if !same_verdict || (ours != theirs && !is_cut(row)) {
            wrong.push(format!(
                "{:?}\n{:?}\nreference: {:?}\nours: {report}\n",
                row.dir, row.skill_md, row.strict_errors
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} disagree:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn the_default_mode_never_fails_for_an_unknown_field() {
    let Some(corpus) = corpus() else { return };
    for row in rows(&corpus) {
        let only_fields = row.strict_errors.iter().all(|message| message.contains("Unexpected fields"));
        let report = judge(&row, Mode::Default);
        assert!(!only_fields || report.is_valid(), "{}: {report}", row.dir);
    }
}

#[test]
fn the_skills_are_valid_and_their_cards_can_be_derived() {
    let Some(corpus) = corpus() else { return };
    let mut count = 0;
    for entry in fs::read_dir(corpus.join("skills")).unwrap().map(Result::unwrap) {
        let Ok(bytes) = fs::read(entry.path().join("SKILL.md")) else { continue };
        let parsed = SkillMd::parse(&bytes, "SKILL.md");
        let options = DeriveOptions { owner: Some("Acme".to_owned()), ..DeriveOptions::default() };
        let card = SkillCard::derive(&parsed, &options).unwrap_or_else(|invalid| panic!("{entry:?}: {invalid}"));
        assert_eq!(SkillCard::parse(card.to_yaml(), "skill.yaml").into_result().unwrap(), card);
        count += 1;
    }
    assert!(count > 10, "{count} skills");
}
