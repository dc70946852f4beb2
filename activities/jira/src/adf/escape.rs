//! Texts as Markdown that reads as exactly them.

use super::reference;

/// What the edges of a text are, or may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edges {
    /// A line begins, or may: a list could.
    pub(super) line: bool,
    /// White space at the start would be lost.
    pub(super) start: bool,
    /// White space at the end would be lost.
    pub(super) end: bool,
    /// What follows is not text.
    pub(super) last: bool,
}

impl Edges {
    /// Text goes on around it.
    pub(super) const NONE: Self = Self { line: false, start: false, end: false, last: false };
    /// Nothing is known of what is around it.
    pub(super) const ALL: Self = Self { line: true, start: true, end: true, last: false };
}

/// An image without description and address: nothing is shown of it, and it is not a blank.
pub(super) const NOTHING: &str = "![]()";

/// A text of one line or more as Markdown. What has a meaning gets a `\` before it; white space at an edge, line breaks
/// and control characters become references. A reference to a line break is read as a hard break.
pub(super) fn text(text: &str, edges: Edges) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (index, &char) in chars.iter().enumerate() {
        let (before, after) = (&chars[..index], &chars[index + 1..]);
        let at_edge = edges.start && before.is_empty() || edges.end && after.is_empty();
        if char.is_control() && char != '\t' || char.is_whitespace() && at_edge {
            out.push_str(&reference::of(char));
            continue;
        }
        if has_meaning(char, before, after, edges) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

/// Whether a character could mean something between these others.
fn has_meaning(char: char, before: &[char], after: &[char], edges: Edges) -> bool {
    let next = after.first().copied();
    let is_word = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let goes_on = next.is_none() && !edges.last;
    let is_first = edges.line && before.is_empty();
    match char {
        '\\' | '`' | '*' | '[' | ']' | '~' | '|' => true,
        // Between letters it is not emphasis.
        '_' => !(is_word(before.last().copied()) && is_word(next)),
        '<' => goes_on || next.is_some_and(|char| char.is_ascii_alphabetic() || "/!?".contains(char)),
        '&' => goes_on || next.is_some_and(|char| char.is_ascii_alphanumeric() || char == '#'),
        '#' => !is_word(next),
        '!' => goes_on,
        '-' | '+' => is_first && !is_word(next),
        '=' | '>' | '(' => is_first,
        // `1. ` begins a list.
        '.' | ')' => edges.line && before.iter().all(char::is_ascii_digit),
        // Behind a mention it would begin a reference definition.
        ':' => before.is_empty() || after.starts_with(&['/', '/']) && ends_with_scheme(before),
        _ => false,
    }
}

/// Whether a bare address could begin with this.
fn ends_with_scheme(before: &[char]) -> bool {
    let word: String = before.iter().rev().take("https".len()).rev().map(char::to_ascii_lowercase).collect();
    word.ends_with("http") || word == "https"
}

/// A text as Markdown in which no ASCII character stands for itself: nothing around it can give it a meaning.
pub(super) fn coded(text: &str) -> String {
    let of = |char: char| {
        if char.is_ascii() || char.is_whitespace() || char.is_control() { reference::of(char) } else { char.into() }
    };
    text.chars().map(of).collect()
}

/// A link's address as people write it: only what would end it, or mean something in it, is a reference.
pub(super) fn address(address: &str) -> String {
    let address = address.trim();
    let is_balanced = is_balanced(address);
    let mut out = String::with_capacity(address.len());
    for (index, char) in address.char_indices() {
        match char {
            '(' | ')' if is_balanced => out.push(char),
            '&' if !begins_reference(&address[index..]) => out.push(char),
            '&' => out.push_str("&amp;"),
            '(' | ')' | '<' | '>' | '\\' | '`' | '|' => out.push_str(&reference::of(char)),
            _ if char.is_whitespace() || char.is_control() => out.push_str(&reference::of(char)),
            _ => out.push(char),
        }
    }
    out
}

/// Whether a text begins with what could be a reference: `&copy;`.
fn begins_reference(text: &str) -> bool {
    text[1..].trim_start_matches(|char: char| char.is_ascii_alphanumeric() || char == '#').starts_with(';')
}

/// Whether round brackets are closed in the order in which they are opened, and not too many are open at once.
fn is_balanced(text: &str) -> bool {
    let mut open = 0_usize;
    for char in text.chars() {
        match char {
            '(' => open += 1,
            ')' if open == 0 => return false,
            ')' => open -= 1,
            _ => {}
        }
        if open > 8 {
            return false;
        }
    }
    open == 0
}

/// A text as a part of a link's address or title, of a code block's language, of HTML.
pub(super) fn attribute(text: &str) -> String {
    let is_safe = |char: char| {
        char.is_ascii_alphanumeric()
            || "-._/:?#@=%+,;$!".contains(char)
            || !(char.is_ascii() || char.is_whitespace() || char.is_control())
    };
    let of = |char: char| if is_safe(char) { char.into() } else { reference::of(char) };
    text.chars().map(of).collect()
}

/// A text of one line as a code span. Where `|` would end a table's cell it gets a `\`.
pub(super) fn code(text: &str, in_table: bool) -> String {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let touches = text.starts_with('`') || text.ends_with('`');
    let stripped = text.starts_with(' ') && text.ends_with(' ') && text.chars().any(|char| char != ' ');
    let blank = if touches || stripped { " " } else { "" };
    let text = if in_table { text.replace('|', "\\|") } else { text.to_owned() };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// The longest run of a character: a fence must be longer.
pub(super) fn longest_run(text: &str, fence: char) -> usize {
    text.split(|char| char != fence).map(str::len).max().unwrap_or(0)
}
