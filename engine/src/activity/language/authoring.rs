//! What authors may write under `with`: an activity's strict schema, with an expression for any value in it.

use serde_json::{Map, Value, json};

use crate::{activity::Description, form::glance};

/// Whether a node with this activity must have a `with`.
pub(crate) fn needs_with(activity: &Description) -> bool {
    activity.input.get("required").is_some_and(|required| required != &json!([]))
}

/// What `with` of an activity may be: its strict schema, with an expression for any value in it.
pub(crate) fn of_with(activity: &Description) -> Value {
    let mut schema = (*activity.input).clone();
    allow_expressions_within(&mut schema);
    schema["title"] = activity.name.as_str().into();
    schema["description"] = activity.summary.into();
    schema
}

/// Lets expressions stand for the values inside of what a schema describes.
fn allow_expressions_within(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    if let Some(Value::Object(properties)) = fields.get_mut("properties") {
        properties.values_mut().for_each(allow_expression);
    }
    if let Some(Value::Object(definitions)) = fields.get_mut("definitions") {
        definitions.values_mut().for_each(allow_expressions_within);
    }
    for keyword in ["items", "additionalProperties"] {
        match fields.get_mut(keyword) {
            Some(part @ Value::Object(_)) => allow_expression(part),
            Some(Value::Array(items)) => items.iter_mut().for_each(allow_expression),
            _ => {}
        }
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        if let Some(Value::Array(parts)) = fields.get_mut(keyword) {
            parts.iter_mut().for_each(allow_expressions_within);
        }
    }
    for keyword in ["then", "else"] {
        if let Some(part) = fields.get_mut(keyword) {
            allow_expressions_within(part);
        }
    }
}

/// Lets an expression stand for a value, and for the values inside of it.
///
/// `if: an expression, else: the schema`, so that a wrong value gets the error of its own schema and no other.
fn allow_expression(schema: &mut Value) {
    allow_expressions_within(schema);
    let takes_any_text = schema.as_object().is_some_and(|fields| {
        let bounded = ["enum", "const", "pattern", "format", "minLength", "maxLength"];
        fields.get("type").is_some_and(|kind| kind == "string")
            && !bounded.iter().any(|word| fields.contains_key(*word))
    });
    if takes_any_text || !schema.is_object() {
        return;
    }
    let inner = schema.take();
    let mut outer = Map::new();
    // Editors look for these at the property itself, and complete values from `examples` only.
    for word in ["title", "description", "default", "examples"] {
        outer.extend(inner.get(word).map(|value| (word.to_owned(), value.clone())));
    }
    if let (false, Some(values)) = (outer.contains_key("examples"), inner.get("enum")) {
        outer.insert("examples".to_owned(), values.clone());
    }
    outer.insert("if".to_owned(), json!({ "type": "string", "pattern": glance::EXPRESSION }));
    outer.insert("else".to_owned(), inner);
    *schema = Value::Object(outer);
}
