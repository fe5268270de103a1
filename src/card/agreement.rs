//! Whether a card and its SKILL.md say the same.

use super::diagnostics::{Code, Diagnostic};
use super::parsed::Parsed;
use super::{SkillCard, SkillMd};

/// Compares names and descriptions. Two names are an error, because nobody could say which skill it
/// is; two descriptions are a warning. White space does not count.
pub(super) fn check(card: &Parsed<SkillCard>, skill_md: &Parsed<SkillMd>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let name = (card.text(&["metadata", "name"]), skill_md.text(&["name"]));
    if let (Some(ours), Some(theirs)) = name
        && differ(ours, theirs)
    {
        let rule = format!("the card says `{ours}` and SKILL.md says `{theirs}`; both must be the same");
        found.push(card.source().error(Code::NameDisagrees, NAME, card.locate(NAME), rule));
    }
    let description = (card.text(&["metadata", "description"]), skill_md.text(&["description"]));
    if let (Some(ours), Some(theirs)) = description
        && differ(ours, theirs)
    {
        let rule = "SKILL.md has another description; agents read that one";
        let at = card.locate(DESCRIPTION);
        found.push(card.source().warning(Code::DescriptionDisagrees, DESCRIPTION, at, rule));
    }
    found
}

const NAME: &str = "/metadata/name";
const DESCRIPTION: &str = "/metadata/description";

/// An empty text is said to be missing elsewhere.
fn differ(ours: &str, theirs: &str) -> bool {
    let empty = ours.trim().is_empty() || theirs.trim().is_empty();
    !empty && ours.split_whitespace().ne(theirs.split_whitespace())
}
