//! Values between JSON and CEL.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Map, Number, Value};

/// JSON as CEL sees it. Whole numbers become `Int`: a positive one would be `UInt` otherwise, and `1u + 1` is an error.
pub(super) fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(bool) => cel::Value::Bool(*bool),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => cel::Value::Int(integer),
            None => cel::Value::Float(number.as_f64().expect("without arbitrary precision every JSON number has one")),
        },
        Value::String(text) => cel::Value::String(Arc::new(text.clone())),
        Value::Array(items) => cel::Value::List(Arc::new(items.iter().map(to_cel).collect())),
        Value::Object(fields) => {
            let fields: HashMap<String, cel::Value> =
                fields.iter().map(|(name, value)| (name.clone(), to_cel(value))).collect();
            cel::Value::Map(fields.into())
        }
    }
}

/// CEL as JSON sees it. The fields of maps come in order of name, since CEL's maps have no order.
pub(super) fn from_cel(value: &cel::Value) -> Result<Value, String> {
    Ok(match value {
        cel::Value::Null => Value::Null,
        cel::Value::Bool(bool) => Value::Bool(*bool),
        cel::Value::Int(integer) => (*integer).into(),
        cel::Value::UInt(integer) => (*integer).into(),
        cel::Value::Float(float) => Value::Number(Number::from_f64(*float).ok_or("the number is not finite")?),
        cel::Value::String(text) => Value::String(text.to_string()),
        cel::Value::List(items) => items.iter().map(from_cel).collect::<Result<_, _>>()?,
        cel::Value::Map(map) => {
            let mut fields = Map::new();
            for (key, value) in map.map.iter() {
                fields.insert(key.to_string(), from_cel(value)?);
            }
            fields.sort_keys();
            Value::Object(fields)
        }
        other => return Err(format!("a {} has no form in JSON", other.type_of())),
    })
}
