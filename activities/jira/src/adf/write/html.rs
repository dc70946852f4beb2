//! HTML in Markdown: shown as it is written, since ADF has none. Comments are for the author alone.

use super::super::{placeholder, reference};

/// A piece of HTML as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Text(String),
    Break,
}

/// Whether a tag is a line break.
pub(super) fn is_break(html: &str) -> bool {
    matches!(html, "<br>" | "<br/>" | "<br />")
}

/// What is shown of a block of HTML: its lines without the empty ones, a break between each two.
pub(super) fn block(html: &str, values: &[String]) -> Vec<Shown> {
    let mut shown = Vec::new();
    let html = without_comments(html);
    for line in html.lines().map(|line| line_of(line, values)) {
        let is_empty = |shown: &Shown| matches!(shown, Shown::Text(text) if text.trim().is_empty());
        if line.iter().all(is_empty) {
            continue;
        }
        if !shown.is_empty() {
            shown.push(Shown::Break);
        }
        shown.extend(line);
    }
    shown
}

/// What is shown of HTML in a line of text.
pub(super) fn inline(html: &str, values: &[String]) -> String {
    placeholder::filled(&reference::resolved(&without_comments(html).replace('\n', " ")), values)
}

fn line_of(line: &str, values: &[String]) -> Vec<Shown> {
    let mut shown = Vec::new();
    let text = |text: &str| Shown::Text(placeholder::filled(&reference::resolved(text), values));
    let mut rest = line;
    while let Some((before, tag, after)) = first_break(rest) {
        if !before.is_empty() {
            shown.push(text(before));
        }
        // A tag that ends its line breaks it once.
        if !(after.trim().is_empty() && tag.len() < line.trim().len()) {
            shown.push(Shown::Break);
        }
        rest = after;
    }
    if !rest.is_empty() {
        shown.push(text(rest));
    }
    shown
}

fn first_break(text: &str) -> Option<(&str, &str, &str)> {
    let (start, length) = text.match_indices("<br").find_map(|(start, _)| {
        let length = ["<br>", "<br/>", "<br />"].into_iter().find(|tag| text[start..].starts_with(tag))?.len();
        Some((start, length))
    })?;
    Some((&text[..start], &text[start..start + length], &text[start + length..]))
}

/// HTML without its comments. One that does not end is not a comment.
fn without_comments(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, from)) = rest.split_once("<!--") {
        let Some((_, after)) = from.split_once("-->") else { break };
        out.push_str(before);
        rest = after;
    }
    out + rest
}
