//! What single pieces of Markdown become, one line each.

use serde_json::Value;

use super::super::from_markdown;

/// A document in a few characters: blocks by their name, texts with their marks, `⏎` for a hard break.
fn picture(node: &Value) -> String {
    let children: Vec<_> = node["content"].as_array().into_iter().flatten().map(picture).collect();
    let kind = node["type"].as_str().unwrap_or_default();
    match kind {
        "text" => marked(node),
        "hardBreak" => "⏎".into(),
        "mention" => {
            let text = node["attrs"]["text"].as_str().map(|text| format!(" {text}")).unwrap_or_default();
            format!("mention({}{text})", node["attrs"]["id"].as_str().unwrap_or_default())
        }
        "doc" => children.join(" "),
        "paragraph" => format!("p({})", children.concat()),
        "taskItem" => format!("{}({})", node["attrs"]["state"].as_str().unwrap_or_default(), children.concat()),
        _ => format!("{kind}({})", children.join(" ")),
    }
}

fn marked(node: &Value) -> String {
    let text = node["text"].as_str().unwrap_or_default().to_owned();
    node["marks"].as_array().into_iter().flatten().fold(text, |text, mark| {
        let attribute = |name: &str| mark["attrs"][name].as_str().map(|value| format!(" {value}")).unwrap_or_default();
        match mark["type"].as_str().unwrap_or_default() {
            "link" if attribute("href").trim() == text => format!("link({text})"),
            "link" => format!("link({text}{}{})", attribute("href"), attribute("title")),
            kind => format!("{kind}({text})"),
        }
    })
}

/// Each piece of Markdown with what it becomes.
fn assert_pictures(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(markdown, expected)| (markdown, picture(&from_markdown(markdown).unwrap()), expected))
        .filter(|(_, found, expected)| found != *expected)
        .map(|(markdown, found, expected)| format!("{markdown:?}\n  is        {found}\n  should be {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn links_and_addresses() {
    assert_pictures(&[
        ("[a](https://x.y \"t\")", "p(link(a https://x.y t))"),
        (
            "[a](/job/7) [b](#c) [d](tel:+49) [e](ftp://h/f)",
            "p(link(a /job/7) link(b #c) link(d tel:+49) link(e ftp://h/f))",
        ),
        ("[a](slack://c?id=1) [b](MAILTO:a@b.c)", "p(link(a slack://c?id=1) link(b MAILTO:a@b.c))"),
        ("[the run](www.x.y) [b](../c)", "p(the run (www.x.y) b (../c))"),
        (
            "[a](javascript:alert(1)) [b](JavaScript:x) [c](data:,x)",
            "p(a (javascript:alert(1)) b (JavaScript:x) c (data:,x))",
        ),
        ("[a](java&#10;script:x) [b](https:x) [c](http://)", "p(a (java⏎script:x) b (https:x) c (http://))"),
        ("[a]() []() ![]() [](https://x.y)", "p(a   link(https://x.y))"),
        ("[www.x.y](www.x.y) <made:up> <https://x.y>", "p(www.x.y <made:up> link(https://x.y))"),
        ("<ann@example.com>", "p(link(ann@example.com mailto:ann@example.com))"),
        ("![a](https://x.y/i.png) ![b](i.png) ![](i.png)", "p(link(a https://x.y/i.png) b (i.png) i.png)"),
        ("[![a](https://i.j)](https://x.y)", "p(link(a https://x.y))"),
        ("[![](https://i.j)](https://x.y)", "p(link(https://i.j https://x.y))"),
        ("**[a *b*](https://x.y)**", "p(strong(link(a  https://x.y))em(strong(link(b https://x.y))))"),
        ("[a](<https://x.y/b c(d>)", "p(link(a https://x.y/b c(d))"),
    ]);
}

#[test]
fn bare_addresses() {
    assert_pictures(&[
        ("Build failed: https://ci.x.y/job/7", "p(Build failed: link(https://ci.x.y/job/7))"),
        (
            "HTTPS://x.y. (http://x.y/a_(b)), \"http://x.y\"!",
            "p(link(HTTPS://x.y). (link(http://x.y/a_(b))), \"link(http://x.y)\"!)",
        ),
        ("https://x.y/__init__.py/*a*?b=_c_#*", "p(link(https://x.y/__init__.py/*a*?b=_c_#)*)"),
        ("**https://x.y** *b https://x.y*", "p(strong(link(https://x.y)) em(b )em(link(https://x.y)))"),
        ("https://x.y/?a=1&amp;b=2&copy=3", "p(link(https://x.y/?a=1&b=2&copy=3))"),
        (
            "!https://x.y [https://x.y](https://z) `https://x.y`",
            "p(!link(https://x.y) link(https://x.y https://z) code(https://x.y))",
        ),
        ("http:// https://. http\\://x.y https&#58;//x.y", "p(http:// https://. http://x.y https://x.y)"),
        (
            "| a |\n|---|\n| https://x.y|",
            "table(tableRow(tableHeader(p(a))) tableRow(tableCell(p(link(https://x.y)))))",
        ),
        ("    https://x.y", "codeBlock(https://x.y)"),
        ("www.x.y ann@example.com ftp://x.y", "p(www.x.y ann@example.com ftp://x.y)"),
    ]);
}

#[test]
fn lines_and_html() {
    assert_pictures(&[
        ("a\nb", "p(a b)"),
        ("a  \nb\\\nc<br>d<br/>e&#10;f", "p(a⏎b⏎c⏎d⏎e⏎f)"),
        ("# a<br>b", "heading(a ⏎ b)"),
        ("a <!-- b --> c", "p(a  c)"),
        ("a\n<!-- b -->\nc", "p(a) p(c)"),
        ("<!-- a\n\nb -->\n\nc", "p(c)"),
        ("<!-- never closed\n\na", "p(<!-- never closed⏎a)"),
        ("<div>\n<!-- a -->\nb<br>c\n</div>", "p(<div>⏎b⏎c⏎</div>)"),
        ("<br>", "p(⏎)"),
        ("a <b title=\"x\">c</b> <T>", "p(a <b title=\"x\">c</b> <T>)"),
        ("a\0b &#0; \u{fdd0}", "p(a\u{fffd}b \u{fffd} \u{fffd})"),
        ("&#64976;&#xFDD1;&amp;&#x41;", "p(\u{fffd}\u{fffd}&A)"),
    ]);
}

#[test]
fn notes_and_definitions() {
    assert_pictures(&[
        ("a[^1]\n\n[^1]: word", "p(a[^1]) p([^1]: word)"),
        ("a[^1]\n\n[^1]: more words\n\n    and *more*", "p(a[^1]) p([^1]: more words) p(and em(more))"),
        ("[^1]: # a", "p([^1]: ) heading(a)"),
        ("[^x]", "p([^x])"),
        ("[a]\n\n[a]: https://x.y 't'", "p(link(a https://x.y t))"),
        ("[ERROR]: failed", "p([ERROR]: failed)"),
        ("[a]: https://x.y\n[b]: /c\n\n[a]", "p([b]: /c) p(link(a https://x.y))"),
    ]);
}

#[test]
fn tasks() {
    assert_pictures(&[
        ("- [x] a\n- [ ] **b**", "taskList(DONE(a) TODO(strong(b)))"),
        ("* [X] a\n\n* [ ] b", "taskList(DONE(a) TODO(b))"),
        ("- [ ] a\n  - [x] b\n    - [ ] c\n- [x] d", "taskList(TODO(a) taskList(DONE(b) taskList(TODO(c))) DONE(d))"),
        ("- [x] a\n- b", "bulletList(listItem(p([x] a)) listItem(p(b)))"),
        ("1. [x] a", "orderedList(listItem(p([x] a)))"),
        ("- [ ] a\n  - b", "bulletList(listItem(p([ ] a) bulletList(listItem(p(b)))))"),
        ("- [x] a\n\n  b", "bulletList(listItem(p([x] a) p(b)))"),
        ("- a\n  - [x] b", "bulletList(listItem(p(a) taskList(DONE(b))))"),
        ("> - [x] a\n>   - [ ] b", "blockquote(bulletList(listItem(p([x] a) bulletList(listItem(p([ ] b))))))"),
        ("- \\[x] a", "bulletList(listItem(p([x] a)))"),
    ]);
}

#[test]
fn mentions() {
    assert_pictures(&[
        ("Ask [~accountid:557058:f1-c].", "p(Ask mention(557058:f1-c).)"),
        ("[@Ann](accountid:5b1) [](accountid:5b1)", "p(mention(5b1 @Ann) mention(5b1))"),
        (
            "\\[~accountid:1] [~accountid:a b] `[~accountid:1]`",
            "p([~accountid:1] [~accountid:a b] code([~accountid:1]))",
        ),
        ("[a [~accountid:1]](https://x.y)", "p(link(a [~accountid:1] https://x.y))"),
        ("**[~accountid:1] a**", "p(mention(1)strong( a))"),
    ]);
}

#[test]
fn what_is_too_long_is_refused() {
    let refused = |text: &str| from_markdown(text).err().map(|cause| cause.to_string());
    let long = |characters: usize| Some(format!("it has {characters} characters, and Jira takes 32767 at most"));
    let cases = [
        ("ü".repeat(32_767), None),
        ("ü".repeat(32_768), long(32_768)),
        // A reference is one character.
        ("&#95;".repeat(32_767), None),
        ("&#95;".repeat(32_768), long(32_768)),
        (format!("```\n{}\n```", "x\n".repeat(20_000)), long(40_000)),
        // Not even read.
        ("<!-- -->".repeat(32_767), None),
        ("<!-- -->".repeat(32_768), long(262_144)),
        (
            format!("|{}\n|{}\n{}", "a|".repeat(300), "-|".repeat(300), "|b\n".repeat(2_000)),
            Some("it has too many pieces, such as cells of tables, for one text".into()),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(&text), expected, "{}…", &text.chars().take(20).collect::<String>());
    }
}
