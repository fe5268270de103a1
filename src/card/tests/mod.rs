//! Cards and SKILL.md files as people write them, and what they are told.

mod cards;
mod properties;
mod skills;

use super::*;

const CARD: &str = "\
apiVersion: skillimage.io/v1alpha1
kind: SkillCard
metadata:
  name: hello-world
  namespace: examples
  version: 1.0.0
  description: Says hello.
";

/// The report on a skill in the directory `hello-world`.
fn judge(skill_md: Option<&str>, card: Option<&str>, mode: Mode) -> Report {
    let skill_md = skill_md.map(|text| File { name: "SKILL.md", bytes: text.as_bytes() });
    let card = card.map(|text| File { name: "skill.yaml", bytes: text.as_bytes() });
    validate(&Input { dir_name: "hello-world", skill_md, card }, mode)
}
