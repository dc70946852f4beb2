//! Numeric character references: `&#95;` is `_`. A character that is written so means nothing to Markdown, wherever it stands.

use std::fmt::Write as _;

/// A character as its reference.
pub(super) fn of(char: char) -> String {
    format!("&#{};", u32::from(char))
}

/// The character that the text's first bytes refer to, and how many bytes that are. CommonMark takes 7 decimal or 6
/// hexadecimal digits.
pub(super) fn first(text: &str) -> Option<(char, usize)> {
    let (body, _) = text.strip_prefix("&#")?.split_once(';')?;
    let (digits, radix, most) = match body.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 6),
        None => (body, 10, 7),
    };
    let fits = (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| char::from(byte).is_digit(radix));
    let number = u32::from_str_radix(digits, radix).ok().filter(|_| fits)?;
    Some((char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER), "&#;".len() + body.len()))
}

/// Refers to U+0000, which no text has: nothing.
pub(super) const NOTHING: &str = "&#0;";

/// The text with its references as what they refer to.
pub(super) fn resolved(text: &str) -> String {
    replaced(text, Some).replace('\0', "")
}

/// The text with those references replaced for which `replacement` has a character.
pub(super) fn replaced(text: &str, replacement: impl Fn(char) -> Option<char>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("&#") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        // Digits are few: what is looked at stays short.
        let found = first(head(from)).and_then(|(char, length)| Some((replacement(char)?, length)));
        let length = match found {
            Some((char, length)) => {
                let _ = out.write_char(char);
                length
            }
            None => {
                out.push_str("&#");
                "&#".len()
            }
        };
        rest = from.get(length..).unwrap_or_default();
    }
    out + rest
}

/// As much of a text as its first reference can have.
fn head(text: &str) -> &str {
    let end = text.char_indices().nth("&#x10FFFF;".len()).map_or(text.len(), |(end, _)| end);
    &text[..end]
}
