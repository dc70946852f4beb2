//! Markdown → ADF. The parser's stream of tags becomes a stack of open blocks; each block that closes is fitted into
//! the one around it, by what ADF allows there.

mod block;
mod html;
mod target;
mod task;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

use self::{
    block::{Block, BlockKind, fit},
    html::Shown,
    target::Target,
};
use super::{address, link, placeholder};

/// Lists in lists beyond this depth become part of the list around them.
const DEEPEST: usize = 12;

/// A document of the most text that Jira takes stays below; tables of empty cells do not.
const MOST_NODES: usize = 100_000;

/// There is no end of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooManyNodes;

/// The parser of the Markdown that people can write.
pub(super) fn parser(text: &str) -> Parser<'_> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES;
    Parser::new_ext(text, options)
}

/// Makes a document of Markdown, whose placeholders stand for the values. A text without content gives a document
/// without content.
///
/// # Errors
///
/// If it would have more than 100,000 nodes.
pub(super) fn document(text: &str, values: &[String]) -> Result<Value, TooManyNodes> {
    let text = link::explicit(text, values);
    let open = vec![Block::new(BlockKind::Document)];
    let mut writer = Writer { values, open, marks: Vec::new(), depth: 0, text: String::new(), nodes: 0 };
    for event in parser(&text) {
        writer.take(event);
        if writer.nodes > MOST_NODES {
            return Err(TooManyNodes);
        }
    }
    Ok(writer.finish())
}

struct Writer<'v> {
    values: &'v [String],
    open: Vec<Block>,
    marks: Vec<Mark>,
    /// How many lists are open.
    depth: usize,
    /// All words that were written, to see what a link has of them.
    text: String,
    nodes: usize,
}

/// Something that changes how text looks.
#[derive(Clone, Debug, PartialEq)]
enum Mark {
    Strong,
    Emphasis,
    Strike,
    Target(Target),
    /// The text of a mention: it becomes a block of its own meanwhile.
    Mention,
}

impl Writer<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.filled(&text),
            Event::Html(html) => self.raw(&html),
            Event::FootnoteReference(label) => self.filled(&format!("[^{label}]")),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                let text = placeholder::filled(&text.replace('\n', " "), self.values);
                self.words(&text, true);
            }
            Event::InlineHtml(html) if html::is_break(&html) => self.hard_break(),
            Event::InlineHtml(html) => self.words(&html::inline(&html, self.values), false),
            Event::SoftBreak => self.words(" ", false),
            Event::HardBreak => self.hard_break(),
            Event::Rule => {
                self.close_loose();
                self.place(json!({ "type": "rule" }));
            }
            Event::TaskListMarker(is_done) => self.task(is_done),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let Some(tag) = self.start_mark(tag) else { return };
        self.close_loose();
        self.depth += usize::from(matches!(tag, Tag::List(_)));
        let kind = match tag {
            Tag::Heading { level, .. } => BlockKind::Heading(level_number(level)),
            Tag::BlockQuote(_) => BlockKind::Quote,
            Tag::CodeBlock(kind) => BlockKind::Code(self.language(&kind)),
            Tag::List(_) if self.depth > DEEPEST => BlockKind::Transparent,
            Tag::List(Some(first)) => BlockKind::OrderedList(first),
            Tag::List(None) => BlockKind::BulletList,
            Tag::Item if self.top().kind == BlockKind::Transparent => BlockKind::Transparent,
            Tag::Item => BlockKind::Item { done: None },
            Tag::Table(_) => BlockKind::Table,
            Tag::TableHead => BlockKind::Row { head: true },
            Tag::TableRow => BlockKind::Row { head: false },
            Tag::TableCell => BlockKind::Cell { head: self.top().kind == BlockKind::Row { head: true } },
            Tag::HtmlBlock => BlockKind::Raw,
            Tag::FootnoteDefinition(label) => BlockKind::Note(placeholder::filled(&label, self.values)),
            _ => BlockKind::Paragraph,
        };
        self.open.push(Block::new(kind));
    }

    /// Opens a mark; gives back the tag if it is a block's.
    fn start_mark<'t>(&mut self, tag: Tag<'t>) -> Option<Tag<'t>> {
        let is_inner = self.marks.iter().any(|mark| matches!(mark, Mark::Target(_) | Mark::Mention));
        let mark = match &tag {
            Tag::Strong => Mark::Strong,
            Tag::Emphasis => Mark::Emphasis,
            Tag::Strikethrough => Mark::Strike,
            Tag::Link { link_type, dest_url, title, .. } | Tag::Image { link_type, dest_url, title, .. } => {
                let given = [dest_url, title];
                let target = Target::new(*link_type, given, self.values, (is_inner, self.text.len()));
                if let Some(id) = address::account(&target.address).filter(|_| !is_inner) {
                    self.ensure_inline();
                    self.open.push(Block::new(BlockKind::Mention(id.to_owned())));
                    self.marks.push(Mark::Mention);
                    return None;
                }
                if target.kind == target::TargetKind::Bracketed {
                    self.words("<", false);
                }
                Mark::Target(target)
            }
            _ => return Some(tag),
        };
        self.marks.push(mark);
        None
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

    /// A link without a text shows its address, one that may not lead there both.
    fn end_mark(&mut self) {
        match self.marks.last() {
            Some(Mark::Target(target)) => {
                let rest = target.rest(&self.text[target.since..]);
                self.words(&rest, false);
            }
            Some(Mark::Mention) => self.close(),
            _ => {}
        }
        self.marks.pop();
    }

    /// An item that is a task, to be done or done.
    fn task(&mut self, is_done: bool) {
        let item = self.open.iter_mut().rev().map(|block| &mut block.kind).find(|kind| kind.is_item());
        match item {
            Some(BlockKind::Item { done }) => *done = Some(is_done),
            _ => self.words(task::marker(is_done), false),
        }
    }

    /// Text with placeholders.
    fn filled(&mut self, text: &str) {
        let text = placeholder::filled(text, self.values);
        if matches!(self.top().kind, BlockKind::Code(_)) {
            self.append(json!({ "type": "text", "text": text }));
        } else {
            self.words(&text, false);
        }
    }

    /// HTML as it is written, until its block ends.
    fn raw(&mut self, html: &str) {
        if self.top().kind == BlockKind::Raw {
            self.append(json!({ "type": "text", "text": html }));
        } else {
            self.words(&html::inline(html, self.values), false);
        }
    }

    /// Text in the marks that are open; a line break is a hard one.
    fn words(&mut self, text: &str, code: bool) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.hard_break();
            }
            if line.is_empty() {
                continue;
            }
            self.ensure_inline();
            self.text.push_str(line);
            let marks = self.marks(code);
            let mut node = json!({ "type": "text", "text": line });
            if !marks.is_empty() {
                node["marks"] = Value::Array(marks);
            }
            self.append(node);
        }
    }

    /// The marks of a text here, each once. Code goes with links only.
    fn marks(&self, code: bool) -> Vec<Value> {
        let has = |mark: &Mark| self.marks.contains(mark);
        let mut marks: Vec<_> = self.marks.iter().find_map(Mark::link).into_iter().collect();
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
        self.text.push('\n');
        self.append(json!({ "type": "hardBreak" }));
    }

    fn ensure_inline(&mut self) {
        if !self.top().kind.is_inline() {
            self.open.push(Block::new(BlockKind::Loose));
        }
    }

    /// Adds an inline node, joined with the text before it if that looks the same.
    fn append(&mut self, inline: Value) {
        let content = &mut self.top_mut().content;
        if let (Some(last), Some(text)) = (content.last_mut(), inline["text"].as_str())
            && last["type"] == "text"
            && last.get("marks") == inline.get("marks")
            && let Some(Value::String(before)) = last.get_mut("text")
        {
            before.push_str(text);
            return;
        }
        content.push(inline);
        self.nodes += 1;
    }

    fn close_loose(&mut self) {
        if self.top().kind == BlockKind::Loose {
            self.close();
        }
    }

    fn close(&mut self) {
        // The document itself stays open until the end.
        if self.open.len() > 1
            && let Some(block) = self.open.pop()
        {
            if block.kind == BlockKind::Raw {
                self.html(&block.text());
                return;
            }
            for node in block.into_nodes() {
                self.place(node);
            }
        }
    }

    /// A block of HTML: a paragraph.
    fn html(&mut self, html: &str) {
        for shown in html::block(html, self.values) {
            match shown {
                Shown::Text(text) => self.words(&text, false),
                Shown::Break => self.hard_break(),
            }
        }
        self.close_loose();
    }

    fn place(&mut self, node: Value) {
        let fitted = fit(&self.top().kind, node);
        self.nodes += fitted.len();
        self.top_mut().content.extend(fitted);
    }

    fn language(&self, kind: &CodeBlockKind<'_>) -> String {
        match kind {
            CodeBlockKind::Fenced(info) => {
                let info = placeholder::filled(info, self.values);
                info.split([' ', ',', '\n', '\t']).next().unwrap_or_default().to_owned()
            }
            CodeBlockKind::Indented => String::new(),
        }
    }

    fn finish(mut self) -> Value {
        while self.open.len() > 1 {
            self.close();
        }
        let mut document = super::document(std::mem::take(&mut self.top_mut().content));
        task::number(&mut document);
        document
    }

    fn top(&self) -> &Block {
        self.open.last().expect("the document is never closed")
    }

    fn top_mut(&mut self) -> &mut Block {
        self.open.last_mut().expect("the document is never closed")
    }
}

impl Mark {
    fn link(&self) -> Option<Value> {
        match self {
            Self::Target(target) => target.mark(),
            _ => None,
        }
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
