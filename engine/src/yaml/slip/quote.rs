//! Quotes that are not closed, that a text has inside, or that end before the text does.

use super::{
    Mend, Slip, Stop, character, flow,
    line::{Line, quoted},
};

pub(super) fn slips(stop: &Stop<'_>) -> Vec<Slip> {
    if stop.words.contains("trailing content") || stop.words.contains("expected key") {
        return inner(stop);
    }
    let quote = stop.text[stop.at..].chars().next().filter(|char| matches!(char, '"' | '\''));
    match quote {
        Some(quote) if stop.words.contains("quoted scalar") => {
            lines(stop, quote).into_iter().chain(open(stop, quote)).collect()
        }
        _ => Vec::new(),
    }
}

/// A quote without its second: it belongs to the end of the line, or before the brackets there.
fn open(stop: &Stop<'_>, quote: char) -> Vec<Slip> {
    let line = Line::at(stop.text, stop.at);
    let content_end = line.span().end;
    let before_brackets =
        line.start + line.text[..content_end - line.start].trim_end_matches([' ', '}', ']', ',']).len();
    let ends = if before_brackets > stop.at { vec![before_brackets, content_end] } else { vec![content_end] };
    let span = stop.at..stop.at + 1;
    let ends = if flow::is_inside(&line, stop.at) { ends } else { vec![content_end] };
    let slip = |end| {
        let words = format!("the quote `{quote}` is not closed");
        Slip::new(span.clone(), words, "close it", Mend::new(end..end, quote))
    };
    ends.into_iter().map(slip).collect()
}

/// A quoted text whose further lines are not indented.
fn lines(stop: &Stop<'_>, quote: char) -> Option<Slip> {
    let first = Line::at(stop.text, stop.at);
    let length = stop.text[stop.at + 1..].find(quote)?;
    let end = stop.at + 1 + length;
    let inner = stop.text[first.end()..end.max(first.end())].trim_start_matches(['\r', '\n']);
    let start = end - inner.len();
    let is_text = |line: &str| Line { start: 0, text: line }.entry().is_none();
    if inner.is_empty() || !inner.lines().all(is_text) {
        return None;
    }
    let indentation = " ".repeat(first.indent() + 2);
    let lines: Vec<String> = inner.lines().map(|line| format!("{indentation}{}", line.trim_start())).collect();
    let mend = Mend::of_indentation(start..end, lines.join("\n"));
    let words = "the further lines of a quoted string must be indented";
    Some(Slip::new(character(stop.text, start), words, "indent them", mend))
}

/// A text that goes on after a quote: the quote is part of it.
fn inner(stop: &Stop<'_>) -> Vec<Slip> {
    let line = Line::at(stop.text, stop.at);
    let pieces = flow::pieces(&line, stop.at);
    let values = line.value().into_iter().chain(pieces);
    let values = values.filter(|value| value.start < stop.at && stop.text[value.clone()].starts_with(['"', '\'']));
    values
        .map(|value| {
            let text = &stop.text[value.clone()];
            let quote = &text[..1];
            let inside = text[1..].strip_suffix(quote);
            let at = value.start + stop.text[value.start..stop.at].rfind(quote).unwrap_or(0);
            let (words, meant) = match inside {
                Some(inside) => (format!("a `{quote}` inside a string ends it"), inside.to_owned()),
                None if quote == "'" && !text[1..].trim_end().contains(' ') => {
                    (format!("a `{quote}` inside a string ends it"), text[1..].to_owned())
                }
                None => ("the string goes on after its closing quote".to_owned(), text.to_owned()),
            };
            let meant = if quote == "'" { meant.replace("''", "'") } else { meant };
            Slip::new(at..at + 1, words, "quote the whole string", Mend::new(value, quoted(&meant)))
        })
        .collect()
}
