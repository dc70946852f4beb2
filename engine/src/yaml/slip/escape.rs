//! Escapes that `" "` does not know, as in `"C:\Users"` and `"\d+"`.

use std::ops::Range;

use super::{Mend, Slip, Stop, line::Line};

pub(super) fn slips(stop: &Stop<'_>) -> Vec<Slip> {
    if !["escape", "hexadecimal", "Unicode"].iter().any(|word| stop.words.contains(word)) {
        return Vec::new();
    }
    let line = Line::at(stop.text, stop.at);
    let Some(start) = stop.text[line.start..].get(stop.at - line.start..).and_then(|rest| rest.find('"')) else {
        return Vec::new();
    };
    let start = stop.at + start + 1;
    let Some(first) = unknown(stop.text, start).next() else { return Vec::new() };
    let words = format!("`{}` is not an escape that `\" \"` knows", &stop.text[first.clone()]);
    let single = closing(stop.text, start).map(|end| {
        let inner = stop.text[start..end].replace("\\\\", "\\").replace('\'', "''");
        (!inner.contains("\\n") && !inner.contains("\\\"") && !inner.contains('\n'))
            .then(|| Mend::new(start - 1..end + 1, format!("'{inner}'")))
    });
    let twice = Mend::new(first.start..first.start, "\\");
    let mends = [
        single.flatten().map(|mend| ("write it in `' '`, where a backslash is a backslash", mend)),
        Some(("write the backslash twice", twice)),
    ];
    mends.into_iter().flatten().map(|(advice, mend)| Slip::new(first.clone(), words.clone(), advice, mend)).collect()
}

/// The escapes from `start` to the closing quote that YAML does not have.
fn unknown(text: &str, start: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    escapes(text, start).filter(|escape| !is_known(&text[escape.start + 1..])).map(|escape| escape.start..escape.end)
}

/// Each backslash with the character after it.
fn escapes(text: &str, start: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let end = closing(text, start).unwrap_or(text.len());
    let mut at = start;
    std::iter::from_fn(move || {
        let escape = at + text[at..end].find('\\')?;
        let name = text[escape + 1..].chars().next()?;
        at = (escape + 1 + name.len_utf8()).min(end);
        Some(escape..escape + 1 + name.len_utf8())
    })
}

/// Where the quote is that closes what starts at `start`.
fn closing(text: &str, start: usize) -> Option<usize> {
    let mut escaped = false;
    text[start..].char_indices().find_map(|(at, char)| {
        let closes = char == '"' && !escaped;
        escaped = char == '\\' && !escaped;
        closes.then_some(start + at)
    })
}

/// Whether YAML has the escape that starts with this letter (YAML 1.2, 5.7).
fn is_known(rest: &str) -> bool {
    let digits = match rest.chars().next() {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        Some(name) => return "0abt\tnvfre \"/\\N_LP\n\r".contains(name),
        None => return false,
    };
    let code = rest.get(1..=digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    code.is_some_and(|code| char::from_u32(code).is_some())
}
