//! Slips inside of `{ }` and `[ ]`: a `#`, a comma or a bracket too few or too many, a `: ` in a text.

use std::ops::Range;

use super::{
    Mend, Slip, Stop,
    line::{Line, quoted},
};

pub(super) fn slips(stop: &Stop<'_>) -> Vec<Slip> {
    let line = Line::at(stop.text, stop.at);
    if stop.words.contains("bracket") {
        return surplus(stop, &line).into_iter().collect();
    }
    let mut slips = Vec::new();
    if is_inside(&line, stop.at) {
        slips.extend(comma(stop, &line));
    }
    if ["flow", "illegal placement", "end of stream", "invalid indentation"]
        .iter()
        .any(|words| stop.words.contains(words))
    {
        slips.extend(comment(stop, &line));
        slips.extend(mismatched(stop, &line));
        slips.extend(unclosed(stop, &line));
    }
    slips
}

/// A ` #` that makes a comment of the rest of a line, its brackets included.
fn comment(stop: &Stop<'_>, line: &Line<'_>) -> Vec<Slip> {
    let mut lines = std::iter::successors(Some(*line), |line| line.before(stop.text)).take(MOST_LINES);
    let found = lines.find_map(|line| Some((line, line.start + glued_comment(&line)?)));
    let Some((line, hash)) = found else { return Vec::new() };
    let words = "the rest of the line is a comment: a `#` after a space starts one";
    let slip = |piece: Range<usize>| {
        let new = quoted(&stop.text[piece.clone()]);
        Slip::new(hash..line.span().end, words, "quote the string", Mend::new(piece, new))
    };
    pieces(&line, hash).into_iter().map(slip).collect()
}

/// Where a `#` stands after a space and before none, in brackets and outside of quotes.
fn glued_comment(line: &Line<'_>) -> Option<usize> {
    scan(line).find_map(|(at, char, depth)| {
        let after = line.text[at + char.len_utf8()..].chars().next();
        (char == '#' && depth > 0 && line.text[..at].ends_with(' ') && after.is_some_and(|after| after != ' '))
            .then_some(at)
    })
}

/// A comma too few: `{ a: 1 b: 2 }`, or another mark in its place.
fn comma(stop: &Stop<'_>, line: &Line<'_>) -> Option<Slip> {
    let head = line.text.get(..stop.at - line.start)?;
    if !line.text[head.len()..].starts_with(':') {
        return None;
    }
    let word = head.len() - head.chars().rev().take_while(|char| matches!(char, 'a'..='z' | '0'..='9' | '_')).count();
    let before = head[..word].trim_end();
    let piece = pieces(line, stop.at - 1).into_iter().next()?;
    let value = &line.text[piece.start - line.start..before.len().max(piece.start - line.start)];
    if word == head.len()
        || !head[..word].ends_with(' ')
        || value.is_empty()
        || value.trim_end_matches(';').contains(' ')
    {
        return None;
    }
    let end = line.start + before.trim_end_matches(';').len();
    let span = end..(end + 1).min(line.end());
    let mend = Mend::new(end..line.start + before.len(), ",");
    Some(Slip::new(span, "a `,` is missing between two keys", "put it in", mend))
}

/// A bracket that is not closed where the parser stopped.
fn unclosed(stop: &Stop<'_>, line: &Line<'_>) -> Option<Slip> {
    let mut lines = std::iter::successors(Some(*line), |line| line.before(stop.text)).take(MOST_LINES);
    let (opening, open) = lines.find_map(|line| {
        let open = open_brackets(&line, line.text.len());
        (!open.is_empty()).then_some((line, open))
    })?;
    let (at, bracket) = *open.last()?;
    let closing: String = open.iter().rev().map(|(_, bracket)| closing(*bracket)).collect();
    let last = if opening.start == line.start { opening } else { line.before(stop.text)? };
    let content = last.text[..last.span().end - last.start].trim_end_matches([' ', ',']);
    let range = last.start + content.len()..last.span().end;
    let space = if bracket == '{' { " " } else { "" };
    let span = opening.start + at..opening.start + at + 1;
    let closing = format!("{space}{closing}");
    let mend = if opening.start == last.start { Mend::new(range, closing) } else { Mend::of_structure(range, closing) };
    Some(Slip::new(span, format!("the bracket `{bracket}` is not closed"), "close it", mend))
}

/// `[a }`: a bracket that another kind closes.
fn mismatched(stop: &Stop<'_>, line: &Line<'_>) -> Option<Slip> {
    let mut lines = std::iter::successors(Some(*line), |line| line.before(stop.text)).take(MOST_LINES);
    lines.find_map(|line| {
        let mut open = Vec::new();
        for (at, char, _) in scan(&line) {
            match char {
                '{' | '[' => open.push((at, char)),
                '}' | ']' => match open.pop() {
                    Some((opened, bracket)) if closing(bracket) != char => {
                        let end = line.start + line.text[..at].trim_end().len();
                        let span = line.start + opened..line.start + opened + 1;
                        let words = format!("the bracket `{bracket}` is not closed");
                        let mend = Mend::new(end..end, closing(bracket));
                        return Some(Slip::new(span, words, "close it", mend));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        None
    })
}

fn closing(bracket: char) -> char {
    if bracket == '{' { '}' } else { ']' }
}

/// How far back the opening bracket is looked for.
const MOST_LINES: usize = 50;

/// A closing bracket that nothing opened, or that a text starts with.
fn surplus(stop: &Stop<'_>, line: &Line<'_>) -> Option<Slip> {
    let bracket = stop.text[stop.at..].chars().next().filter(|char| matches!(char, '}' | ']'))?;
    if line.value().is_some_and(|value| value.start == stop.at) {
        return None;
    }
    let span = stop.at..stop.at + 1;
    let words = format!("there is a `{bracket}` that nothing opens");
    Some(Slip::new(span.clone(), words, "take it out", Mend::new(span, "")))
}

/// Whether a place of a line stands in brackets that the line opens.
pub(super) fn is_inside(line: &Line<'_>, at: usize) -> bool {
    !open_brackets(line, at - line.start).is_empty()
}

/// The brackets that are open before the byte `until` of a line.
fn open_brackets(line: &Line<'_>, until: usize) -> Vec<(usize, char)> {
    let mut open = Vec::new();
    for (at, char, _) in scan(line).take_while(|(at, ..)| *at < until) {
        match char {
            '{' | '[' => open.push((at, char)),
            '}' | ']' => drop(open.pop()),
            '#' if line.text[..at].ends_with(' ') => break,
            _ => {}
        }
    }
    open
}

/// The scalar in brackets that the byte `at` of the text is in: from its start to each place where it may end.
pub(super) fn pieces(line: &Line<'_>, at: usize) -> Vec<Range<usize>> {
    let within = (0..=at.saturating_sub(line.start)).rev().find(|at| line.text.is_char_boundary(*at)).unwrap_or(0);
    let is_start = |(at, char, depth): &(usize, char, usize)| {
        *depth > 0 && (matches!(char, '{' | '[' | ',') || (*char == ':' && line.text[at + 1..].starts_with(' ')))
    };
    let Some((start, ..)) = scan(line).take_while(|(at, ..)| *at < within).filter(is_start).last() else {
        return Vec::new();
    };
    let start = start + 1 + (line.text[start + 1..].len() - line.text[start + 1..].trim_start().len());
    let rest = &line.text[within.max(start)..];
    let ends =
        rest.char_indices().filter(|(_, char)| matches!(char, ',' | '}' | ']')).map(|(end, _)| within.max(start) + end);
    let trimmed = |end: usize| line.start + start..line.start + start.max(line.text[..end].trim_end().len());
    ends.take(MOST_ENDS).chain([line.text.len()]).map(trimmed).filter(|piece| !piece.is_empty()).collect()
}

/// How many places a scalar in brackets may end at, beside the end of its line.
const MOST_ENDS: usize = 8;

/// The characters of a line outside of quotes and expressions, and how many brackets are open at each, its own included.
fn scan<'a>(line: &Line<'a>) -> impl Iterator<Item = (usize, char, usize)> + use<'a> {
    let text = line.text;
    let (mut quote, mut depth, mut skip, mut last) = (None, 0_usize, 0, ' ');
    let starts_value = |last: char| matches!(last, ' ' | '{' | '[' | ',' | '\t');
    text.char_indices().filter_map(move |(at, char)| {
        let before = std::mem::replace(&mut last, char);
        if at < skip {
            return None;
        }
        if text[at..].starts_with("${{") {
            skip = at + text[at..].find("}}").map_or(text.len() - at, |end| end + 2);
            return None;
        }
        match quote {
            Some(open) if char == open && !(open == '"' && before == '\\') => quote = None,
            Some(_) => return None,
            None if matches!(char, '"' | '\'') && starts_value(before) => quote = Some(char),
            None => {}
        }
        match char {
            '{' | '[' if depth > 0 || starts_value(before) => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        Some((at, char, depth))
    })
}
