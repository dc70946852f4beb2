//! A JSON Schema that is made when it is first looked at: a program has many activities, and a call needs few of them. Those of
//! inputs and outputs are made from the Rust types; nothing is referred to, so that each can be set into a larger one.

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, LazyLock},
};

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::transform_subschemas};
use serde_json::{Value, json};

/// A JSON Schema (draft 7), made once, when it is first looked at; copies share it.
#[derive(Clone)]
pub struct LazySchema(Arc<LazyLock<Value, Box<dyn FnOnce() -> Value + Send>>>);

impl LazySchema {
    /// A schema that `make` makes.
    pub fn new(make: impl FnOnce() -> Value + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(make))))
    }

    /// The strict schema of inputs. An optional input is left out, never null; those in `nullable` may be null as well.
    pub fn of_input<Input: JsonSchema>(nullable: &'static [&'static str]) -> Self {
        Self::new(move || {
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
    pub fn of_output<Output: JsonSchema>() -> Self {
        Self::new(|| {
            let settings = settings().for_serialize().with_transform(closed);
            plain(settings.into_generator().into_root_schema_for::<Output>())
        })
    }
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

impl From<Value> for LazySchema {
    fn from(schema: Value) -> Self {
        Self::new(move || schema)
    }
}

impl Deref for LazySchema {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl fmt::Display for LazySchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, formatter)
    }
}

impl fmt::Debug for LazySchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_made_once_and_only_if_it_is_looked_at() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let make = || {
            MADE.fetch_add(1, Ordering::Relaxed);
            json!({ "type": "object" })
        };
        let schema = LazySchema::new(make);
        let copy = schema.clone();
        assert_eq!(MADE.load(Ordering::Relaxed), 0);
        assert_eq!(schema["type"], "object");
        assert_eq!(*copy, *schema);
        assert_eq!(MADE.load(Ordering::Relaxed), 1);
    }
}
