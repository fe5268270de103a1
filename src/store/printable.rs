//! Text that others wrote, made fit for a terminal.

/// `text` on one line, without control characters, cut to `limit` characters.
///
/// Registries choose their error messages: without this they could move the cursor, recolour the
/// terminal or fill the screen.
#[must_use]
pub fn printable(text: &str, limit: usize) -> String {
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let line: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !invisible(*c)).collect();
    let words = line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if words.chars().count() <= limit {
        return words;
    }
    words.chars().take(limit).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_lines_become_one() {
        assert_eq!(printable("a\r\n\tb  \u{1b}[31mred\u{7}\u{202e}x", 100), "a b [31mredx");
        assert_eq!(printable("", 10), "");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(printable("äöüß", 4), "äöüß");
        assert_eq!(printable("äöüß", 3), "äöü…");
    }
}
