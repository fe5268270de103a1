//! What holds for all cards and all bytes.

use proptest::prelude::*;

use super::*;

/// Texts as they may stand in a card: no control characters but line feeds and tabs, no
/// separators of lines.
fn text() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        Just("yes".to_owned()),
        Just("1.0".to_owned()),
        Just("null".to_owned()),
        Just("~".to_owned()),
        Just("- a".to_owned()),
        Just("a: b # c".to_owned()),
        Just(" a ".to_owned()),
        Just("a\n\n  b\n".to_owned()),
        Just("\n a".to_owned()),
        Just("\t".to_owned()),
        Just("---\na".to_owned()),
        Just("\u{feff}a".to_owned()),
        Just("<<".to_owned()),
        Just("0x1f".to_owned()),
        Just("'\"".to_owned()),
        Just("!!str".to_owned()),
    ];
    let any = "[\\PC\\n\\t]{1,40}".prop_map(|text| text.replace(['\u{2028}', '\u{2029}'], " "));
    prop_oneof![1 => odd, 3 => any]
}

prop_compose! {
    fn metadata()(
        name in "[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}",
        namespace in "[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,3}",
        version in "(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]?)){2}(-rc\\.[1-9])?",
        description in text(),
        display_name in proptest::option::of(text()),
        license in proptest::option::of(text()),
        allowed_tools in proptest::option::of(text()),
        tags in proptest::collection::vec(text(), 0..4),
        authors in proptest::collection::vec((text(), proptest::option::of(text())), 0..3),
    ) -> Metadata {
        let authors = authors.into_iter().map(|(name, email)| Author { name, email }).collect();
        Metadata { name, namespace, version, description, display_name, license, compatibility: None, allowed_tools, tags, authors }
    }
}

prop_compose! {
    fn card()(
        metadata in metadata(),
        source in proptest::option::of(text()),
        prompt in proptest::option::of(text()),
        examples in proptest::collection::vec((proptest::option::of(text()), text()), 0..3),
        dependencies in proptest::collection::vec(text(), 0..3),
    ) -> SkillCard {
        let examples = examples.into_iter().map(|(input, output)| Example { input, output: Some(output) }).collect();
        let dependencies = dependencies.into_iter().map(|name| Dependency { name, version: "^1.2".into() }).collect();
        SkillCard {
            api_version: API_VERSION.into(),
            kind: KIND.into(),
            metadata,
            provenance: source.map(|source| Provenance { source: Some(source), ..Provenance::default() }),
            spec: Some(Spec { prompt, examples, dependencies }),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(card in card()) {
        let written = card.to_yaml();
        let parsed = SkillCard::parse(&written, "skill.yaml");
        prop_assert_eq!(parsed.into_result().map_err(|invalid| format!("{invalid}\n{written}")), Ok(card));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = SkillCard::parse(&bytes, "skill.yaml").report.to_string();
        let front = [b"---\n".as_slice(), &bytes, b"\n---\n"].concat();
        for mode in [Mode::Default, Mode::Strict] {
            let skill_md = Some(File { name: "SKILL.md", bytes: &front });
            let card = Some(File { name: "skill.yaml", bytes: &bytes });
            let _ = validate(&Input { dir_name: "a", skill_md, card }, mode).to_string();
        }
    }

    #[test]
    fn no_text_like_yaml_panics(text in "[-?:|>'\"#&*!%@`{}\\[\\], \\n\\ta-c0-2é\\\\]{0,120}") {
        let card = format!("metadata:\n  name: {text}\n");
        let _ = SkillCard::parse(&card, "skill.yaml").report.to_string();
        let front = format!("---\nname: a\ndescription: {text}\n---\n");
        let _ = judge(Some(&front), Some(&card), Mode::Default).to_string();
        let _ = judge(Some(&front), None, Mode::Strict).to_string();
    }
}
