//! Turns the schemas of OpenAPI 3.0 into JSON Schema: `nullable`, exclusive bounds, formats.

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// All schemas of a document, converted.
pub(super) fn definitions(schemas: &Map<String, Value>) -> Value {
    Value::Object(schemas.iter().map(|(name, schema)| (name.clone(), convert(schema))).collect())
}

/// A validator for a schema of the document.
pub(super) fn validator(schema: &Value, definitions: &Value) -> Validator {
    let root = json!({
        "allOf": [convert(schema)],
        "components": { "schemas": definitions },
    });
    let made = jsonschema::options().with_draft(Draft::Draft7).build(&root);
    made.expect("a converted schema has only keywords that are known and references within the document")
}

fn convert(schema: &Value) -> Value {
    let Some(written) = schema.as_object() else { return schema.clone() };
    let mut converted = Map::new();
    for (keyword, value) in written {
        let value = match keyword.as_str() {
            "nullable" | "format" => continue,
            "exclusiveMinimum" | "exclusiveMaximum" if value.is_boolean() => continue,
            "minimum" if written.get("exclusiveMinimum") == Some(&Value::Bool(true)) => {
                converted.insert("exclusiveMinimum".to_owned(), value.clone());
                continue;
            }
            "maximum" if written.get("exclusiveMaximum") == Some(&Value::Bool(true)) => {
                converted.insert("exclusiveMaximum".to_owned(), value.clone());
                continue;
            }
            "properties" => value.as_object().map_or_else(|| value.clone(), definitions),
            "items" | "additionalProperties" | "not" => convert(value),
            "allOf" | "anyOf" | "oneOf" => value.as_array().into_iter().flatten().map(convert).collect(),
            _ => value.clone(),
        };
        converted.insert(keyword.clone(), value);
    }
    if let Some(format) = written.get("format").and_then(Value::as_str) {
        converted.extend(format_rules(format));
    }
    let converted = Value::Object(converted);
    if written.get("nullable") == Some(&Value::Bool(true)) {
        json!({ "anyOf": [{ "type": "null" }, converted] })
    } else {
        converted
    }
}

/// What a format demands. Jira writes times with an offset that has no colon, which strict validators refuse. \[RT\]
fn format_rules(format: &str) -> Map<String, Value> {
    let rules = match format {
        "date-time" => json!({ "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$" }),
        "date" => json!({ "pattern": r"^\d{4}-\d\d-\d\d$" }),
        "uri" => json!({ "pattern": r"^[a-z][a-z0-9+.-]*:\S+$" }),
        "uuid" => json!({ "pattern": r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$" }),
        "int32" => json!({ "minimum": i32::MIN, "maximum": i32::MAX }),
        "int64" => json!({ "minimum": i64::MIN, "maximum": i64::MAX }),
        _ => json!({}),
    };
    rules.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openapi_schemas_are_read_as_json_schema() {
        let closed = json!({ "additionalProperties": false, "properties": { "format": { "type": "string" } } });
        let definitions = definitions(&Map::from_iter([("Closed".to_owned(), closed)]));
        for (schema, value, valid) in [
            (json!({ "type": "string", "nullable": true }), json!(null), true),
            (json!({ "type": "string" }), json!(null), false),
            (json!({ "type": "integer", "minimum": 1, "exclusiveMinimum": true }), json!(1), false),
            (json!({ "type": "integer", "minimum": 1 }), json!(1), true),
            (json!({ "type": "integer", "format": "int32" }), json!(4_000_000_000_u32), false),
            (json!({ "type": "string", "format": "date-time" }), json!("2026-09-25T22:42:39.399-0300"), true),
            (json!({ "type": "string", "format": "date-time" }), json!("2026-09-25 22:42"), false),
            (json!({ "type": "string", "format": "uri" }), json!("OPS-1"), false),
            (json!({ "$ref": "#/components/schemas/Closed" }), json!({ "format": "x" }), true),
            (json!({ "$ref": "#/components/schemas/Closed" }), json!({ "other": "x" }), false),
            (json!({ "$ref": "#/components/schemas/Closed" }), json!({ "format": 1 }), false),
        ] {
            assert_eq!(validator(&schema, &definitions).is_valid(&value), valid, "{schema} {value}");
        }
    }
}
