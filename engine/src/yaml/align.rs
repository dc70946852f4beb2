//! From bytes of a scalar's value to bytes of the text that it was read from.
//!
//! No style of YAML changes, adds or moves a character that is not white space, except by `''` and by escapes. So these
//! characters are matched one to one, in order; indentation, folding and chomping need no rules.

use std::ops::Range;

use saphyr_parser::ScalarStyle;

/// For every character of a value, where it is in the value and in the raw text.
#[derive(Debug)]
pub(super) struct Alignment {
    /// Start in the value, start and end in the raw text; in order.
    characters: Vec<(usize, usize, usize)>,
    /// The length of the value.
    length: usize,
    /// Where the raw text after the last character goes on.
    end: usize,
}

impl Alignment {
    /// Where the bytes `within` of the value are in the raw text.
    pub(super) fn locate(&self, within: Range<usize>) -> Option<Range<usize>> {
        let start = self.raw(within.start)?.start;
        let end = if within.is_empty() { start } else { self.raw(within.end.checked_sub(1)?)?.end };
        Some(start..end.max(start))
    }

    /// The raw text of the character that the byte `at` belongs to.
    fn raw(&self, at: usize) -> Option<Range<usize>> {
        if at == self.length {
            return Some(self.end..self.end);
        }
        let index = self.characters.partition_point(|(start, ..)| *start <= at).checked_sub(1)?;
        let (_, start, end) = *self.characters.get(index).filter(|_| at < self.length)?;
        Some(start..end)
    }
}

/// Aligns `value` with `raw`, the scalar as it is written, with the `properties` (anchor, tag) before it if it has any.
///
/// `None` when `raw` cannot have given `value`.
pub(super) fn align(raw: &str, style: ScalarStyle, properties: bool, value: &str) -> Option<Alignment> {
    let mut at = if properties { after_properties(raw, style)? } else { 0 };
    if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
        at += 1;
    }
    let mut characters = Vec::with_capacity(value.len());
    for (start, wanted) in value.char_indices() {
        let length = skip_to(raw, &mut at, style, wanted)?;
        characters.push((start, at, at + length));
        at += length;
    }
    Some(Alignment { characters, length: value.len(), end: at })
}

/// Moves `at` to where `wanted` is written, and gives how many bytes it takes there; none for a blank that is not written.
fn skip_to(raw: &str, at: &mut usize, style: ScalarStyle, wanted: char) -> Option<usize> {
    loop {
        let Some((found, length)) = next(raw.get(*at..)?, style) else {
            // The blank end of a block scalar does not belong to its place.
            return (is_blank(wanted) && *at == raw.len()).then_some(0);
        };
        match found {
            // As it is, or a line break that folding made a space.
            Some(found) if found == wanted || (found == '\n' && wanted == ' ') => return Some(length),
            Some(found) if is_blank(wanted) && !is_blank(found) => return Some(0),
            Some(found) if !is_blank(found) => return None,
            // A blank that the value does not have, or a line break that an escape removes.
            _ => *at += length,
        }
    }
}

/// The next character as the value has it (`None`: nothing), and how many bytes of `raw` it takes.
fn next(raw: &str, style: ScalarStyle) -> Option<(Option<char>, usize)> {
    let first = raw.chars().next()?;
    match (style, first) {
        (ScalarStyle::SingleQuoted, '\'') => raw.starts_with("''").then_some((Some('\''), 2)),
        (ScalarStyle::DoubleQuoted, '\\') => escape(raw),
        (_, '\r') if raw.starts_with("\r\n") => Some((Some('\n'), 2)),
        (_, '\r') => Some((Some('\n'), 1)),
        _ => Some((Some(first), first.len_utf8())),
    }
}

/// An escape of a double-quoted scalar.
fn escape(raw: &str) -> Option<(Option<char>, usize)> {
    let name = raw[1..].chars().next()?;
    let digits = match name {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '\n' => return Some((None, 2)),
        '\r' => return Some((None, if raw[2..].starts_with('\n') { 3 } else { 2 })),
        _ => return Some((Some(named_escape(name)?), 1 + name.len_utf8())),
    };
    let code = u32::from_str_radix(raw.get(2..2 + digits)?, 16).ok()?;
    Some((Some(char::from_u32(code)?), 2 + digits))
}

/// The escapes with a letter (YAML 1.2, 5.7).
fn named_escape(name: char) -> Option<char> {
    Some(match name {
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\x0b',
        'f' => '\x0c',
        'r' => '\r',
        'e' => '\x1b',
        ' ' | '"' | '/' | '\\' => name,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}

/// Past `&anchor` and `!tag`, comments between, and a block scalar's header: the parser lets a scalar start there.
fn after_properties(raw: &str, style: ScalarStyle) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = raw[at..].trim_start_matches(is_blank);
        at = raw.len() - rest.len();
        match rest.chars().next() {
            None => return Some(at),
            Some('&' | '!') => at += rest.find(is_blank).unwrap_or(rest.len()),
            Some('#') => at += rest.find('\n')?,
            Some(_) => break,
        }
    }
    if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
        at += raw[at..].find('\n')? + 1;
    }
    Some(at)
}

fn is_blank(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | '\r')
}
