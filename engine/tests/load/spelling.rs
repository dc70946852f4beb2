//! Plain scalars keep their spelling: a number is not text that is printed back.

use flowrun_engine::expression::Template;
use serde_json::{Value, json};

use crate::{check, loaded};

/// Ways of writing a number, and what YAML reads.
const NUMBERS: [(&str, &str); 8] = [
    ("1.10", "1.1"),
    ("2026.10", "2026.1"),
    ("1e3", "1000.0"),
    ("0x1F", "31"),
    ("0o17", "15"),
    ("+5", "5"),
    ("123456789012345678901", "1.2345678901234568e20"),
    ("7", "7"),
];

/// Where a string is asked for, where a number is, and where nobody knows.
fn with(spelling: &str) -> Value {
    // No double has as many digits.
    let number = if spelling.len() > 16 { "1" } else { spelling };
    let text = format!(
        "process: p\nversion: {spelling}\ndescription: {spelling}\ninputs:\n  \
         text: {{ type: string, default: {spelling} }}\n  texts: {{ type: array, items: {{ type: string }}, default: [{spelling}] }}\n  \
         choice: {{ enum: [a, {spelling}], type: string, default: {spelling} }}\n  \
         number: {{ type: number, default: {number} }}\nnodes:\n  ask:\n    activity: desk.ask\n    with:\n      \
         query: {spelling}\n      version: {spelling}\n      labels: [{spelling}, x]\n      note: &n {spelling}\n      queries: [*n]\n      \
         fields: {{ one: {spelling}, list: [{spelling}], own: {{ id: {number} }} }}\n\
         outputs:\n  alone: {spelling}\n  list: [{spelling}]\n  within: {{ a: {{ b: {spelling} }} }}\n"
    );
    let loaded = loaded(&text);
    let definition = loaded.definition.unwrap_or_else(|| panic!("{spelling}: {:?}", loaded.diagnostics));
    let inputs: Vec<_> = definition.inputs.iter().map(|input| json!([input.schema["enum"], input.default])).collect();
    let outputs: Vec<_> = definition.outputs.iter().map(|(_, output)| literal(output)).collect();
    json!({ "version": definition.version, "description": definition.description, "inputs": inputs,
            "with": literal(&definition.nodes[0].kind.activity().expect("its work").with), "outputs": outputs })
}

fn literal(template: &Template) -> &Value {
    let Template::Literal(value) = template else { panic!("no literal: {template:?}") };
    value
}

#[test]
fn where_a_string_is_asked_for_a_number_is_its_spelling() {
    for (spelling, number) in NUMBERS {
        let number: Value = serde_json::from_str(number).expect("a number");
        // What is printed back as it is written may stay a number: it is the same to whoever takes it.
        let printed = number.to_string();
        let given = if printed == spelling { number.clone() } else { json!(spelling) };
        let number = if spelling.len() > 16 { json!(1) } else { number };
        assert_eq!(
            with(spelling),
            json!({
                "version": spelling,
                "description": spelling,
                "inputs": [
                    [null, spelling],
                    [null, [spelling]],
                    [["a", spelling], spelling],
                    [null, number],
                ],
                "with": {
                    "query": spelling,
                    "version": given,
                    "labels": [spelling, "x"],
                    "note": spelling,
                    "queries": [spelling],
                    "fields": { "one": given, "list": [given], "own": { "id": number } },
                },
                "outputs": [given, [given], { "a": { "b": given } }],
            }),
            "{spelling}"
        );
    }
}

#[test]
fn no_help_formats_a_number_anew() {
    let text = "process: p\nversion: v\ninputs:\n  on: { type: boolean, default: 1.10 }\nnodes:\n  a:\n    activity: desk.ask\n    after: 1.10\n    if: 0x1F\n    with: { query: True, count: 1.10 }\n";
    insta::assert_snapshot!(check(text), @r##"
    4:33 FR0207 [1.10] the default does not fit: expected a boolean (`true` or `false`), found `1.10`
    8:12 FR0203 [1.10] expected a string or a list or a map, found `1.10`; quote it: `"1.10"`
    9:9 FR0203 [0x1F] expected a boolean (`true` or `false`) or a string, found `0x1F`; quote it: `"0x1F"`
    10:20 FR0203 [True] expected a string, found `True`; quote it: `"True"`
    10:33 FR0203 [1.10] expected an integer, found `1.10`
    "##);
}
