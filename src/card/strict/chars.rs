//! The characters of a front matter, with line and column as the reference validator counts them.

use super::{Mark, Refusal};

/// A cursor over characters. Behind the last one stands `\0` for ever.
pub(super) struct Chars {
    text: Vec<char>,
    index: usize,
    mark: Mark,
}

impl Chars {
    /// A cursor at the start of `text`, which may hold printable characters only.
    pub(super) fn new(text: &str) -> Result<Self, Refusal> {
        let mut cursor = Self { text: text.chars().collect(), index: 0, mark: Mark::default() };
        match cursor.text.iter().position(|c| !is_printable(*c)) {
            None => Ok(cursor),
            Some(at) => {
                (0..at).for_each(|_| cursor.forward());
                Err(Refusal::new("control characters are not allowed", cursor.mark))
            }
        }
    }

    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    /// How many characters lie behind.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    pub(super) fn peek(&self, ahead: usize) -> char {
        self.text.get(self.index + ahead).copied().unwrap_or('\0')
    }

    /// Steps over one character. Only a line feed resets the column, and a byte order mark has none.
    pub(super) fn forward(&mut self) {
        match self.peek(0) {
            '\n' => self.mark = Mark { line: self.mark.line + 1, column: 0 },
            '\u{feff}' => {}
            _ => self.mark.column += 1,
        }
        self.index += 1;
    }

    pub(super) fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.index < self.text.len() && wanted(self.peek(0)) {
            self.forward();
        }
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while self.index < self.text.len() && wanted(self.peek(0)) {
            taken.push(self.peek(0));
            self.forward();
        }
        taken
    }

    /// Steps over a line break, if one is here, and gives the character that it stands for.
    pub(super) fn take_break(&mut self) -> Option<char> {
        let found = self.peek(0);
        if !is_break(found) {
            return None;
        }
        self.forward();
        Some(if found == '\u{85}' { '\n' } else { found })
    }

    pub(super) fn skip_byte_order_mark(&mut self) {
        if self.index == 0 && self.peek(0) == '\u{feff}' {
            self.forward();
        }
    }

    /// Whether `...` stands here as a token of its own.
    pub(super) fn at_dots(&self) -> bool {
        (0..3).all(|ahead| self.peek(ahead) == '.') && ends_token(self.peek(3))
    }

    /// Whether a comment follows on this line, behind blanks at most.
    pub(super) fn at_comment(&self) -> bool {
        self.peek(self.blanks()) == '#'
    }

    /// How many blanks follow.
    pub(super) fn blanks(&self) -> usize {
        self.text.iter().skip(self.index).take_while(|c| **c == ' ').count()
    }

    /// Whether the document ends here.
    pub(super) fn at_document_end(&self) -> bool {
        self.mark.column == 0 && self.at_dots()
    }
}

/// A line break. Carriage returns became line feeds before.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What ends an indicator or a word: a blank, a line break, the end of the text.
pub(super) fn ends_token(c: char) -> bool {
    matches!(c, '\0' | ' ' | '\t') || is_break(c)
}

fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}
