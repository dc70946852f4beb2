//! Tables as Markdown has them: a head, and cells of one line.

use serde_json::{Value, json};

use super::{
    super::escape,
    code_text, content,
    inline::{InlineContext, inlines},
    kind,
};

/// A table; its first row is the head.
pub(super) fn table(node: &Value, depth: usize) -> String {
    let rows: Vec<Vec<_>> =
        content(node).iter().map(|row| content(row).iter().map(|cell| cell_text(cell, depth)).collect()).collect();
    // Cells beyond the head's would be lost.
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut lines = Vec::new();
    for mut row in rows {
        row.resize(columns, String::new());
        lines.push(format!("| {} |", row.join(" | ")));
        if lines.len() == 1 {
            lines.push(format!("|{}", " --- |".repeat(columns)));
        }
    }
    lines.join("\n")
}

fn cell_text(cell: &Value, depth: usize) -> String {
    let lines: Vec<_> = content(cell).iter().flat_map(|block| lines_of(block, depth)).collect();
    lines.join("<br>")
}

/// The lines of a block in a cell, where no block can be.
fn lines_of(block: &Value, depth: usize) -> Vec<String> {
    let Some(depth) = depth.checked_sub(1) else { return vec!["…".into()] };
    match kind(block) {
        "paragraph" | "heading" | "caption" | "taskItem" | "decisionItem" => {
            vec![inlines(content(block), InlineContext::Cell)]
        }
        "codeBlock" => {
            let line = |line: &str| if line.is_empty() { String::new() } else { escape::code(line, true) };
            code_text(block).split('\n').map(line).collect()
        }
        "bulletList" | "orderedList" | "taskList" | "decisionList" => {
            let item = |item| lines_of(item, depth).join("<br>");
            content(block).iter().map(item).map(|text| format!("- {text}")).collect()
        }
        "media" | "blockCard" | "embedCard" => vec![inlines(std::slice::from_ref(block), InlineContext::Cell)],
        _ => content(block).iter().flat_map(|block| lines_of(block, depth)).collect(),
    }
}

/// The inlines of several paragraphs, a hard break between each two.
pub(super) fn joined(blocks: &[Value]) -> Vec<Value> {
    let mut joined = Vec::new();
    for block in blocks {
        if !joined.is_empty() {
            joined.push(json!({ "type": "hardBreak" }));
        }
        joined.extend(content(block).iter().cloned());
    }
    joined
}
