//! Documents as wiki markup. \[unverified\] in its details.

use serde_json::Value;

/// A document as text with wiki markup.
pub(super) fn markup(document: &Value) -> String {
    blocks(document, "")
}

/// The blocks of a node, apart from one another by an empty line.
fn blocks(node: &Value, bullets: &str) -> String {
    children(node).iter().map(|child| block(child, bullets)).collect::<Vec<_>>().join("\n\n")
}

fn block(node: &Value, bullets: &str) -> String {
    match kind(node) {
        "heading" => format!("h{}. {}", node["attrs"]["level"], inlines(node)),
        "bulletList" => items(node, &format!("{bullets}*")),
        "orderedList" => items(node, &format!("{bullets}#")),
        "taskList" | "decisionList" => items(node, &format!("{bullets}-")),
        "codeBlock" => {
            let language =
                node["attrs"]["language"].as_str().map(|language| format!(":{language}")).unwrap_or_default();
            format!("{{code{language}}}\n{}\n{{code}}", inlines(node))
        }
        "blockquote" => format!("{{quote}}\n{}\n{{quote}}", blocks(node, "")),
        "panel" | "expand" | "nestedExpand" => format!("{{panel}}\n{}\n{{panel}}", blocks(node, "")),
        "rule" => "----".to_owned(),
        "table" => children(node).iter().map(row).collect::<Vec<_>>().join("\n"),
        "mediaSingle" | "mediaGroup" => children(node).iter().map(inline).collect(),
        _ => inlines(node),
    }
}

/// The items of a list, with lists inside them on lines of their own.
fn items(list: &Value, bullets: &str) -> String {
    let line = |item: &Value| {
        let nested = |child: &&Value| matches!(kind(child), "bulletList" | "orderedList" | "taskList");
        // The items of task lists have their text in them, those of others have blocks.
        let text = if children(item).iter().any(|child| kind(child) == "text") {
            inlines(item)
        } else {
            let blocks = children(item).iter().filter(|child| !nested(child));
            blocks.map(|child| block(child, "")).collect::<Vec<_>>().join("\n")
        };
        let below = children(item).iter().filter(nested).map(|child| format!("\n{}", block(child, bullets)));
        format!("{bullets} {text}{}", below.collect::<String>())
    };
    children(list).iter().map(line).collect::<Vec<_>>().join("\n")
}

fn row(row: &Value) -> String {
    let is_header = children(row).iter().any(|cell| kind(cell) == "tableHeader");
    let edge = if is_header { "||" } else { "|" };
    let cells = children(row).iter().map(|cell| blocks(cell, "").replace("\n\n", "\n"));
    cells.map(|cell| format!("{edge}{cell}")).chain([edge.to_owned()]).collect()
}

fn inlines(node: &Value) -> String {
    children(node).iter().map(inline).collect()
}

fn inline(node: &Value) -> String {
    let attribute = |name: &str| node["attrs"][name].as_str().unwrap_or_default();
    match kind(node) {
        "text" => marked(node),
        "hardBreak" => "\n".to_owned(),
        "mention" => format!("[~accountid:{}]", attribute("id")),
        "emoji" if attribute("text").is_empty() => attribute("shortName").to_owned(),
        "emoji" | "status" => attribute("text").to_owned(),
        "inlineCard" => format!("[{}]", attribute("url")),
        "media" => format!("!{}!", attribute("alt")),
        _ => inlines(node),
    }
}

fn marked(node: &Value) -> String {
    let text = node["text"].as_str().unwrap_or_default().to_owned();
    let marks = node["marks"].as_array().map_or(&[][..], Vec::as_slice);
    marks.iter().fold(text, |text, mark| {
        let attribute = |name: &str| mark["attrs"][name].as_str().unwrap_or_default();
        match kind(mark) {
            "strong" => format!("*{text}*"),
            "em" => format!("_{text}_"),
            "strike" => format!("-{text}-"),
            "underline" => format!("+{text}+"),
            "code" => format!("{{{{{text}}}}}"),
            "link" => format!("[{text}|{}]", attribute("href")),
            "subsup" if attribute("type") == "sub" => format!("~{text}~"),
            "subsup" => format!("^{text}^"),
            "textColor" => format!("{{color:{}}}{text}{{color}}", attribute("color")),
            _ => text,
        }
    })
}

fn kind(node: &Value) -> &str {
    node["type"].as_str().unwrap_or_default()
}

fn children(node: &Value) -> &[Value] {
    node["content"].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(text: &str) -> Value {
        json!({ "type": "text", "text": text })
    }

    fn node(kind: &str, content: &[Value]) -> Value {
        json!({ "type": kind, "content": content })
    }

    #[test]
    fn documents() {
        let paragraph = |words: &str| node("paragraph", &[text(words)]);
        let mark = |mark: Value| json!({ "type": "text", "text": "a", "marks": [mark] });
        let nested =
            node("listItem", &[paragraph("one"), node("orderedList", &[node("listItem", &[paragraph("two")])])]);
        for (content, expected) in [
            (vec![paragraph("a"), paragraph("b")], "a\n\nb"),
            (vec![json!({ "type": "heading", "attrs": { "level": 2 }, "content": [text("a")] })], "h2. a"),
            (vec![node("bulletList", &[nested, node("listItem", &[paragraph("three")])])], "* one\n*# two\n* three"),
            (
                vec![json!({ "type": "codeBlock", "attrs": { "language": "rust" }, "content": [text("a")] })],
                "{code:rust}\na\n{code}",
            ),
            (vec![node("blockquote", &[paragraph("a")]), json!({ "type": "rule" })], "{quote}\na\n{quote}\n\n----"),
            (vec![node("paragraph", &[text("a"), json!({ "type": "hardBreak" }), text("b")])], "a\nb"),
            (vec![node("paragraph", &[mark(json!({ "type": "strong" }))])], "*a*"),
            (vec![node("paragraph", &[mark(json!({ "type": "code" }))])], "{{a}}"),
            (
                vec![node("paragraph", &[mark(json!({ "type": "link", "attrs": { "href": "http://b" } }))])],
                "[a|http://b]",
            ),
            (
                vec![json!({ "type": "paragraph", "content": [{ "type": "mention", "attrs": { "id": "1" } }] })],
                "[~accountid:1]",
            ),
            (
                vec![node(
                    "table",
                    &[
                        node(
                            "tableRow",
                            &[node("tableHeader", &[paragraph("a")]), node("tableHeader", &[paragraph("b")])],
                        ),
                        node("tableRow", &[node("tableCell", &[paragraph("c")]), node("tableCell", &[paragraph("d")])]),
                    ],
                )],
                "||a||b||\n|c|d|",
            ),
            (vec![], ""),
        ] {
            assert_eq!(markup(&node("doc", &content)), expected);
        }
    }
}
