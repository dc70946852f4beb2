//! What a terminal would obey in a text of others is shown instead.

use std::borrow::Cow;

/// A text of others where one line is shown: line breaks are visible too.
///
/// ```
/// assert_eq!(flowrun_diagnostics::on_one_line("a\nb\u{1b}[2J"), r"a\nb\u{1b}[2J");
/// ```
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_obeyed) { text.chars().map(shown).collect::<String>().into() } else { text.into() }
}

/// A character, as escape if a terminal obeys it.
pub fn shown(char: char) -> Cow<'static, str> {
    match char {
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        char if is_obeyed(char) => char.escape_unicode().to_string().into(),
        char => char.to_string().into(),
    }
}

/// Whether it moves the cursor, colours, or turns what is read: C0, DEL and C1 (Unicode's `Cc`), the breaks of lines and
/// paragraphs, and the marks of direction (UAX #9, section 2).
pub fn is_obeyed(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
