//! The scalars of StrictYAML: plain, quoted, and block.
//!
//! Line folding and trailing breaks decide how long a description is, so they follow the reference
//! to the character.

use super::Refusal;
use super::chars::{Chars, ends_token, is_break};

/// A plain scalar and what ended it.
#[derive(Default)]
pub(super) struct Plain {
    pub(super) text: String,
    /// A line break came after it.
    pub(super) ends_line: bool,
    /// An empty line came after it.
    pub(super) blank_follows: bool,
}

/// A plain scalar in a block indented by less than `indent`.
pub(super) fn plain(chars: &mut Chars, indent: usize) -> Plain {
    let mut scalar = Plain::default();
    let mut spaces = String::new();
    while chars.peek(0) != '#' {
        let word = word(chars);
        if word.is_empty() {
            break;
        }
        scalar.text += &spaces;
        scalar.text += &word;
        scalar.ends_line = is_break(chars.peek(chars.blanks()));
        spaces = plain_spaces(chars);
        if spaces.is_empty() || chars.mark().column < indent {
            break;
        }
    }
    scalar.blank_follows = spaces.starts_with('\n');
    scalar
}

fn word(chars: &mut Chars) -> String {
    let mut word = String::new();
    while !ends_word(chars) {
        word.push(chars.peek(0));
        chars.forward();
    }
    word
}

fn ends_word(chars: &Chars) -> bool {
    ends_token(chars.peek(0)) || (chars.peek(0) == ':' && ends_token(chars.peek(1)))
}

/// What lies between two words of a plain scalar: blanks, or folded line breaks.
fn plain_spaces(chars: &mut Chars) -> String {
    let blanks = chars.take_while(|c| c == ' ');
    let Some(first) = chars.take_break() else { return blanks };
    let mut breaks = String::new();
    loop {
        if chars.at_dots() {
            return String::new();
        }
        chars.skip_while(|c| c == ' ');
        let Some(found) = chars.take_break() else { return fold(first, &breaks) };
        breaks.push(found);
    }
}

/// One line break is a blank; of several the first one falls away.
fn fold(first: char, rest: &str) -> String {
    match (first, rest) {
        ('\n', "") => " ".to_owned(),
        ('\n', rest) => rest.to_owned(),
        (first, rest) => format!("{first}{rest}"),
    }
}

/// A scalar in single or double quotes, which may run over lines of any indentation.
pub(super) fn quoted(chars: &mut Chars, quote: char) -> Result<String, Refusal> {
    let start = chars.mark();
    chars.forward();
    let mut text = String::new();
    loop {
        match chars.peek(0) {
            '\0' => return Err(Refusal::new("the quoted text is never closed", start)),
            '\'' if quote == '\'' && chars.peek(1) == '\'' => {
                text.push('\'');
                chars.forward();
                chars.forward();
            }
            found if found == quote => {
                chars.forward();
                return Ok(text);
            }
            '\\' if quote == '"' => escape(chars, &mut text)?,
            found if ends_token(found) => text += &quoted_spaces(chars)?,
            found => {
                text.push(found);
                chars.forward();
            }
        }
    }
}

fn quoted_spaces(chars: &mut Chars) -> Result<String, Refusal> {
    let blanks = chars.take_while(|c| c == ' ' || c == '\t');
    let Some(first) = chars.take_break() else { return Ok(blanks) };
    Ok(fold(first, &quoted_breaks(chars)?))
}

fn quoted_breaks(chars: &mut Chars) -> Result<String, Refusal> {
    let mut breaks = String::new();
    loop {
        if chars.at_dots() {
            return Err(Refusal::new("`...` ends the document inside a quoted text", chars.mark()));
        }
        chars.skip_while(|c| c == ' ' || c == '\t');
        let Some(found) = chars.take_break() else { return Ok(breaks) };
        breaks.push(found);
    }
}

fn escape(chars: &mut Chars, text: &mut String) -> Result<(), Refusal> {
    let start = chars.mark();
    chars.forward();
    let kind = chars.peek(0);
    if chars.take_break().is_some() {
        *text += &quoted_breaks(chars)?;
        return Ok(());
    }
    match kind {
        'x' => hexadecimal(chars, 2, text),
        'u' => hexadecimal(chars, 4, text),
        'U' => hexadecimal(chars, 8, text),
        _ => {
            let rule = "a backslash in double quotes must begin an escape; use single quotes";
            text.push(escaped(kind).ok_or_else(|| Refusal::new(rule, start))?);
            chars.forward();
            Ok(())
        }
    }
}

/// The character that a backslash and one other character stand for.
fn escaped(kind: char) -> Option<char> {
    Some(match kind {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        ' ' | '"' | '/' | '\\' => kind,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}

/// `\xHH` and its longer kin. Half a surrogate pair counts as one character, as in the reference.
fn hexadecimal(chars: &mut Chars, digits: usize, text: &mut String) -> Result<(), Refusal> {
    let start = chars.mark();
    chars.forward();
    let mut code = 0;
    for _ in 0..digits {
        let Some(digit) = chars.peek(0).to_digit(16) else {
            return Err(Refusal::new(format!("the escape needs {digits} hexadecimal digits"), start));
        };
        code = code * 16 + digit;
        chars.forward();
    }
    if code > u32::from(char::MAX) {
        return Err(Refusal::new("the escape is not a character", start));
    }
    text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    Ok(())
}

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

/// A literal (`|`) or folded (`>`) scalar below a collection indented by `parent`.
pub(super) fn block(chars: &mut Chars, style: char, parent: usize) -> Result<String, Refusal> {
    chars.forward();
    let (chomping, increment) = block_header(chars)?;
    let (indent, breaks) = match increment {
        Some(increment) => (parent + increment, block_breaks(chars, parent + increment)),
        None => detect_indent(chars, parent + 1),
    };
    let mut scalar = Block { text: String::new(), last_break: None, breaks };
    while chars.mark().column == indent && chars.peek(0) != '\0' {
        scalar.line(chars, indent, style);
    }
    if chomping != Chomping::Strip {
        scalar.text.extend(scalar.last_break);
    }
    if chomping == Chomping::Keep {
        scalar.text += &scalar.breaks;
    }
    Ok(scalar.text)
}

/// A block scalar while it is read.
struct Block {
    text: String,
    /// What ended the last line.
    last_break: Option<char>,
    /// The empty lines since then.
    breaks: String,
}

impl Block {
    fn line(&mut self, chars: &mut Chars, indent: usize, style: char) {
        self.text += &self.breaks;
        let starts_with_blank = is_blank(chars.peek(0));
        self.text += &chars.take_while(|c| !is_break(c));
        self.last_break = chars.take_break();
        self.breaks = block_breaks(chars, indent);
        if chars.mark().column == indent && chars.peek(0) != '\0' {
            let folds = style == '>' && !starts_with_blank && !is_blank(chars.peek(0));
            self.text.extend(folded(self.last_break, folds, &self.breaks));
        }
    }
}

/// What stands in the text for the line break before a further line.
fn folded(line_break: Option<char>, folds: bool, empty_lines: &str) -> Option<char> {
    match line_break {
        Some('\n') if folds => empty_lines.is_empty().then_some(' '),
        kept => kept,
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// The indicators behind `|` or `>`, an optional comment, and the line break.
fn block_header(chars: &mut Chars) -> Result<(Chomping, Option<usize>), Refusal> {
    let mark = chars.mark();
    let mut chomping = chomping(chars);
    let increment = chars.peek(0).to_digit(10);
    if increment == Some(0) {
        return Err(Refusal::new("the indentation of a block text is 1–9", mark));
    }
    if increment.is_some() {
        chars.forward();
        chomping = chomping.or_else(|| self::chomping(chars));
    }
    let blanks = chars.take_while(|c| c == ' ');
    if chars.peek(0) == '#' && !blanks.is_empty() {
        chars.skip_while(|c| !is_break(c));
    }
    if chars.peek(0) != '\0' && chars.take_break().is_none() {
        return Err(Refusal::new("a block text begins on the line below its `|` or `>`", chars.mark()));
    }
    Ok((chomping.unwrap_or(Chomping::Clip), increment.map(|digit| digit as usize)))
}

fn chomping(chars: &mut Chars) -> Option<Chomping> {
    let found = match chars.peek(0) {
        '+' => Chomping::Keep,
        '-' => Chomping::Strip,
        _ => return None,
    };
    chars.forward();
    Some(found)
}

/// The indentation of the first line with text, or of a longer line of blanks before it.
fn detect_indent(chars: &mut Chars, least: usize) -> (usize, String) {
    let mut breaks = String::new();
    let mut indent = least;
    loop {
        if let Some(found) = chars.take_break() {
            breaks.push(found);
        } else if chars.peek(0) == ' ' {
            chars.forward();
            indent = indent.max(chars.mark().column);
        } else {
            return (indent, breaks);
        }
    }
}

fn block_breaks(chars: &mut Chars, indent: usize) -> String {
    let mut breaks = String::new();
    loop {
        while chars.mark().column < indent && chars.peek(0) == ' ' {
            chars.forward();
        }
        let Some(found) = chars.take_break() else { return breaks };
        breaks.push(found);
    }
}
