//! Texts that start with a character that means something else to YAML.

use std::ops::Range;

use super::{
    Mend, Slip, Stop, character, flow,
    line::{Line, quoted},
};

pub(super) fn slips(stop: &Stop<'_>) -> Vec<Slip> {
    let line = Line::at(stop.text, stop.at);
    let in_flow = flow::pieces(&line, character(stop.text, stop.at).end);
    let values = line.value().into_iter().chain(in_flow);
    let values = values.filter(|value| value.contains(&stop.at) && !value.is_empty());
    values.flat_map(|value| list(stop, &value).into_iter().chain(text(stop, value))).collect()
}

fn text(stop: &Stop<'_>, value: Range<usize>) -> Option<Slip> {
    let text = &stop.text[value.clone()];
    let first = text.chars().next()?;
    let means = match first {
        '*' => "starts an alias",
        '&' => "starts an anchor",
        '|' | '>' => "starts a string in the lines below",
        '%' => "starts a directive",
        '?' => "starts a key of several lines",
        '[' => "starts a list",
        '{' => "starts a map",
        ']' => "ends a list",
        '}' => "ends a map",
        ',' => "ends an item",
        '@' | '`' => "is kept for later",
        _ => return None,
    };
    // Where a bracket is closed, and the text goes on. Anything else stops where it starts.
    let goes_on = matches!(first, '[' | '{') && !flow::is_inside(&Line::at(stop.text, stop.at), stop.at);
    if value.start != stop.at && !goes_on {
        return None;
    }
    let shown = if first == '`' { "a backtick".to_owned() } else { format!("`{first}`") };
    let words = format!("a string that starts with {shown} must be quoted: to YAML that {means}");
    let span = value.start..value.start + first.len_utf8();
    if let Some(slip) = block(stop, &value) {
        return Some(slip);
    }
    let mend = match first {
        '|' | '>' | '?' => Mend::of_structure(value.clone(), quoted(text)),
        _ => Mend::new(value.clone(), quoted(text)),
    };
    Some(Slip::new(span, words, "quote it", mend))
}

/// `| text`, which goes on in the lines below: it begins in the line of its mark.
fn block(stop: &Stop<'_>, value: &Range<usize>) -> Option<Slip> {
    let text = stop.text[value.clone()].strip_prefix(['|', '>'])?;
    let line = Line::at(stop.text, stop.at);
    let below = line.after(stop.text).filter(|below| below.indent() > line.indent())?;
    let mark = value.start..value.start + 1;
    let block = format!("{}\n{}{}", &stop.text[mark.clone()], " ".repeat(below.indent()), text.trim());
    let words = format!("a string begins in the line below its `{}`", &stop.text[mark.clone()]);
    let advice = "write all of it in the lines below";
    Some(Slip::new(mark, words, advice, Mend::of_structure(value.clone(), block)))
}

/// A list that starts in the line of its key.
fn list(stop: &Stop<'_>, value: &Range<usize>) -> Option<Slip> {
    let item = stop.text[value.clone()].strip_prefix("- ")?;
    let words = "a list cannot start in the line of its key";
    let span = value.start..value.start + 1;
    let advice = "write its items in the lines below, or all of them in brackets";
    Some(Slip::new(span, words, advice, Mend::of_structure(value.clone(), format!("[{}]", item.trim()))))
}
