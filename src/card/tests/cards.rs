//! What is read as a card, and what is told of what is none.

use super::*;

fn told(text: &str) -> String {
    SkillCard::parse(text, "skill.yaml").report.to_string()
}

fn only_code(text: &str) -> Code {
    let report = SkillCard::parse(text, "skill.yaml").report;
    assert_eq!(report.errors.len(), 1, "{report}");
    report.errors[0].code
}

#[test]
fn a_full_card_is_read_and_written_in_the_order_of_the_schema() {
    let text = "\
apiVersion: skillimage.io/v1alpha1
kind: SkillCard
metadata:
  name: hello-world
  namespace: examples/team
  version: 1.2.3-rc.1
  description: 'Says hello: to all.'
  display-name: Hello
  license: Apache-2.0
  compatibility: needs a shell
  allowed-tools: Bash Read
  tags:
  - one
  - '2'
  authors:
  - name: Ann
    email: ann@example.org
provenance:
  source: https://example.org/x
  commit: 0123456
  path: skills/x
spec:
  prompt: SKILL.md
  examples:
  - input: hi
    output: hello
  dependencies:
  - name: other
    version: '>=1.0, <3'
";
    let card = SkillCard::parse(text, "skill.yaml").into_result().unwrap();
    assert_eq!(card.metadata.tags, ["one", "2"]);
    assert_eq!(card.provenance.as_ref().unwrap().commit.as_deref(), Some("0123456"));
    assert_eq!(card.version().unwrap().to_string(), "1.2.3-rc.1");
    assert_eq!(card.namespace().unwrap().as_str(), "examples/team");
    let written = card.to_yaml();
    let keys = |text: &str| -> Vec<String> {
        text.lines()
            .filter_map(|line| line.trim_start_matches([' ', '-']).split_once(':'))
            .map(|(key, _)| key.to_owned())
            .collect()
    };
    assert_eq!(keys(&written), keys(text));
    assert_eq!(SkillCard::parse(written, "skill.yaml").into_result().unwrap(), card);
}

#[test]
fn a_scalar_is_the_text_that_was_typed() {
    let text = CARD.replace("hello-world", "yes").replace("Says hello.", "0x10 # ten")
        + "  license: null\n  compatibility: 1.50\n  tags: [no, 1e3, ~, .inf, 007, 2020-01-01, true]\n";
    let card = SkillCard::parse(text, "skill.yaml").into_result().unwrap().metadata;
    assert_eq!((&*card.name, &*card.description), ("yes", "0x10"));
    assert_eq!((card.license.as_deref(), card.compatibility.as_deref()), (Some("null"), Some("1.50")));
    assert_eq!(card.tags, ["no", "1e3", "~", ".inf", "007", "2020-01-01", "true"]);
}

#[test]
fn all_errors_come_at_once_with_their_places() {
    let text = "\
apiVersion: v1
kind: SkillCard
metadata:
  name: Hello World
  namespace: a//b
  version: 1.0
  lisence: MIT
  tags: one
  authors:
    - email: a@b.c
    - name: ''
spec:
  dependencies:
    - {name: other, version: latest}
    - name: third
homepage: x
";
    insta::assert_snapshot!(told(text), @"
    skill.yaml:1:13: apiVersion: must be `skillimage.io/v1alpha1`
      apiVersion: v1
                  ^
    skill.yaml:3:1: metadata.description: missing: what the skill does and when to use it, at least one character
      metadata:
      ^
    skill.yaml:4:9: metadata.name: `Hello World` is not a skill name: 1–64 lower-case letters, digits and single hyphens between them
        name: Hello World
              ^
    skill.yaml:5:14: metadata.namespace: `a//b` is not a namespace: 1–128 characters: words of lower-case letters, digits and single hyphens, joined by `/`
        namespace: a//b
                   ^
    skill.yaml:6:12: metadata.version: `1.0` is not a version: SemVer 2 with three parts, as in `1.2.3` or `1.2.3-rc.1`; write `1.0.0`
        version: 1.0
                 ^
    skill.yaml:7:3: metadata.lisence: unknown key `lisence`; did you mean `license`?
        lisence: MIT
        ^
    skill.yaml:8:9: metadata.tags: must be a list of words to find the skill by
        tags: one
              ^
    skill.yaml:10:7: metadata.authors[0].name: missing: the author's name, at least one character
          - email: a@b.c
            ^
    skill.yaml:11:7: metadata.authors[1].name: empty: the author's name, at least one character
          - name: ''
            ^
    skill.yaml:14:30: spec.dependencies[0].version: `latest` is not a range of versions, as in `^1.2` or `>=1.0, <3`: unexpected character 'l' while parsing major version number
          - {name: other, version: latest}
                                   ^
    skill.yaml:15:7: spec.dependencies[1].version: missing: a range of SemVer versions, as in `^1.2` or `>=1.0, <3`
          - name: third
            ^
    skill.yaml:16:1: homepage: unknown key `homepage`; known here: `apiVersion`, `kind`, `metadata`, `provenance`, `spec`
      homepage: x
      ^
    ");
}

#[test]
fn each_way_to_miss_a_version_has_its_rule() {
    let tell = |version: &str| {
        let report = SkillCard::parse(CARD.replace("1.0.0", version), "skill.yaml").report;
        report.errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("\n")
    };
    let all: Vec<_> =
        ["1.0", "v1.0.0", "1.0.0+b1", "1.0.0-draft", "latest", "1.0.0.0", "''"].iter().map(|text| tell(text)).collect();
    insta::assert_snapshot!(all.join("\n"), @"
    `1.0` is not a version: SemVer 2 with three parts, as in `1.2.3` or `1.2.3-rc.1`; write `1.0.0`
    `v1.0.0` is not a version: three parts as in `1.2.3`, without a leading `v`; write `1.0.0`
    `1.0.0+b1` is not a version: no `+build` part, because it cannot stand in a tag
    `1.0.0-draft` is not a version: no pre-release that ends in `draft` or `testing`, because its tag would be a state of another version
    `latest` is not a version: SemVer 2 with three parts, as in `1.2.3` or `1.2.3-rc.1`
    `1.0.0.0` is not a version: SemVer 2 with three parts, as in `1.2.3` or `1.2.3-rc.1`
    empty: SemVer 2 with three parts, at most 100 characters, without `v` and `+build`; no pre-release that ends in `draft` or `testing`
    ");
}

#[test]
fn what_is_not_the_yaml_we_take_is_refused() {
    let with = |line: &str| format!("{CARD}{line}\n");
    for (text, code) in [
        (with("spec: &a {}"), Code::YamlAnchor),
        (with("spec: *a"), Code::YamlAnchor),
        (with("spec: !!map {}"), Code::YamlTag),
        (with("spec: !x {}"), Code::YamlTag),
        (with("  license: !!str MIT"), Code::YamlTag),
        (with("<<: {kind: x}"), Code::YamlMergeKey),
        (with("kind: SkillCard"), Code::DuplicateKey),
        (with("---\na: b"), Code::SeveralDocuments),
        (with("  license: \"a\\u0007\""), Code::ControlCharacter),
        (with("  license: a\u{7}"), Code::ControlCharacter),
        (with("  license: [a"), Code::YamlSyntax),
        (with(&format!("  tags: {}{}", "[".repeat(40), "]".repeat(40))), Code::YamlLimit),
        (with(&format!("  tags: [{}]", "a, ".repeat(6000))), Code::YamlLimit),
        (with(&format!("  license: {}", "a".repeat(300 * 1024))), Code::YamlLimit),
        (with(&format!("# {}", "a".repeat(1024 * 1024))), Code::TooLarge),
        ("just a text".to_owned(), Code::WrongType),
        ("- a\n".to_owned(), Code::WrongType),
    ] {
        assert_eq!(
            only_code(&text),
            code,
            "{}",
            &text[CARD.len().min(text.len())..].chars().take(40).collect::<String>()
        );
    }
}

#[test]
fn yaml_errors_point_at_their_line() {
    let texts = [
        format!("{CARD}kind: SkillCard\n"),
        format!("{CARD}  license: *x\n"),
        format!("{CARD}  license: a: b\n"),
        format!("{CARD}\tlicense: a\n"),
        format!("{CARD}  license: \"a\n"),
        "a: b\n c: d\n".to_owned(),
    ];
    insta::assert_snapshot!(texts.map(|text| told(&text)).join("\n"), @"
    skill.yaml:8:1: the key `kind` stands here twice
      kind: SkillCard
      ^
    skill.yaml:8:12: anchors and aliases are not allowed; quote a text that begins with `&` or `*`
        license: *x
                 ^
    skill.yaml:8:13: not YAML: mapping values are not allowed in this context
        license: a: b
                  ^
    skill.yaml:7:16: not YAML: while scanning a plain scalar, found a tab
        description: Says hello.
                     ^
    skill.yaml:9:1: not YAML: invalid indentation in multiline quoted scalar
    skill.yaml:2:3: not YAML: mapping values are not allowed in this context
       c: d
        ^
    ");
}

#[test]
fn an_empty_card_is_told_what_it_lacks() {
    insta::assert_snapshot!(told("# nothing\n"), @"
    skill.yaml:1:1: apiVersion: missing: the version of this schema
      # nothing
      ^
    skill.yaml:1:1: kind: missing: the kind of this document
      # nothing
      ^
    skill.yaml:1:1: metadata: missing: who the skill is
      # nothing
      ^
    ");
}

#[test]
fn cards_of_images_may_follow_another_schema() {
    let text = CARD.replace("v1alpha1", "v2") + "  mood: good\n";
    let card = SkillCard::read(&text, "skill.yaml").unwrap();
    assert_eq!((&*card.api_version, &*card.metadata.name), ("skillimage.io/v2", "hello-world"));
    assert!(SkillCard::parse(text, "skill.yaml").value.is_none());
    assert!(SkillCard::read("kind: SkillCard\n", "skill.yaml").is_err());
}
