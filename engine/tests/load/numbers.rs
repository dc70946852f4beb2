//! Numbers that would be read as others are refused, whichever way they come in (design.md, values are values, c).

use flowrun_engine::{
    definition::{Definition, Source, read_inputs},
    diagnostic::Diagnostic,
};
use serde_json::{Map, Value};

use crate::loaded;

/// What is said of a number that is not read as it is written.
const INEXACT: &str = "is beyond 2^53 (9007199254740992): a `number` cannot hold every integer from there on";
const NOT_WRITTEN_OUT: &str = "is beyond 2^53 (9007199254740992): with a point or an exponent it loses digits";
const TOO_LARGE: &str = "is beyond 2^63 - 1 (9223372036854775807), the largest integer";

/// A number, and what is said of it as a `number`, as an `integer`, and where no type is declared. Nothing: it is taken.
const NUMBERS: [(&str, [&str; 3]); 16] = [
    ("0", ["", "", ""]),
    ("9007199254740991", ["", "", ""]),
    ("9007199254740992", ["", "", ""]),
    ("9007199254740993", [INEXACT, "", ""]),
    ("-9007199254740992", ["", "", ""]),
    ("-9007199254740993", [INEXACT, "", ""]),
    ("9007199254740992.0", ["", "", ""]),
    ("9007199254740994.0", [INEXACT, NOT_WRITTEN_OUT, TOO_LARGE]),
    ("1e15", ["", "", ""]),
    ("1e18", [INEXACT, NOT_WRITTEN_OUT, TOO_LARGE]),
    ("9223372036854775807", [INEXACT, "", ""]),
    ("-9223372036854775808", [INEXACT, "", ""]),
    ("9223372036854775808", [INEXACT, TOO_LARGE, ""]),
    ("123456789012345678901", [INEXACT, TOO_LARGE, TOO_LARGE]),
    ("1e300", [INEXACT, TOO_LARGE, TOO_LARGE]),
    ("0.1", ["", "expected", ""]),
];

const DECLARED: [&str; 3] = ["{ type: number }", "{ type: integer }", "{ description: any }"];

/// A definition with an input of this schema.
fn definition(schema: &str) -> Result<Definition, Vec<Diagnostic>> {
    let text = format!("process: p\nversion: v\ninputs:\n  n: {schema}\nnodes:\n  a: {{ activity: desk.look }}\n");
    let loaded = loaded(&text);
    loaded.definition.ok_or(loaded.diagnostics)
}

/// What is said of a value for an input, by each way in.
fn said(number: &str, declared: &str) -> Vec<(&'static str, Result<(), Vec<Diagnostic>>)> {
    let taken = definition(declared).expect("a definition");
    let bound = |inputs: Map<String, Value>| taken.bind_inputs(inputs).map(drop);
    let of_file = |name: &str, text: String| bound(read_inputs(&Source::new(name, text), &taken).expect("inputs"));
    let value: Value = serde_json::from_str(number).expect("JSON");
    let within = |keyword: &str| declared.replace(" }", &format!(", {keyword} }}"));
    let list = definition(&format!("{{ type: array, items: {declared} }}")).expect("a definition");
    let object = definition(&format!("{{ type: object, properties: {{ x: {declared} }} }}")).expect("a definition");
    let bound_in = |definition: Definition, value: Value| {
        definition.bind_inputs(Map::from_iter([("n".to_owned(), value)])).map(drop)
    };
    vec![
        ("a value", bound(Map::from_iter([("n".to_owned(), value.clone())]))),
        ("YAML", of_file("i.yaml", format!("n: {number}\n"))),
        ("JSON", of_file("i.json", format!("{{\"n\": {number}}}"))),
        ("a default", definition(&within(&format!("default: {number}"))).map(drop)),
        ("in a list", bound_in(list, Value::from(vec![value.clone()]))),
        ("in a map", bound_in(object, serde_json::json!({ "x": value }))),
    ]
}

#[test]
fn a_number_is_taken_as_it_is_written_or_refused() {
    for (number, expected) in NUMBERS {
        for (declared, expected) in DECLARED.into_iter().zip(expected) {
            for (way, said) in said(number, declared) {
                let words = said.err().into_iter().flatten().map(|fault| fault.message).collect::<Vec<_>>().join("; ");
                let fits = if expected.is_empty() { words.is_empty() } else { words.contains(expected) };
                assert!(fits, "{number} as {declared}, {way}: {words:?}, not {expected:?}");
            }
        }
    }
}

#[test]
fn in_with_too() {
    for (number, [as_number, as_integer, _]) in NUMBERS {
        for (key, expected) in [("size", as_number), ("count", as_integer)] {
            let text = format!(
                "process: p\nversion: v\nnodes:\n  a:\n    activity: desk.ask\n    with: {{ query: x, {key}: {number} }}\n"
            );
            let loaded = loaded(&text);
            let told: Vec<_> = loaded
                .diagnostics
                .iter()
                .map(|fault| (&text[fault.span.clone().expect("a place")], fault.message.as_str()))
                .collect();
            let fits = match told.as_slice() {
                [] => expected.is_empty(),
                [(span, words)] => *span == number && !expected.is_empty() && words.contains(expected),
                _ => false,
            };
            assert!(fits, "{key}: {number}: {told:?}, not {expected:?}");
        }
    }
}
