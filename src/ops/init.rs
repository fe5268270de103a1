//! `init`: a new skill, or the card of one that has a `SKILL.md` already.

use std::path::Path;

use serde::Serialize;

use super::Error;
use super::documents::Documents;
use crate::card::{API_VERSION, CARD_FILE, DeriveOptions, KIND, Metadata, SKILL_MD_FILE, SkillCard, Spec};
use crate::fs::{Fs, create_dir_durably, write_durably};
use crate::name::{Namespace, SkillName};
use crate::printable::ReportedPath;
use crate::skill::Limits;

/// The namespace of a new skill when nobody names one.
const NAMESPACE: &str = "examples";

/// What is known about the skill from outside.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The name; else the directory's.
    pub name: Option<SkillName>,
    /// The namespace.
    pub namespace: Option<Namespace>,
    /// The owner in the URL of the git remote.
    pub owner: Option<String>,
}

/// What was made.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The name of the skill.
    pub name: String,
    /// The files that were written.
    pub written: Vec<ReportedPath>,
}

/// Writes `skill.yaml` into `dir`, and a `SKILL.md` where there is none. Overwrites nothing. A
/// repeat after an interruption completes what is missing.
///
/// # Errors
/// When there is a card already, when the name or the namespace cannot be made out, and when a
/// file cannot be written.
pub fn init(fs: &dyn Fs, dir: &Path, options: &Options) -> Result<Report, Error> {
    let documents = Documents::of_dir_to_be(fs, dir, &Limits::default())?;
    if documents.has_card() {
        return Err(Error::Exists { path: dir.join(CARD_FILE) });
    }
    if documents.has_skill_md() && !is_scaffold(&documents, options) {
        let derive = DeriveOptions { namespace: options.namespace.clone(), owner: options.owner.clone() };
        let card = documents.derive(&derive)?;
        return write(fs, dir, &card, &[(CARD_FILE, card.to_yaml())]);
    }
    let card = scaffold(&name(&documents, options)?, options);
    let files = [(SKILL_MD_FILE, skill_md(&card)), (CARD_FILE, card.to_yaml())];
    let done = usize::from(documents.has_skill_md());
    write(fs, dir, &card, &files[done..])
}

fn name(documents: &Documents, options: &Options) -> Result<SkillName, Error> {
    match &options.name {
        Some(name) => Ok(name.clone()),
        None => Ok(documents.dir_name().parse()?),
    }
}

/// Whether an earlier run wrote the `SKILL.md`, and came no further.
fn is_scaffold(documents: &Documents, options: &Options) -> bool {
    let text = name(documents, options).map(|name| skill_md(&scaffold(&name, options)));
    text.is_ok_and(|text| documents.skill_md_is(text.as_bytes()))
}

fn write(fs: &dyn Fs, dir: &Path, card: &SkillCard, files: &[(&str, String)]) -> Result<Report, Error> {
    let failed = |source| Error::Io { action: "create", path: dir.to_owned(), source };
    create_dir_durably(fs, dir).map_err(failed)?;
    let mut written = Vec::new();
    for (name, text) in files {
        let path = dir.join(name);
        let result = write_durably(fs, &path, &mut text.as_bytes());
        result.map_err(|source| Error::Io { action: "write", path: path.clone(), source })?;
        written.push(path.into());
    }
    Ok(Report { name: card.metadata.name.clone(), written })
}

fn scaffold(name: &SkillName, options: &Options) -> SkillCard {
    let owner = options.owner.as_deref().and_then(|owner| owner.parse::<Namespace>().ok());
    let namespace = options.namespace.clone().or(owner);
    SkillCard {
        api_version: API_VERSION.to_owned(),
        kind: KIND.to_owned(),
        metadata: Metadata {
            name: name.to_string(),
            namespace: namespace.map_or_else(|| NAMESPACE.to_owned(), |namespace| namespace.to_string()),
            version: "0.1.0".to_owned(),
            description: "Say in a sentence or two what this skill does and when an agent should use it.".to_owned(),
            ..Metadata::default()
        },
        provenance: None,
        spec: Some(Spec { prompt: Some(SKILL_MD_FILE.to_owned()), ..Spec::default() }),
    }
}

fn skill_md(card: &SkillCard) -> String {
    let Metadata { name, description, .. } = &card.metadata;
    let title = name.replace('-', " ");
    format!(
        "---\nname: {name}\ndescription: {description}\n---\n\n# {title}\n\nWrite the instructions for the agent here: \
         what to do, step by step, what to check, and\nwhen to stop. Put long material into `references/` and programs \
         into `scripts/`, and say\nwhen to read or run them.\n"
    )
}
