//! What is told of a SKILL.md, alone and with its card, in both modes.

use super::*;

const SKILL: &str = "---\nname: hello-world\ndescription: Says hello.\n---\n\nSay hello to the world.\n";

/// The report without source lines.
fn heads(report: &Report) -> String {
    let text = report.to_string();
    text.lines().filter(|line| !line.starts_with(' ')).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_default_mode_warns_where_the_specification_says_more() {
    let text = format!(
        "---\nname: hello-there\ndescription: {}\nversion: 1\nlicence: MIT\nallowed-tools: [Bash, Read]\nmetadata:\n  a: b\n  c: {{d: e}}\n---\n",
        "x".repeat(1100)
    );
    let report = judge(Some(&text), None, Mode::Default);
    assert!(report.is_valid());
    insta::assert_snapshot!(heads(&report), @"
    SKILL.md:3:14: warning: description: at most 1024 characters, and it has 1100
    SKILL.md:4:1: warning: `version` is not a field of the Agent Skills specification; own fields belong under `metadata`
    SKILL.md:5:1: warning: `licence` is not a field of the Agent Skills specification; did you mean `license`?
    SKILL.md:6:1: warning: allowed-tools: must be one text, the tools separated by spaces, not a list
    SKILL.md:9:3: warning: metadata: the value of `c` must be a text
    SKILL.md:2:7: warning: name: the directory is named `hello-world`; the specification wants `hello-there` for it
    ");
}

#[test]
fn the_default_mode_fails_for_what_makes_a_skill_unusable() {
    let texts = [
        "# Title\n",
        "---\nname: a\ndescription: b\n",
        "---\nname: a\ndescription: b\n --- \n",
        "---\n---\n",
        "---\nname:\ndescription: ''\n---\n",
        "---\nname: Hello World\ndescription: [a]\n---\n",
        "---\n- name\n---\n",
        "---\nname: a\nname: b\n---\n",
        "---\nname: a\ndescription: \"b\n---\n",
    ];
    insta::assert_snapshot!(texts.map(|text| judge(Some(text), None, Mode::Default).to_string()).join("\n"), @r#"
    SKILL.md:1:1: the file must begin with a front matter: `---`, `name: …`, `description: …`, `---`, each on its line
      # Title
      ^
    SKILL.md:1:1: the front matter must end with a line that is exactly `---`
      ---
      ^
    SKILL.md:4:1: the front matter must end with a line that is exactly `---`
       --- 
      ^
    SKILL.md:1:1: name: the field `name` is missing
      ---
      ^
    SKILL.md:1:1: description: the field `description` is missing
      ---
      ^
    SKILL.md:2:1: name: must not be empty
      name:
      ^
    SKILL.md:3:1: description: must not be empty
      description: ''
      ^
    SKILL.md:2:7: name: `Hello World` is not a skill name: 1–64 lower-case letters, digits and single hyphens between them
      name: Hello World
            ^
    SKILL.md:3:1: description: must be a text
      description: [a]
      ^
    SKILL.md:2:1: the front matter must be a mapping of fields to values
      - name
      ^
    SKILL.md:3:1: the key `name` stands here twice
      name: b
      ^
    SKILL.md:3:1: warning: the value of `description` is YAML only with quotes or indentation; read as if it had them
      description: "b
      ^
    SKILL.md:2:7: warning: name: the directory is named `hello-world`; the specification wants `a` for it
      name: a
            ^
    "#);
}

#[test]
fn the_front_matter_ends_at_a_line_and_not_in_the_middle_of_one() {
    let text = "\u{feff}---\r\nname: hello-world\r\ndescription: a --- b\r\n---\r\none two --- three\r\n---\r\n";
    let parsed = SkillMd::parse(text, "SKILL.md").into_result().unwrap();
    assert_eq!((&*parsed.description, &*parsed.body), ("a --- b", "one two --- three\n---\n"));
    assert_eq!(parsed.word_count(), 5);
    assert!(!judge(Some(text), None, Mode::Strict).is_valid());
}

#[test]
fn a_front_matter_that_needs_quotes_is_read_with_a_warning() {
    let text = "---\nname: hello-world\ndescription: Use when: asked\n---\n";
    let report = judge(Some(text), None, Mode::Default);
    assert!(report.is_valid());
    insta::assert_snapshot!(report, @"
    SKILL.md:3:1: warning: the value of `description` is YAML only with quotes or indentation; read as if it had them
      description: Use when: asked
      ^
    ");
    insta::assert_snapshot!(judge(Some(text), None, Mode::Strict), @"
    SKILL.md:3:22: a `: ` inside a value needs quotes around the value
      description: Use when: asked
                           ^
    ");
}

#[test]
fn a_large_front_matter_is_refused_in_both_modes() {
    let text = format!("---\nname: a\ndescription: b\nmetadata:\n  a: {}\n---\n", "x".repeat(64 * 1024));
    for mode in [Mode::Default, Mode::Strict] {
        assert_eq!(judge(Some(&text), None, mode).errors[0].code, Code::TooLarge);
    }
}

#[test]
fn the_strict_mode_tells_all_that_the_reference_tells() {
    let text = format!("---\nname: -Hello--World_\ncompatibility: {}\nversion: 1\nauthor: me\n---\n", "x".repeat(501));
    let report = judge(Some(&text), None, Mode::Strict);
    insta::assert_snapshot!(heads(&report), @"
    SKILL.md:4:1: `version` is not a field of the Agent Skills specification; own fields belong under `metadata`
    SKILL.md:5:1: `author` is not a field of the Agent Skills specification; own fields belong under `metadata`
    SKILL.md:2:7: name: `-Hello--World_` is not a skill name: lower-case letters only
    SKILL.md:2:7: name: `-Hello--World_` is not a skill name: no hyphen at the start or the end
    SKILL.md:2:7: name: `-Hello--World_` is not a skill name: no two hyphens in a row
    SKILL.md:2:7: name: `-Hello--World_` is not a skill name: letters, digits and hyphens only
    SKILL.md:2:7: name: the directory `hello-world` must have the name of the skill, `-Hello--World_`
    SKILL.md:1:1: description: the field `description` is missing
    SKILL.md:3:16: compatibility: at most 500 characters, and it has 501
    ");
}

#[test]
fn names_are_compared_in_their_composed_form_in_the_strict_mode() {
    let skill_md = |name: &str| format!("---\nname: {name}\ndescription: d\n---\n");
    for (dir_name, name, valid) in [
        ("e\u{301}t\u{e9}", "\u{e9}te\u{301}", true),
        ("ⅷ", "viii", true),
        ("名前", "名前", true),
        ("ⓐ", "ⓐ", true),
        ("का", "का", false),
        ("É", "É", false),
        ("a", "b", false),
    ] {
        let text = skill_md(name);
        let skill_md = Some(File { name: "SKILL.md", bytes: text.as_bytes() });
        let report = validate(&Input { dir_name, skill_md, card: None }, Mode::Strict);
        assert_eq!(report.is_valid(), valid, "{name}: {report}");
    }
}

#[test]
fn card_and_skill_md_must_agree() {
    let skill_md = SKILL.replace("hello-world", "hello").replace("Says", "Shouts");
    insta::assert_snapshot!(judge(Some(&skill_md), Some(CARD), Mode::Default), @"
    skill.yaml:4:9: metadata.name: the card says `hello-world` and SKILL.md says `hello`; both must be the same
        name: hello-world
              ^
    SKILL.md:2:7: warning: name: the directory is named `hello-world`; the specification wants `hello` for it
      name: hello
            ^
    skill.yaml:7:16: warning: metadata.description: SKILL.md has another description; agents read that one
        description: Says hello.
                     ^
    ");
    let wrapped = SKILL.replace("Says hello.", ">-\n  Says\n  hello.");
    assert_eq!(judge(Some(&wrapped), Some(CARD), Mode::Default), Report::default());
}

#[test]
fn a_skill_without_skill_md_is_none_unless_its_card_names_another_file() {
    let card = format!("{CARD}spec:\n  prompt: PROMPT.md\n");
    let report = judge(None, Some(&card), Mode::Default);
    assert!(report.is_valid());
    insta::assert_snapshot!(report, @"
    skill.yaml:9:11: warning: spec.prompt: the prompt is `PROMPT.md` and there is no `SKILL.md`, which is what agents read
        prompt: PROMPT.md
                ^
    ");
    insta::assert_snapshot!(judge(None, Some(&card), Mode::Strict), @"SKILL.md:1:1: the directory has no `SKILL.md`, which every skill needs");
    assert_eq!(judge(None, Some(CARD), Mode::Default).errors[0].code, Code::MissingSkillMd);
    assert_eq!(judge(Some(SKILL), Some(&card), Mode::Default).warnings[0].code, Code::PromptFile);
    assert_eq!(judge(Some(SKILL), Some(&card.replace("PROMPT", "./SKILL")), Mode::Default), Report::default());
}

#[test]
fn a_bad_card_fails_in_the_strict_mode_too() {
    let card = CARD.replace("1.0.0", "1");
    assert_eq!(judge(Some(SKILL), Some(&card), Mode::Strict).errors[0].code, Code::BadVersion);
    assert_eq!(judge(Some(SKILL), Some(CARD), Mode::Strict), Report::default());
}
