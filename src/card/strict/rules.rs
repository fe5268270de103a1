//! The rules of the reference validator, applied to a front matter that is StrictYAML.

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

use super::parser::{Key, Node, Value};
use super::{Mark, Refusal, read};
use crate::card::diagnostics::{Code, Diagnostic};
use crate::card::front_matter::{
    FIELDS, MAX_BYTES, MAX_COMPATIBILITY, MAX_DESCRIPTION, MAX_NAME, MISSING, TOO_LARGE, UNCLOSED, unknown_field,
};
use crate::card::source::{Position, Source};

/// What the reference validator finds in a SKILL.md of the directory `dir_name`.
pub(in crate::card) fn check(source: &Source, dir_name: &str) -> Vec<Diagnostic> {
    match fields(source) {
        Ok(fields) => Check { source, fields: &fields }.all(dir_name),
        Err(diagnostic) => vec![*diagnostic],
    }
}

/// The front matter is what stands between the first two `---`, wherever the second one is.
fn fields(source: &Source) -> Result<Vec<(Key, Node)>, Box<Diagnostic>> {
    let fail = |code, at, rule: &str| Box::new(source.error(code, "", at, rule));
    let Some(rest) = source.text().strip_prefix("---").filter(|_| !source.had_byte_order_mark()) else {
        return Err(fail(Code::MissingFrontMatter, Position::START, MISSING));
    };
    let Some((text, _)) = rest.split_once("---") else {
        return Err(fail(Code::OpenFrontMatter, Position::START, UNCLOSED));
    };
    if text.len() > MAX_BYTES {
        return Err(fail(Code::TooLarge, Position::START, TOO_LARGE));
    }
    let refuse = |refusal: Refusal| fail(Code::NotStrictYaml, position(refusal.mark), &refusal.rule);
    match read(text).map_err(refuse)?.value {
        Value::Mapping(fields) => Ok(fields),
        _ => Err(fail(Code::NotStrictYaml, Position::START, "the front matter must be a mapping")),
    }
}

/// The first line of the front matter begins behind `---` on the first line of the file.
fn position(mark: Mark) -> Position {
    let opener = if mark.line == 0 { "---".len() } else { 0 };
    Position { line: mark.line + 1, column: mark.column + opener + 1 }
}

struct Check<'a> {
    source: &'a Source,
    fields: &'a [(Key, Node)],
}

impl Check<'_> {
    fn all(&self, dir_name: &str) -> Vec<Diagnostic> {
        let mut found = self.unknown_fields();
        found.extend(self.name(dir_name));
        found.extend(self.description());
        found.extend(self.compatibility());
        found
    }

    fn field(&self, name: &str) -> Option<&Node> {
        self.fields.iter().find(|(key, _)| key.text == name).map(|(_, node)| node)
    }

    fn error(&self, code: Code, field: &str, node: &Node, rule: impl Into<String>) -> Diagnostic {
        self.source.error(code, &format!("/{field}"), position(node.mark), rule)
    }

    fn unknown_fields(&self) -> Vec<Diagnostic> {
        let unknown = self.fields.iter().filter(|(key, _)| !FIELDS.contains(&&*key.text));
        unknown
            .map(|(key, _)| {
                let at = position(key.mark);
                self.source.error(Code::UnknownField, "", at, unknown_field(&key.text))
            })
            .collect()
    }

    /// The text of a field that may not be missing or empty.
    fn required(&self, field: &str) -> Result<(&Node, &str), Box<Diagnostic>> {
        let Some(node) = self.field(field) else {
            let message = format!("the field `{field}` is missing");
            return Err(self.source.error(Code::Required, &format!("/{field}"), Position::START, message).into());
        };
        match &node.value {
            Value::Text(text) if !strip(text).is_empty() => Ok((node, text)),
            _ => Err(self.error(Code::Required, field, node, "must be a text that is not empty").into()),
        }
    }

    fn name(&self, dir_name: &str) -> Vec<Diagnostic> {
        let (node, text) = match self.required("name") {
            Ok(found) => found,
            Err(missing) => return vec![*missing],
        };
        let name: String = strip(text).nfkc().collect();
        let mut found: Vec<_> = broken_name_rules(&name)
            .map(|rule| self.error(Code::BadName, "name", node, format!("`{name}` is not a skill name: {rule}")))
            .collect();
        if dir_name.nfkc().ne(name.chars()) {
            let rule = format!("the directory `{dir_name}` must have the name of the skill, `{name}`");
            found.push(self.error(Code::DirectoryName, "name", node, rule));
        }
        found
    }

    fn description(&self) -> Option<Diagnostic> {
        match self.required("description") {
            Ok((node, text)) => self.too_long("description", node, text, MAX_DESCRIPTION),
            Err(missing) => Some(*missing),
        }
    }

    fn compatibility(&self) -> Option<Diagnostic> {
        let node = self.field("compatibility")?;
        match &node.value {
            Value::Text(text) => self.too_long("compatibility", node, text, MAX_COMPATIBILITY),
            _ => Some(self.error(Code::WrongType, "compatibility", node, "must be a text")),
        }
    }

    fn too_long(&self, field: &str, node: &Node, text: &str, most: usize) -> Option<Diagnostic> {
        let length = text.chars().count();
        let rule = || format!("at most {most} characters, and it has {length}");
        (length > most).then(|| self.error(Code::TooLong, field, node, rule()))
    }
}

fn broken_name_rules(name: &str) -> impl Iterator<Item = &'static str> {
    [
        (name.chars().count() > MAX_NAME, "at most 64 characters"),
        (name != name.to_lowercase(), "lower-case letters only"),
        (name.starts_with('-') || name.ends_with('-'), "no hyphen at the start or the end"),
        (name.contains("--"), "no two hyphens in a row"),
        (!name.chars().all(|c| c == '-' || is_alphanumeric(c)), "letters, digits and hyphens only"),
    ]
    .into_iter()
    .filter_map(|(broken, rule)| broken.then_some(rule))
}

/// A letter or a number by its category, as the reference means it. [`char::is_alphanumeric`] also
/// takes vowel signs and circled letters.
fn is_alphanumeric(c: char) -> bool {
    use GeneralCategory as Category;
    matches!(
        get_general_category(c),
        Category::UppercaseLetter
            | Category::LowercaseLetter
            | Category::TitlecaseLetter
            | Category::ModifierLetter
            | Category::OtherLetter
            | Category::DecimalNumber
            | Category::LetterNumber
            | Category::OtherNumber
    )
}

/// Without white space at both ends; the reference counts the four separators of ASCII among it.
fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}'))
}
