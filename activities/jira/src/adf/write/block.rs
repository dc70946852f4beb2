//! Open blocks, what they become when they close, and how that fits into the block around them.

use serde_json::{Map, Value, json};

use super::task;

/// A block that is not closed yet.
pub(super) struct Block {
    pub(super) kind: BlockKind,
    pub(super) content: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum BlockKind {
    Document,
    Paragraph,
    /// A paragraph that Markdown does not write: the text of a tight list's item.
    Loose,
    Heading(u8),
    Quote,
    /// A list beyond the deepest: its items' content goes to the item around it.
    Transparent,
    BulletList,
    OrderedList(u64),
    /// `done`: whether its mark says so, where it has one.
    Item {
        done: Option<bool>,
    },
    Code(String),
    Table,
    Row {
        head: bool,
    },
    Cell {
        head: bool,
    },
    /// HTML: shown as it is written.
    Raw,
    /// A footnote: its blocks stand where it was written, after its label.
    Note(String),
    /// A mention of the user with this account id; what is in it is how it shows.
    Mention(String),
}

impl BlockKind {
    /// Whether text may stand in it.
    pub(super) fn is_inline(&self) -> bool {
        matches!(self, Self::Paragraph | Self::Loose | Self::Heading(_) | Self::Cell { .. } | Self::Mention(_))
    }

    /// Whether it is an item of a list, or would be.
    pub(super) fn is_item(&self) -> bool {
        matches!(self, Self::Item { .. } | Self::Transparent)
    }
}

impl Block {
    pub(super) fn new(kind: BlockKind) -> Self {
        Self { kind, content: Vec::new() }
    }

    /// What the block is in the document, now that it closes. A block without content is nothing, mostly.
    pub(super) fn into_nodes(self) -> Vec<Value> {
        let Self { kind, mut content } = self;
        let filled = !content.is_empty();
        match kind {
            BlockKind::Document | BlockKind::Transparent => content,
            BlockKind::Paragraph | BlockKind::Loose => one(filled, || node("paragraph", content)),
            BlockKind::Heading(level) => one(filled, || with("heading", json!({ "level": level }), content)),
            BlockKind::Quote => one(filled, || node("blockquote", content)),
            BlockKind::BulletList => task::list(content),
            BlockKind::OrderedList(first) => one(filled, || {
                let items = content.into_iter().map(task::plain).collect();
                with("orderedList", json!({ "order": first }), items)
            }),
            BlockKind::Item { done } => {
                if !matches!(kind_of(content.first()), "paragraph" | "codeBlock") {
                    content.insert(0, node("paragraph", Vec::new()));
                }
                let mut item = node("listItem", content);
                if let Some(done) = done {
                    item["done"] = done.into();
                }
                vec![item]
            }
            BlockKind::Note(label) => {
                task::begin(&mut content, &format!("[^{label}]: "));
                content
            }
            BlockKind::Mention(id) => vec![mention(&id, &content)],
            BlockKind::Code(language) => {
                trim_last_line(&mut content);
                let attributes = if language.is_empty() { json!({}) } else { json!({ "language": language }) };
                vec![with("codeBlock", attributes, content)]
            }
            BlockKind::Table => one(filled, || node("table", content)),
            BlockKind::Row { .. } => one(filled, || node("tableRow", content)),
            BlockKind::Cell { head } => {
                vec![node(if head { "tableHeader" } else { "tableCell" }, vec![node("paragraph", content)])]
            }
            // What is shown of HTML, the writer says.
            BlockKind::Raw => Vec::new(),
        }
    }

    /// The text in it, without its marks.
    pub(super) fn text(&self) -> String {
        text(&self.content)
    }
}

/// `block` as it may stand inside `around`.
pub(super) fn fit(around: &BlockKind, block: Value) -> Vec<Value> {
    // What is transparent stands in an item or a quote.
    let limited = matches!(around, BlockKind::Item { .. } | BlockKind::Quote | BlockKind::Transparent);
    match kind_of(Some(&block)) {
        "taskList" if matches!(around, BlockKind::Quote | BlockKind::Transparent) => vec![task::as_list(block)],
        "heading" if limited => vec![node("paragraph", strong(children(block)))],
        "blockquote" if limited => children(block),
        "rule" if limited => vec![node("paragraph", vec![json!({ "type": "text", "text": "---" })])],
        "table" if limited => children(block).into_iter().map(row_as_paragraph).collect(),
        _ => vec![block],
    }
}

fn row_as_paragraph(row: Value) -> Value {
    let mut content = Vec::new();
    for cell in children(row) {
        if !content.is_empty() {
            content.push(json!({ "type": "text", "text": " | " }));
        }
        content.extend(children(cell).into_iter().flat_map(children));
    }
    node("paragraph", content)
}

/// Texts made bold, except code, which goes with links only.
fn strong(mut content: Vec<Value>) -> Vec<Value> {
    for inline in content.iter_mut().filter(|inline| inline["type"] == "text") {
        let mut marks = inline["marks"].as_array().cloned().unwrap_or_default();
        if marks.iter().any(|mark| mark["type"] == "code" || mark["type"] == "strong") {
            continue;
        }
        marks.push(json!({ "type": "strong" }));
        inline["marks"] = Value::Array(marks);
    }
    content
}

/// A mention, with the text in it where there is one.
fn mention(id: &str, content: &[Value]) -> Value {
    let attributes = match text(content).as_str() {
        "" => json!({ "id": id }),
        text => json!({ "id": id, "text": text }),
    };
    json!({ "type": "mention", "attrs": attributes })
}

fn text(content: &[Value]) -> String {
    content.iter().filter_map(|inline| inline["text"].as_str()).collect()
}

/// The parser ends a code block's text with a line break that belongs to the fence.
fn trim_last_line(content: &mut Vec<Value>) {
    if let Some(last) = content.last_mut() {
        let text = last["text"].as_str().unwrap_or_default();
        let text = text.strip_suffix('\n').unwrap_or(text).to_owned();
        last["text"] = Value::String(text);
    }
    content.retain(|inline| inline["text"] != "");
}

pub(super) fn kind_of(node: Option<&Value>) -> &str {
    node.and_then(|node| node["type"].as_str()).unwrap_or_default()
}

pub(super) fn node(kind: &str, content: Vec<Value>) -> Value {
    json!({ "type": kind, "content": content })
}

fn with(kind: &str, attributes: Value, content: Vec<Value>) -> Value {
    json!({ "type": kind, "attrs": attributes, "content": content })
}

pub(super) fn one(wanted: bool, make: impl FnOnce() -> Value) -> Vec<Value> {
    if wanted { vec![make()] } else { Vec::new() }
}

pub(super) fn children(node: Value) -> Vec<Value> {
    let mut fields = match node {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    match fields.remove("content") {
        Some(Value::Array(content)) => content,
        _ => Vec::new(),
    }
}
