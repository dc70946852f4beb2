//! What Markdown becomes.

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;

use super::{
    super::{RichText, from_markdown, to_markdown},
    schema::check,
};

/// Lines made of the pieces that Markdown gives a meaning to.
fn markdown() -> impl Strategy<Value = String> {
    let prefix = prop::sample::select(vec![
        "", "- ", "  - ", "    ", "1. ", "7) ", "> ", "> > ", "- > ", "> - ", "# ", "###### ", "- # ", "| ", "\t",
        "- - ",
    ]);
    let piece = prop::sample::select(vec![
        "word",
        " ",
        "**",
        "*",
        "~~",
        "`",
        "``",
        "[a](https://x.y)",
        "[b](javascript:1)",
        "[](http://z)",
        "<br>",
        "|",
        "![i](http://p.q/r.png)",
        "<b>",
        "\\",
        "&amp;",
        "---",
        "```",
        "```rust",
        "| --- | --- |",
        "ü",
        "<https://u.v>",
        "<div>",
        "***",
        "[x]: http://r",
        "[x]",
        "  ",
        "\u{0}",
        "$",
        "_",
    ]);
    let line =
        (prefix, prop::collection::vec(piece, 0..6)).prop_map(|(prefix, pieces)| prefix.to_owned() + &pieces.concat());
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_markdown_gives_a_valid_document(text in markdown()) {
        let document = from_markdown(&text).unwrap();
        prop_assert_eq!(check(&document), Ok(()), "{}", document);
    }

    #[test]
    fn any_text_gives_a_valid_document(text in any::<String>()) {
        let document = from_markdown(&text).unwrap();
        prop_assert_eq!(check(&document), Ok(()), "{}", document);
    }

    #[test]
    fn no_word_is_lost(words in prop::collection::vec("[a-z]{1,8}", 1..20), breaks in prop::collection::vec("( |\n|\n\n|\n- |\n> )", 20)) {
        let text: String = words.iter().zip(&breaks).map(|(word, between)| format!("{word}{between}")).collect();
        let read = to_markdown(&from_markdown(&text).unwrap());
        let found: Vec<_> = read.split(|char: char| !char.is_alphabetic()).filter(|word| !word.is_empty()).collect();
        prop_assert_eq!(found, words);
    }
}

#[test]
fn deep_nesting_is_flat_and_quick() {
    for text in ["- ".repeat(20_000) + "x", "> ".repeat(20_000) + "x", "> - ".repeat(5_000) + "x", "*".repeat(20_000)] {
        let document = from_markdown(&text).unwrap();
        assert_eq!(check(&document), Ok(()));
    }
}

/// One line a node: a picture of the document.
fn shown(text: &str) -> String {
    fn show(node: &Value, indent: usize, lines: &mut Vec<String>) {
        let marks: Vec<_> =
            node["marks"].as_array().into_iter().flatten().filter_map(|mark| mark["type"].as_str()).collect();
        let marks = if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(" ")) };
        let text = node["text"].as_str().map(|text| format!(" {text:?}")).unwrap_or_default();
        let attributes = if node["attrs"].is_null() { String::new() } else { format!(" {}", node["attrs"]) };
        let kind = node["type"].as_str().unwrap_or_default();
        lines.push(format!("{}{kind}{attributes}{text}{marks}", " ".repeat(indent)));
        for child in node["content"].as_array().into_iter().flatten() {
            show(child, indent + 1, lines);
        }
    }
    let mut lines = Vec::new();
    show(&from_markdown(text).unwrap(), 0, &mut lines);
    lines.join("\n")
}

#[test]
fn a_blank_line_is_a_paragraph_and_a_new_line_a_blank() {
    assert_snapshot!(shown("one\ntwo\n\nthree **bold *both*** `code` ~~gone~~"), @r#"
    doc
     paragraph
      text "one two"
     paragraph
      text "three "
      text "bold " [strong]
      text "both" [strong em]
      text " "
      text "code" [code]
      text " "
      text "gone" [strike]
    "#);
}

#[test]
fn lists_nest_and_count() {
    assert_snapshot!(shown("3. a\n4. b\n   - c\n\n     ```sh\n     ls -l\n     ```\n- - x"), @r#"
    doc
     orderedList {"order":3}
      listItem
       paragraph
        text "a"
      listItem
       paragraph
        text "b"
       bulletList
        listItem
         paragraph
          text "c"
         codeBlock {"language":"sh"}
          text "ls -l"
     bulletList
      listItem
       paragraph
       bulletList
        listItem
         paragraph
          text "x"
    "#);
}

#[test]
fn what_cannot_be_nested_is_fitted() {
    assert_snapshot!(shown("- # title `x`\n- > quote\n\n> > inner\n> # head\n> ***"), @r#"
    doc
     bulletList
      listItem
       paragraph
        text "title " [strong]
        text "x" [code]
      listItem
       paragraph
        text "quote"
     blockquote
      paragraph
       text "inner"
      paragraph
       text "head" [strong]
      paragraph
       text "---"
    "#);
}

#[test]
fn tables_have_heads() {
    assert_snapshot!(shown("| a | b |\n|---|---|\n| 1 | **2** |\n"), @r#"
    doc
     table
      tableRow
       tableHeader
        paragraph
         text "a"
       tableHeader
        paragraph
         text "b"
      tableRow
       tableCell
        paragraph
         text "1"
       tableCell
        paragraph
         text "2" [strong]
    "#);
}

#[test]
fn links_lead_where_they_may() {
    assert_snapshot!(
        shown("[a](https://x.y) [b](javascript:alert(1)) [c](/local) <mailto:ann@example.com> [](http://z) ![p](http://q)"),
        @r#"
    doc
     paragraph
      text "a" [link]
      text " b (javascript:alert(1)) "
      text "c" [link]
      text " "
      text "mailto:ann@example.com" [link]
      text " "
      text "http://z" [link]
      text " "
      text "p" [link]
    "#
    );
}

#[test]
fn html_is_text() {
    assert_snapshot!(shown("a<br>b <i>c</i>\n\n<div>\n  <p>x</p>\n</div>"), @r#"
    doc
     paragraph
      text "a"
      hardBreak
      text "b <i>c</i>"
     paragraph
      text "<div>"
      hardBreak
      text "  <p>x</p>"
      hardBreak
      text "</div>"
    "#);
}

#[test]
fn an_empty_text_is_no_document() {
    for text in ["", " \n\n ", "#", ">", "<!-- for the author -->", "&#32;", "<br>", "![]()"] {
        assert_eq!(RichText::of(text.into()).unwrap().into_document(), None, "{text:?}");
    }
}

#[test]
fn an_object_must_be_a_document() {
    let document = serde_json::json!({ "type": "doc", "version": 1, "content": [{ "type": "rule" }] });
    assert_eq!(RichText::of(document.clone()).unwrap().into_document(), Some(document));
    for other in [serde_json::json!({ "type": "paragraph" }), serde_json::json!({}), serde_json::json!(["doc"])] {
        assert!(RichText::of(other).is_err());
    }
}

#[test]
fn what_was_written_is_read_back() {
    let text = "# Title\n\nSome **bold**, *slanted* and `code`, a [link](https://x.y).\n\n- one\n- two\n  1. inner\n\n\
                ```rust\nfn main() {}\n```\n\n> quoted\n\n---\n\n| a | b |\n| --- | --- |\n| 1 | 2 |";
    assert_eq!(to_markdown(&from_markdown(text).unwrap()), text);
}

#[test]
fn what_only_jira_writes_is_read_as_text() {
    let document = serde_json::json!({ "type": "doc", "version": 1, "content": [
        { "type": "panel", "attrs": { "panelType": "info" }, "content": [
            { "type": "paragraph", "content": [
                { "type": "mention", "attrs": { "id": "1", "text": "@Ann" } },
                { "type": "text", "text": " since " },
                { "type": "date", "attrs": { "timestamp": "1774540800000" } },
                { "type": "emoji", "attrs": { "shortName": ":tada:" } },
            ] },
        ] },
        { "type": "taskList", "content": [
            { "type": "taskItem", "attrs": { "state": "DONE" }, "content": [{ "type": "text", "text": "done" }] },
        ] },
        { "type": "mediaSingle", "content": [{ "type": "media", "attrs": { "id": "x" } }] },
        { "type": "somethingNew", "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": "new" }] }] },
    ] });
    assert_snapshot!(to_markdown(&document), @r"
    > [@Ann](accountid:1) since 2026-03-26:tada:

    - [x] done

    \[attachment\]

    new
    ");
}
