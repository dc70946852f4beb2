//! Markdown → ADF. The parser's stream of tags becomes a stack of open blocks; each block that closes is fitted into
//! the one around it, by what ADF allows there.

mod block;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

use block::{Block, Kind, fit};

/// Lists in lists beyond this depth become part of the list around them.
const DEEPEST: usize = 12;

/// Makes a document of Markdown. A text without content gives a document without content.
pub(crate) fn from_markdown(text: &str) -> Value {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut writer = Writer { open: vec![Block::new(Kind::Document)], marks: Vec::new(), depth: 0 };
    for event in Parser::new_ext(text, options) {
        writer.take(event);
    }
    writer.finish()
}

struct Writer {
    open: Vec<Block>,
    marks: Vec<Mark>,
    /// How many lists are open.
    depth: usize,
}

/// Something that changes how text looks; a link or image that is not allowed changes nothing.
#[derive(Clone, Debug, PartialEq)]
enum Mark {
    Strong,
    Emphasis,
    Strike,
    Link(String),
    Nothing,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::FootnoteReference(text) => self.text(&text, false),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text, true),
            Event::InlineHtml(html) if matches!(&*html, "<br>" | "<br/>" | "<br />") => self.hard_break(),
            Event::InlineHtml(html) => self.text(&html, false),
            Event::SoftBreak | Event::HardBreak => self.hard_break(),
            Event::Rule => {
                self.close_loose();
                self.place(json!({ "type": "rule" }));
            }
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        if let Some(mark) = mark(&tag) {
            self.marks.push(mark);
            return;
        }
        self.close_loose();
        self.depth += usize::from(matches!(tag, Tag::List(_)));
        let kind = match tag {
            Tag::Heading { level, .. } => Kind::Heading(level_number(level)),
            Tag::BlockQuote(_) => Kind::Quote,
            Tag::CodeBlock(kind) => Kind::Code(language(&kind)),
            Tag::List(_) if self.depth > DEEPEST => Kind::Transparent,
            Tag::List(Some(first)) => Kind::OrderedList(first),
            Tag::List(None) => Kind::BulletList,
            Tag::Item if self.top().kind == Kind::Transparent => Kind::Transparent,
            Tag::Item => Kind::Item,
            Tag::Table(_) => Kind::Table,
            Tag::TableHead => Kind::Row { head: true },
            Tag::TableRow => Kind::Row { head: false },
            Tag::TableCell => Kind::Cell { head: self.top().kind == Kind::Row { head: true } },
            Tag::HtmlBlock => Kind::Raw,
            _ => Kind::Paragraph,
        };
        self.open.push(Block::new(kind));
    }

    fn end(&mut self, tag: TagEnd) {
        if matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image) {
            self.end_mark();
            return;
        }
        self.close_loose();
        self.close();
        self.depth -= usize::from(matches!(tag, TagEnd::List(_)));
    }

    /// A link without a text shows its address.
    fn end_mark(&mut self) {
        let Some(Mark::Link(address)) = self.marks.last().cloned() else {
            self.marks.pop();
            return;
        };
        let linked = self.top().content.last().is_some_and(|inline| {
            inline["marks"].as_array().into_iter().flatten().any(|mark| mark["attrs"]["href"] == address.as_str())
        });
        if !linked {
            self.text(&address, false);
        }
        self.marks.pop();
    }

    fn text(&mut self, text: &str, code: bool) {
        if text.is_empty() {
            return;
        }
        if matches!(self.top().kind, Kind::Code(_) | Kind::Raw) {
            self.append(json!({ "type": "text", "text": text }));
            return;
        }
        self.ensure_inline();
        let marks = self.marks(code);
        let mut node = json!({ "type": "text", "text": text.replace('\n', " ") });
        if !marks.is_empty() {
            node["marks"] = Value::Array(marks);
        }
        self.append(node);
    }

    /// The marks of a text here, each once. Code goes with links only.
    fn marks(&self, code: bool) -> Vec<Value> {
        let has = |mark: &Mark| self.marks.contains(mark);
        let mut marks = Vec::new();
        if let Some(address) = self.marks.iter().rev().find_map(Mark::address) {
            marks.push(json!({ "type": "link", "attrs": { "href": address } }));
        }
        if code {
            marks.push(json!({ "type": "code" }));
            return marks;
        }
        let plain = [(Mark::Strong, "strong"), (Mark::Emphasis, "em"), (Mark::Strike, "strike")];
        marks.extend(plain.into_iter().filter(|(mark, _)| has(mark)).map(|(_, name)| json!({ "type": name })));
        marks
    }

    fn hard_break(&mut self) {
        self.ensure_inline();
        self.append(json!({ "type": "hardBreak" }));
    }

    fn ensure_inline(&mut self) {
        let inline = matches!(self.top().kind, Kind::Paragraph | Kind::Loose | Kind::Heading(_) | Kind::Cell { .. });
        if !inline {
            self.open.push(Block::new(Kind::Loose));
        }
    }

    /// Adds an inline node, joined with the text before it if that looks the same.
    fn append(&mut self, inline: Value) {
        let content = &mut self.top_mut().content;
        if let (Some(last), Some(text)) = (content.last_mut(), inline["text"].as_str())
            && last["type"] == "text"
            && last["marks"] == inline["marks"]
        {
            let joined = format!("{}{text}", last["text"].as_str().unwrap_or_default());
            last["text"] = Value::String(joined);
            return;
        }
        content.push(inline);
    }

    fn close_loose(&mut self) {
        if self.top().kind == Kind::Loose {
            self.close();
        }
    }

    fn close(&mut self) {
        // The document itself stays open until the end.
        if self.open.len() > 1
            && let Some(block) = self.open.pop()
        {
            for node in block.into_nodes() {
                self.place(node);
            }
        }
    }

    fn place(&mut self, node: Value) {
        let fitted = fit(&self.top().kind, node);
        self.top_mut().content.extend(fitted);
    }

    fn finish(mut self) -> Value {
        while self.open.len() > 1 {
            self.close();
        }
        super::document(std::mem::take(&mut self.top_mut().content))
    }

    fn top(&self) -> &Block {
        self.open.last().expect("the document is never closed")
    }

    fn top_mut(&mut self) -> &mut Block {
        self.open.last_mut().expect("the document is never closed")
    }
}

impl Mark {
    fn address(&self) -> Option<&str> {
        match self {
            Self::Link(address) => Some(address),
            _ => None,
        }
    }
}

fn mark(tag: &Tag<'_>) -> Option<Mark> {
    Some(match tag {
        Tag::Strong => Mark::Strong,
        Tag::Emphasis => Mark::Emphasis,
        Tag::Strikethrough => Mark::Strike,
        Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } if is_allowed(dest_url) => {
            Mark::Link(dest_url.to_string())
        }
        Tag::Link { .. } | Tag::Image { .. } => Mark::Nothing,
        _ => return None,
    })
}

/// Whether a link may lead there. `javascript:` and its like stay text.
fn is_allowed(address: &str) -> bool {
    let scheme = address.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), !rest.is_empty()));
    scheme.is_some_and(|(scheme, filled)| filled && matches!(scheme.as_str(), "http" | "https" | "mailto"))
}

fn language(kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Fenced(info) => info.split([' ', ',']).next().unwrap_or_default().to_owned(),
        CodeBlockKind::Indented => String::new(),
    }
}

fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
