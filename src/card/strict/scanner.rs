//! The scanner of StrictYAML: characters in, tokens out.
//!
//! It follows the token rules of `ruamel.yaml`, on which the reference validator stands, and not
//! those of the YAML specification: tabs separate nothing, quoted scalars need no indentation, the
//! next-line character breaks a line without resetting the column. What StrictYAML forbids
//! everywhere (flow collections, anchors, aliases, tags, directives) is refused where it begins.

use super::chars::{Chars, ends_token, is_break};
use super::scalar;
use super::{Mark, Refusal};

/// What the parser sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    SequenceStart,
    MappingStart,
    BlockEnd,
    Entry,
    Key,
    Value,
    Scalar { text: String, plain: bool },
    DocumentEnd,
    StreamEnd,
}

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) mark: Mark,
    /// The reference hangs a comment on it: what stands behind a `:`, or the empty line behind a
    /// plain scalar.
    pub(super) has_comment: bool,
}

impl Token {
    fn new(kind: Kind, mark: Mark) -> Self {
        Self { kind, mark, has_comment: false }
    }
}

/// A token that becomes a key if a `:` follows it on the same line.
struct SimpleKey {
    token: usize,
    required: bool,
    index: usize,
    mark: Mark,
}

/// The longest simple key, in characters.
const MAX_SIMPLE_KEY: usize = 1024;

/// All tokens of `text`, ending with [`Kind::StreamEnd`].
pub(super) fn scan(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut scanner = Scanner {
        chars: Chars::new(text)?,
        tokens: Vec::new(),
        indent: -1,
        indents: Vec::new(),
        key_allowed: true,
        key: None,
    };
    while scanner.tokens.last().is_none_or(|token| token.kind != Kind::StreamEnd) {
        scanner.fetch()?;
    }
    Ok(scanner.tokens)
}

struct Scanner {
    chars: Chars,
    tokens: Vec<Token>,
    indent: isize,
    indents: Vec<isize>,
    key_allowed: bool,
    key: Option<SimpleKey>,
}

impl Scanner {
    /// Reads the next token.
    fn fetch(&mut self) -> Result<(), Refusal> {
        self.skip_to_token();
        self.drop_stale_key()?;
        self.unwind(self.column());
        let next_ends = ends_token(self.chars.peek(1));
        match self.chars.peek(0) {
            '\0' => self.end(Kind::StreamEnd, 0),
            '.' if self.chars.at_document_end() => self.end(Kind::DocumentEnd, 3),
            '-' if next_ends => self.entry(),
            '?' if next_ends => self.explicit_key(),
            ':' if next_ends => self.value(),
            style @ ('|' | '>') => self.block_scalar(style),
            quote @ ('\'' | '"') => self.quoted(quote),
            '-' | '?' | ':' => self.plain(),
            other => match forbidden(other) {
                Some(rule) => Err(Refusal::new(rule, self.chars.mark())),
                None => self.plain(),
            },
        }
    }

    fn column(&self) -> isize {
        self.chars.mark().column.cast_signed()
    }

    fn hang_comment(&mut self, has_comment: bool) {
        if let Some(token) = self.tokens.last_mut() {
            token.has_comment = has_comment;
        }
    }

    fn push(&mut self, kind: Kind, mark: Mark) {
        self.tokens.push(Token::new(kind, mark));
    }

    /// Skips spaces, comments and line breaks; after an empty line also tabs, as the reference does.
    fn skip_to_token(&mut self) {
        self.chars.skip_byte_order_mark();
        loop {
            self.chars.skip_while(|c| c == ' ');
            if self.chars.peek(0) == '#' {
                self.chars.skip_while(|c| !is_break(c) && c != '\0');
                self.chars.skip_while(is_break);
            } else if is_break(self.chars.peek(0)) {
                self.chars.forward();
                if self.chars.peek(0) == '\n' {
                    self.chars.skip_while(|c| is_break(c) || c == ' ' || c == '\t');
                }
            } else {
                return;
            }
            self.key_allowed = true;
        }
    }

    fn drop_stale_key(&mut self) -> Result<(), Refusal> {
        let stale = self.key.as_ref().is_some_and(|key| {
            key.mark.line != self.chars.mark().line || self.chars.index() - key.index > MAX_SIMPLE_KEY
        });
        if stale { self.drop_key() } else { Ok(()) }
    }

    fn drop_key(&mut self) -> Result<(), Refusal> {
        match self.key.take() {
            Some(key) if key.required => Err(Refusal::new("a `:` must follow the key on its line", key.mark)),
            _ => Ok(()),
        }
    }

    fn save_key(&mut self) -> Result<(), Refusal> {
        if self.key_allowed {
            self.drop_key()?;
            self.key = Some(SimpleKey {
                token: self.tokens.len(),
                required: self.indent == self.column(),
                index: self.chars.index(),
                mark: self.chars.mark(),
            });
        }
        Ok(())
    }

    fn unwind(&mut self, column: isize) {
        while self.indent > column {
            self.indent = self.indents.pop().unwrap_or(-1);
            self.push(Kind::BlockEnd, self.chars.mark());
        }
    }

    fn open(&mut self, column: isize) -> bool {
        let deeper = self.indent < column;
        if deeper {
            self.indents.push(self.indent);
            self.indent = column;
        }
        deeper
    }

    fn end(&mut self, kind: Kind, width: usize) -> Result<(), Refusal> {
        self.unwind(-1);
        self.drop_key()?;
        self.key_allowed = false;
        self.push(kind, self.chars.mark());
        (0..width).for_each(|_| self.chars.forward());
        Ok(())
    }

    fn entry(&mut self) -> Result<(), Refusal> {
        self.indicator("a list item must begin on its own line", Kind::SequenceStart, Kind::Entry)
    }

    fn explicit_key(&mut self) -> Result<(), Refusal> {
        self.indicator("a key must begin on its own line", Kind::MappingStart, Kind::Key)
    }

    /// An indicator that may open a collection: `-`, `?`, and `:` without a key before it.
    fn indicator(&mut self, rule: &'static str, opener: Kind, kind: Kind) -> Result<(), Refusal> {
        let mark = self.chars.mark();
        if !self.key_allowed {
            return Err(Refusal::new(rule, mark));
        }
        if self.open(self.column()) {
            self.push(opener, mark);
        }
        self.drop_key()?;
        self.push(kind, mark);
        self.chars.forward();
        Ok(())
    }

    fn value(&mut self) -> Result<(), Refusal> {
        let Some(key) = self.key.take() else {
            return self.indicator(
                "a `: ` inside a value needs quotes around the value",
                Kind::MappingStart,
                Kind::Value,
            );
        };
        self.tokens.insert(key.token, Token::new(Kind::Key, key.mark));
        if self.open(key.mark.column.cast_signed()) {
            self.tokens.insert(key.token, Token::new(Kind::MappingStart, key.mark));
        }
        self.key_allowed = false;
        self.push(Kind::Value, self.chars.mark());
        self.chars.forward();
        self.hang_comment(self.chars.at_comment());
        Ok(())
    }

    fn block_scalar(&mut self, style: char) -> Result<(), Refusal> {
        self.key_allowed = true;
        self.drop_key()?;
        let mark = self.chars.mark();
        let Ok(indent) = usize::try_from(self.indent) else {
            return Err(Refusal::new("the front matter must be a mapping", mark));
        };
        let text = scalar::block(&mut self.chars, style, indent)?;
        self.push(Kind::Scalar { text, plain: false }, mark);
        Ok(())
    }

    fn plain(&mut self) -> Result<(), Refusal> {
        let mark = self.start_flow_scalar()?;
        let indent = usize::try_from(self.indent + 1).unwrap_or(0);
        let scalar = scalar::plain(&mut self.chars, indent);
        self.key_allowed = scalar.ends_line;
        self.push(Kind::Scalar { text: scalar.text, plain: true }, mark);
        self.hang_comment(scalar.blank_follows);
        Ok(())
    }

    fn quoted(&mut self, quote: char) -> Result<(), Refusal> {
        let mark = self.start_flow_scalar()?;
        let text = scalar::quoted(&mut self.chars, quote)?;
        self.push(Kind::Scalar { text, plain: false }, mark);
        Ok(())
    }

    /// Begins a scalar that may turn out to be a key.
    fn start_flow_scalar(&mut self) -> Result<Mark, Refusal> {
        self.save_key()?;
        self.key_allowed = false;
        Ok(self.chars.mark())
    }
}

/// Why no token of StrictYAML begins with this character.
fn forbidden(first: char) -> Option<&'static str> {
    Some(match first {
        '[' | ']' | '{' | '}' | ',' => {
            "StrictYAML has no `[…]` and `{…}` collections; write a block, or quote the text"
        }
        '&' => "StrictYAML has no anchors; quote a text that begins with `&`",
        '*' => "StrictYAML has no aliases; quote a text that begins with `*`",
        '!' => "StrictYAML has no tags; quote a text that begins with `!`",
        '%' | '@' | '`' => "a text that begins with `%`, `@` or a backtick needs quotes",
        '\t' => "a tab cannot stand here; use spaces",
        _ => return None,
    })
}
