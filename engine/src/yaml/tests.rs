//! Places: of every pointer, and of every character of a scalar.

use proptest::prelude::*;
use serde_json::Value;

use super::{Document, Span, building, read, reader, value};

fn document(text: &str) -> Option<Document> {
    let reading = read(text);
    reading.document.filter(|_| reading.faults.is_empty())
}

/// Every value of a document with its place; panics where one has none.
fn spans(document: &Document) -> Vec<(&Value, Span)> {
    let mut found = vec![(&document.value, document.spans.root())];
    let mut next = 0;
    while let Some((value, span)) = found.get(next).copied() {
        match value {
            Value::Object(fields) => found.extend(fields.iter().map(|(name, value)| {
                let span = document.spans.field(span, name);
                (value, span.unwrap_or_else(|| panic!("`{name}` has no place")))
            })),
            Value::Array(items) => found.extend(items.iter().enumerate().map(|(index, value)| {
                let span = document.spans.item(span, index);
                (value, span.unwrap_or_else(|| panic!("the item {index} has no place")))
            })),
            _ => {}
        }
        next += 1;
    }
    found
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~éß\n]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z/~ é]{1,6}", inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A scalar of any style, with what is hard in it.
fn scalar() -> impl Strategy<Value = String> {
    let parts = |parts: &'static [&'static str]| prop::collection::vec(prop::sample::select(parts), 0..14);
    let plain = parts(&["x", "é", " ", "\t", "\n  ", "\n\n   ", "'", "\"", "\\", "${{ ", "}}", "😀", "\r\n "]);
    let single = parts(&["x", "é", " ", "\n  ", "\n\n ", "''", "\"", "\\", "${{ ", "#", "\r\n "]);
    let double =
        parts(&["x", " ", "\n  ", "'", "\\\"", "\\\\", "\\n", "\\x41", "\\u00e9", "\\U0001F600", "\\\n  ", "\\ "]);
    let block = parts(&["x", "é", " ", "\t", "\n  ", "\n\n  ", "\n     ", "'", "\"", "\\n", "#", "|", "\r\n  "]);
    let text = |parts: Vec<&str>| parts.concat();
    prop_oneof![
        plain.prop_map(move |parts| format!("a: x{}\n", text(parts))),
        single.prop_map(move |parts| format!("a: 'x{}'\n", text(parts))),
        double.prop_map(move |parts| format!("a: &n \"x{}\"\n", text(parts))),
        (prop::sample::select(&["|", ">", "|2-", ">+", "&n >- # why"][..]), block)
            .prop_map(move |(head, parts)| format!("a: {head}\n  x{}\n", text(parts))),
    ]
}

/// Lines of YAML that may not go together.
fn lines() -> impl Strategy<Value = String> {
    let line = prop::sample::select(
        &[
            "a: b",
            "b: 'c'",
            "c: \"d\"",
            "d:",
            "e: [1, a b, 'x']",
            "f: {x: 1, y: [z]}",
            "g: |",
            "h: >-",
            "- a",
            "- b: 1",
            "- - c",
            "-",
            "text",
            "more text",
            "i: 1.5",
            "j: null",
            "k: ~",
            "# c",
            "l: m # n",
            "m: n#o",
            "'q': r",
            "\"s\": t",
            "u: v: w",
            "w: ${{ x.y }}",
            "x: \"${{ x }}\"",
            "y: - z",
            "z: ? a",
            "? q",
            ": r",
            "aa: {b}",
            "ab: {b: }",
            "ac: [,]",
            "ad: [a,]",
            "ae: {\"b\":1}",
            "af: [a: b]",
            "ag: @b",
            "ah: `c`",
            "ai: %d",
            "%e",
            "---",
            "...",
            "aj: a:b",
            "ak: :b",
            "al: -b",
            "am: ?b",
            "é: ü",
            "an: a\\b",
            "ao: \"a\\n\"",
            "ap: ''",
            "aq: \"\"",
            "ar: [",
            "]",
            "{",
            "}",
            "as: }",
            "at: ]",
            "au: |2",
            "av: >1+",
            "",
        ][..],
    );
    let lines = prop::collection::vec((0_usize..4, line), 1..7);
    lines.prop_map(|lines| lines.into_iter().map(|(depth, line)| format!("{}{line}\n", "  ".repeat(depth))).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_pointer_has_a_place(value in json(), flow in any::<bool>()) {
        let text = if flow { value.to_string() } else { serde_yaml::to_string(&value).expect("YAML") };
        if let Some(document) = document(&text) {
            prop_assert_eq!(&document.value, &value, "{}", text);
            for (_, span) in spans(&document) {
                prop_assert!(text.get(document.spans.value(span)).is_some());
                prop_assert!(text.get(document.spans.key(span)).is_some());
            }
        }
    }

    #[test]
    fn an_ordinary_file_is_what_serde_yaml_reads(text in lines()) {
        let outline = reader::outline(&text).ok().filter(|outline| outline.faults.is_empty());
        if let Some(value) = outline.and_then(|outline| outline.value)
            && building::is_ordinary(&text)
        {
            let read = value::first_document(&text);
            prop_assert_eq!(Some(&value), read.as_ref().ok(), "{}", text);
            let document = document(&text).expect("it was read");
            prop_assert_eq!(document.disagreement(&value, document.spans.root()), None);
        }
    }

    #[test]
    fn every_character_that_is_not_blank_is_found(text in scalar()) {
        if let Some(document) = document(&text) {
            let span = document.spans.field(document.spans.root(), "a").expect("the key `a`");
            let value = document.value["a"].as_str().unwrap_or_default();
            for (at, char) in value.char_indices().filter(|(_, char)| !char.is_whitespace()) {
                let written = &text[document.spans.inside(span, value, at..at + char.len_utf8())];
                let is_it = written.chars().eq([char]) || written.starts_with('\\') || written == "''";
                prop_assert!(is_it, "{:?}: {:?} at {:?}", text, char, written);
            }
        }
    }

    #[test]
    fn no_text_is_too_odd_to_be_read(text in "[-a:{}\\[\\]&*!|>'\"%@`#,? \n\t\\\\é<0~.]{0,40}") {
        if let Some(document) = document(&text) {
            spans(&document);
        }
    }
}

#[test]
fn a_byte_of_a_scalar_is_found_in_every_style() {
    let cases = [
        ("a: ${{ inputs.hwo }}\n", "a"),
        ("ключ: é ${{ inputs.hwo }}\n", "ключ"),
        ("a: one\n\n  two ${{ inputs.hwo }}\n", "a"),
        ("a: 'it''s ''${{ inputs.hwo }}'\n", "a"),
        ("a: \"\\u00e9\\x41 \\\" ${{ inputs.hwo }}\"\n", "a"),
        ("a: \"x\\\n   \\ y ${{ inputs.hwo }}\"\n", "a"),
        ("a: |2-\n    one\n      two ${{ inputs.hwo }}\n\n", "a"),
        ("a: | # why\n  # one\n\n  ${{ inputs.hwo }}\n", "a"),
        ("a: >\r\n  é\r\n  ${{ inputs.hwo }}\r\n", "a"),
        ("a: &s |- # why\n  one\n  ${{ inputs.hwo }}\nb: *s\n", "b"),
        ("\u{feff}a: ${{ inputs.hwo }}\n", "a"),
    ];
    for (text, name) in cases {
        let document = document(text).expect("right YAML");
        let span = document.spans.field(document.spans.root(), name).expect("the key");
        let value = document.value[name].as_str().expect("a text");
        let at = value.find("inputs.hwo").expect("the mark");
        let found = document.spans.inside(span, value, at..at + "inputs.hwo".len());
        assert_eq!(&text[found], "inputs.hwo", "{text:?}");
    }
}
