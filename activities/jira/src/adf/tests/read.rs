//! What is read as Markdown is the document again when it is written.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    super::{from_markdown, to_markdown},
    schema::check,
};

fn node(kind: &str, content: Vec<Value>) -> Value {
    json!({ "type": kind, "content": content })
}

fn with(kind: &str, attributes: Value, content: Vec<Value>) -> Value {
    json!({ "type": kind, "attrs": attributes, "content": content })
}

fn document(content: Vec<Value>) -> Value {
    json!({ "version": 1, "type": "doc", "content": content })
}

/// Signs of Markdown, letters, white space: what texts are made of that are read.
fn words() -> impl Strategy<Value = String> {
    let signs = "\\`*_{}[]()<>#+-.!|~&;:=\"'/@$^ \t1axÜ–∂🎉\u{a0}\u{2028}".chars().map(String::from);
    let words = [
        "https://a.b",
        "http://",
        "<!--",
        "-->",
        "&amp;",
        "```",
        "~~~",
        "    ",
        "[^1]: ",
        "[x] ",
        "<br>",
        "1. ",
        "- ",
        "---",
        "| --- |",
        "[~accountid:1]",
        "](x)",
        "![",
        "C:\\",
        "__init__",
        "***",
        "ann@example.com",
    ];
    let piece = prop::sample::select(signs.chain(words.map(String::from)).collect::<Vec<_>>());
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn address() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec!["https://a.b", "mailto:a@b.c", "/", "#", "tel:+49", "ftp://a/"]);
    let piece = prop::sample::select(vec![
        "x", "/", "(", ")", "[", "]", "<", ">", " y", "\"", "'", "*", "_", "~", "`", "\\", "&amp;", "&copy", "|",
        "%20", "?q=1#z", "ü",
    ]);
    (start, prop::collection::vec(piece, 0..5)).prop_map(|(start, pieces)| start.to_owned() + &pieces.concat())
}

fn marks() -> impl Strategy<Value = Vec<Value>> {
    let link = (address(), prop::option::weighted(0.2, words())).prop_map(|(href, title)| match title {
        Some(title) => json!({ "type": "link", "attrs": { "href": href, "title": title } }),
        None => json!({ "type": "link", "attrs": { "href": href } }),
    });
    let link = prop::option::weighted(0.25, link);
    let plain = prop::sample::subsequence(vec!["strong", "em", "strike"], 0..=3);
    (link, prop::bool::weighted(0.2), plain).prop_map(|(link, code, plain)| {
        let named = |name| json!({ "type": name });
        let plain: Vec<_> = if code { vec!["code"] } else { plain };
        link.into_iter().chain(plain.into_iter().map(named)).collect()
    })
}

fn inline() -> impl Strategy<Value = Value> {
    let text = (words(), marks()).prop_map(|(text, marks)| {
        if marks.is_empty() {
            json!({ "type": "text", "text": text })
        } else {
            json!({ "type": "text", "text": text, "marks": marks })
        }
    });
    let linked = address().prop_filter("shown as it is", |address| !address.contains(char::is_whitespace)).prop_map(
        |href| json!({ "type": "text", "text": href, "marks": [{ "type": "link", "attrs": { "href": href } }] }),
    );
    prop_oneof![
        8 => text,
        1 => linked,
        1 => Just(json!({ "type": "hardBreak" })),
        1 => Just(json!({ "type": "mention", "attrs": { "id": "557058:f1-c" } })),
        1 => words().prop_map(|text| json!({ "type": "mention", "attrs": { "id": "5b1", "text": format!("@{text}") } })),
    ]
}

/// Inlines of which no two could be one.
fn inlines(least: usize) -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(inline(), least..6).prop_map(|mut inlines| {
        inlines.dedup_by(|next, before| {
            let both_are_text = before["type"] == "text" && next["type"] == "text";
            both_are_text && before.get("marks") == next.get("marks")
        });
        inlines
    })
}

fn paragraph() -> impl Strategy<Value = Value> {
    inlines(1).prop_map(|content| node("paragraph", content))
}

fn code_block() -> impl Strategy<Value = Value> {
    let language = prop::sample::select(vec!["", "rust", "c++", "c#", "a`b", "a&amp;b", "x\\y"]);
    let line = prop_oneof![words(), Just(String::new()), Just("\tx ".to_owned())];
    (language, prop::collection::vec(line, 0..4)).prop_map(|(language, lines)| {
        let text = lines.join("\n");
        let content = if text.is_empty() { Vec::new() } else { vec![json!({ "type": "text", "text": text })] };
        with("codeBlock", if language.is_empty() { json!({}) } else { json!({ "language": language }) }, content)
    })
}

fn item(blocks: Vec<Value>) -> Value {
    let begins = matches!(blocks.first().and_then(|block| block["type"].as_str()), Some("paragraph" | "codeBlock"));
    let empty = (!begins).then(|| node("paragraph", Vec::new()));
    node("listItem", empty.into_iter().chain(blocks).collect())
}

/// Lists whose items have the blocks.
fn list(blocks: BoxedStrategy<Vec<Value>>) -> impl Strategy<Value = Value> {
    let items = prop::collection::vec(blocks.prop_map(item), 1..4);
    (items, prop::option::of(prop::sample::select(vec![1_u64, 0, 2, 9, 999_999_990]))).prop_map(|(items, first)| {
        match first {
            Some(first) => with("orderedList", json!({ "order": first }), items),
            None => node("bulletList", items),
        }
    })
}

fn task_list() -> impl Strategy<Value = Value> {
    let task = (any::<bool>(), inlines(0))
        .prop_map(|(done, content)| with("taskItem", json!({ "state": if done { "DONE" } else { "TODO" } }), content));
    let tasks = prop::collection::vec(task, 1..3).prop_map(|tasks| node("taskList", tasks));
    tasks.prop_recursive(3, 8, 3, |inner| {
        (inner.clone(), prop::option::of(inner)).prop_map(|(mut outer, inner)| {
            let content = outer["content"].as_array_mut().unwrap();
            // Two lists below one task would be one.
            if content.last().unwrap()["type"] == "taskItem" {
                content.extend(inner);
            }
            outer
        })
    })
}

fn table() -> impl Strategy<Value = Value> {
    (1_usize..4).prop_flat_map(|columns| {
        let row = prop::collection::vec(inlines(0).prop_map(|content| vec![node("paragraph", content)]), columns);
        prop::collection::vec(row, 1..3).prop_map(|rows| {
            let rows = rows.into_iter().enumerate().map(|(number, cells)| {
                let kind = if number == 0 { "tableHeader" } else { "tableCell" };
                node("tableRow", cells.into_iter().map(|cell| node(kind, cell)).collect())
            });
            node("table", rows.collect())
        })
    })
}

/// Blocks as they may stand in items, and in quotes if there are no tasks among them.
fn nested() -> BoxedStrategy<Vec<Value>> {
    let leaf = prop_oneof![3 => paragraph(), 1 => code_block()];
    let leaves = prop::collection::vec(leaf, 0..3).boxed();
    leaves
        .prop_recursive(3, 12, 3, |inner| {
            let leaf = prop_oneof![3 => paragraph(), 1 => code_block(), 3 => list(inner), 1 => task_list()];
            prop::collection::vec(leaf, 0..4)
        })
        .boxed()
}

fn block() -> impl Strategy<Value = Value> {
    let heading = (1..=6, inlines(1)).prop_map(|(level, content)| with("heading", json!({ "level": level }), content));
    let quote = nested().prop_filter_map("something that quotes hold", |mut blocks| {
        blocks.retain(|block| block["type"] != "taskList");
        (!blocks.is_empty()).then(|| node("blockquote", blocks))
    });
    prop_oneof![
        3 => paragraph(),
        1 => heading,
        2 => list(nested()),
        1 => task_list(),
        1 => code_block(),
        1 => quote,
        1 => Just(json!({ "type": "rule" })),
        1 => table(),
    ]
}

/// Tasks get their ids when they are written.
fn without_ids(mut node: Value) -> Value {
    if let Some(attributes) = node.get_mut("attrs").and_then(Value::as_object_mut) {
        attributes.remove("localId");
        if attributes.is_empty() && node["type"] == "taskList" {
            node.as_object_mut().unwrap().remove("attrs");
        }
    }
    for child in node.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        *child = without_ids(child.take());
    }
    node
}

fn again(document: &Value) -> (String, Value) {
    let markdown = to_markdown(document);
    let written = from_markdown(&markdown).unwrap();
    assert_eq!(check(&written), Ok(()), "{markdown}");
    (markdown, without_ids(written))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_is_written_as_the_same_document(blocks in prop::collection::vec(block(), 0..5)) {
        let document = document(blocks);
        let (markdown, written) = again(&document);
        prop_assert_eq!(written, document, "{}", markdown);
    }

    #[test]
    fn lines_of_text_are_written_as_the_same(content in inlines(1)) {
        let document = document(vec![node("paragraph", content)]);
        let (markdown, written) = again(&document);
        prop_assert_eq!(written, document, "{}", markdown);
    }

    #[test]
    fn what_was_read_once_is_read_the_same_again(text in any::<String>()) {
        let once = to_markdown(&from_markdown(&text).unwrap());
        prop_assert_eq!(to_markdown(&from_markdown(&once).unwrap()), once);
    }
}

#[test]
fn what_has_a_meaning_is_escaped() {
    let read = |content: Value| to_markdown(&document(content.as_array().cloned().unwrap_or_default()));
    let text = |text: &str| json!({ "type": "text", "text": text });
    let marked = |text: &str, marks: &[&str]| {
        let marks: Vec<_> = marks.iter().map(|mark| json!({ "type": mark })).collect();
        json!({ "type": "text", "text": text, "marks": marks })
    };
    let link = |text: &str, href: &str| json!({ "type": "text", "text": text, "marks": [{ "type": "link", "attrs": { "href": href } }] });
    let br = || json!({ "type": "hardBreak" });
    let paragraph = |content: Vec<Value>| json!([node("paragraph", content)]);
    let task = |state: &str, text: Value| with("taskItem", json!({ "localId": "", "state": state }), vec![text]);
    let cases = [
        (
            paragraph(vec![text(r"Call __init__ of C:\_temp\*new, see [x](y)")]),
            r"Call \_\_init\_\_ of C:\\\_temp\\\*new, see \[x\](y)",
        ),
        (paragraph(vec![text("    indented, not code ")]), "&#32;   indented, not code&#32;"),
        (paragraph(vec![text("| a | b |"), br(), text("---")]), "\\| a \\| b \\|\\\n\\---"),
        (paragraph(vec![text("a_b <b> a < b R&D &amp; a! 5 * 3")]), r"a_b \<b> a < b R\&D \&amp; a! 5 \* 3"),
        (
            paragraph(vec![text("1. a"), br(), text("- b"), br(), text("# c"), br(), text("+1 -2 #3")]),
            "1\\. a\\\n\\- b\\\n\\# c\\\n+1 -2 #3",
        ),
        (
            paragraph(vec![text("https://x.y"), br(), br(), link("https://x.y", "https://x.y")]),
            "https\\://x.y&#10;&#10;<https://x.y>",
        ),
        (paragraph(vec![marked("a", &["strong"]), marked("b", &["em"]), text("c")]), "**a**<!-- -->*b*c"),
        (paragraph(vec![marked("a ", &["strong"]), marked("b", &["strong", "em"]), text("!")]), "**a _b_**!"),
        (paragraph(vec![text("a"), marked(" b! ", &["strong"]), text("c")]), "a<!-- -->**&#32;b!&#32;**<!-- -->c"),
        (paragraph(vec![marked("a`b``", &["code"]), marked("c", &["strike"])]), "``` a`b`` ```~~c~~"),
        (paragraph(vec![link("a]", "https://x.y/b c(d)<e>")]), "[a\\]](https://x.y/b&#32;c(d)&#60;e&#62;)"),
        (paragraph(vec![text("a!"), link("b", "/c_(d")]), "a\\![b](/c_&#40;d)"),
        (paragraph(vec![link("ann@x.y", "mailto:ann@x.y")]), "<ann@x.y>"),
        (paragraph(vec![json!({ "type": "mention", "attrs": { "id": "5b1" } })]), "[~accountid:5b1]"),
        (paragraph(vec![json!({ "type": "mention", "attrs": { "id": "5b1" } }), text(":>")]), r"[~accountid:5b1]\:>"),
        (paragraph(vec![json!({ "type": "inlineCard", "attrs": { "url": "https://x.y/z" } })]), "<https://x.y/z>"),
        (
            json!([{ "type": "mediaSingle", "attrs": { "layout": "center" }, "content": [
                { "type": "media", "attrs": { "type": "external", "url": "https://x.y/i.png", "alt": "an [i]" } }] }]),
            "![an \\[i\\]](https://x.y/i.png)",
        ),
        (json!([{ "type": "media", "attrs": { "type": "file", "id": "1", "collection": "" } }]), "\\[attachment\\]"),
        (
            json!([node(
                "taskList",
                vec![task("TODO", text("a")), node("taskList", vec![task("DONE", text("b"))]), task("TODO", text("c"))]
            )]),
            "- [ ] a\n  - [x] b\n- [ ] c",
        ),
        (
            json!([node(
                "decisionList",
                vec![
                    with("decisionItem", json!({ "state": "DECIDED" }), vec![text("a")]),
                    with("decisionItem", json!({ "state": "UNDECIDED" }), vec![text("b")]),
                ]
            )]),
            "- [x] a\n- [ ] b",
        ),
        (json!([node("bulletList", vec![item(vec![node("paragraph", vec![text("[x] a")])])])]), "- \\[x\\] a"),
        (json!([node("bulletList", vec![item(vec![])]), node("bulletList", vec![item(vec![])])]), "-\n\n*"),
        (
            json!([with("expand", json!({ "title": "*More*" }), vec![node("paragraph", vec![text("a")])])]),
            "**\\*More\\***\n\na",
        ),
        (
            json!([node(
                "table",
                vec![
                    node(
                        "tableRow",
                        vec![node(
                            "tableCell",
                            vec![node("paragraph", vec![text("a|b"), br(), marked("c|d", &["code"])])]
                        )]
                    ),
                    node(
                        "tableRow",
                        vec![
                            node(
                                "tableCell",
                                vec![node("paragraph", vec![text("e")]), node("codeBlock", vec![text("f\ng")])]
                            ),
                            node(
                                "tableCell",
                                vec![node("bulletList", vec![item(vec![node("paragraph", vec![text("h")])])])]
                            ),
                        ]
                    ),
                ]
            )]),
            "| a\\|b<br>`c\\|d` |  |\n| --- | --- |\n| e<br>`f`<br>`g` | - h |",
        ),
    ];
    for (content, expected) in cases {
        assert_eq!(read(content), expected);
    }
    // An old text is neither a document nor Markdown.
    assert_eq!(to_markdown(&json!("*a*\nb")), "\\*a\\*&#10;b");
    assert_eq!(to_markdown(&Value::Null), "");
}
