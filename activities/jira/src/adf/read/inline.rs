//! What stands in a line of text: its pieces, and the breaks between lines.

use serde_json::Value;

use super::{
    super::{
        address,
        escape::{self, Edges},
    },
    content, kind,
    marks::{self, Marks},
};

/// Where a text stands, which says what its edges lose and how a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InlineContext {
    /// In a paragraph of its own.
    Lines,
    /// Behind the mark of a task.
    Task,
    /// In a heading, which has one line.
    Line,
    /// In a table.
    Cell,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text {
        text: String,
        marks: Marks,
    },
    /// Markdown as it is: a mention, an image.
    Markdown(String),
    Break,
}

/// Inline nodes as Markdown.
pub(super) fn inlines(nodes: &[Value], place: InlineContext) -> String {
    let mut pieces = Vec::new();
    for node in nodes {
        add(node, &mut pieces);
    }
    let lines: Vec<_> = pieces.split(|piece| *piece == Piece::Break).collect();
    let last = lines.len() - 1;
    let mut out = String::new();
    // Whether the source has a new line here.
    let mut begins = place == InlineContext::Lines;
    for (number, line) in lines.iter().enumerate() {
        // A `\` ends a line only between two that are not empty.
        let breaks = number < last && !line.is_empty() && !lines[number + 1].is_empty();
        let ends = breaks && matches!(place, InlineContext::Lines | InlineContext::Task);
        let is_end = ends || number == last;
        let edges = Edges { line: begins, start: begins || number == 0, end: is_end, last: is_end };
        out.push_str(&marks::line(line, edges, place == InlineContext::Cell));
        if number < last {
            out.push_str(match place {
                InlineContext::Line | InlineContext::Cell => "<br>",
                _ if ends => "\\\n",
                _ => "&#10;",
            });
        }
        begins = ends;
    }
    out
}

/// Adds a node's pieces.
fn add(node: &Value, pieces: &mut Vec<Piece>) {
    let attribute = |name: &str| node["attrs"][name].as_str().unwrap_or_default();
    let plain = |text: &str, pieces: &mut Vec<Piece>| add_text(text, &Marks::default(), pieces);
    match kind(node) {
        "text" => add_text(node["text"].as_str().unwrap_or_default(), &Marks::of(node), pieces),
        "hardBreak" => pieces.push(Piece::Break),
        "mention" if address::is_account(attribute("id")) => {
            pieces.push(Piece::Markdown(mention(attribute("id"), attribute("text"))));
        }
        "mention" | "status" | "placeholder" => plain(attribute("text"), pieces),
        "emoji" => {
            let texts = [attribute("text"), attribute("shortName")];
            plain(texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default(), pieces);
        }
        "inlineCard" | "blockCard" | "embedCard" => {
            let url = attribute("url");
            add_text(url, &Marks::linked(url), pieces);
        }
        "date" => plain(&date(attribute("timestamp")).unwrap_or_default(), pieces),
        "media" if attribute("type") == "external" => pieces.push(Piece::Markdown(image(node))),
        "media" | "mediaInline" => plain("[attachment]", pieces),
        _ => {
            for child in content(node) {
                add(child, pieces);
            }
        }
    }
}

/// Adds a text, to the one before if that has the same marks. Its line breaks are hard ones.
fn add_text(text: &str, marks: &Marks, pieces: &mut Vec<Piece>) {
    for (number, line) in text.replace("\r\n", "\n").split(['\n', '\r']).enumerate() {
        if number > 0 {
            pieces.push(Piece::Break);
        }
        if line.is_empty() {
            continue;
        }
        match pieces.last_mut() {
            Some(Piece::Text { text, marks: last }) if last == marks => text.push_str(line),
            _ => pieces.push(Piece::Text { text: line.to_owned(), marks: marks.clone() }),
        }
    }
}

fn mention(id: &str, text: &str) -> String {
    let shown = escape::text(&text.replace(['\n', '\r'], " "), Edges::NONE);
    if text.is_empty() { format!("[~accountid:{id}]") } else { format!("[{shown}](accountid:{id})") }
}

/// An image from elsewhere. In a link, it is the link's text.
fn image(node: &Value) -> String {
    let attribute = |name: &str| node["attrs"][name].as_str().unwrap_or_default();
    let shown = escape::text(&attribute("alt").replace(['\n', '\r'], " "), Edges::NONE);
    let image = format!("![{shown}]({})", escape::address(attribute("url")));
    match Marks::of(node).address() {
        Some(address) => format!("[{image}]({})", escape::address(address)),
        None => image,
    }
}

/// A day, from milliseconds.
fn date(milliseconds: &str) -> Option<String> {
    let instant = jiff::Timestamp::from_millisecond(milliseconds.parse().ok()?).ok()?;
    Some(instant.strftime("%Y-%m-%d").to_string())
}
