//! Lines that are indented too far or not far enough, and lists and mappings that are mixed.

use super::{Mend, Slip, Stop, character, line::Line};

pub(super) fn slips(stop: &Stop<'_>) -> Vec<Slip> {
    let line = Line::at(stop.text, stop.at);
    if line.content().is_empty() {
        return Vec::new();
    }
    let mut slips: Vec<Slip> = mixed(stop, &line).into_iter().chain(sandwiched(stop, &line)).collect();
    slips.extend(widths(stop, &line).into_iter().map(|width| indentation(stop, &line, width)));
    slips
}

/// A line between two that are indented alike, and is not: the parser stops at the one below.
fn sandwiched(stop: &Stop<'_>, line: &Line<'_>) -> Option<Slip> {
    let odd = line.before(stop.text)?;
    let above = odd.before(stop.text)?;
    let width = line.indent();
    (above.indent() == width && odd.indent() < width && !odd.opens()).then(|| indentation(stop, &odd, width))
}

fn indentation(stop: &Stop<'_>, line: &Line<'_>, width: usize) -> Slip {
    let words = match line.indent() > width {
        true => "this line is indented too far for the lines above",
        false => "this line is not indented like the lines that it belongs to",
    };
    let advice = match width {
        0 => "write it without spaces before it".to_owned(),
        1 => "write it with 1 space before it".to_owned(),
        width => format!("write it with {width} spaces before it"),
    };
    let start = line.content_start();
    let span = line.entry().map_or_else(|| character(stop.text, start), |entry| start..entry.key.end);
    Slip::new(span, words, advice, Mend::indentation(line, width))
}

/// What lines above are indented by, of those that this one can stand beside: the nearest first, of two the deeper.
fn widths(stop: &Stop<'_>, line: &Line<'_>) -> Vec<usize> {
    let mut widths = Vec::new();
    let mut least = usize::MAX;
    for above in std::iter::successors(line.before(stop.text), |line| line.before(stop.text)).take(MOST_LINES) {
        let width = above.indent();
        if width < least {
            least = width;
            widths.push(width);
            widths.extend((above.inner_start() > above.content_start()).then(|| above.inner_start() - above.start));
        }
    }
    if let Some(above) = line.before(stop.text).filter(Line::opens) {
        widths.push(above.indent() + 2);
    }
    widths.retain(|width| *width != line.indent());
    widths.sort_by_key(|width| (width.abs_diff(line.indent()), usize::MAX - width));
    widths
}

/// How far back other lines are looked at.
const MOST_LINES: usize = 500;

/// An item among keys, or a key among items.
fn mixed(stop: &Stop<'_>, line: &Line<'_>) -> Option<Slip> {
    let start = line.content_start();
    if stop.words.contains("'-' indicator") && line.entry().is_some() {
        let words = "a key is among the items of a list";
        let mend = Mend::of_structure(start..start, "- ");
        return Some(Slip::new(line.entry()?.key, words, "make it an item", mend));
    }
    let inner = line.inner_start();
    let follows_item = line.before(stop.text).is_some_and(|above| above.inner_start() > above.content_start());
    if !stop.words.contains("expected key") || inner == start || follows_item {
        return None;
    }
    let words = "an item of a list is among the keys of a map";
    let key = if line.entry().is_some() { "" } else { ":" };
    let name = &stop.text[inner..line.span().end];
    let mend = Mend::of_structure(start..line.span().end, format!("{name}{key}"));
    Some(Slip::new(start..start + 1, words, "write it as a key, or the list under a key of its own", mend))
}
