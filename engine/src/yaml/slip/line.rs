//! A line of a file: its indentation, its key and its value, as far as a line alone tells them.

use std::ops::Range;

/// A line without its line break.
#[derive(Clone, Copy, Debug)]
pub(in crate::yaml) struct Line<'a> {
    /// Its first byte in the text.
    pub(in crate::yaml) start: usize,
    pub(in crate::yaml) text: &'a str,
}

/// A key and its value, in bytes of the whole text.
#[derive(Clone, Debug)]
pub(in crate::yaml) struct Entry {
    pub(in crate::yaml) key: Range<usize>,
    pub(in crate::yaml) colon: usize,
    /// Without the spaces around it and a comment after it.
    pub(in crate::yaml) value: Range<usize>,
}

impl<'a> Line<'a> {
    /// The line that the byte `at` is in.
    pub(in crate::yaml) fn at(text: &'a str, at: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let line = text[start..].split('\n').next().unwrap_or_default();
        Self { start, text: line.strip_suffix('\r').unwrap_or(line) }
    }

    /// The last line before this one that has more than a comment.
    pub(in crate::yaml) fn before(&self, text: &'a str) -> Option<Self> {
        let mut start = self.start;
        loop {
            let line = Self::at(text, start.checked_sub(1)?);
            if !matches!(line.content().chars().next(), None | Some('#')) {
                return Some(line);
            }
            start = line.start;
        }
    }

    /// The line after this one.
    pub(in crate::yaml) fn after(&self, text: &'a str) -> Option<Self> {
        let next = self.start + text[self.start..].find('\n')? + 1;
        Some(Self::at(text, next))
    }

    pub(in crate::yaml) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// The bytes of spaces before the content.
    pub(in crate::yaml) fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(SPACES).len()
    }

    pub(in crate::yaml) fn content(&self) -> &'a str {
        self.text.trim_matches(SPACES)
    }

    pub(in crate::yaml) fn content_start(&self) -> usize {
        self.start + self.indent()
    }

    /// The content.
    pub(in crate::yaml) fn span(&self) -> Range<usize> {
        self.content_start()..self.content_start() + self.content().len()
    }

    /// Whether what is indented under this line belongs to it.
    pub(in crate::yaml) fn opens(&self) -> bool {
        let content = self.content();
        content.ends_with(':') || content == "-" || self.opens_text()
    }

    /// Whether it ends with the `|` or `>` of a text.
    pub(in crate::yaml) fn opens_text(&self) -> bool {
        let last = self.content().rsplit(SPACES).next().unwrap_or_default();
        last.starts_with(['|', '>']) && last[1..].chars().all(|char| matches!(char, '-' | '+' | '0'..='9'))
    }

    /// Where the content starts after the `- ` of list items.
    pub(in crate::yaml) fn inner_start(&self) -> usize {
        let mut at = self.indent();
        while let Some(rest) =
            self.text[at..].strip_prefix('-').filter(|rest| rest.starts_with(SPACES) && !rest.trim().is_empty())
        {
            at = self.text.len() - rest.trim_start_matches(SPACES).len();
        }
        self.start + at
    }

    /// The key and the value.
    pub(in crate::yaml) fn entry(&self) -> Option<Entry> {
        let start = self.inner_start();
        let rest = &self.text[start - self.start..];
        let length = key_length(rest)?;
        let colon = start + length;
        let value = start + length + 1;
        Some(Entry { key: start..start + rest[..length].trim_end().len(), colon, value: self.rest(value) })
    }

    /// The value of its key, or the item of a list.
    pub(in crate::yaml) fn value(&self) -> Option<Range<usize>> {
        let inner = self.inner_start();
        let is_item = inner > self.content_start();
        self.entry().map(|entry| entry.value).or_else(|| is_item.then(|| self.rest(inner)))
    }

    /// What there is from the byte `start` of the text, without the spaces around it and a comment.
    fn rest(&self, start: usize) -> Range<usize> {
        let rest = &self.text[start - self.start..];
        let value = without_comment(rest).trim_matches(SPACES);
        let start = start + rest.len() - rest.trim_start_matches(SPACES).len();
        start.min(self.end())..(start + value.len()).min(self.end())
    }
}

const SPACES: [char; 2] = [' ', '\t'];

/// How long the key is that a line starts with.
fn key_length(rest: &str) -> Option<usize> {
    let first = rest.chars().next()?;
    let mut at = match first {
        '"' | '\'' => 1 + rest[1..].find(first)? + 1,
        '{' | '[' | '#' => return None,
        _ => 0,
    };
    loop {
        at += rest[at..].find(':')?;
        if rest[..at].contains(" #") {
            return None;
        }
        if rest[at + 1..].is_empty() || rest[at + 1..].starts_with(SPACES) {
            return Some(at);
        }
        at += 1;
    }
}

/// Without what is surely a comment: a `#` with spaces on both sides.
fn without_comment(value: &str) -> &str {
    let trimmed = value.trim_start_matches(SPACES);
    if trimmed.starts_with(['"', '\'']) {
        return value;
    }
    value.find(" # ").map_or(value, |at| &value[..at])
}

/// A text in quotes, of the kind that needs no escapes.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}
