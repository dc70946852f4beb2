//! The forms of values that a derived schema cannot tell well, and their reading.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
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

/// `30s`, `1h30m`.
pub(super) fn duration(_: &mut SchemaGenerator) -> Schema {
    let pattern = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";
    json_schema!({ "type": "string", "pattern": pattern, "examples": ["30s", "10m", "1h30m"] })
}

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

/// What doubt does.
pub(super) fn on_unknown(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["stop", "retry"] })
}

/// A whole number, also as `2.0`, which JSON Schema takes for one.
pub(super) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let Some(number) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    let whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    // The range was checked in the line above.
    whole.then_some(Some(number as u32)).ok_or_else(|| de::Error::custom("not an integer"))
}
