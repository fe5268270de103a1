//! The card of a skill (`skill.yaml`) and its SKILL.md: reading, checking, and making one from the other.
//!
//! Everything here is pure: bytes come in, values and diagnostics go out. Nothing knows a disk, a
//! registry or a state of the lifecycle. [`validate`] judges a whole skill; [`SkillCard::parse`] and
//! [`SkillMd::parse`] read one document each and tell all that is wrong with it at once.

mod agreement;
mod derive;
mod diagnostics;
mod front_matter;
mod parsed;
mod repair;
mod schema;
mod skill_md;
mod source;
mod strict;
mod tree;
mod validate;
mod yaml;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use derive::DeriveOptions;
pub use diagnostics::{Code, Diagnostic, Invalid, Report, Severity};
pub use parsed::Parsed;
pub use schema::SCHEMA;
pub use skill_md::SkillMd;
pub use source::Position;
pub use validate::{File, Input, Mode, validate};

use crate::name::{self, Namespace, SkillName, Version};
use source::Source;
use tree::Node;
use yaml::Excerpted;

/// The name of a card's file.
pub const CARD_FILE: &str = "skill.yaml";
/// The name of the file with the instructions.
pub const SKILL_MD_FILE: &str = "SKILL.md";

/// The `apiVersion` that this program writes.
pub const API_VERSION: &str = "skillimage.io/v1alpha1";
/// The `kind` of a card.
pub const KIND: &str = "SkillCard";

/// The card of a skill. Its texts are those of the file; [`SkillCard::parse`] checked them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SkillCard {
    /// The version of the card's schema.
    pub api_version: String,
    /// Always `SkillCard`.
    pub kind: String,
    /// Who the skill is.
    pub metadata: Metadata,
    /// Where the skill comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// What the skill is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<Spec>,
}

/// Who the skill is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Metadata {
    /// See [`SkillCard::name`].
    pub name: String,
    /// See [`SkillCard::namespace`].
    pub namespace: String,
    /// See [`SkillCard::version`].
    pub version: String,
    /// What the skill does and when to use it.
    pub description: String,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// What the skill needs from its environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compatibility: Option<String>,
    /// The tools that the skill may use without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_tools: Option<String>,
    /// Words to find the skill by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who wrote the skill.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Author>,
}

/// Somebody who wrote a skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Where a skill comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The URL of the source repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The skill's directory in the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// What a skill is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The file with the instructions, usually `SKILL.md`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// Examples of use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
    /// The skills that this one needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
}

/// An example of use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// What is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// What is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// A skill that another one needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// A range of SemVer versions.
    pub version: String,
}

impl SkillCard {
    /// Reads and checks a card. `file` is the name that the diagnostics give.
    #[must_use]
    pub fn parse(text: impl AsRef<[u8]>, file: &str) -> Parsed<Self> {
        Parsed::read(text.as_ref(), file, |source| {
            let root = whole(source)?;
            let found = schema::check(source, &root);
            let card = if found.is_empty() { from_tree(source, &root)? } else { None };
            Ok((card, root, found))
        })
    }

    /// Reads the card of an image, which may follow another version of the schema: only the shape of
    /// the known keys is checked.
    pub fn read(text: impl AsRef<[u8]>, file: &str) -> Result<Self, Invalid> {
        let parsed = Parsed::read(text.as_ref(), file, |source| {
            let root = whole(source)?;
            Ok((from_tree(source, &root)?, root, Vec::new()))
        });
        parsed.into_result()
    }

    /// The card as YAML, with the keys in the order of the schema.
    ///
    /// # Panics
    ///
    /// Never: texts, lists and structs always have a YAML form.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        serde_yaml::to_string(self).expect("texts, lists and structs are always YAML")
    }

    /// The name. A card that [`SkillCard::parse`] gave has a valid one.
    pub fn name(&self) -> Result<SkillName, name::Error> {
        self.metadata.name.parse()
    }

    /// The namespace. A card that [`SkillCard::parse`] gave has a valid one.
    pub fn namespace(&self) -> Result<Namespace, name::Error> {
        self.metadata.namespace.parse()
    }

    /// The version. A card that [`SkillCard::parse`] gave has a valid one.
    pub fn version(&self) -> Result<Version, name::Error> {
        self.metadata.version.parse()
    }
}

fn whole(source: &Source) -> Result<Node, Box<Diagnostic>> {
    yaml::read(source, Excerpted { text: source.text(), lines_above: 0 })
}

fn from_tree(source: &Source, root: &Node) -> Result<Option<SkillCard>, Box<Diagnostic>> {
    serde_json::from_value(root.to_json())
        .map(Some)
        .map_err(|error| Box::new(source.error(Code::WrongType, "", root.at, format!("not a card: {error}"))))
}
