//! The SkillCard and `SKILL.md`.
