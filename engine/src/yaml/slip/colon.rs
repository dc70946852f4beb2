//! A `: ` inside of a text or an expression that is not quoted.

use std::ops::Range;

use super::{
    Mend, Slip, Stop, flow,
    line::{Line, quoted},
};
use crate::diagnostic::Code;

pub(super) fn slips(stop: &Stop<'_>) -> Vec<Slip> {
    let line = Line::at(stop.text, stop.at);
    if !stop.text[stop.at..].starts_with(':') {
        return Vec::new();
    }
    let pieces = flow::pieces(&line, stop.at.saturating_sub(1));
    let is_after_key = |value: &Range<usize>| value.start < stop.at && stop.at < value.end;
    let whole = line.value().into_iter().filter(|_| pieces.is_empty());
    whole
        .chain(pieces.clone())
        .filter(is_after_key)
        .map(|value| slip(stop, value))
        .chain(several_lines(stop, &line))
        .collect()
}

fn slip(stop: &Stop<'_>, value: Range<usize>) -> Slip {
    let text = &stop.text[value.clone()];
    let mend = Mend::new(value.clone(), quoted(text));
    match expression_around(text, stop.at - value.start) {
        Some(inner) => {
            let span = value.start + inner.start..value.start + inner.end;
            let words = "an expression with `: ` in it must be quoted: to YAML a `: ` ends a key";
            Slip { code: Code::UNQUOTED_EXPRESSION, ..Slip::new(span, words, "quote it", mend) }
        }
        None => {
            let words = "a string with `: ` in it must be quoted: to YAML a `: ` ends a key";
            Slip::new(stop.at..stop.at + 1, words, "quote it", mend)
        }
    }
}

/// The `${{ … }}` that the byte `at` of a text is in.
fn expression_around(text: &str, at: usize) -> Option<Range<usize>> {
    let start = text[..at].rfind("${{")?;
    let end = text[start..].rfind("}}").map(|end| start + end + "}}".len())?;
    (at < end).then_some(start..end)
}

/// A text of several lines with a `: ` in one of them, under a line with a key and the text's start.
fn several_lines(stop: &Stop<'_>, line: &Line<'_>) -> Option<Slip> {
    let entry = line.entry().filter(|entry| entry.colon == stop.at)?;
    let key = &stop.text[entry.key];
    let first = line.before(stop.text)?;
    let text = first.entry().map(|entry| entry.value).filter(|text| !text.is_empty())?;
    let is_key = key.chars().all(|char| matches!(char, 'a'..='z' | '0'..='9' | '_'));
    if is_key || first.indent() >= line.indent() {
        return None;
    }
    let words = "a string with `: ` in it must be quoted: to YAML a `: ` ends a key";
    let indentation = " ".repeat(line.indent());
    let block = format!("|\n{indentation}{}", &stop.text[text.clone()]);
    let advice = "start it with `|`, its lines below";
    Some(Slip::new(stop.at..stop.at + 1, words, advice, Mend::of_structure(text, block)))
}
