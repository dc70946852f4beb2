//! What YAML takes and hardly reads as it is meant: warnings, for sometimes it is.

use std::ops::Range;

use super::slip::{self, Line};
use crate::diagnostic::{Code, Diagnostic};

/// A plain scalar as a value, written in the bytes `range` of the text; empty where nothing is written.
pub(super) fn value(text: &str, range: &Range<usize>) -> Option<Diagnostic> {
    comment(text, range).or_else(|| line(text, range))
}

/// ` #7` after a text: the rest of the line is not part of it.
fn comment(text: &str, range: &Range<usize>) -> Option<Diagnostic> {
    let rest = text[range.end..].strip_prefix([':', '-']).filter(|_| range.is_empty());
    let rest = rest.unwrap_or(&text[range.end..]);
    let comment = rest.trim_start_matches([' ', '\t']);
    let glued = comment.strip_prefix('#').filter(|_| comment.len() < rest.len())?;
    let is_text = glued.starts_with(|char: char| !char.is_whitespace() && !matches!(char, '#' | '!' | '-' | '='));
    if !is_text {
        return None;
    }
    let start = text.len() - comment.len();
    let end = start + comment.split(['\r', '\n']).next().unwrap_or_default().trim_end().len();
    let comment = &text[start..end];
    let whole = if range.is_empty() { start..end } else { range.start..end };
    let mended = slip::quoted_in_line(text, &whole);
    let help = format!("if it belongs to the string, quote it: `{mended}`; a comment has a space after its `#`");
    let message = format!("`{comment}` is a comment: a `#` after a space starts one");
    Some(Diagnostic::warning(Code::GLUED_COMMENT, start..end, message).with_help(help))
}

/// A text in a line of its own that looks like an item or like a key and its value.
fn line(text: &str, range: &Range<usize>) -> Option<Diagnostic> {
    let first = *text.as_bytes().get(range.start)?;
    if range.is_empty() || !(first == b'-' || first.is_ascii_lowercase()) {
        return None;
    }
    let before = text[..range.start].trim_end_matches([' ', '\t']);
    if !(before.is_empty() || before.ends_with('\n')) {
        return None;
    }
    let line = Line::at(text, range.start);
    item(&line).or_else(|| entry(line.content(), range.start))
}

/// `-item`
fn item(line: &Line<'_>) -> Option<Diagnostic> {
    let item = line.content().strip_prefix('-')?;
    if !item.starts_with(char::is_alphabetic) {
        return None;
    }
    let start = line.content_start();
    let message = "this is a string, not an item of a list: a space is missing after the `-`";
    let warning = Diagnostic::warning(Code::MISREAD, start..line.end(), message);
    Some(warning.with_help(format!("write `- {item}`; quote it if a string is meant")))
}

/// `key:value`
fn entry(content: &str, start: usize) -> Option<Diagnostic> {
    let (key, value) = content.split_once(':')?;
    let is_key = key.chars().all(|char| matches!(char, 'a'..='z' | '0'..='9' | '_'));
    if !is_key || key.is_empty() || value.is_empty() || value.starts_with(['/', ' ', ':', '\\']) {
        return None;
    }
    let message = format!("this is a string, not the key `{key}`: a space is missing after the `:`");
    let warning = Diagnostic::warning(Code::MISREAD, start..start + content.len(), message);
    Some(warning.with_help(format!("write `{key}: {value}`; quote it if a string is meant")))
}

/// A plain key: `{ key:value }` is a key with no value.
pub(super) fn key(text: &str, range: &Range<usize>) -> Option<Diagnostic> {
    let key = &text[range.clone()];
    if let Some(space) = key.chars().next().filter(|first| slip::is_space(*first)) {
        let message = format!("{} is before this key, and is a part of it", slip::space_name(space));
        let start = range.start..range.start + space.len_utf8();
        let help = format!("indent with plain spaces: `{}`", key.trim_start_matches(slip::is_space));
        return Some(Diagnostic::error(Code::MISREAD, start, message).with_help(help));
    }
    let is_glued = key.contains(':') && matches!(text.as_bytes().get(range.end), Some(b',' | b' ' | b'}'));
    if is_glued { entry(key, range.start) } else { None }
}

/// `&word` without a value: an anchor of null.
pub(super) fn anchor(text: &str, at: usize) -> Diagnostic {
    let length = text[at..].find(|char: char| char.is_whitespace() || matches!(char, ',' | '}' | ']'));
    let range = at..length.map_or(text.len(), |length| at + length);
    let (anchor, mended) = (&text[range.clone()], slip::quoted_in_line(text, &range));
    let message = format!("`{anchor}` is an anchor without a value: the value is null");
    Diagnostic::warning(Code::MISREAD, range, message).with_help(format!("if a string is meant, quote it: `{mended}`"))
}
