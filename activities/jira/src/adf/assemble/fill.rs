//! Values in the places of their placeholders, each written for where it stands.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use super::{
    super::{
        edit::{Edit, apply},
        escape::{self, Edges},
        link::SEPARATOR,
        placeholder::{self, CLOSE, OPEN, Piece},
        reference,
        write::parser,
    },
    fragment,
};

/// How values are written in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// As people would: what has a meaning is escaped.
    Escaped,
    /// As references, which nothing around them can give a meaning.
    Coded,
}

impl Way {
    /// A value in what is not words: an address, a title, HTML.
    fn attribute(self, value: &str) -> String {
        match self {
            Self::Escaped => escape::attribute(value),
            Self::Coded => escape::coded(value),
        }
    }
}

/// The text with its values.
pub(super) fn filled(text: &str, values: &[String], way: Way) -> String {
    let mut filler = Filler { text, values, way, edits: Vec::new(), block: None, tables: 0 };
    for (event, range) in parser(text).into_offset_iter() {
        filler.take(&event, range);
    }
    filler.rest();
    apply(text, filler.edits)
}

struct Filler<'t> {
    text: &'t str,
    values: &'t [String],
    way: Way,
    edits: Vec<Edit>,
    block: Option<CodeBlock>,
    /// How many tables are open.
    tables: usize,
}

/// A code block that is open.
struct CodeBlock {
    range: Range<usize>,
    is_fenced: bool,
    /// What is in it so far, its values in their places.
    content: String,
}

impl Filler<'_> {
    fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough) => self.separate(&range),
            Event::Start(Tag::CodeBlock(kind)) => {
                let is_fenced = matches!(kind, CodeBlockKind::Fenced(_));
                self.block = Some(CodeBlock { range, is_fenced, content: String::new() });
            }
            Event::End(TagEnd::CodeBlock) => self.fence(),
            Event::Start(Tag::Table(_)) => self.tables += 1,
            Event::End(TagEnd::Table) => self.tables -= 1,
            Event::Text(_) if self.block.is_some() => self.verbatim(&range),
            Event::Code(code) if placeholder::is_in(code) => {
                let code = placeholder::filled(&code.replace('\n', " "), self.values);
                let lines = code.split('\n').map(|line| match line {
                    "" => String::new(),
                    line => escape::code(line, self.tables > 0),
                });
                let text = lines.collect::<Vec<_>>().join("&#10;");
                let is_glued = self.text[..range.start].ends_with(|char: char| !char.is_whitespace());
                let text = if text.is_empty() { escape::NOTHING.to_owned() } else { text };
                // An address before it would go on with anything but code.
                let apart = if is_glued && !text.starts_with('`') { SEPARATOR } else { "" };
                let text = format!("{apart}{text}");
                self.edits.push(Edit { range, text });
            }
            Event::Html(_) | Event::InlineHtml(_) => {
                let way = self.way;
                self.each(&range, true, |value| match value {
                    "" => reference::NOTHING.to_owned(),
                    value => way.attribute(value),
                });
            }
            Event::Text(_) => {
                let way = self.way;
                if way == Way::Coded {
                    self.settle(&range);
                }
                self.each(&range, false, |value| match way {
                    Way::Escaped => escape::text(value, Edges::ALL),
                    Way::Coded if value.is_empty() => escape::NOTHING.to_owned(),
                    Way::Coded => escape::coded(value),
                });
            }
            _ => {}
        }
    }

    /// What would begin emphasis, code or a tag elsewhere stays words, whatever a value beside it makes of others.
    fn settle(&mut self, range: &Range<usize>) {
        let words = self.text[range.clone()].char_indices();
        for at in words.filter(|(_, char)| "*_~`<".contains(*char)).map(|(at, _)| range.start + at) {
            if !self.is_escape(at) {
                self.edits.push(Edit::insert(at, "\\"));
            }
        }
    }

    /// Whether there is a `\` before a place that escapes what follows.
    fn is_escape(&self, at: usize) -> bool {
        self.text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
    }

    /// Values that stand in no text: in addresses, titles, languages.
    fn rest(&mut self) {
        let text = self.text;
        self.edits.sort_by_key(|edit| edit.range.start);
        let done: Vec<_> = self.edits.iter().map(|edit| edit.range.clone()).filter(|range| !range.is_empty()).collect();
        let is_done = |place: &Range<usize>| {
            let before = done.partition_point(|range| range.start <= place.start);
            before.checked_sub(1).is_some_and(|last| done[last].end > place.start)
        };
        let places = placeholder::pieces(text).into_iter().filter(|(_, piece)| matches!(piece, Piece::Value(_)));
        let open: Vec<_> = places.map(|(place, _)| place).filter(|place| !is_done(place)).collect();
        let way = self.way;
        for place in open {
            self.each(&place, false, |value| way.attribute(value));
        }
    }

    /// Writes the values in a range. A `\` before one is not an escape; in HTML none is.
    fn each(&mut self, range: &Range<usize>, is_html: bool, write: impl Fn(&str) -> String) {
        for (place, piece) in placeholder::pieces(&self.text[range.clone()]) {
            let Piece::Value(number) = piece else { continue };
            let start = range.start + place.start;
            let backslash = if self.is_escape(start) && !is_html { "\\" } else { "" };
            let text = format!("{backslash}{}", write(placeholder::value(self.values, number)));
            self.edits.push(Edit { range: start..range.start + place.end, text });
        }
    }

    /// Values in a code block. Their lines begin as the line of the placeholder does.
    fn verbatim(&mut self, range: &Range<usize>) {
        let text = self.text;
        for (place, piece) in placeholder::pieces(&text[range.clone()]) {
            let Some(block) = &mut self.block else { return };
            match piece {
                Piece::Text(words) => block.content.push_str(words),
                Piece::Value(number) => {
                    let value = placeholder::value(self.values, number);
                    block.content.push_str(value);
                    let start = range.start + place.start;
                    let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
                    let before = &text[line..range.start.max(line)];
                    let mut prefix: String =
                        before.chars().map(|char| if "> \t".contains(char) { char } else { ' ' }).collect();
                    // As far as the fence is indented, blanks are not content.
                    let indent = blanks(&text[..block.range.start]).saturating_sub(blanks(&prefix));
                    let missing = " ".repeat(if block.is_fenced { indent } else { 0 });
                    prefix.push_str(&missing);
                    let begins =
                        if start == range.start && before.len() == start - line { missing.as_str() } else { "" };
                    let value = format!("{begins}{}", value.replace('\n', &format!("\n{prefix}")));
                    self.edits.push(Edit { range: start..range.start + place.end, text: value });
                }
            }
        }
    }

    /// Makes the fence of a code block longer than any in its content.
    fn fence(&mut self) {
        let Some(CodeBlock { range, is_fenced: true, content }) = self.block.take() else { return };
        let block = &self.text[range.clone()];
        let Some(fence) = block.chars().next().filter(|char| "`~".contains(*char)) else { return };
        let length = block.len() - block.trim_start_matches(fence).len();
        let longest = escape::longest_run(&content, fence);
        if longest < length {
            return;
        }
        let more = fence.to_string().repeat(longest + 1 - length);
        self.edits.push(Edit::insert(range.start, more.clone()));
        let closed = block.trim_end();
        let line = closed.trim_end_matches(fence);
        let is_closing = closed.len() - line.len() >= length && line.len() > length;
        let begins_line = line.rsplit('\n').next().is_some_and(|line| fragment::container(line).len() == line.len());
        if is_closing && begins_line {
            self.edits.push(Edit::insert(range.start + closed.len(), more));
        }
    }

    /// Keeps the asterisks apart from letters beside them, where a value inside begins or ends with something else: they
    /// would be no emphasis.
    fn separate(&mut self, range: &Range<usize>) {
        let is_delimiter = |char: char| "*_~".contains(char);
        let is_glued =
            |char: Option<char>| char.is_some_and(|char| !char.is_whitespace() && !char.is_ascii_punctuation());
        let inner = self.text[range.clone()].trim_matches(is_delimiter);
        if inner.starts_with(OPEN) && is_glued(self.text[..range.start].chars().next_back()) {
            self.edits.push(Edit::insert(range.start, SEPARATOR));
        }
        if inner.ends_with(CLOSE) && is_glued(self.text[range.end..].chars().next()) {
            self.edits.push(Edit::insert(range.end, SEPARATOR));
        }
    }
}

/// How many blanks a text ends with.
fn blanks(text: &str) -> usize {
    text.len() - text.trim_end_matches(' ').len()
}
