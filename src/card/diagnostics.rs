//! What can be wrong with a card or a SKILL.md, and how it is said.
//!
//! Every diagnostic names its code, file, line, column, what it is about, and the rule. The codes
//! are stable: scripts may depend on them.

use std::fmt;

use serde::{Serialize, Serializer};

use super::source::{Excerpt, Position, Source};
use crate::error::{Classify, Kind};
use crate::printable::steers;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// The stable name of a rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)+
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as it is written, in kebab case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

codes! {
    /// The skill cannot be read.
    Unreadable = "unreadable",
    /// The file is not UTF-8.
    NotUtf8 = "not-utf8",
    /// The document is larger than its limit.
    TooLarge = "too-large",
    /// The text is not YAML.
    YamlSyntax = "yaml-syntax",
    /// The YAML is nested too deeply, or has too many nodes or too much text.
    YamlLimit = "yaml-limit",
    /// The YAML has an anchor or an alias.
    YamlAnchor = "yaml-anchor",
    /// The YAML has a tag.
    YamlTag = "yaml-tag",
    /// The YAML has a merge key.
    YamlMergeKey = "yaml-merge-key",
    /// A key stands twice in one mapping.
    DuplicateKey = "duplicate-key",
    /// There is more than one YAML document.
    SeveralDocuments = "several-documents",
    /// A text holds a control character.
    ControlCharacter = "control-character",
    /// A required key is missing, or a required text is empty.
    Required = "required",
    /// A key that the card does not have.
    UnknownKey = "unknown-key",
    /// A value of another type than the rule asks for.
    WrongType = "wrong-type",
    /// A text that breaks the rule of its key.
    BadValue = "bad-value",
    /// Not a skill name.
    BadName = "bad-name",
    /// Not a namespace.
    BadNamespace = "bad-namespace",
    /// Not a version.
    BadVersion = "bad-version",
    /// Not a range of versions.
    BadRange = "bad-range",
    /// The directory has no SKILL.md.
    MissingSkillMd = "missing-skill-md",
    /// SKILL.md is named otherwise.
    FileName = "file-name",
    /// SKILL.md does not begin with a front matter.
    MissingFrontMatter = "missing-front-matter",
    /// The front matter is not closed.
    OpenFrontMatter = "open-front-matter",
    /// A value of the front matter is not YAML, and was read as it was meant.
    MendedYaml = "mended-yaml",
    /// The front matter is not what StrictYAML allows.
    NotStrictYaml = "not-strict-yaml",
    /// A field that the Agent Skills specification does not have.
    UnknownField = "unknown-field",
    /// A text that is longer than the Agent Skills specification allows.
    TooLong = "too-long",
    /// The directory and the skill have different names.
    DirectoryName = "directory-name",
    /// The card and SKILL.md have different names.
    NameDisagrees = "name-disagrees",
    /// The card and SKILL.md have different descriptions.
    DescriptionDisagrees = "description-disagrees",
    /// The card's prompt is another file than SKILL.md.
    PromptFile = "prompt-file",
    /// Nothing says what the skill's namespace is.
    UnknownNamespace = "unknown-namespace",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Whether a diagnostic makes the skill invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The skill is not valid.
    Error,
    /// The skill is valid, but somebody should look.
    Warning,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The rule that is broken.
    pub code: Code,
    /// Whether this makes the skill invalid.
    pub severity: Severity,
    /// The rule in words.
    pub message: String,
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from one.
    pub line: usize,
    /// The column in characters, from one.
    pub column: usize,
    /// What it is about, as a JSON pointer; empty for the whole document.
    pub pointer: String,
    /// The source line.
    #[serde(skip)]
    pub(super) excerpt: Option<Excerpt>,
}

impl Diagnostic {
    /// A skill of which nothing can be read, and why.
    #[must_use]
    pub fn unreadable(path: &str, why: &str) -> Self {
        Source::new(path, "").error(Code::Unreadable, "", Position::START, why)
    }

    /// The pointer as people write it: `metadata.authors[0].name`.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        for segment in self.pointer.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            let index = !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit());
            let (before, after) = match (index, path.is_empty()) {
                (true, _) => ("[", "]"),
                (false, true) => ("", ""),
                (false, false) => (".", ""),
            };
            path.extend([before, &segment, after]);
        }
        path
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut head = format!("{}:{}:{}: ", self.file, self.line, self.column);
        if self.severity == Severity::Warning {
            head += "warning: ";
        }
        let path = self.path();
        if !path.is_empty() {
            head.extend([&path, ": "]);
        }
        head += &self.message;
        head.retain(|c| !steers(c));
        f.write_str(&head)?;
        self.excerpt.iter().try_for_each(|excerpt| write!(f, "\n{excerpt}"))
    }
}

/// All that was found, in the order of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What makes the skill invalid.
    pub errors: Vec<Diagnostic>,
    /// What somebody should look at.
    pub warnings: Vec<Diagnostic>,
}

impl Report {
    /// Whether there is no error.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// Adds a diagnostic where its severity belongs.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        match diagnostic.severity {
            Severity::Error => self.errors.push(diagnostic),
            Severity::Warning => self.warnings.push(diagnostic),
        }
    }
}

impl Extend<Diagnostic> for Report {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        diagnostics.into_iter().for_each(|diagnostic| self.add(diagnostic));
    }
}

impl FromIterator<Diagnostic> for Report {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        let mut report = Self::default();
        report.extend(diagnostics);
        report
    }
}

impl IntoIterator for Report {
    type Item = Diagnostic;
    type IntoIter = std::iter::Chain<std::vec::IntoIter<Diagnostic>, std::vec::IntoIter<Diagnostic>>;

    fn into_iter(self) -> Self::IntoIter {
        self.errors.into_iter().chain(self.warnings)
    }
}

/// All errors, then all warnings, each with its source line.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.errors.iter().chain(&self.warnings).enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{diagnostic}")?;
        }
        Ok(())
    }
}

/// A card or a SKILL.md that is not valid; the message is the whole report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub Report);

impl Classify for Invalid {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_distinct_kebab_case_words() {
        let texts: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        assert!(
            texts.iter().all(|text| text.bytes().all(|b| b == b'-' || b.is_ascii_lowercase() || b.is_ascii_digit()))
        );
    }

    #[test]
    fn json_has_exactly_the_documented_fields() {
        let diagnostic = Diagnostic {
            code: Code::BadName,
            severity: Severity::Error,
            message: "rule".into(),
            file: "skill.yaml".into(),
            line: 4,
            column: 9,
            pointer: "/metadata/authors/0/a~1b".into(),
            excerpt: None,
        };
        insta::assert_snapshot!(serde_json::to_string(&diagnostic).unwrap(), @r#"{"code":"bad-name","severity":"error","message":"rule","file":"skill.yaml","line":4,"column":9,"pointer":"/metadata/authors/0/a~1b"}"#);
        assert_eq!(diagnostic.to_string(), "skill.yaml:4:9: metadata.authors[0].a/b: rule");
    }
}
