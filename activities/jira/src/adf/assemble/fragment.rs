//! Markdown of several lines inside other Markdown.

/// The fragment as it stands behind `before`, what its first line begins with: its other lines begin with the same
/// quote, and as far to the right.
pub(super) fn placed(fragment: &str, before: &str) -> String {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let prefix = container(line);
    if prefix.is_empty() {
        return fragment.to_owned();
    }
    let lines = fragment.lines().enumerate().map(|(number, line)| match number {
        0 => line.to_owned(),
        _ => format!("{prefix}{line}").trim_end_matches(' ').to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What the next line of the quote or the item begins with that a line begins with: `> - a` has `>   `.
pub(super) fn container(line: &str) -> String {
    let mut prefix = String::new();
    let mut rest = line;
    loop {
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        prefix.push_str(&rest[..blanks]);
        rest = &rest[blanks..];
        let length = marker(rest);
        if length == 0 {
            return if rest.is_empty() || !prefix.trim().is_empty() || line != line.trim_start() || prefix.len() > 1 {
                prefix
            } else {
                String::new()
            };
        }
        prefix.push_str(if rest.starts_with('>') { ">" } else { &BLANKS[..length] });
        rest = &rest[length..];
    }
}

/// As many as the longest marker has characters.
const BLANKS: &str = "          ";

/// How long the marker is that a line begins with: of a quote or an item.
fn marker(rest: &str) -> usize {
    let is_followed = |length: usize| rest[length..].is_empty() || rest[length..].starts_with([' ', '\t']);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    match rest.chars().next() {
        Some('>') => 1,
        Some('-' | '+' | '*') if is_followed(1) => 1,
        Some(_) if (1..=9).contains(&digits) && rest[digits..].starts_with(['.', ')']) && is_followed(digits + 1) => {
            digits + 1
        }
        _ => 0,
    }
}
