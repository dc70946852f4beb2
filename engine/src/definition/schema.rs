//! The schema of definitions, for the check and for editors: draft 7, which yaml-language-server reads.
//!
//! It is made of the written types and the input schemas of the catalogue's activities. Inside `with` a `${{ … }}` may stand
//! for any value; the strict schemas, which evaluated values must pass, stay as the activities give them.

use schemars::{
    Schema,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Value, json};

use super::written;
use crate::{
    activity::{Catalogue, Description, Language, needs_with, of_with},
    form::Form,
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
pub(super) fn document(language: &Language) -> &Form {
    language.document(of_document)
}

fn of_document(activities: &[&ActivityName]) -> Value {
    let mut root = of_written(activities.iter().copied());
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
