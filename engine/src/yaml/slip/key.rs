//! Lines that are neither a key with a value nor an item: a colon or a space is missing, or the line is not YAML at all.

use super::{Mend, Slip, Stop, character, line::Line};

/// The line where the parser stopped, and the one before it: a key without colon is seen in the next line only.
fn suspects<'a>(stop: &Stop<'a>) -> impl Iterator<Item = Line<'a>> + use<'a> {
    let line = Line::at(stop.text, stop.at);
    [line.before(stop.text), Some(line)].into_iter().flatten().filter(|line| !line.content().is_empty())
}

/// Marks of other tools: of a merge, of other languages' comments.
pub(super) fn marks(stop: &Stop<'_>) -> Vec<Slip> {
    suspects(stop).flat_map(|line| [conflict(&line), comment(&line)]).flatten().collect()
}

/// What a merge left.
fn conflict(line: &Line<'_>) -> Option<Slip> {
    let is_mark = ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| line.text.starts_with(mark)) || line.text == "=======";
    let advice = "keep one of the two versions, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`";
    let mend = Mend::of_structure(line.span(), "");
    is_mark.then(|| Slip::new(line.span(), "a merge conflict is left in the file", advice, mend))
}

fn comment(line: &Line<'_>) -> Option<Slip> {
    let text = line.content().strip_prefix("//")?;
    let start = line.content_start();
    let mend = Mend::new(line.span(), format!("# {}", text.trim()));
    Some(Slip::new(start..start + 2, "a comment starts with `#`", "write", mend))
}

pub(super) fn slips(stop: &Stop<'_>) -> Vec<Slip> {
    suspects(stop).filter(|line| line.entry().is_none()).flat_map(|line| of_line(stop, &line)).collect()
}

fn of_line(stop: &Stop<'_>, line: &Line<'_>) -> Vec<Slip> {
    let found = [block_text(stop, line), dash(line), glued(line), equals(line), missing(line)];
    found.into_iter().flatten().collect()
}

/// The text under a `|` that is not indented.
fn block_text(stop: &Stop<'_>, line: &Line<'_>) -> Option<Slip> {
    let above = line.before(stop.text).filter(|above| above.opens_text() && above.indent() >= line.indent())?;
    let start = line.content_start();
    let words = "the string under a `|` or `>` must be indented further than its key";
    Some(Slip::new(character(stop.text, start), words, "indent its lines", Mend::indentation(line, above.indent() + 2)))
}

/// `-item`
fn dash(line: &Line<'_>) -> Option<Slip> {
    let start = line.content_start();
    let item = line.content().strip_prefix('-').filter(|item| !item.is_empty() && !item.starts_with([' ', '-']))?;
    let mend = Mend::new(start + 1..start + 1, " ");
    let words = format!("a space is missing after the `-` of `-{item}`");
    Some(Slip::new(start..start + 1, words, "write", mend))
}

/// `key:value`
fn glued(line: &Line<'_>) -> Option<Slip> {
    let start = line.inner_start();
    let (key, value) = line.text[start - line.start..].split_once(':')?;
    if !is_word(key) || value.starts_with("//") {
        return None;
    }
    let colon = start + key.len();
    let mend = Mend::new(colon + 1..colon + 1, " ");
    Some(Slip::new(colon..colon + 1, format!("a space is missing after `{key}:`"), "write", mend))
}

/// `key = value`
fn equals(line: &Line<'_>) -> Option<Slip> {
    let start = line.inner_start();
    let (key, _) = line.text[start - line.start..].split_once('=')?;
    let key_end = start + key.trim_end().len();
    let equals = start + key.len();
    let words = "a `:` goes between a key and its value, not a `=`";
    is_word(key.trim_end()).then(|| Slip::new(equals..equals + 1, words, "write", Mend::new(key_end..equals + 1, ":")))
}

/// `key` and `key value`
fn missing(line: &Line<'_>) -> Option<Slip> {
    let start = line.inner_start();
    let rest = line.text[start - line.start..].trim_end();
    let key = rest.split(' ').next().filter(|key| is_word(key))?;
    let end = start + key.len();
    let mend = Mend::new(end..end, ":");
    Some(Slip::new(start..end, format!("a `:` is missing after `{key}`"), "write", mend))
}

fn is_word(key: &str) -> bool {
    let is_part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '"' | '\'');
    key.starts_with(|char: char| char.is_alphabetic() || matches!(char, '_' | '"' | '\'')) && key.chars().all(is_part)
}
