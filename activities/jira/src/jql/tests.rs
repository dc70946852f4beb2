//! A value × where it stands: what the query is then, or why there is none.

use flowrun_engine::text::{Part, PlainType, Planned, TextKind};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::Jql;

/// A query of one value, `…` in the template; a fragment where the value is `{"fragment": …}`.
fn query(template: &str, value: &Value) -> String {
    let (before, after) = template.split_once('…').expect("a place");
    let part = match value.pointer("/fragment") {
        Some(text) => Part::Fragment { source: "x", text: text.as_str().expect("a text") },
        None => Part::Value { source: "x", value },
    };
    let parts = [Part::Literal(before), part, Part::Literal(after)];
    let parts: Vec<Part<'_>> = parts.into_iter().filter(|part| *part != Part::Literal("")).collect();
    match Jql.assemble(&parts) {
        Ok(query) => query.as_str().expect("a text").to_owned(),
        Err(fault) => format!("error: {}", fault.message),
    }
}

fn table(templates: &[&str], values: &[Value]) -> String {
    let rows = templates.iter().flat_map(|template| {
        let cells = values.iter().map(move |value| format!("{value} → {}", query(template, value)));
        [(*template).to_owned()].into_iter().chain(cells)
    });
    rows.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_plain_value_stays_a_value() {
    let values = [
        json!("WEB\" OR project = \"HR"),
        json!("a\\"),
        json!("it's\n\u{0}"),
        json!(5),
        json!(3.0),
        json!(1.5),
        json!(null),
        json!(["A", "b\"c", 1]),
        json!([]),
    ];
    let templates = [
        "project = \"…\" AND status = Done",
        "summary ~ 'a … b'",
        "project = … AND status = Done",
        "project=…",
        "key in (…)",
        "key in (A, …, B)",
        "updated <= -…d",
        "cf[…] = 1",
        "… = 1",
        "…",
        "project = OPS AND …",
        "status in f(…)",
        "ORDER BY …",
    ];
    assert_snapshot!(table(&templates, &values), @r##"
    project = "…" AND status = Done
    "WEB\" OR project = \"HR" → project = "WEB\" OR project = \"HR" AND status = Done
    "a\\" → project = "a\\" AND status = Done
    "it's\n\u0000" → project = "it\'s\n\u0000" AND status = Done
    5 → project = "5" AND status = Done
    3.0 → project = "3" AND status = Done
    1.5 → project = "1.5" AND status = Done
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → error: `x` is a list, which cannot stand here
    [] → error: `x` is a list, which cannot stand here
    summary ~ 'a … b'
    "WEB\" OR project = \"HR" → summary ~ 'a WEB\" OR project = \"HR b'
    "a\\" → summary ~ 'a a\\ b'
    "it's\n\u0000" → summary ~ 'a it\'s\n\u0000 b'
    5 → summary ~ 'a 5 b'
    3.0 → summary ~ 'a 3 b'
    1.5 → summary ~ 'a 1.5 b'
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → error: `x` is a list, which cannot stand here
    [] → error: `x` is a list, which cannot stand here
    project = … AND status = Done
    "WEB\" OR project = \"HR" → project = "WEB\" OR project = \"HR" AND status = Done
    "a\\" → project = "a\\" AND status = Done
    "it's\n\u0000" → project = "it\'s\n\u0000" AND status = Done
    5 → project = 5 AND status = Done
    3.0 → project = 3 AND status = Done
    1.5 → project = "1.5" AND status = Done
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → project = ("A", "b\"c", 1) AND status = Done
    [] → error: `x` is an empty list
    project=…
    "WEB\" OR project = \"HR" → project="WEB\" OR project = \"HR"
    "a\\" → project="a\\"
    "it's\n\u0000" → project="it\'s\n\u0000"
    5 → project=5
    3.0 → project=3
    1.5 → project="1.5"
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → project=("A", "b\"c", 1)
    [] → error: `x` is an empty list
    key in (…)
    "WEB\" OR project = \"HR" → key in ("WEB\" OR project = \"HR")
    "a\\" → key in ("a\\")
    "it's\n\u0000" → key in ("it\'s\n\u0000")
    5 → key in (5)
    3.0 → key in (3)
    1.5 → key in ("1.5")
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → key in ("A", "b\"c", 1)
    [] → error: `x` is an empty list
    key in (A, …, B)
    "WEB\" OR project = \"HR" → key in (A, "WEB\" OR project = \"HR", B)
    "a\\" → key in (A, "a\\", B)
    "it's\n\u0000" → key in (A, "it\'s\n\u0000", B)
    5 → key in (A, 5, B)
    3.0 → key in (A, 3, B)
    1.5 → key in (A, "1.5", B)
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → key in (A, "A", "b\"c", 1, B)
    [] → error: `x` is an empty list
    updated <= -…d
    "WEB\" OR project = \"HR" → error: `x` is a string, and only an integer can be glued to other characters
    "a\\" → error: `x` is a string, and only an integer can be glued to other characters
    "it's\n\u0000" → error: `x` is a string, and only an integer can be glued to other characters
    5 → updated <= -5d
    3.0 → updated <= -3d
    1.5 → error: `x` is a fraction, and only an integer can be glued to other characters
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → error: `x` is a list, and only an integer can be glued to other characters
    [] → error: `x` is a list, and only an integer can be glued to other characters
    cf[…] = 1
    "WEB\" OR project = \"HR" → error: `x` is a string, and only an integer can be glued to other characters
    "a\\" → error: `x` is a string, and only an integer can be glued to other characters
    "it's\n\u0000" → error: `x` is a string, and only an integer can be glued to other characters
    5 → cf[5] = 1
    3.0 → cf[3] = 1
    1.5 → error: `x` is a fraction, and only an integer can be glued to other characters
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → error: `x` is a list, and only an integer can be glued to other characters
    [] → error: `x` is a list, and only an integer can be glued to other characters
    … = 1
    "WEB\" OR project = \"HR" → "WEB\" OR project = \"HR" = 1
    "a\\" → "a\\" = 1
    "it's\n\u0000" → "it\'s\n\u0000" = 1
    5 → 5 = 1
    3.0 → 3 = 1
    1.5 → "1.5" = 1
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → ("A", "b\"c", 1) = 1
    [] → error: `x` is an empty list
    …
    "WEB\" OR project = \"HR" → error: `x` is a plain value, and a condition stands here
    "a\\" → error: `x` is a plain value, and a condition stands here
    "it's\n\u0000" → error: `x` is a plain value, and a condition stands here
    5 → error: `x` is a plain value, and a condition stands here
    3.0 → error: `x` is a plain value, and a condition stands here
    1.5 → error: `x` is a plain value, and a condition stands here
    null → error: `x` is a plain value, and a condition stands here
    ["A","b\"c",1] → error: `x` is a plain value, and a condition stands here
    [] → error: `x` is a plain value, and a condition stands here
    project = OPS AND …
    "WEB\" OR project = \"HR" → error: `x` is a plain value, and a condition stands here
    "a\\" → error: `x` is a plain value, and a condition stands here
    "it's\n\u0000" → error: `x` is a plain value, and a condition stands here
    5 → error: `x` is a plain value, and a condition stands here
    3.0 → error: `x` is a plain value, and a condition stands here
    1.5 → error: `x` is a plain value, and a condition stands here
    null → error: `x` is a plain value, and a condition stands here
    ["A","b\"c",1] → error: `x` is a plain value, and a condition stands here
    [] → error: `x` is a plain value, and a condition stands here
    status in f(…)
    "WEB\" OR project = \"HR" → status in f("WEB\" OR project = \"HR")
    "a\\" → status in f("a\\")
    "it's\n\u0000" → status in f("it\'s\n\u0000")
    5 → status in f(5)
    3.0 → status in f(3)
    1.5 → status in f("1.5")
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → status in f("A", "b\"c", 1)
    [] → error: `x` is an empty list
    ORDER BY …
    "WEB\" OR project = \"HR" → ORDER BY "WEB\" OR project = \"HR"
    "a\\" → ORDER BY "a\\"
    "it's\n\u0000" → ORDER BY "it\'s\n\u0000"
    5 → ORDER BY 5
    3.0 → ORDER BY 3
    1.5 → ORDER BY "1.5"
    null → error: `x` is null, which is not a value of a query
    ["A","b\"c",1] → ORDER BY ("A", "b\"c", 1)
    [] → error: `x` is an empty list
    "##);
}

#[test]
fn a_fragment_is_put_in_as_it_is() {
    let fragment = |text: &str| json!({ "fragment": text });
    let values = [
        fragment("project = OPS OR project = WEB"),
        fragment("startOfDay(-1)"),
        fragment("a) OR (b = 1"),
        fragment("a = \"b"),
        fragment("a = 1 ORDER BY key"),
        fragment(""),
    ];
    let templates = [
        "…",
        "status = Done AND …",
        "… ORDER BY key",
        "NOT … AND a = 1",
        "a = 1 || …",
        "created >= …",
        "… = 3",
        "key in (…)",
        "a = \"…\"",
        "a = x…",
        "ORDER BY …",
    ];
    assert_snapshot!(table(&templates, &values), @r##"
    …
    {"fragment":"project = OPS OR project = WEB"} → project = OPS OR project = WEB
    {"fragment":"startOfDay(-1)"} → startOfDay(-1)
    {"fragment":"a) OR (b = 1"} → error: `x` cannot be put into the query: its parentheses do not match
    {"fragment":"a = \"b"} → error: `x` cannot be put into the query: a quote in it is not closed
    {"fragment":"a = 1 ORDER BY key"} → a = 1 ORDER BY key
    {"fragment":""} → 
    status = Done AND …
    {"fragment":"project = OPS OR project = WEB"} → status = Done AND (project = OPS OR project = WEB)
    {"fragment":"startOfDay(-1)"} → status = Done AND (startOfDay(-1))
    {"fragment":"a) OR (b = 1"} → error: `x` cannot be put into the query: its parentheses do not match
    {"fragment":"a = \"b"} → error: `x` cannot be put into the query: a quote in it is not closed
    {"fragment":"a = 1 ORDER BY key"} → error: `x` cannot be put into the query: it has an `ORDER BY`, which a part of a query cannot have
    {"fragment":""} → error: `x` cannot be put into the query: it is empty
    … ORDER BY key
    {"fragment":"project = OPS OR project = WEB"} → (project = OPS OR project = WEB) ORDER BY key
    {"fragment":"startOfDay(-1)"} → (startOfDay(-1)) ORDER BY key
    {"fragment":"a) OR (b = 1"} → error: `x` cannot be put into the query: its parentheses do not match
    {"fragment":"a = \"b"} → error: `x` cannot be put into the query: a quote in it is not closed
    {"fragment":"a = 1 ORDER BY key"} → error: `x` cannot be put into the query: it has an `ORDER BY`, which a part of a query cannot have
    {"fragment":""} → error: `x` cannot be put into the query: it is empty
    NOT … AND a = 1
    {"fragment":"project = OPS OR project = WEB"} → NOT (project = OPS OR project = WEB) AND a = 1
    {"fragment":"startOfDay(-1)"} → NOT (startOfDay(-1)) AND a = 1
    {"fragment":"a) OR (b = 1"} → error: `x` cannot be put into the query: its parentheses do not match
    {"fragment":"a = \"b"} → error: `x` cannot be put into the query: a quote in it is not closed
    {"fragment":"a = 1 ORDER BY key"} → error: `x` cannot be put into the query: it has an `ORDER BY`, which a part of a query cannot have
    {"fragment":""} → error: `x` cannot be put into the query: it is empty
    a = 1 || …
    {"fragment":"project = OPS OR project = WEB"} → a = 1 || (project = OPS OR project = WEB)
    {"fragment":"startOfDay(-1)"} → a = 1 || (startOfDay(-1))
    {"fragment":"a) OR (b = 1"} → error: `x` cannot be put into the query: its parentheses do not match
    {"fragment":"a = \"b"} → error: `x` cannot be put into the query: a quote in it is not closed
    {"fragment":"a = 1 ORDER BY key"} → error: `x` cannot be put into the query: it has an `ORDER BY`, which a part of a query cannot have
    {"fragment":""} → error: `x` cannot be put into the query: it is empty
    created >= …
    {"fragment":"project = OPS OR project = WEB"} → error: `x` cannot be put into the query: it has several conditions, and a value stands here
    {"fragment":"startOfDay(-1)"} → created >= startOfDay(-1)
    {"fragment":"a) OR (b = 1"} → error: `x` cannot be put into the query: its parentheses do not match
    {"fragment":"a = \"b"} → error: `x` cannot be put into the query: a quote in it is not closed
    {"fragment":"a = 1 ORDER BY key"} → error: `x` cannot be put into the query: it has an `ORDER BY`, which a part of a query cannot have
    {"fragment":""} → created >= 
    … = 3
    {"fragment":"project = OPS OR project = WEB"} → error: `x` cannot be put into the query: it has several conditions, and a value stands here
    {"fragment":"startOfDay(-1)"} → startOfDay(-1) = 3
    {"fragment":"a) OR (b = 1"} → error: `x` cannot be put into the query: its parentheses do not match
    {"fragment":"a = \"b"} → error: `x` cannot be put into the query: a quote in it is not closed
    {"fragment":"a = 1 ORDER BY key"} → error: `x` cannot be put into the query: it has an `ORDER BY`, which a part of a query cannot have
    {"fragment":""} →  = 3
    key in (…)
    {"fragment":"project = OPS OR project = WEB"} → error: `x` cannot be put into the query: it has several conditions, and a value stands here
    {"fragment":"startOfDay(-1)"} → key in (startOfDay(-1))
    {"fragment":"a) OR (b = 1"} → error: `x` cannot be put into the query: its parentheses do not match
    {"fragment":"a = \"b"} → error: `x` cannot be put into the query: a quote in it is not closed
    {"fragment":"a = 1 ORDER BY key"} → error: `x` cannot be put into the query: it has an `ORDER BY`, which a part of a query cannot have
    {"fragment":""} → key in ()
    a = "…"
    {"fragment":"project = OPS OR project = WEB"} → error: `x` is JQL, and it stands in quotes
    {"fragment":"startOfDay(-1)"} → error: `x` is JQL, and it stands in quotes
    {"fragment":"a) OR (b = 1"} → error: `x` is JQL, and it stands in quotes
    {"fragment":"a = \"b"} → error: `x` is JQL, and it stands in quotes
    {"fragment":"a = 1 ORDER BY key"} → error: `x` is JQL, and it stands in quotes
    {"fragment":""} → error: `x` is JQL, and it stands in quotes
    a = x…
    {"fragment":"project = OPS OR project = WEB"} → error: `x` is JQL, and it is glued to other characters
    {"fragment":"startOfDay(-1)"} → error: `x` is JQL, and it is glued to other characters
    {"fragment":"a) OR (b = 1"} → error: `x` is JQL, and it is glued to other characters
    {"fragment":"a = \"b"} → error: `x` is JQL, and it is glued to other characters
    {"fragment":"a = 1 ORDER BY key"} → error: `x` is JQL, and it is glued to other characters
    {"fragment":""} → error: `x` is JQL, and it is glued to other characters
    ORDER BY …
    {"fragment":"project = OPS OR project = WEB"} → error: `x` cannot be put into the query: it has several conditions, and a value stands here
    {"fragment":"startOfDay(-1)"} → ORDER BY startOfDay(-1)
    {"fragment":"a) OR (b = 1"} → error: `x` cannot be put into the query: its parentheses do not match
    {"fragment":"a = \"b"} → error: `x` cannot be put into the query: a quote in it is not closed
    {"fragment":"a = 1 ORDER BY key"} → error: `x` cannot be put into the query: it has an `ORDER BY`, which a part of a query cannot have
    {"fragment":""} → ORDER BY
    "##);
}

#[test]
fn what_is_seen_before_the_run_is_told_then() {
    let plain = |types: &[PlainType]| Planned::Value { source: "x", types: types.to_vec() };
    let told = |parts: &[Planned<'_>]| {
        let faults = Jql.check(parts).into_iter();
        faults.map(|fault| format!("{:?} {}; {}", fault.part, fault.message, fault.help)).collect::<Vec<_>>().join("\n")
    };
    let cases = [
        vec![plain(&[PlainType::String])],
        vec![plain(&[])],
        vec![Planned::Literal("a = 1 AND "), plain(&[PlainType::String])],
        vec![Planned::Literal("a = -"), plain(&[PlainType::String]), Planned::Literal("d")],
        vec![Planned::Literal("a = -"), plain(&[PlainType::Integer]), Planned::Literal("d")],
        vec![Planned::Literal("a = "), plain(&[PlainType::Null])],
        vec![Planned::Literal("a = "), plain(&[PlainType::String, PlainType::Null])],
        vec![Planned::Literal("a = \""), plain(&[PlainType::List]), Planned::Literal("\"")],
        vec![Planned::Literal("a = \"b\\"), plain(&[]), Planned::Literal("\"")],
        vec![Planned::Literal("a = \"\\u00"), plain(&[]), Planned::Literal("\"")],
        vec![Planned::Literal("a = \""), plain(&[])],
        vec![plain(&[]), plain(&[PlainType::String])],
        vec![Planned::Literal("a = \""), Planned::Fragment { source: "x" }, Planned::Literal("\"")],
        vec![Planned::Fragment { source: "x" }],
    ];
    let shown = |told: String| if told.is_empty() { "nothing".to_owned() } else { told };
    assert_snapshot!(cases.iter().map(|parts| shown(told(parts))).collect::<Vec<_>>().join("\n"), @r##"
    Some(0) `x` is a plain value, and a condition stands here; as a value it stands after a field, in quotes: `project = "${{ x }}"`; if it is JQL, say so: `x-text: jql` where the input is declared, or `${{ jql.raw(x) }}`
    Some(0) `x` is a plain value, and a condition stands here; as a value it stands after a field, in quotes: `project = "${{ x }}"`; if it is JQL, say so: `x-text: jql` where the input is declared, or `${{ jql.raw(x) }}`
    Some(1) `x` is a plain value, and a condition stands here; as a value it stands after a field, in quotes: `project = "${{ x }}"`; if it is JQL, say so: `x-text: jql` where the input is declared, or `${{ jql.raw(x) }}`
    Some(1) `x` is a string, and only an integer can be glued to other characters; put the whole value into quotes, with what it is glued to
    nothing
    Some(1) `x` is null, which is not a value of a query; issues without a value are found by `field is EMPTY`; say what to use instead of null, or run the node only `if` there is a value
    nothing
    Some(1) `x` is a list, which cannot stand here; only a string can be in quotes; a list is written without quotes: `key in ${{ … }}`
    Some(1) a value cannot follow a backslash; write `\\` for a backslash
    Some(1) a value cannot follow a backslash; write `\\` for a backslash
    None a quote in the query is not closed; close it, or write `\"` for the mark itself
    Some(1) `x` is a string, and only an integer can be glued to other characters; put the whole value into quotes, with what it is glued to
    Some(1) `x` is JQL, and it stands in quotes; let JQL stand on its own; a value in quotes is written without `jql.raw()` and without `x-text: jql`
    nothing
    "##);
}

proptest::proptest! {
    /// However a string looks, in quotes it ends where its quotes end: the same holds for any string after it.
    #[test]
    fn no_string_leaves_its_quotes(value in "[\"'\\\\a-c()=\n\u{0}é ]{0,12}") {
        for template in ["a = \"…\" AND b = 1", "a = '…' AND b = 1", "a = … AND b = 1"] {
            let query = query(template, &json!(value));
            proptest::prop_assert!(query.ends_with(" AND b = 1"), "{}", query);
            let inner = query.strip_prefix("a = ").and_then(|rest| rest.strip_suffix(" AND b = 1")).expect("a value");
            let mark = inner.chars().next().expect("a quote");
            let mut characters = inner[1..].chars();
            let mut length = 1;
            while let Some(character) = characters.next() {
                length += character.len_utf8();
                match character {
                    '\\' => length += characters.next().map_or(0, char::len_utf8),
                    end if end == mark => break,
                    _ => {}
                }
            }
            proptest::prop_assert_eq!(length, inner.len(), "{}", query);
        }
    }
}
