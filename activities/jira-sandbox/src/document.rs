//! Atlassian Document Format: what Jira takes as a rich text.

use serde_json::{Map, Value, json};

use crate::switches::{CountedOfRichText, Switches};

/// Checks that a value is a document, as strictly as the switches say.
pub(crate) fn is_document(value: &Value, switches: &Switches) -> bool {
    let Some(document) = value.as_object() else { return false };
    document.get("type") == Some(&json!("doc"))
        && document.get("version").and_then(Value::as_u64) == Some(1)
        && document.get("content").is_some_and(Value::is_array)
        && holds(document, "doc", switches)
}

/// A document of one paragraph.
pub(crate) fn paragraph(text: &str) -> Value {
    json!({ "type": "doc", "version": 1, "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": text }] }] })
}

/// Whether a document says nothing at all.
pub(crate) fn is_empty(document: &Value) -> bool {
    document["content"].as_array().is_none_or(Vec::is_empty)
}

/// The plain text of a document, its blocks on lines of their own.
pub(crate) fn text(document: &Value) -> String {
    let children = document["content"].as_array().map_or(&[][..], Vec::as_slice);
    match document["type"].as_str() {
        Some("text") => document["text"].as_str().unwrap_or_default().to_owned(),
        Some("hardBreak") => "\n".to_owned(),
        Some("paragraph" | "heading" | "codeBlock") => children.iter().map(text).collect(),
        _ => children.iter().map(text).collect::<Vec<_>>().join("\n"),
    }
}

/// The most characters of a rich text. \[CONN\]
pub(crate) const LONGEST: usize = 32_767;

/// What is said of a longer one. \[CONN\]
pub(crate) const TOO_LONG: &str = "The entered text is too long. It exceeds the allowed limit of 32,767 characters.";

/// Whether a document is longer than Jira takes.
pub(crate) fn is_too_long(document: &Value, switches: &Switches) -> bool {
    let counted = match switches.rich_text_counted {
        CountedOfRichText::Text => text(document),
        CountedOfRichText::Document => document.to_string(),
    };
    switches.length(&counted) > LONGEST
}

const BLOCKS: &[&str] = &[
    "paragraph",
    "heading",
    "bulletList",
    "orderedList",
    "taskList",
    "decisionList",
    "codeBlock",
    "blockquote",
    "rule",
    "panel",
    "table",
    "expand",
    "mediaSingle",
    "mediaGroup",
    "blockCard",
    "embedCard",
];
const INLINES: &[&str] =
    &["text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "mediaInline", "placeholder"];
const IN_ITEM: &[&str] =
    &["paragraph", "bulletList", "orderedList", "taskList", "codeBlock", "mediaSingle", "mediaGroup"];
const IN_QUOTE: &[&str] = &["paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "mediaGroup"];
const IN_CELL: &[&str] = &[
    "paragraph",
    "heading",
    "bulletList",
    "orderedList",
    "taskList",
    "decisionList",
    "codeBlock",
    "blockquote",
    "rule",
    "panel",
    "mediaSingle",
    "mediaGroup",
    "blockCard",
    "embedCard",
    "nestedExpand",
];
const IN_PANEL: &[&str] =
    &["paragraph", "heading", "bulletList", "orderedList", "taskList", "codeBlock", "rule", "mediaSingle", "blockCard"];

/// What a kind of node may hold; `None` for a node without content or of a kind that is unknown.
fn content_of(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "doc" => BLOCKS,
        "paragraph" | "heading" | "taskItem" | "decisionItem" => INLINES,
        "bulletList" | "orderedList" => &["listItem"],
        "listItem" => IN_ITEM,
        "taskList" => &["taskItem", "taskList"],
        "decisionList" => &["decisionItem"],
        "codeBlock" => &["text"],
        "blockquote" => IN_QUOTE,
        "panel" => IN_PANEL,
        "expand" | "nestedExpand" | "tableCell" | "tableHeader" => IN_CELL,
        "table" => &["tableRow"],
        "tableRow" => &["tableCell", "tableHeader"],
        "mediaSingle" | "mediaGroup" => &["media", "caption"],
        _ => return None,
    })
}

/// Nodes that must hold something.
const NEVER_EMPTY: &[&str] =
    &["bulletList", "orderedList", "listItem", "taskList", "decisionList", "blockquote", "panel", "table", "expand"];

fn holds(node: &Map<String, Value>, kind: &str, switches: &Switches) -> bool {
    let children = match node.get("content") {
        None => return !(switches.document_model_enforced && NEVER_EMPTY.contains(&kind)),
        Some(Value::Array(children)) => children,
        Some(_) => return false,
    };
    if switches.document_model_enforced && children.is_empty() && NEVER_EMPTY.contains(&kind) {
        return false;
    }
    children.iter().all(|child| is_node(child, kind, switches))
}

fn is_node(node: &Value, parent: &str, switches: &Switches) -> bool {
    let Some(object) = node.as_object() else { return false };
    let Some(kind) = object.get("type").and_then(Value::as_str) else { return false };
    if kind == "text" && !is_text(object, parent, switches) {
        return false;
    }
    let allowed = content_of(parent).is_some_and(|allowed| allowed.contains(&kind));
    (allowed || !switches.document_model_enforced) && attributes_fit(object, kind) && holds(object, kind, switches)
}

fn attributes_fit(node: &Map<String, Value>, kind: &str) -> bool {
    let attribute = |name: &str| node.get("attrs").and_then(|attributes| attributes.get(name));
    match kind {
        "heading" => attribute("level").and_then(Value::as_u64).is_some_and(|level| (1..=6).contains(&level)),
        "panel" => attribute("panelType").is_some_and(Value::is_string),
        "mention" => attribute("id").is_some_and(Value::is_string),
        "emoji" => attribute("shortName").is_some_and(Value::is_string),
        _ => true,
    }
}

fn is_text(node: &Map<String, Value>, parent: &str, switches: &Switches) -> bool {
    let Some(text) = node.get("text").and_then(Value::as_str) else { return false };
    let marks = match node.get("marks") {
        None => &[],
        Some(Value::Array(marks)) => marks.as_slice(),
        Some(_) => return false,
    };
    !(text.is_empty() && switches.empty_text_refused)
        && marks.iter().all(is_mark)
        && (!switches.document_model_enforced || marks_fit(marks, parent))
}

fn is_mark(mark: &Value) -> bool {
    match mark["type"].as_str() {
        Some("link") => mark["attrs"]["href"].is_string(),
        Some("subsup") => matches!(mark["attrs"]["type"].as_str(), Some("sub" | "sup")),
        Some("textColor" | "backgroundColor") => mark["attrs"]["color"].is_string(),
        Some("strong" | "em" | "strike" | "code" | "underline" | "annotation" | "border") => true,
        _ => false,
    }
}

/// Text in a code block has no marks; inline code goes with a link and nothing else.
fn marks_fit(marks: &[Value], parent: &str) -> bool {
    let code = marks.iter().any(|mark| mark["type"] == "code");
    let goes_with_code = |mark: &Value| matches!(mark["type"].as_str(), Some("code" | "link" | "annotation"));
    if parent == "codeBlock" { marks.is_empty() } else { !code || marks.iter().all(goes_with_code) }
}
