//! The schema of definitions, for the check and for editors: draft 7, which yaml-language-server reads.
//!
//! It is made of the written types and the input schemas of the catalogue's activities. Inside `with` a `${{ … }}` may stand
//! for any value; the strict schemas, which evaluated values must pass, stay as the activities give them.

use schemars::{
    Schema,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Map, Value, json};

use super::{glance, written};
use crate::{
    activity::{Catalogue, Description},
    id::ActivityName,
};

/// The JSON Schema (draft 7) of a process definition that may use these activities.
pub fn process_schema(catalogue: &Catalogue) -> Value {
    let activities: Vec<&Description> = catalogue.iter().map(|activity| activity.description()).collect();
    let mut root = of_written(activities.iter().map(|activity| &activity.name));
    // Only the branch of the activity that is meant gives errors; those of a `oneOf` would come from all.
    root["definitions"]["Node"]["allOf"] = activities.iter().map(|activity| with_of(activity)).collect();
    for activity in activities {
        let name = activity.name.as_str();
        let mut schema = of_with(activity);
        move_references(&mut schema, name);
        root["definitions"][name] = schema;
    }
    root
}

/// The schema that definitions are checked against: what is inside `with` is checked apart, by [`of_with`], and so is what
/// is inside an input. Names and durations have rules of their own.
pub(super) fn of_document<'a>(activities: impl Iterator<Item = &'a ActivityName>) -> Value {
    let mut root = of_written(activities);
    let process = root["properties"]["process"].clone();
    drop_patterns(&mut root);
    root["properties"]["process"] = process;
    root["properties"]["inputs"]["additionalProperties"] = json!({ "type": "object" });
    root
}

/// Drops what compiling costs most, and the rules check.
fn drop_patterns(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.retain(|keyword, value| !(keyword == "propertyNames" || keyword == "pattern" && value.is_string()));
            fields.values_mut().for_each(drop_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_patterns),
        _ => {}
    }
}

/// The schema of the written types, with the names of the activities.
fn of_written<'a>(activities: impl Iterator<Item = &'a ActivityName>) -> Value {
    let settings = SchemaSettings::draft07().with_transform(WithoutNull);
    let mut root = settings.into_generator().into_root_schema_for::<written::Definition>().to_value();
    root["title"] = "Process definition".into();
    root["definitions"]["Node"]["properties"]["activity"]["enum"] = activities.map(ActivityName::as_str).collect();
    root
}

/// `with` is what this activity takes, if this is the activity.
fn with_of(activity: &Description) -> Value {
    let name = activity.name.as_str();
    let mut then = json!({ "properties": { "with": { "$ref": format!("#/definitions/{name}") } } });
    if needs_with(activity) {
        then["required"] = json!(["with"]);
    }
    json!({ "if": { "properties": { "activity": { "const": name } }, "required": ["activity"] }, "then": then })
}

/// Whether a node with this activity must have a `with`.
pub(super) fn needs_with(activity: &Description) -> bool {
    activity.input.get("required").is_some_and(|required| required != &json!([]))
}

/// What `with` of an activity may be: its strict schema, with an expression for any value in it.
pub(super) fn of_with(activity: &Description) -> Value {
    let mut schema = (*activity.input).clone();
    allow_expressions_within(&mut schema);
    schema["title"] = activity.name.as_str().into();
    schema["description"] = activity.summary.into();
    schema
}

/// Makes references to the schema's own definitions right inside the larger schema.
fn move_references(schema: &mut Value, name: &str) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref")
                && let Some(rest) = reference.strip_prefix('#')
            {
                *reference = format!("#/definitions/{name}{rest}");
            }
            fields.values_mut().for_each(|field| move_references(field, name));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_references(item, name)),
        _ => {}
    }
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

/// An `Option` may be left out; it may not be null, as an empty `timeout:` would be.
#[derive(Clone, Debug)]
struct WithoutNull;

impl Transform for WithoutNull {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(fields) = schema.as_object_mut() else { return };
        fields.retain(|keyword, value| keyword != "default" || !(value.is_null() || value == &json!({})));
        if let Some(Value::Array(types)) = fields.get_mut("type")
            && types.iter().any(|name| name == "null")
        {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                fields.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
            choices.retain(|choice| choice != &json!({ "type": "null" }));
            // Draft 7 ignores what stands beside `$ref`, so a described one stays in an `allOf` of one.
            if let [only] = choices.as_slice() {
                let only = json!([only]);
                fields.remove("anyOf");
                fields.insert("allOf".to_owned(), only);
            }
        }
    }
}
