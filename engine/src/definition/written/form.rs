//! The forms of values that a derived schema cannot tell well.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::Node;

/// Any mapping; what may be in it depends on its surroundings.
pub(super) fn mapping(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

/// Inputs by name. What is inside an input is checked as a JSON Schema, apart.
///
/// Draft 7's own schema is a definition of the schema: an editor without a network shows nothing at all where it cannot get a
/// part from elsewhere.
pub(super) fn inputs(generator: &mut SchemaGenerator) -> Schema {
    let of_input: Value = serde_json::from_str(include_str!("input.schema.json")).expect("the file beside this one");
    generator.definitions_mut().insert("InputSchema".to_owned(), of_input);
    json_schema!({
        "type": "object",
        "propertyNames": { "pattern": NAME },
        "additionalProperties": { "type": "object", "allOf": [{ "$ref": "#/definitions/InputSchema" }] },
    })
}

/// Nodes by name.
pub(super) fn nodes(generator: &mut SchemaGenerator) -> Schema {
    let node = generator.subschema_for::<Node>();
    json_schema!({ "type": "object", "propertyNames": { "pattern": NAME }, "additionalProperties": node })
}

const NAME: &str = "^[a-z][a-z0-9_]*$";

/// An expression; `true` and `false` are read as booleans by YAML.
pub(super) fn condition(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "boolean"] })
}

/// A node, a list, or a mapping to outcomes. Each keyword holds for one type only, so each fault gives one error.
pub(super) fn after(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "array", "object"],
        "items": { "type": "string" },
        "additionalProperties": {
            "type": ["string", "array"],
            "if": { "type": "array" },
            "then": { "minItems": 1, "items": { "enum": OUTCOMES } },
            "else": { "enum": OUTCOMES },
        },
    })
}

const OUTCOMES: [&str; 4] = ["completed", "failed", "skipped", "any"];

/// How edges go together.
pub(super) fn join(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["all", "any"] })
}

/// What a failure does.
pub(super) fn on_failure(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["stop", "continue"] })
}

/// What a run does that cannot go on at once.
pub(super) fn on_conflict(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["wait", "refuse", "cancel_running"] })
}

/// What doubt does.
pub(super) fn on_unknown(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["stop", "retry"] })
}
