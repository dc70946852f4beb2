//! A glance says what the crate jsonschema says.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{EXPRESSION, PROCESS, is_schema, takes};

/// What a glance tells, if anything, is so.
fn check(schema: &Value, value: &Value) -> Option<bool> {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft7);
    let validator = options.should_validate_formats(true).build(schema);
    if is_schema(schema) {
        assert!(validator.is_ok(), "{schema} is not a schema");
    }
    let told = takes(schema, value);
    if let (Ok(validator), Some(told)) = (validator, told) {
        assert_eq!(told, validator.is_valid(value), "{schema} takes {value}");
    }
    told
}

#[test]
fn what_is_plain_is_told() {
    let node = json!({
        "$ref": "#/definitions/node",
        "definitions": {"node": {"type": "object", "properties": {"name": {"minLength": 1}, "below": {"$ref": "#/definitions/node"}},
            "required": ["name"], "additionalProperties": false}},
    });
    let text = json!({"if": {"type": "string", "pattern": EXPRESSION}, "else": {"type": "integer", "minimum": 1}});
    let process = json!({"pattern": PROCESS});
    let either = json!({"type": "object", "oneOf": [{"required": ["file"]}, {"required": ["files"]}]});
    let cases = [
        (&node, json!({"name": "a", "below": {"name": "b"}}), true),
        (&node, json!({"name": "a", "below": {"name": ""}}), false),
        (&node, json!({"name": "a", "more": 1}), false),
        (&text, json!("${{ a }}"), true),
        (&text, json!("a"), false),
        (&text, json!(2), true),
        (&text, json!(2.0), true),
        (&text, json!(0), false),
        (&process, json!("bug-intake2"), true),
        (&process, json!("2-bugs"), false),
        (&process, json!("bugs\n"), false),
        (&process, json!(""), false),
        (&either, json!({"file": 1}), true),
        (&either, json!({"file": 1, "files": 1}), false),
        (&either, json!({}), false),
    ];
    for (schema, value, taken) in cases {
        assert_eq!(check(schema, &value), Some(taken), "{schema} takes {value}");
    }
}

#[test]
fn what_is_not_plain_is_left() {
    let around = json!({"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/a"}}});
    let cases = [
        (json!({"pattern": "^a"}), json!("a")),
        (json!({"format": "date"}), json!("2026-01-31")),
        (json!({"multipleOf": 2}), json!(4)),
        (json!({"uniqueItems": true}), json!([1])),
        (json!({"patternProperties": {"^a": false}}), json!({})),
        (json!({"items": [true]}), json!([1])),
        (json!({"enum": [1]}), json!(1.0)),
        (json!({"maximum": 9007199254740992_u64}), json!(9007199254740993_u64)),
        (json!({"$id": "urn:a"}), json!(1)),
        (json!({"$ref": "#/properties/a", "properties": {"a": true}}), json!(1)),
        (around, json!(1)),
        (doubling(14), json!(1)),
    ];
    for (schema, value) in cases {
        assert_eq!(takes(&schema, &value), None, "{schema} takes {value}");
    }
}

/// Each definition holds a value to the next one twice.
fn doubling(count: usize) -> Value {
    let name = |number: usize| format!("d{number}");
    let refers = |number: usize| json!({ "$ref": format!("#/definitions/{}", name(number)) });
    let twice = |number| (name(number), json!({ "allOf": [refers(number + 1), refers(number + 1)] }));
    let mut definitions: serde_json::Map<_, _> = (0..count).map(twice).collect();
    definitions.insert(name(count), json!(true));
    json!({ "allOf": [refers(0)], "definitions": definitions })
}

#[test]
fn a_schema_is_known_for_one() {
    let known = json!({"type": "object", "title": "t", "x-a": 1, "required": ["a"], "additionalProperties": false, "properties": {
        "a": {"type": ["string", "null"], "enum": ["x", null], "default": null}, "b": {"type": "array", "items": true, "maxItems": 3}}});
    assert!(is_schema(&known));
    for unknown in [
        json!({"type": "text"}),
        json!({"type": []}),
        json!({"type": ["string", "string"]}),
        json!({"enum": []}),
        json!({"enum": "a"}),
        json!({"required": "a"}),
        json!({"properties": {"a": 1}}),
        json!({"items": [{}]}),
        json!({"minLength": -1}),
        json!({"minLength": 1.5}),
        json!({"minimum": "1"}),
        json!({"pattern": "a"}),
        json!({"format": "date"}),
        json!({"description": 1}),
        json!({"examples": 1}),
        json!({"tyep": "string"}),
        json!({"$ref": "#"}),
        json!("string"),
    ] {
        assert!(!is_schema(&unknown), "{unknown}");
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-2..4_i64).prop_map(Value::from),
        prop::sample::select(vec![1.0, 1.5, -0.0, 1e300]).prop_map(Value::from),
        prop::sample::select(vec!["", "a", "é😀", "a-b", "${{ a }}"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|fields| json!(fields)),
        ]
    })
}

fn schemas() -> impl Strategy<Value = Value> {
    let kinds = ["null", "boolean", "string", "array", "object", "number", "integer"];
    let kind = prop::sample::select(kinds.to_vec());
    let bounds = ["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        kind.clone().prop_map(|kind| json!({ "type": kind })),
        prop::collection::vec(kind, 0..3).prop_map(|kinds| json!({ "type": kinds })),
        prop::collection::vec(values(), 0..3).prop_map(|values| json!({ "enum": values })),
        values().prop_map(|value| json!({ "const": value })),
        (prop::sample::select(bounds.to_vec()), 0..3).prop_map(|(bound, number)| json!({ bound: number })),
        prop::sample::select(vec![EXPRESSION, PROCESS, "^a"]).prop_map(|pattern| json!({ "pattern": pattern })),
        prop::collection::vec("[a-c]", 0..2).prop_map(|names| json!({ "required": names })),
        Just(json!({ "$ref": "#/definitions/a" })),
        Just(json!({ "format": "date" })),
    ];
    let words = ["allOf", "anyOf", "oneOf"];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        let branches =
            prop::collection::btree_map(prop::sample::select(vec!["if", "then", "else"]), inner.clone(), 1..4);
        let parts = prop::collection::vec(inner.clone(), 1..4);
        let objects = prop::collection::btree_map("[a-c]", inner.clone(), 0..3);
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, two)| merged(one, two)),
            (prop::sample::select(words.to_vec()), parts).prop_map(|(word, parts)| json!({ word: parts })),
            branches.prop_map(|branches| json!(branches)),
            objects.clone().prop_map(|fields| json!({ "properties": fields })),
            (objects, inner.clone())
                .prop_map(|(fields, rest)| json!({ "properties": fields, "additionalProperties": rest })),
            inner.clone().prop_map(|item| json!({ "items": item })),
            inner.prop_map(|of| json!({ "definitions": { "a": of }, "allOf": [{ "$ref": "#/definitions/a" }] })),
        ]
    })
}

/// The keywords of both.
fn merged(one: Value, two: Value) -> Value {
    match (one, two) {
        (Value::Object(mut one), Value::Object(two)) => {
            one.extend(two);
            one.into()
        }
        (one, _) => one,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_told_is_so(schema in schemas(), value in values()) {
        check(&schema, &value);
    }
}
