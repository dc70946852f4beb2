//! ADF → Markdown, so that writing it as ADF gives the document again. What Markdown has no form for is read as its text:
//! panels are quotes, decisions tasks, attachments their place.

mod inline;
mod marks;
mod table;

use serde_json::Value;

use self::inline::{InlineContext, inlines};
use super::{Part, assemble, escape};

/// Jira's own editor stays far below.
const DEEPEST: usize = 100;

/// A document as Markdown. A text that is not a document (an old plain one) is read as that text.
pub(crate) fn to_markdown(document: &Value) -> String {
    match document {
        Value::String(text) => assemble(&[Part::Value(text)]),
        Value::Null => String::new(),
        document => blocks(content(document), DEEPEST),
    }
}

/// Blocks, an empty line between each two.
fn blocks(nodes: &[Value], depth: usize) -> String {
    let texts = each(nodes, depth);
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// The text of each block. Of two lists that follow each other the second has another sign, or they would be one.
fn each(nodes: &[Value], depth: usize) -> Vec<String> {
    let mut before = (Family::None, false);
    let text = |node| {
        let family = family(node);
        let other = family == before.0 && !before.1;
        let text = block(node, depth, other);
        if !text.is_empty() {
            before = (family, other);
        }
        text
    };
    nodes.iter().map(text).collect()
}

/// Lists that would run into each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    None,
    Bullets,
    Numbers,
}

fn family(node: &Value) -> Family {
    match kind(node) {
        "bulletList" | "taskList" | "decisionList" => Family::Bullets,
        "orderedList" => Family::Numbers,
        _ => Family::None,
    }
}

/// A block. `other`: with the other sign, where it is a list.
fn block(node: &Value, depth: usize, other: bool) -> String {
    let Some(depth) = depth.checked_sub(1) else { return "…".into() };
    let bullet = if other { "* " } else { "- " };
    match kind(node) {
        "paragraph" | "caption" => inlines(content(node), InlineContext::Lines),
        "heading" => {
            let level = usize::try_from(node["attrs"]["level"].as_u64().unwrap_or(1)).unwrap_or(1).clamp(1, 6);
            format!("{} {}", "#".repeat(level), inlines(content(node), InlineContext::Line))
        }
        "bulletList" => list(node, depth, |_| bullet.into()),
        "orderedList" => {
            let first = node["attrs"]["order"].as_u64().unwrap_or(1);
            let sign = if other { ")" } else { "." };
            // A marker has nine digits at most.
            list(node, depth, |index| format!("{}{sign} ", first.saturating_add(index).min(999_999_999)))
        }
        "taskList" | "decisionList" => tasks(node, bullet, depth),
        "codeBlock" => code(node),
        "blockquote" | "panel" => prefixed("> ", "> ", &blocks(content(node), depth)),
        "rule" => "---".into(),
        "table" => table::table(node, depth),
        "expand" | "nestedExpand" => {
            let title = node["attrs"]["title"].as_str().filter(|title| !title.trim().is_empty());
            let title = title.map(|title| marks::bold(title.trim()));
            let texts = title.into_iter().chain([blocks(content(node), depth)]).filter(|text| !text.is_empty());
            texts.collect::<Vec<_>>().join("\n\n")
        }
        "text" | "hardBreak" | "mention" | "inlineCard" | "blockCard" | "embedCard" | "media" => {
            inlines(std::slice::from_ref(node), InlineContext::Lines)
        }
        _ => blocks(content(node), depth),
    }
}

fn list(node: &Value, depth: usize, marker: impl Fn(u64) -> String) -> String {
    let items = content(node).iter().zip(0..).map(|(item, index)| {
        let marker = marker(index);
        prefixed(&marker, &" ".repeat(marker.len()), &item_text(content(item), depth))
    });
    items.collect::<Vec<_>>().join("\n")
}

/// The blocks of an item. A list stands close to the paragraph before it where it can.
fn item_text(nodes: &[Value], depth: usize) -> String {
    let mut out = String::new();
    let mut before = "";
    for (node, text) in nodes.iter().zip(each(nodes, depth)) {
        if text.is_empty() {
            continue;
        }
        // Signs of lists alone, such as `- - -`, are a rule.
        if out.is_empty() && text.lines().next().is_some_and(|line| line.chars().all(|char| "-* ".contains(char))) {
            out.push_str(escape::NOTHING);
        }
        if !out.is_empty() {
            let close = before == "paragraph" && interrupts(node, &text);
            out.push_str(if close { "\n" } else { "\n\n" });
        }
        out.push_str(&text);
        before = kind(node);
    }
    out
}

/// Whether a list begins without an empty line before it: not with an empty item, nor with another number than 1.
fn interrupts(node: &Value, text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    match family(node) {
        Family::None => false,
        Family::Bullets => first.len() > "- ".len(),
        Family::Numbers => first.len() > "1. ".len() && first.starts_with("1. "),
    }
}

/// A task list; one in it belongs to the task before.
fn tasks(node: &Value, bullet: &str, depth: usize) -> String {
    let mut lines = Vec::new();
    for task in content(node) {
        let Some(depth) = depth.checked_sub(1) else { continue };
        if matches!(kind(task), "taskList" | "decisionList") {
            let indent = if lines.is_empty() { "" } else { "  " };
            lines.push(prefixed(indent, indent, &tasks(task, "- ", depth)));
            continue;
        }
        let is_done = matches!(task["attrs"]["state"].as_str(), Some("DONE" | "DECIDED"));
        let mark = if is_done { "[x] " } else { "[ ] " };
        let text = match kind(task) {
            "blockTaskItem" => inlines(&table::joined(content(task)), InlineContext::Task),
            _ => inlines(content(task), InlineContext::Task),
        };
        let text = if text.is_empty() { escape::NOTHING.to_owned() } else { text };
        lines.push(prefixed(&format!("{bullet}{mark}"), "  ", &text));
    }
    lines.join("\n")
}

fn code(node: &Value) -> String {
    let language = node["attrs"]["language"].as_str().and_then(|language| language.split_whitespace().next());
    let language = escape::attribute(language.unwrap_or_default());
    let text = code_text(node);
    let fence = "`".repeat(escape::longest_run(&text, '`').max(2) + 1);
    let text = if text.is_empty() { text } else { text + "\n" };
    format!("{fence}{language}\n{text}{fence}")
}

fn code_text(node: &Value) -> String {
    let text: String = content(node).iter().filter_map(|child| child["text"].as_str()).collect();
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Each line with a prefix; the first may have another.
fn prefixed(first: &str, rest: &str, text: &str) -> String {
    let lines = text.split('\n').enumerate().map(|(index, line)| {
        let prefix = if index == 0 { first } else { rest };
        if line.is_empty() { prefix.trim_end().to_owned() } else { format!("{prefix}{line}") }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn content(node: &Value) -> &[Value] {
    node["content"].as_array().map_or(&[], Vec::as_slice)
}

fn kind(node: &Value) -> &str {
    node["type"].as_str().unwrap_or_default()
}
