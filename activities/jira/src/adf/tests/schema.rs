//! What ADF allows, as far as Markdown is written as it (npm `@atlaskit/adf-schema` 57.7, `json-schema/v1/full.json`).

use serde_json::Value;

use super::super::address;

/// What may be in what, from the reference of ADF's nodes.
fn allowed(parent: &str) -> &'static [&'static str] {
    match parent {
        "doc" => &[
            "paragraph",
            "heading",
            "bulletList",
            "orderedList",
            "codeBlock",
            "blockquote",
            "rule",
            "table",
            "taskList",
        ],
        "paragraph" | "heading" | "taskItem" => &["text", "hardBreak", "mention"],
        "taskList" => &["taskItem", "taskList"],
        "bulletList" | "orderedList" => &["listItem"],
        "listItem" => &["paragraph", "bulletList", "orderedList", "codeBlock", "taskList"],
        "blockquote" => &["paragraph", "bulletList", "orderedList", "codeBlock"],
        "codeBlock" => &["text"],
        "table" => &["tableRow"],
        "tableRow" => &["tableHeader", "tableCell"],
        "tableHeader" | "tableCell" => &["paragraph"],
        _ => &[],
    }
}

pub(super) fn check(node: &Value) -> Result<(), String> {
    let kind = node["type"].as_str().ok_or("a node without a type")?;
    let children = node["content"].as_array().map_or(&[][..], Vec::as_slice);
    let may_be_empty =
        matches!(kind, "doc" | "paragraph" | "codeBlock" | "text" | "hardBreak" | "rule" | "mention" | "taskItem");
    if children.is_empty() && !may_be_empty {
        return Err(format!("an empty {kind}"));
    }
    if kind == "text" {
        check_text(node)?;
    }
    if kind == "heading" && !(1..=6).contains(&node["attrs"]["level"].as_u64().unwrap_or(0)) {
        return Err(format!("a heading of level {}", node["attrs"]["level"]));
    }
    if matches!(kind, "taskList" | "taskItem") && !node["attrs"]["localId"].is_string() {
        return Err(format!("a {kind} without an id"));
    }
    let names: Vec<_> = node.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if !names.iter().all(|name| ["type", "content", "attrs", "text", "marks", "version"].contains(name)) {
        return Err(format!("{kind} with {names:?}"));
    }
    if kind == "listItem" && !matches!(children[0]["type"].as_str(), Some("paragraph" | "codeBlock")) {
        return Err(format!("an item that begins with {}", children[0]["type"]));
    }
    for child in children {
        let name = child["type"].as_str().unwrap_or_default();
        if !allowed(kind).contains(&name) {
            return Err(format!("{name} in {kind}"));
        }
        if kind == "codeBlock" && !child["marks"].is_null() {
            return Err("a mark in a code block".into());
        }
        check(child)?;
    }
    Ok(())
}

fn check_text(node: &Value) -> Result<(), String> {
    if node["text"].as_str().unwrap_or_default().is_empty() {
        return Err("an empty string".into());
    }
    let marks: Vec<_> = node["marks"].as_array().into_iter().flatten().collect();
    let names: Vec<_> = marks.iter().filter_map(|mark| mark["type"].as_str()).collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    if unique.len() != names.len() || node["marks"].as_array().is_some_and(Vec::is_empty) {
        return Err(format!("marks {names:?}"));
    }
    if names.contains(&"code") && names.iter().any(|name| !matches!(*name, "code" | "link")) {
        return Err(format!("code with {names:?}"));
    }
    for mark in marks.iter().filter(|mark| mark["type"] == "link") {
        let address = mark["attrs"]["href"].as_str().unwrap_or_default();
        if !address::is_allowed(address) {
            return Err(format!("a link to {address}"));
        }
    }
    Ok(())
}
