//! JSON Schemas (draft 7) of activities' inputs and outputs, made from the Rust types: nothing is referred to, so that
//! each schema can be set into a larger one.

use flowrun_engine::activity::LazySchema;
use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::transform_subschemas};
use serde_json::{Value, json};

/// The strict schema of inputs. An optional input is left out, never null; those in `nullable` may be null as well.
pub(crate) fn of_input<Input: JsonSchema>(nullable: &'static [&'static str]) -> LazySchema {
    LazySchema::new(move || {
        let settings = settings().for_deserialize().with_transform(without_null);
        let mut schema = plain(settings.into_generator().into_root_schema_for::<Input>());
        for name in nullable {
            let kinds = &mut schema["properties"][*name]["type"];
            *kinds = json!([kinds.take(), "null"]);
        }
        schema
    })
}

/// The schema of an output: every field is there, and there are no others.
pub(crate) fn of_output<Output: JsonSchema>() -> LazySchema {
    LazySchema::new(|| {
        let settings = settings().for_serialize().with_transform(closed);
        plain(settings.into_generator().into_root_schema_for::<Output>())
    })
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft07().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    })
}

/// Without the Rust type's name.
fn plain(schema: Schema) -> Value {
    let mut schema = schema.to_value();
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("title");
    }
    schema
}

/// Takes back that an `Option` may be null.
fn without_null(schema: &mut Schema) {
    transform_subschemas(&mut without_null, schema);
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            schema.insert("type".into(), kind);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

/// Closes every object whose fields are named.
fn closed(schema: &mut Schema) {
    transform_subschemas(&mut closed, schema);
    if schema.get("properties").is_some() {
        schema.insert("additionalProperties".into(), false.into());
    }
}
