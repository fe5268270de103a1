//! The verdict of the Agent Skills reference validator (`skills-ref`) on a SKILL.md.
//!
//! Its rules are not those of the default mode: the front matter ends at the next `---` wherever it
//! is, and it is StrictYAML, which a reader of our own reads here exactly as the reference does.

mod chars;
mod parser;
mod rules;
mod scalar;
mod scanner;

pub(super) use rules::check;

use parser::Node;

/// A place in a front matter, counted from zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Mark {
    line: usize,
    column: usize,
}

/// Why a text is not StrictYAML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    rule: String,
    mark: Mark,
}

impl Refusal {
    fn new(rule: impl Into<String>, mark: Mark) -> Self {
        Self { rule: rule.into(), mark }
    }
}

/// Reads one StrictYAML document.
fn read(text: &str) -> Result<Node, Refusal> {
    parser::parse(scanner::scan(text)?)
}

#[cfg(test)]
mod tests {
    use super::parser::Value;
    use super::*;

    fn value(text: &str) -> String {
        let root = read(text).unwrap_or_else(|refusal| panic!("{text:?}: {refusal:?}"));
        let Value::Mapping(entries) = root.value else { panic!("{text:?} is not a mapping") };
        let Value::Text(text) = &entries[0].1.value else { panic!("{text:?} has no text") };
        text.clone()
    }

    #[test]
    fn scalars_fold_and_chomp_as_the_reference_does() {
        for (text, expected) in [
            ("k: a b  # c\n", "a b"),
            ("k: a\n  b\n\n  c\n", "a b\nc"),
            ("k: a#b\n", "a#b"),
            ("k: a:b\n", "a:b"),
            ("k:\n", ""),
            ("k: 'it''s'\n", "it's"),
            ("k: \"a\\n\\u00e4 \\\n  b\"\n", "a\nä b"),
            ("k: \"a\n\n b\"\n", "a\nb"),
            ("k: |\n  a\n   b\n\n", "a\n b\n"),
            ("k: |-\n  a\n\n", "a"),
            ("k: |+\n  a\n\n", "a\n\n"),
            ("k: |1\n  a\n", " a\n"),
            ("k: >\n  a\n  b\n\n  c\n   d\n", "a b\nc\n d\n"),
            ("k: \"\\ud83d\\ude00\"\n", "\u{fffd}\u{fffd}"),
            ("k: ~\n", "~"),
        ] {
            assert_eq!(value(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_strict_yaml_has_not_is_refused() {
        for text in [
            "k: [a]\n",
            "k: {a: b}\n",
            "k: &a b\n",
            "k: *a\n",
            "k: !!str a\n",
            "%YAML 1.2\n",
            "k: @a\n",
            "k: `a`\n",
            "k: %a\n",
            "k: a: b\n",
            "k: a\tb: c\n",
            "k: a\t\n",
            "k: \"a\n",
            "k: \"\\d\"\n",
            "k: \"\\U00110000\"\n",
            "k: a\nk: b\n",
            "k: |x\n a\n",
            "k: \u{1}\n",
            "? - a\n: b\n",
            "<<: a\n",
            "k: a\n b: c\n",
            "a:\n  b: c\nd:\n   e: f\n",
            "k: a\n...\nb: c\n",
            "k: 'a' b\n",
            "k: a\n  - b\n c: d\n",
            "- a\n b\nc: d\n",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn nesting_is_limited() {
        assert!(read(&format!("k:\n {}x", "- ".repeat(150))).is_ok());
        assert!(read(&format!("k:\n {}x", "- ".repeat(5000))).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[\\s\\S]{0,80}|([-?:|>'\"#a \\n\\t.+0-9\\\\]{0,40})") {
            let _ = read(&text);
        }
    }
}
