//! The judgement on a whole skill: card, SKILL.md, and their agreement.

use super::diagnostics::{Code, Diagnostic, Report};
use super::source::{Position, Source};
use super::{Parsed, SKILL_MD_FILE, SkillCard, SkillMd, agreement, strict};

/// How SKILL.md is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Errors for what makes a skill unusable, warnings for the rest.
    #[default]
    Default,
    /// The verdict of the specification's reference validator, `skills-ref`.
    Strict,
}

/// A file of the skill.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// The name that the diagnostics give; its last part is the file's name.
    pub name: &'a str,
    /// The content.
    pub bytes: &'a [u8],
}

/// A skill to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The name of the skill's directory, without its parents.
    pub dir_name: &'a str,
    /// `SKILL.md`, else `skill.md`.
    pub skill_md: Option<File<'a>>,
    /// `skill.yaml`. A skill without one is valid, because its card can be derived.
    pub card: Option<File<'a>>,
}

/// Judges a skill.
#[must_use]
pub fn validate(input: &Input<'_>, mode: Mode) -> Report {
    let card = input.card.map(|file| SkillCard::parse(file.bytes, file.name));
    let mut report = card.as_ref().map(|card| card.report.clone()).unwrap_or_default();
    let Some(file) = input.skill_md else {
        report.add(missing(card.as_ref(), mode));
        return report;
    };
    report.extend(card.as_ref().and_then(|card| prompt(card, file)));
    let skill_md = SkillMd::parse(file.bytes, file.name);
    match mode {
        Mode::Default => {
            report.extend(skill_md.report.clone());
            report.extend(file_name(&skill_md, file));
            report.extend(directory(&skill_md, input.dir_name));
        }
        Mode::Strict => report.extend(judge_strictly(file, input.dir_name)),
    }
    report.extend(card.iter().flat_map(|card| agreement::check(card, &skill_md)));
    report
}

fn judge_strictly(file: File<'_>, dir_name: &str) -> Vec<Diagnostic> {
    match Source::decode(file.name, file.bytes) {
        Ok(source) => strict::check(&source, dir_name),
        Err(error) => vec![*error],
    }
}

/// No SKILL.md. Where the card names another file, that is a choice, and the reference refuses it still.
fn missing(card: Option<&Parsed<SkillCard>>, mode: Mode) -> Diagnostic {
    match card.map(|card| (card, other_prompt(card, SKILL_MD_FILE))) {
        Some((card, Some(prompt))) if mode == Mode::Default => {
            let rule = format!("the prompt is `{prompt}` and there is no `SKILL.md`, which is what agents read");
            card.source().warning(Code::PromptFile, PROMPT, card.locate(PROMPT), rule)
        }
        _ => {
            let rule = "the directory has no `SKILL.md`, which every skill needs";
            Source::new(SKILL_MD_FILE, "").error(Code::MissingSkillMd, "", Position::START, rule)
        }
    }
}

const PROMPT: &str = "/spec/prompt";

fn prompt(card: &Parsed<SkillCard>, file: File<'_>) -> Option<Diagnostic> {
    let prompt = other_prompt(card, base_name(file.name))?;
    let rule = format!("agents read `{}` and not `{prompt}`", base_name(file.name));
    Some(card.source().warning(Code::PromptFile, PROMPT, card.locate(PROMPT), rule))
}

/// The card's prompt, where it is not `file`.
fn other_prompt<'a>(card: &'a Parsed<SkillCard>, file: &str) -> Option<&'a str> {
    let prompt = card.text(&["spec", "prompt"])?;
    let bare = prompt.strip_prefix("./").unwrap_or(prompt);
    (!bare.is_empty() && bare != file).then_some(prompt)
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn file_name(skill_md: &Parsed<SkillMd>, file: File<'_>) -> Option<Diagnostic> {
    let name = base_name(file.name);
    let rule = || format!("the file is named `{name}`, but agents look for `SKILL.md`");
    (name != SKILL_MD_FILE).then(|| skill_md.source().warning(Code::FileName, "", Position::START, rule()))
}

fn directory(skill_md: &Parsed<SkillMd>, dir_name: &str) -> Option<Diagnostic> {
    let name = &skill_md.value.as_ref()?.name;
    let rule = || format!("the directory is named `{dir_name}`; the specification wants `{name}` for it");
    let warn = || skill_md.source().warning(Code::DirectoryName, "/name", skill_md.locate("/name"), rule());
    (dir_name != name.as_str()).then(warn)
}
