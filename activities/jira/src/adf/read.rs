//! ADF → Markdown: what a person reads of a rich text. What Markdown has no form for is shown as its text.

use serde_json::Value;

/// Jira's own editor stays far below.
const DEEPEST: usize = 100;

/// The text of a document, as Markdown. A text that is no document (an old plain one) is given as it is.
pub(crate) fn to_markdown(document: &Value) -> String {
    match document {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        document => blocks(document, DEEPEST).trim().to_owned(),
    }
}

/// The blocks in `node`, an empty line between each two.
fn blocks(node: &Value, depth: usize) -> String {
    let texts: Vec<_> = content(node).iter().map(|child| block(child, depth)).filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

fn block(node: &Value, depth: usize) -> String {
    let Some(depth) = depth.checked_sub(1) else { return "…".into() };
    match kind(node) {
        "paragraph" | "caption" => inlines(node),
        "heading" => {
            let level = usize::try_from(node["attrs"]["level"].as_u64().unwrap_or(1)).unwrap_or(1).clamp(1, 6);
            format!("{} {}", "#".repeat(level), inlines(node))
        }
        "bulletList" => list(node, depth, |_| "- ".into()),
        "orderedList" => {
            let first = node["attrs"]["order"].as_u64().unwrap_or(1);
            list(node, depth, |index| format!("{}. ", first.saturating_add(index)))
        }
        "taskList" | "decisionList" => content(node).iter().map(task).collect::<Vec<_>>().join("\n"),
        "codeBlock" => code(node),
        "blockquote" | "panel" => prefixed("> ", "> ", &blocks(node, depth)),
        "rule" => "---".into(),
        "table" => table(node, depth),
        "expand" | "nestedExpand" => {
            let title = node["attrs"]["title"].as_str().filter(|title| !title.is_empty());
            let title = title.map(|title| format!("**{title}**\n\n")).unwrap_or_default();
            format!("{title}{}", blocks(node, depth)).trim().to_owned()
        }
        "blockCard" | "embedCard" | "text" | "inlineCard" => inline(node),
        "media" => "[attachment]".into(),
        _ => blocks(node, depth),
    }
}

fn list(node: &Value, depth: usize, marker: impl Fn(u64) -> String) -> String {
    let items = content(node).iter().zip(0..).map(|(item, index)| {
        let marker = marker(index);
        // Lists inside an item stand close; its other blocks too, as tight lists write them.
        let text: Vec<_> = content(item).iter().map(|child| block(child, depth)).collect();
        prefixed(&marker, &" ".repeat(marker.len()), &text.join("\n"))
    });
    items.collect::<Vec<_>>().join("\n")
}

fn task(node: &Value) -> String {
    let mark = if node["attrs"]["state"] == "DONE" { "x" } else { " " };
    format!("- [{mark}] {}", inlines(node))
}

fn code(node: &Value) -> String {
    let language = node["attrs"]["language"].as_str().unwrap_or_default();
    let text: String = content(node).iter().filter_map(|child| child["text"].as_str()).collect();
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}")
}

fn table(node: &Value, depth: usize) -> String {
    let mut lines = Vec::new();
    for row in content(node) {
        let cells: Vec<_> =
            content(row).iter().map(|cell| blocks(cell, depth).replace('\n', " ").replace('|', "\\|")).collect();
        lines.push(format!("| {} |", cells.join(" | ")));
        if lines.len() == 1 {
            lines.push(format!("|{}", " --- |".repeat(cells.len())));
        }
    }
    lines.join("\n")
}

fn inlines(node: &Value) -> String {
    content(node).iter().map(inline).collect()
}

fn inline(node: &Value) -> String {
    let attribute = |name: &str| node["attrs"][name].as_str().unwrap_or_default();
    match kind(node) {
        "text" => marked(node),
        "hardBreak" => "\n".into(),
        "mention" | "status" | "placeholder" => attribute("text").to_owned(),
        "emoji" => [attribute("text"), attribute("shortName")]
            .into_iter()
            .find(|text| !text.is_empty())
            .map_or_else(String::new, str::to_owned),
        "inlineCard" | "blockCard" | "embedCard" => attribute("url").to_owned(),
        "date" => date(attribute("timestamp")).unwrap_or_default(),
        "media" | "mediaInline" => "[attachment]".into(),
        _ => inlines(node),
    }
}

/// A text with its marks. White space stays outside of them, or Markdown would not read them as marks.
fn marked(node: &Value) -> String {
    let text = node["text"].as_str().unwrap_or_default();
    let core = text.trim();
    if core.is_empty() {
        return text.to_owned();
    }
    let (before, after) = text.split_once(core).unwrap_or_default();
    let marks = node["marks"].as_array().map_or(&[][..], Vec::as_slice);
    let marked = marks.iter().rev().fold(core.to_owned(), |text, mark| match kind(mark) {
        "strong" => format!("**{text}**"),
        "em" => format!("*{text}*"),
        "strike" => format!("~~{text}~~"),
        "code" => {
            let fence = "`".repeat(longest_run(&text) + 1);
            format!("{fence}{text}{fence}")
        }
        _ => text,
    });
    let link = marks.iter().find(|mark| kind(mark) == "link").and_then(|mark| mark["attrs"]["href"].as_str());
    let linked = match link {
        Some(address) if address == core => format!("<{address}>"),
        Some(address) => format!("[{marked}]({address})"),
        None => marked,
    };
    format!("{before}{linked}{after}")
}

/// A day, from milliseconds.
fn date(milliseconds: &str) -> Option<String> {
    let instant = jiff::Timestamp::from_millisecond(milliseconds.parse().ok()?).ok()?;
    Some(instant.strftime("%Y-%m-%d").to_string())
}

/// The longest run of backticks: a fence must be longer.
fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or(0)
}

/// Each line with a prefix; the first may have another.
fn prefixed(first: &str, rest: &str, text: &str) -> String {
    let lines = text.lines().enumerate().map(|(index, line)| {
        let prefix = if index == 0 { first } else { rest };
        format!("{prefix}{line}").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn content(node: &Value) -> &[Value] {
    node["content"].as_array().map_or(&[], Vec::as_slice)
}

fn kind(node: &Value) -> &str {
    node["type"].as_str().unwrap_or_default()
}
