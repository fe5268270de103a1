//! A card for a skill that has none, made from its SKILL.md.

use super::diagnostics::{Code, Diagnostic, Invalid, Report};
use super::parsed::Parsed;
use super::{API_VERSION, Author, KIND, Metadata, SkillCard, SkillMd};
use crate::name::{Namespace, Version};

/// The version of a skill that names none.
const FIRST_VERSION: &str = "0.1.0";

/// What a SKILL.md does not say by itself.
#[derive(Debug, Clone, Default)]
pub struct DeriveOptions {
    /// The namespace that the user asked for; it decides.
    pub namespace: Option<Namespace>,
    /// The owner in the git remote's URL, as written there.
    pub owner: Option<String>,
}

impl SkillCard {
    /// Makes a card from a SKILL.md.
    ///
    /// The namespace is the one asked for, else `metadata.namespace`, else the owner in lower case; the
    /// version is `metadata.version` padded to three parts, else `0.1.0`. An invalid SKILL.md, a
    /// namespace that nobody knows, and a namespace or version that cannot be one are errors.
    pub fn derive(skill_md: &Parsed<SkillMd>, options: &DeriveOptions) -> Result<Self, Invalid> {
        let Some(value) = &skill_md.value else { return Err(Invalid(skill_md.report.clone())) };
        let derivation = Derivation { skill_md, value, options };
        match (derivation.namespace(), derivation.version()) {
            (Ok(namespace), Ok(version)) => Ok(derivation.card(&namespace, &version)),
            (namespace, version) => {
                let errors: Report = namespace.err().into_iter().chain(version.err()).map(|error| *error).collect();
                Err(Invalid(errors))
            }
        }
    }
}

struct Derivation<'a> {
    skill_md: &'a Parsed<SkillMd>,
    value: &'a SkillMd,
    options: &'a DeriveOptions,
}

impl Derivation<'_> {
    fn card(&self, namespace: &Namespace, version: &Version) -> SkillCard {
        let SkillMd { name, description, license, compatibility, allowed_tools, .. } = self.value.clone();
        SkillCard {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            metadata: Metadata {
                name: name.to_string(),
                namespace: namespace.to_string(),
                version: version.to_string(),
                description,
                license,
                compatibility,
                allowed_tools,
                authors: self.metadata("author").map(author).into_iter().collect(),
                ..Metadata::default()
            },
            provenance: None,
            spec: None,
        }
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        self.value.metadata.get(key).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    fn namespace(&self) -> Result<Namespace, Box<Diagnostic>> {
        if let Some(namespace) = &self.options.namespace {
            return Ok(namespace.clone());
        }
        if let Some(text) = self.metadata("namespace") {
            return text.parse().map_err(|error: crate::name::Error| {
                self.error(Code::BadNamespace, "/metadata/namespace", error.to_string()).into()
            });
        }
        let owner = self.options.owner.as_deref().map(str::to_lowercase);
        owner.and_then(|owner| owner.parse().ok()).ok_or_else(|| {
            let rule = "the namespace is unknown: give `--namespace`, write `namespace` under `metadata`, \
                        or add a git remote whose owner can be one";
            self.error(Code::UnknownNamespace, "/metadata/namespace", rule).into()
        })
    }

    fn version(&self) -> Result<Version, Box<Diagnostic>> {
        let text = self.metadata("version").unwrap_or(FIRST_VERSION);
        let padded = padded(text);
        let version = padded.as_deref().unwrap_or(text).parse::<Version>();
        version.map_err(|error| self.error(Code::BadVersion, "/metadata/version", error.to_string()).into())
    }

    fn error(&self, code: Code, pointer: &str, rule: impl Into<String>) -> Diagnostic {
        self.skill_md.source().error(code, pointer, self.skill_md.locate(pointer), rule)
    }
}

/// `1.0`, `v1` or `1.2-rc.1` with three parts and no `v`; nothing where that is not a version.
pub(super) fn padded(text: &str) -> Option<String> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let (core, pre) = text.find('-').map_or((text, ""), |at| text.split_at(at));
    let missing = 3usize.checked_sub(core.split('.').count())?;
    let version = format!("{core}{}{pre}", ".0".repeat(missing));
    version.parse::<Version>().is_ok().then_some(version)
}

/// `Name <mail>` or a name.
fn author(text: &str) -> Author {
    let with_email = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    match with_email.map(|(name, email)| (name.trim(), email.trim())) {
        Some((name, email)) if !name.is_empty() && !email.is_empty() => {
            Author { name: name.to_owned(), email: Some(email.to_owned()) }
        }
        _ => Author { name: text.to_owned(), email: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derive(metadata: &str, options: &DeriveOptions) -> Result<SkillCard, String> {
        let text = format!("---\nname: a\ndescription: d\nmetadata:\n{metadata}---\n");
        SkillCard::derive(&SkillMd::parse(text, "SKILL.md"), options).map_err(|invalid| invalid.to_string())
    }

    fn owned_by(owner: &str) -> DeriveOptions {
        DeriveOptions { owner: Some(owner.to_owned()), ..DeriveOptions::default() }
    }

    #[test]
    fn the_namespace_comes_from_the_option_then_the_file_then_the_owner() {
        let asked = DeriveOptions { namespace: "x".parse().ok(), ..owned_by("Acme") };
        let file = "  namespace: team/y\n";
        assert_eq!(derive(file, &asked).unwrap().metadata.namespace, "x");
        assert_eq!(derive(file, &owned_by("Acme")).unwrap().metadata.namespace, "team/y");
        assert_eq!(derive("", &owned_by("Acme")).unwrap().metadata.namespace, "acme");
    }

    #[test]
    fn the_version_is_padded() {
        for (text, expected) in
            [("1", "1.0.0"), ("1.2", "1.2.0"), ("1.2.3", "1.2.3"), ("v2.0", "2.0.0"), ("1.0-rc.1", "1.0.0-rc.1")]
        {
            let card = derive(&format!("  version: {text}\n"), &owned_by("a")).unwrap();
            assert_eq!(card.metadata.version, expected);
        }
        assert_eq!(derive("", &owned_by("a")).unwrap().metadata.version, "0.1.0");
    }

    #[test]
    fn authors_may_have_an_address() {
        let authors = |text: &str| derive(&format!("  author: {text}\n"), &owned_by("a")).unwrap().metadata.authors;
        assert_eq!(authors("Ann <a@b.c>"), [Author { name: "Ann".into(), email: Some("a@b.c".into()) }]);
        assert_eq!(authors("Ann"), [Author { name: "Ann".into(), email: None }]);
    }

    #[test]
    fn what_cannot_be_derived_says_what_to_do() {
        let broken = derive("  version: latest\n  namespace: A B\n", &DeriveOptions::default()).unwrap_err();
        insta::assert_snapshot!(broken, @"
        SKILL.md:6:14: metadata.namespace: `A B` is not a namespace: 1–128 characters: words of lower-case letters, digits and single hyphens, joined by `/`
            namespace: A B
                       ^
        SKILL.md:5:12: metadata.version: `latest` is not a version: SemVer 2 with three parts, as in `1.2.3` or `1.2.3-rc.1`
            version: latest
                     ^
        ");
        insta::assert_snapshot!(derive("", &owned_by("a_b")).unwrap_err(), @"
        SKILL.md:4:1: metadata.namespace: the namespace is unknown: give `--namespace`, write `namespace` under `metadata`, or add a git remote whose owner can be one
          metadata:
          ^
        ");
    }

    #[test]
    fn a_derived_card_is_valid() {
        let card = derive("  version: 1.0\n  author: Ann <a@b.c>\n", &owned_by("Acme")).unwrap();
        let parsed = SkillCard::parse(card.to_yaml(), "skill.yaml");
        assert_eq!(parsed.into_result().unwrap(), card);
    }
}
