//! Syntax errors: where they are, and what helps.

use std::ops::Range;

use saphyr_parser::ScanError;

use super::{
    limits,
    slip::{self, Mend},
};
use crate::diagnostic::{Code, Diagnostic};

/// Why a text cannot be read.
pub(super) struct Refusal {
    pub(super) fault: Diagnostic,
    /// What is most likely meant, where that is known.
    pub(super) mend: Option<Box<Mend>>,
}

impl From<Diagnostic> for Refusal {
    fn from(fault: Diagnostic) -> Self {
        Self { fault, mend: None }
    }
}

/// The fault of a text that the parser refuses at the byte `at`.
pub(super) fn fault(text: &str, at: usize, error: &ScanError) -> Refusal {
    if let Some(expression) = unquoted_expression(text, at) {
        let message = "an expression in `{ }` or `[ ]` must be quoted";
        let help = format!("quote it: `{}`", slip::quoted_around(text, &expression));
        let mend = Mend::of_value(expression.clone(), "x".repeat(expression.len()));
        let fault = Diagnostic::error(Code::UNQUOTED_EXPRESSION, expression, message).with_help(help);
        return Refusal { fault, mend: Some(mend.into()) };
    }
    if error.info().contains("recursion limit") {
        return limits::too_deep(at..at).into();
    }
    refused(text, at, error.info())
}

/// What a parser refuses at the byte `at`: in the words of the slip, where it is known.
pub(super) fn refused(text: &str, at: usize, words: &str) -> Refusal {
    if let Some((fault, mend)) = slip::explain(text, at, words) {
        return Refusal { fault, mend: Some(mend.into()) };
    }
    let context = words.rsplit_once(", ").filter(|(context, _)| context.starts_with("while "));
    let words = match context.map_or(words, |(_, what)| what) {
        "did not find expected <document start>" => "the indentation does not fit the lines above",
        words => words,
    };
    syntax_error(text, at, words).into()
}

/// A syntax error at the byte `at`.
pub(super) fn syntax_error(text: &str, at: usize, words: &str) -> Diagnostic {
    let words = words.split(", while ").next().unwrap_or(words);
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let length = text[at..].chars().next().filter(|char| *char != '\n').map_or(0, char::len_utf8);
    Diagnostic::error(Code::YAML_SYNTAX, at..at + length, format!("the file is not YAML: {words}"))
}

/// The `${{ … }}` that breaks off at `at`: inside `{ }` and `[ ]` a brace ends a plain scalar.
fn unquoted_expression(text: &str, at: usize) -> Option<Range<usize>> {
    let start = at.checked_sub(1)?;
    let line = text.get(start..)?.split(['\n', '\r']).next()?;
    let inner = line.strip_prefix("${{")?;
    Some(start..start + inner.find("}}").map_or(line.len(), |end| "${{".len() + end + "}}".len()))
}

/// The first character that YAML does not allow in a file.
pub(super) fn control_character(text: &str) -> Option<Diagnostic> {
    let refused = |char: char| match char {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        _ => char.is_control(),
    };
    let (at, char) = text.char_indices().find(|(_, char)| refused(*char))?;
    let words = format!("the control character U+{:04X} is not allowed", u32::from(char));
    let help = format!("remove it, or write it as `\\u{:04x}` in double quotes", u32::from(char));
    Some(syntax_error(text, at, &words).with_help(help))
}

/// Where a node's tag is written; its properties start at `start`.
pub(super) fn tag(text: &str, start: usize) -> Range<usize> {
    let mut at = start;
    loop {
        let rest = text[at..].trim_start();
        at = text.len() - rest.len();
        let length = rest.find(|char: char| char.is_whitespace()).unwrap_or(rest.len());
        match rest.chars().next() {
            Some('!') => return at..at + length,
            Some('&') => at += length,
            Some('#') => at += rest.find('\n').unwrap_or(rest.len()),
            _ => return start..start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_among_properties() {
        for (text, tag_text) in
            [("!a b", "!a"), ("&x !a b", "!a"), ("!!str", "!!str"), ("&x # !no\n  !a b", "!a"), ("b", "")]
        {
            assert_eq!(&text[tag(text, 0)], tag_text, "{text}");
        }
    }
}
