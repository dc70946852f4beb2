//! What Markdown's own grammar leaves as text, written as links that it knows: bare addresses (`https://…`), and
//! mentions (`[~accountid:…]`). A reference definition that nothing refers to becomes text: it was not one.

use std::{collections::BTreeMap, ops::Range};

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::{
    address,
    edit::{Edit, apply},
    placeholder::{self, CLOSE, OPEN, Piece},
    write::parser,
};

/// A comment: no part of the text, but a punctuation mark to the asterisks beside it.
pub(super) const SEPARATOR: &str = "<!-- -->";

const MENTION: &str = "[~accountid:";

/// Account ids have 128 characters at most.
const LONGEST_ID: usize = 129;

/// The text with every such link written out.
pub(super) fn explicit(text: &str, values: &[String]) -> String {
    let text = apply(text, unused_definitions(text).into_iter().map(escape).collect());
    let edits = found(&text, values, |_| true);
    apply(&text, edits)
}

/// The text with those addresses written out in which a value stands.
pub(super) fn explicit_with_values(text: &str, values: &[String]) -> String {
    let mut unused = unused_definitions(text);
    unused.retain(|range| placeholder::is_in(&text[range.clone()]));
    let text = apply(text, unused.into_iter().map(escape).collect());
    let is_address = |range: &Range<usize>| !text[range.clone()].starts_with(MENTION);
    let edits = found(&text, values, |range| placeholder::is_in(&text[range.clone()]) && is_address(range));
    apply(&text, edits)
}

fn escape(definition: Range<usize>) -> Edit {
    Edit::insert(definition.start, "\\")
}

/// The reference definitions that nothing refers to, such as `[note]: something`.
fn unused_definitions(text: &str) -> Vec<Range<usize>> {
    let mut events = parser(text).into_offset_iter();
    let spans = events.reference_definitions().iter().map(|(_, definition)| definition.span.clone());
    let mut unused: BTreeMap<_, _> = spans.map(|span| (span.start, span)).collect();
    while !unused.is_empty()
        && let Some((event, _)) = events.next()
    {
        if let Event::Start(Tag::Link { id, .. } | Tag::Image { id, .. }) = event
            && let Some(definition) = events.reference_definitions().get(&id)
        {
            unused.remove(&definition.span.start);
        }
    }
    unused.into_values().collect()
}

/// The links of a text that are to be written out, of those in `wanted` ranges.
fn found(text: &str, values: &[String], wanted: impl Fn(&Range<usize>) -> bool) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut inside = 0_usize;
    for (event, range) in parser(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { link_type: LinkType::Autolink, dest_url, .. }) => {
                if inside == 0 && placeholder::is_in(&dest_url) {
                    edits.push(Edit { range, text: link(&dest_url, true) });
                }
                inside += 1;
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_) | Tag::HtmlBlock) => inside += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock | TagEnd::HtmlBlock) => inside -= 1,
            Event::Text(words) if inside == 0 && text.get(range.clone()) == Some(&*words) => {
                let done = edits.iter().rev().map(|edit| edit.range.end).take(3).max();
                let from = range.start.max(done.unwrap_or_default());
                edits.extend(in_words(text, from..range.end, values, &wanted));
            }
            _ => {}
        }
    }
    edits
}

/// The links that begin in a range of the text. They may end after it.
fn in_words(text: &str, range: Range<usize>, values: &[String], wanted: &impl Fn(&Range<usize>) -> bool) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut from = range.start;
    while from < range.end {
        let Some(start) = text[from..range.end].find(['h', 'H', '[', OPEN]).map(|start| from + start) else { break };
        let found = bare_address(text, start, values).or_else(|| mention(text, start, values));
        let next = start + text[start..].chars().next().map_or(1, char::len_utf8);
        from = found.as_ref().map_or(next, |edit| edit.range.end);
        let found = found.filter(|edit| wanted(&edit.range));
        edits.extend(found.iter().flat_map(|edit| apart(text, &edit.range)));
        edits.extend(found);
    }
    edits
}

/// A bare address: `http://` or `https://` and what follows up to white space, without the punctuation after it. A value
/// begins one if it is an address as a whole.
fn bare_address(text: &str, start: usize, values: &[String]) -> Option<Edit> {
    let host = start + scheme(&text[start..], values)?;
    // A value has its host itself.
    let has_host = text[start..].starts_with(OPEN)
        || text[host..].starts_with(|char: char| char.is_alphanumeric() || char == OPEN || char == '[');
    if !has_host {
        return None;
    }
    // A value that is an address goes on with what can only be more of it.
    let ends = text[start..].starts_with(OPEN) && !text[host..].starts_with(['/', '?', '#', ':', '&', OPEN]);
    let end = if ends { host } else { host + trimmed(&text[host..]).len() };
    Some(Edit { range: start..end, text: format!("{}{}", guard(&text[..start]), link(&text[start..end], false)) })
}

/// Comments that keep asterisks beside a link apart from letters on their other side: they would be no emphasis.
fn apart(text: &str, link: &Range<usize>) -> Vec<Edit> {
    let is_asterisk = |char: char| "*~".contains(char);
    let is_glued = |char: char| !char.is_whitespace() && !char.is_ascii_punctuation();
    let (before, after) = (&text[..link.start], &text[link.end..]);
    let (outer_before, outer_after) = (before.trim_end_matches(is_asterisk), after.trim_start_matches(is_asterisk));
    let start = (outer_before.len() < before.len() && outer_before.ends_with(is_glued)).then_some(outer_before.len());
    let end =
        (outer_after.len() < after.len() && outer_after.starts_with(is_glued)).then(|| text.len() - outer_after.len());
    start.into_iter().chain(end).map(|at| Edit::insert(at, SEPARATOR)).collect()
}

/// What keeps a `[` from meaning more behind a text: it would be escaped by a `\`, and an image behind a `!`.
fn guard(before: &str) -> &'static str {
    let is_escape = |text: &str| text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    match before.strip_suffix('!') {
        Some(_) => SEPARATOR,
        None if is_escape(before) => "\\",
        None => "",
    }
}

/// How long the scheme is with which a text begins, or the value that is an address.
fn scheme(text: &str, values: &[String]) -> Option<usize> {
    if let Some((range, Piece::Value(number))) = text.starts_with(OPEN).then(|| first_piece(text)).flatten() {
        return is_address(placeholder::value(values, number)).then_some(range.end);
    }
    ["http://", "https://"].into_iter().map(str::len).find(|length| text.get(..*length).is_some_and(is_scheme))
}

fn first_piece(text: &str) -> Option<(Range<usize>, Piece<'_>)> {
    let end = text.find(CLOSE)? + CLOSE.len_utf8();
    placeholder::pieces(&text[..end]).into_iter().next()
}

fn is_scheme(head: &str) -> bool {
    head.eq_ignore_ascii_case("http://") || head.eq_ignore_ascii_case("https://")
}

/// Whether a value is an address and nothing else.
fn is_address(value: &str) -> bool {
    let rest = ["http://".len(), "https://".len()]
        .into_iter()
        .find(|length| value.get(..*length).is_some_and(is_scheme))
        .map(|length| &value[length..]);
    rest.is_some_and(|rest| {
        rest.starts_with(|char: char| char.is_alphanumeric() || char == '[')
            && !rest.contains(|char: char| char.is_whitespace() || char.is_control() || char == '<')
    })
}

/// Punctuation that no bare address has.
const ENDS: &str = "<`|\\";

/// As much of the text as can belong to an address.
fn trimmed(text: &str) -> &str {
    let mut chars = text.char_indices();
    let mut end = text.len();
    while let Some((index, char)) = chars.next() {
        let is_escape = char == '\\'
            && text[index + 1..].starts_with(|next: char| next.is_ascii_punctuation() && !ENDS.contains(next));
        if is_escape {
            chars.next();
        } else if ["&lt;", "&gt;", "&quot;"].iter().any(|quote| text[index..].starts_with(quote))
            || char.is_whitespace()
            || char.is_control()
            || ENDS.contains(char)
        {
            end = index;
            break;
        }
    }
    without_punctuation(&text[..end])
}

/// An address without the punctuation of the sentence around it: brackets that it did not open, stops, quotes.
fn without_punctuation(mut text: &str) -> &str {
    let count = |wanted: char| text.chars().filter(|char| *char == wanted).count();
    let mut surplus = [('(', ')'), ('[', ']')].map(|(open, close)| (close, count(close).saturating_sub(count(open))));
    while let Some(last) = text.chars().next_back() {
        let bracket = surplus.iter_mut().find(|(close, count)| *close == last && *count > 0);
        let shorter = &text[..text.len() - last.len_utf8()];
        if shorter.ends_with('\\') || bracket.is_none() && !"?!.,:;*_~'\"".contains(last) {
            break;
        }
        if let Some((_, count)) = bracket {
            *count -= 1;
        }
        text = shorter;
    }
    text
}

/// A mention: `[~accountid:5b10a2844c20165700ede21g]`.
fn mention(text: &str, start: usize, values: &[String]) -> Option<Edit> {
    let rest = text[start..].strip_prefix(MENTION)?;
    let (length, _) = rest.char_indices().take(LONGEST_ID).find(|(_, char)| *char == ']')?;
    let id = &rest[..length];
    let is_escaped = text[..start].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    let is_mention = !is_escaped && address::is_account(&placeholder::filled(id, values));
    let end = start + MENTION.len() + id.len() + 1;
    is_mention.then(|| Edit { range: start..end, text: format!("[](accountid:{id})") })
}

/// A link that shows its address. In an address between `<` and `>` a `\` and a `&` are themselves.
fn link(address: &str, is_raw: bool) -> String {
    let mut escaped = String::with_capacity(address.len());
    let mut is_taken = false;
    for char in address.chars() {
        let has_meaning = "*_[]()<>`~|".contains(char) || is_raw && "\\&".contains(char);
        if has_meaning && !is_taken {
            escaped.push('\\');
        }
        is_taken = char == '\\' && !is_taken && !is_raw;
        escaped.push(char);
    }
    format!("[{escaped}]({escaped})")
}
