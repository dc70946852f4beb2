//! What is wrong with a document that somebody wrote as ADF, found before anything is sent. Jira says only that it is not one.
//!
//! It refuses what no version of ADF has: nodes and marks without a type or of a misspelt one, text without a block,
//! missing attributes, lists without items. What may stand in what, and types that are like no known one, since there may
//! be new ones, are left to Jira.

use serde_json::Value;

/// Nodes that hold no text of their own, or hold it in blocks.
const BLOCKS: [&str; 36] = [
    "blockCard",
    "blockTaskItem",
    "blockquote",
    "bodiedExtension",
    "bodiedSyncBlock",
    "bulletList",
    "caption",
    "codeBlock",
    "confluenceUnsupportedBlock",
    "decisionItem",
    "decisionList",
    "embedCard",
    "expand",
    "extension",
    "extensionFrame",
    "heading",
    "layoutColumn",
    "layoutSection",
    "listItem",
    "media",
    "mediaGroup",
    "mediaSingle",
    "multiBodiedExtension",
    "nestedExpand",
    "orderedList",
    "panel",
    "paragraph",
    "rule",
    "syncBlock",
    "table",
    "tableCell",
    "tableHeader",
    "tableRow",
    "taskItem",
    "taskList",
    "unsupportedBlock",
];

/// Nodes that stand in a line of text.
const INLINES: [&str; 13] = [
    "confluenceUnsupportedInline",
    "date",
    "emoji",
    "hardBreak",
    "image",
    "inlineCard",
    "inlineExtension",
    "mediaInline",
    "mention",
    "placeholder",
    "status",
    "text",
    "unsupportedInline",
];

/// Nodes that are a part of another, and stand nowhere else.
const PARTS: [&str; 9] = [
    "caption",
    "decisionItem",
    "layoutColumn",
    "listItem",
    "media",
    "tableCell",
    "tableHeader",
    "tableRow",
    "taskItem",
];

/// What a text or a block may be marked with.
const MARKS: [&str; 20] = [
    "alignment",
    "annotation",
    "backgroundColor",
    "border",
    "breakout",
    "code",
    "confluenceInlineComment",
    "dataConsumer",
    "em",
    "fontSize",
    "fragment",
    "indentation",
    "link",
    "strike",
    "strong",
    "subsup",
    "textColor",
    "underline",
    "unsupportedMark",
    "unsupportedNodeAttribute",
];

/// The first fault of a document, with its place: "`content[0]`: there is no node `nope`".
pub(super) fn fault(document: &Value) -> Option<String> {
    let blocks = children(document, "")?.find_map(|(place, node)| {
        let kind = node["type"].as_str().unwrap_or_default();
        let around = if INLINES.contains(&kind) { "a `paragraph`" } else { "another node" };
        let wrong = INLINES.contains(&kind) || PARTS.contains(&kind);
        wrong.then(|| format!("`{place}`: a node `{kind}` belongs in {around}, not in the document itself"))
    });
    blocks.or_else(|| in_children(document, ""))
}

/// The nodes in a node, each with its place.
fn children<'a>(node: &'a Value, place: &str) -> Option<impl Iterator<Item = (String, &'a Value)>> {
    let before = if place.is_empty() { String::new() } else { format!("{place}.") };
    let nodes = node["content"].as_array()?.iter().enumerate();
    Some(nodes.map(move |(number, node)| (format!("{before}content[{number}]"), node)))
}

fn in_children(node: &Value, place: &str) -> Option<String> {
    children(node, place)?.find_map(|(place, child)| in_node(child, &place).or_else(|| in_children(child, &place)))
}

/// What is wrong with a node itself.
fn in_node(node: &Value, place: &str) -> Option<String> {
    let Some(kind) = node["type"].as_str() else {
        return Some(format!("`{place}`: a node is an object with a `type`, such as `paragraph`"));
    };
    if let Some(meant) = misspelt(kind, BLOCKS.iter().chain(&INLINES)) {
        return Some(format!("`{place}`: there is no node `{kind}`; did you mean `{meant}`?"));
    }
    let lists = ["content", "marks"].into_iter().find(|name| node.get(*name).is_some_and(|list| !list.is_array()));
    if let Some(name) = lists {
        return Some(format!("`{place}`: `{name}` is a list"));
    }
    if let Some(lacks) = lacking(node, kind) {
        return Some(format!("`{place}`: a node `{kind}` needs {lacks}"));
    }
    let fault = node["marks"].as_array()?.iter().find_map(in_mark)?;
    Some(format!("`{place}`: {fault}"))
}

/// What is wrong with a mark.
fn in_mark(mark: &Value) -> Option<String> {
    match mark["type"].as_str() {
        None => Some("a mark is an object with a `type`, such as `strong`".into()),
        Some("link") if !mark["attrs"]["href"].is_string() => Some("a mark `link` needs `attrs.href`".into()),
        Some(kind) => misspelt(kind, &MARKS).map(|meant| format!("there is no mark `{kind}`; did you mean `{meant}`?")),
    }
}

/// The known type that an unknown one is nearly.
fn misspelt<'a>(kind: &str, known: impl IntoIterator<Item = &'a &'static str>) -> Option<&'static str> {
    let likeness = |name: &&'static str| (strsim::jaro_winkler(kind, name), *name);
    let (likeness, name) = known.into_iter().map(likeness).max_by(|left, right| left.0.total_cmp(&right.0))?;
    (0.9..1.0).contains(&likeness).then_some(name)
}

/// What a node must have and has not.
fn lacking(node: &Value, kind: &str) -> Option<&'static str> {
    let attributes = &node["attrs"];
    let (has, needed) = match kind {
        "text" => (node["text"].as_str().is_some_and(|text| !text.is_empty()), "a `text` that is not empty"),
        "heading" => {
            (attributes["level"].as_u64().is_some_and(|level| (1..=6).contains(&level)), "`attrs.level` from 1 to 6")
        }
        "mention" => (attributes["id"].is_string(), "`attrs.id`, the account id of a user"),
        "panel" => (attributes["panelType"].is_string(), "`attrs.panelType`, such as `info`"),
        "emoji" => (attributes["shortName"].is_string(), "`attrs.shortName`, such as `:smile:`"),
        "bulletList" | "orderedList" | "taskList" | "decisionList" | "table" => {
            (node["content"].as_array().is_some_and(|items| !items.is_empty()), "a `content` that is not empty")
        }
        _ => return None,
    };
    (!has).then_some(needed)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn told(content: Value) -> String {
        fault(&json!({ "type": "doc", "version": 1, "content": content })).unwrap_or_default()
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let paragraph = |node: Value| json!([{ "type": "paragraph", "content": [node] }]);
        let cases = [
            json!(["a"]),
            json!([{ "text": "a" }]),
            json!([{ "type": "paragaph" }]),
            json!([{ "type": "rule" }, { "type": "text", "text": "a" }]),
            json!([{ "type": "heading", "attrs": { "level": 7 } }]),
            json!([{ "type": "panel", "content": [] }]),
            json!([{ "type": "paragraph", "content": "a" }]),
            paragraph(json!({ "type": "text", "text": "" })),
            paragraph(json!({ "type": "text", "text": "a", "marks": "strong" })),
            paragraph(json!({ "type": "text", "text": "a", "marks": [{ "type": "stong" }] })),
            paragraph(json!({ "type": "text", "text": "a", "marks": [{ "type": "link" }] })),
            paragraph(json!({ "type": "text", "text": "a", "marks": ["strong"] })),
            json!([{ "type": "listItem", "content": [] }]),
            json!([{ "type": "bulletList", "content": [] }]),
            paragraph(json!({ "type": "mention" })),
            paragraph(json!({ "type": "emoji" })),
        ];
        let told: Vec<_> = cases.into_iter().map(told).collect();
        assert_snapshot!(told.join("\n"), @r"
        `content[0]`: a node is an object with a `type`, such as `paragraph`
        `content[0]`: a node is an object with a `type`, such as `paragraph`
        `content[0]`: there is no node `paragaph`; did you mean `paragraph`?
        `content[1]`: a node `text` belongs in a `paragraph`, not in the document itself
        `content[0]`: a node `heading` needs `attrs.level` from 1 to 6
        `content[0]`: a node `panel` needs `attrs.panelType`, such as `info`
        `content[0]`: `content` is a list
        `content[0].content[0]`: a node `text` needs a `text` that is not empty
        `content[0].content[0]`: `marks` is a list
        `content[0].content[0]`: there is no mark `stong`; did you mean `strong`?
        `content[0].content[0]`: a mark `link` needs `attrs.href`
        `content[0].content[0]`: a mark is an object with a `type`, such as `strong`
        `content[0]`: a node `listItem` belongs in another node, not in the document itself
        `content[0]`: a node `bulletList` needs a `content` that is not empty
        `content[0].content[0]`: a node `mention` needs `attrs.id`, the account id of a user
        `content[0].content[0]`: a node `emoji` needs `attrs.shortName`, such as `:smile:`
        ");
    }

    #[test]
    fn what_may_be_new_is_left_to_jira() {
        let text = json!({ "type": "text", "text": "a", "marks": [{ "type": "sparkling" }] });
        assert_eq!(told(json!([{ "type": "hologram" }, { "type": "paragraph", "content": [text] }])), "");
    }

    #[test]
    fn what_markdown_becomes_has_no_fault() {
        let text = "# a\n\n> *b* [c](https://d.e)\n\n- f\n  1. g\n\n```rust\nh\n```\n\n---\n\n| i |\n|---|\n| j |";
        assert_eq!(fault(&super::super::from_markdown(text).unwrap()), None);
    }
}
