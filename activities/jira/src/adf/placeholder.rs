//! Where values stand in a Markdown text: placeholders that no input can have. They are made of noncharacters, U+FDD0 to
//! U+FDEF, which Unicode keeps for a program's own use; in texts that are read these become U+FFFD, as U+0000 does.

use std::ops::Range;

use super::reference;

/// Begins a placeholder; the digits of its number and [`CLOSE`] follow.
pub(super) const OPEN: char = '\u{FDD0}';
/// Ends a placeholder.
pub(super) const CLOSE: char = '\u{FDD1}';
/// The digit zero; fifteen others follow.
const ZERO: u32 = 0xFDE0;

/// A piece of a text with placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Text without any.
    Text(&'t str),
    /// The placeholder of the value with this number.
    Value(usize),
}

/// The placeholder of a value.
pub(super) fn of(number: usize) -> String {
    let digit = |digit: char| char::from_u32(ZERO + digit.to_digit(16).unwrap_or(0)).unwrap_or(OPEN);
    let digits: String = format!("{number:x}").chars().map(digit).collect();
    format!("{OPEN}{digits}{CLOSE}")
}

/// Whether there is a placeholder in a text.
pub(super) fn is_in(text: &str) -> bool {
    text.contains(OPEN)
}

/// A text's pieces, each with where it stands.
pub(super) fn pieces(text: &str) -> Vec<(Range<usize>, Piece<'_>)> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(OPEN).map(|start| from + start) {
        let Some(end) = text[start..].find(CLOSE).map(|end| start + end + CLOSE.len_utf8()) else { break };
        if start > from {
            pieces.push((from..start, Piece::Text(&text[from..start])));
        }
        pieces.push((start..end, Piece::Value(number(&text[start..end]))));
        from = end;
    }
    if from < text.len() {
        pieces.push((from..text.len(), Piece::Text(&text[from..])));
    }
    pieces
}

/// The text with its values in their places.
pub(super) fn filled(text: &str, values: &[String]) -> String {
    let piece = |(_, piece)| match piece {
        Piece::Text(text) => text,
        Piece::Value(number) => value(values, number),
    };
    pieces(text).into_iter().map(piece).collect()
}

/// The value with this number.
pub(super) fn value(values: &[String], number: usize) -> &str {
    values.get(number).map_or("", String::as_str)
}

/// A value as it can be shown: lines end with U+000A.
pub(super) fn shown(value: &str) -> String {
    value.replace("\r\n", "\n").replace('\r', "\n").replace(is_reserved, "\u{FFFD}")
}

/// Markdown in which nothing looks like a placeholder, neither as it is nor as a reference.
pub(super) fn without(markdown: &str) -> String {
    let plain = markdown.replace(is_reserved, "\u{FFFD}");
    reference::replaced(&plain, |char| (is_reserved(char) && char != '\0').then_some('\u{FFFD}'))
}

fn is_reserved(char: char) -> bool {
    char == '\0' || ('\u{FDD0}'..='\u{FDEF}').contains(&char)
}

fn number(placeholder: &str) -> usize {
    let digits = placeholder.chars().filter_map(|char| u32::from(char).checked_sub(ZERO)).filter(|digit| *digit < 16);
    digits.fold(0, |number, digit| number * 16 + usize::try_from(digit).unwrap_or(0))
}
