//! Tabs and other odd spaces where YAML takes plain ones.

use std::borrow::Cow;

use super::{Mend, Reach, Slip, Stop, line::Line};

pub(in crate::yaml) fn slips(stop: &Stop<'_>) -> Vec<Slip> {
    let line = Line::at(stop.text, stop.at);
    // A line with a no-break space before its key is read, as a line of the outermost level; the next one is refused.
    let lines = [line.before(stop.text), Some(line), line.after(stop.text)];
    lines.into_iter().flatten().flat_map(|line| indentation(stop, &line)).chain(between(stop)).collect()
}

/// Odd spaces before a line: as deep as what is above asks for, or by their number.
fn indentation(stop: &Stop<'_>, line: &Line<'_>) -> Vec<Slip> {
    let length = line.text.len() - line.text.trim_start_matches(is_space).len();
    let spaces = &line.text[..length];
    let Some((at, odd)) = spaces.char_indices().find(|(_, space)| *space != ' ') else { return Vec::new() };
    if length == line.text.len() {
        let words = format!("{} is in an empty line: YAML takes plain spaces only", name(odd));
        let span = line.start + at..line.start + at + odd.len_utf8();
        return vec![Slip::new(span, words, "take it out", Mend::new(line.start..line.end(), ""))];
    }
    let above = line.before(stop.text);
    let fitting = above.map_or(0, |above| above.indent() + if above.opens() { STEP } else { 0 });
    let by_number = width(spaces);
    let others = stop.text.lines().filter(|line| line.trim_start_matches(' ').starts_with(odd)).count() - 1;
    let advice = match others {
        0 => "indent with spaces".to_owned(),
        1 => "indent with spaces, one more line too".to_owned(),
        others => format!("indent with spaces, {others} more lines too"),
    };
    let span = line.start + at..line.start + at + odd.len_utf8();
    let slip = |width: usize| {
        let words = format!("{} indents this line: YAML takes plain spaces only", name(odd));
        let mend = Mend::of_indentation(line.start..line.start + length, " ".repeat(width));
        let mend = Mend { reach: Reach::OddSpaces, ..mend };
        Slip::new(span.clone(), words, advice.clone(), mend)
    };
    vec![slip(fitting), slip(by_number)]
}

/// How wide spaces are, a tab being a level.
fn width(spaces: &str) -> usize {
    spaces.chars().map(|space| if space == '\t' { STEP } else { 1 }).sum()
}

/// The lines of a text with plain spaces before them, by their number.
pub(super) fn with_plain_spaces(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.contains('\t') {
        return text.into();
    }
    let plain = |line: &str| {
        let content = line.trim_start_matches(is_space);
        format!("{}{content}", " ".repeat(width(&line[..line.len() - content.len()])))
    };
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n").into()
}

/// Whether it looks like a space in an editor.
pub(in crate::yaml) fn is_space(char: char) -> bool {
    (char.is_whitespace() && char != '\n') || matches!(char, '\u{200b}' | '\u{feff}')
}

/// What an odd space is called.
pub(in crate::yaml) fn name(space: char) -> String {
    match space {
        '\t' => "a tab".to_owned(),
        '\u{a0}' => "a no-break space (U+00A0)".to_owned(),
        space => format!("an odd space (U+{:04X})", u32::from(space)),
    }
}

/// How many spaces a level is.
const STEP: usize = 2;

/// A tab between a key and its value.
fn between(stop: &Stop<'_>) -> Option<Slip> {
    let before = stop.text[..stop.at].trim_end_matches([' ', '\t']);
    let blanks = before.len()..stop.at;
    let tab = before.len() + stop.text[blanks.clone()].find('\t').filter(|_| before.ends_with(':'))?;
    Some(Slip::new(tab..tab + 1, "there is a tab after the `:`", "write a space", Mend::new(blanks, " ")))
}
