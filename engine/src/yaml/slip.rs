//! Slips in YAML: where one is, its own words, and the line as it is meant.
//!
//! The parser says where it gave up, and the slip is often elsewhere. Each kind of slip proposes what may be meant. The first
//! proposal with which the parser gets past the place is told: no line is shown that would not help.

mod colon;
mod escape;
mod flow;
mod indent;
mod key;
mod line;
mod quote;
mod start;
mod tab;

use std::ops::Range;

use saphyr_parser::Parser;

pub(super) use line::Line;
use line::quoted;
pub(super) use tab::{is_space, name as space_name};

use crate::diagnostic::{Code, Diagnostic};

/// Where the parser gave up.
struct Stop<'a> {
    text: &'a str,
    /// In bytes of the text.
    at: usize,
    /// The parser's words.
    words: &'a str,
}

/// What may be wrong, and what may be meant.
struct Slip {
    code: Code,
    span: Range<usize>,
    /// What is wrong: a lower-case fragment.
    words: String,
    /// What to do; the mended line follows.
    advice: String,
    mend: Mend,
}

/// The text that is put in the place of another.
pub(super) struct Mend {
    pub(super) range: Range<usize>,
    pub(super) new: String,
    pub(super) reach: Reach,
    /// Whether the spaces before the line are what is mended.
    shows_indentation: bool,
}

/// What of the text is read otherwise than before, once something is mended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing but itself.
    Itself,
    /// Nothing but the line.
    Line,
    /// The line, and other lines have the same odd spaces before them.
    OddSpaces,
    /// What belongs to what, in the lines below too.
    Structure,
}

impl Mend {
    fn new(range: Range<usize>, new: impl Into<String>) -> Self {
        Self { range, new: new.into(), reach: Reach::Line, shows_indentation: false }
    }

    /// What is put in the place of a whole value, which is read as it was meant then.
    pub(super) fn of_value(range: Range<usize>, new: impl Into<String>) -> Self {
        Self { reach: Reach::Itself, ..Self::new(range, new) }
    }

    fn of_structure(range: Range<usize>, new: impl Into<String>) -> Self {
        Self { reach: Reach::Structure, ..Self::new(range, new) }
    }

    /// Other spaces before the line, or lines with other spaces before them.
    fn of_indentation(range: Range<usize>, new: impl Into<String>) -> Self {
        Self { shows_indentation: true, ..Self::of_structure(range, new) }
    }

    /// Other spaces before the line.
    fn indentation(line: &Line<'_>, width: usize) -> Self {
        Self::of_indentation(line.start..line.content_start(), " ".repeat(width))
    }
}

impl Slip {
    fn new(span: Range<usize>, words: impl Into<String>, advice: impl Into<String>, mend: Mend) -> Self {
        Self { code: Code::YAML_SYNTAX, span, words: words.into(), advice: advice.into(), mend }
    }

    /// Whether the parser gets past the place, and past the mended line, with what is proposed.
    fn holds(&self, stop: &Stop<'_>) -> bool {
        let Mend { range, new, reach, .. } = &self.mend;
        let below = &stop.text[range.end..];
        // The next line with odd spaces may be what the parser stops at, before it comes to that line.
        let below = if *reach == Reach::OddSpaces { tab::with_plain_spaces(below) } else { below.into() };
        let mended = format!("{}{new}{below}", &stop.text[..range.start]);
        let past = stop.at.max(Line::at(stop.text, range.end).end());
        reads_past(&mended, past - range.len() + new.len())
    }

    /// Whether the line that is mended goes on in the line below, which is read otherwise then.
    fn goes_on(&self, text: &str) -> bool {
        let line = Line::at(text, self.mend.range.end);
        let next =
            std::iter::successors(line.after(text), |line| line.after(text)).find(|line| !line.content().is_empty());
        !line.opens() && next.is_some_and(|next| next.indent() > line.indent())
    }

    fn diagnostic(&self, text: &str) -> Diagnostic {
        let Mend { range, new, shows_indentation, .. } = &self.mend;
        let (first, last) = (Line::at(text, range.start), Line::at(text, range.end));
        let mended = format!("{}{new}{}", &text[first.start..range.start], &text[range.end..last.end()]);
        let lines: Vec<&str> = mended.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let line = match lines.as_slice() {
            [line] if !shows_indentation => line.trim_start(),
            [line, ..] => line,
            [] => "",
        };
        let can_be_shown = !line.is_empty() && line.len() <= LONGEST_LINE && !line.contains(is_odd);
        let help = if can_be_shown { format!("{}: `{line}`", self.advice) } else { self.advice.clone() };
        Diagnostic::error(self.code, self.span.clone(), self.words.clone()).with_help(help)
    }
}

/// Whether a character would be seen otherwise than it is.
fn is_odd(char: char) -> bool {
    (char.is_control() && char != '\t') || matches!(char, '\u{2028}' | '\u{2029}')
}

/// A longer line, in bytes, is not shown: it is in the file.
const LONGEST_LINE: usize = 400;

/// Each costs a reading of the file.
const MOST_PROPOSALS: usize = 24;

/// The kinds, the surest first.
const KINDS: [fn(&Stop<'_>) -> Vec<Slip>; 9] = [
    tab::slips,
    key::marks,
    escape::slips,
    quote::slips,
    flow::slips,
    start::slips,
    colon::slips,
    key::slips,
    indent::slips,
];

/// A longer line, in bytes, was written by no person.
const LONGEST_READ: usize = 1 << 16;

/// The slip for which the parser gave up at the byte `at`, where it is one of those that are known, and how it is mended.
pub(super) fn explain(text: &str, at: usize, words: &str) -> Option<(Diagnostic, Mend)> {
    if Line::at(text, at).text.len() > LONGEST_READ {
        return None;
    }
    let stop = Stop { text, at, words };
    let mut proposals = KINDS.iter().flat_map(|kind| kind(&stop)).take(MOST_PROPOSALS);
    let slip = proposals.find(|slip| slip.holds(&stop))?;
    let reach = if slip.mend.reach == Reach::Line && slip.goes_on(text) { Reach::Structure } else { slip.mend.reach };
    Some((slip.diagnostic(text), Mend { reach, ..slip.mend }))
}

/// The character at the byte `at`.
fn character(text: &str, at: usize) -> Range<usize> {
    at..at + text[at..].chars().next().map_or(0, char::len_utf8)
}

/// A line from its content to the end of a text that is quoted in it; of a long line that text alone.
pub(super) fn quoted_in_line(text: &str, quotable: &Range<usize>) -> String {
    let from = quotable.start.saturating_sub(LONGEST_LINE);
    let from = (from..=quotable.start).find(|at| text.is_char_boundary(*at)).unwrap_or(quotable.start);
    let before = text[from..quotable.start].rfind('\n').map(|end| from + end + 1).or((from == 0).then_some(0));
    let before = &text[before.unwrap_or(quotable.start)..quotable.start];
    format!("{}{}", before.trim_start(), quoted(&text[quotable.clone()]))
}

/// The text in brackets that an expression is a part of, quoted.
pub(super) fn quoted_around(text: &str, expression: &Range<usize>) -> String {
    let line = Line::at(text, expression.start);
    let piece = flow::pieces(&line, expression.end).into_iter().find(|piece| piece.start <= expression.start);
    quoted(&text[piece.unwrap_or_else(|| expression.clone())])
}

/// Whether the parser takes everything up to the byte `past`.
fn reads_past(text: &str, past: usize) -> bool {
    let past = text[..past].chars().count();
    for event in Parser::new_from_str(text) {
        match event {
            Err(error) => return error.marker().index() > past,
            Ok((_, span)) if span.start.index() > past => return true,
            Ok(_) => {}
        }
    }
    true
}

#[cfg(test)]
mod tests;
