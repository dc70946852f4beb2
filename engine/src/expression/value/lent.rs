//! What surroundings lend to an expression.

use std::rc::Rc;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{Key, List, Map, Text, Value};
use crate::expression::{Fields, Items, types::Type};

/// A value that an expression can see, lent for as long as its surroundings live.
#[derive(Clone, Debug)]
pub struct Bound<'a>(Value<'a>);

impl<'a> Bound<'a> {
    /// JSON of which no schema says anything.
    pub fn json(json: &'a Json) -> Self {
        Self(Value::read(json, Type::UNKNOWN))
    }

    /// JSON of a declared type.
    pub(crate) fn typed(json: &'a Json, kind: &'a Type) -> Self {
        Self(Value::read(json, kind))
    }

    /// An object of JSON of a declared type.
    pub(crate) fn object(fields: &'a serde_json::Map<String, Json>, kind: &'a Type) -> Self {
        Self(Value::Map(Map::Lent(fields, kind)))
    }

    /// A text.
    pub fn text(text: &'a str) -> Self {
        Self(Value::String(Text::Lent(text)))
    }

    /// A text that is made for the asking.
    pub fn made_text(text: String) -> Self {
        Self(Value::text(text))
    }

    /// An integer.
    pub fn integer(integer: i64) -> Self {
        Self(Value::Int(integer))
    }

    /// A point in time.
    pub fn timestamp(at: Timestamp) -> Self {
        Self(Value::Timestamp(at))
    }

    /// Null.
    pub fn null() -> Self {
        Self(Value::Null)
    }

    /// An object whose fields are asked for one by one.
    pub fn fields(fields: impl Fields<'a> + 'a) -> Self {
        Self(Value::Map(Map::Viewed(Rc::new(fields))))
    }

    /// A list whose elements are asked for one by one.
    pub fn items(items: impl Items<'a> + 'a) -> Self {
        Self(Value::List(List::Viewed(Rc::new(items))))
    }

    /// JSON that is made for the asking: small, since it is copied.
    pub fn made(json: &Json) -> Self {
        Self(made(json))
    }

    /// Whether it is an object with this field.
    pub fn has(&self, name: &str) -> bool {
        matches!(&self.0, Value::Map(map) if map.field(name).is_some())
    }

    #[cfg(test)]
    pub(in crate::expression) fn of(value: Value<'a>) -> Self {
        Self(value)
    }

    pub(in crate::expression) fn into_value(self) -> Value<'a> {
        self.0
    }
}

fn made<'a>(json: &Json) -> Value<'a> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::String(text) => Value::text(text.clone()),
        Json::Array(items) => Value::list(items.iter().map(made).collect()),
        Json::Object(fields) => {
            let fields =
                fields.iter().map(|(name, field)| (Key::String(Text::Made(name.as_str().into())), made(field)));
            Value::map(fields.collect()).expect("no object of JSON has a name twice")
        }
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => Value::Int(integer),
            (None, Some(large)) => Value::UInt(large),
            (None, None) => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
    }
}
