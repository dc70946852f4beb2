//! Values between JSON and CEL.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Map, Number, Value};

/// How large a value an expression may give: a loop can repeat what it reads.
const LARGEST: usize = 16 << 20;

/// JSON as CEL sees it. Whole numbers become `Int`: a positive one would be `UInt` otherwise, and `1u + 1` is an error.
pub(super) fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(bool) => cel::Value::Bool(*bool),
        Value::Number(number) => self::number(number),
        Value::String(text) => cel::Value::String(Arc::new(text.clone())),
        Value::Array(items) => cel::Value::List(Arc::new(items.iter().map(to_cel).collect())),
        Value::Object(fields) => {
            let fields: HashMap<String, cel::Value> =
                fields.iter().map(|(name, value)| (name.clone(), to_cel(value))).collect();
            cel::Value::Map(fields.into())
        }
    }
}

fn number(number: &Number) -> cel::Value {
    match (number.as_i64(), number.as_u64()) {
        (Some(integer), _) => cel::Value::Int(integer),
        // It can be passed on as it is; counting with it is refused rather than inexact.
        (None, Some(large)) => cel::Value::UInt(large),
        (None, None) => {
            cel::Value::Float(number.as_f64().expect("without arbitrary precision every JSON number has one"))
        }
    }
}

/// The length of the longest list or object in a value.
pub(super) fn longest(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(longest).max().unwrap_or(0).max(items.len()),
        Value::Object(fields) => fields.values().map(longest).max().unwrap_or(0).max(fields.len()),
        _ => 0,
    }
}

/// CEL as JSON sees it. The fields of maps come in order of name, since CEL's maps have no order.
pub(super) fn from_cel(value: &cel::Value) -> Result<Value, String> {
    let mut left = LARGEST;
    convert(value, &mut left)
}

fn convert(value: &cel::Value, left: &mut usize) -> Result<Value, String> {
    let size = if let cel::Value::String(text) = value { text.len() } else { 0 };
    *left = left.checked_sub(size + 16).ok_or("the value is too large")?;
    Ok(match value {
        cel::Value::Null => Value::Null,
        cel::Value::Bool(bool) => Value::Bool(*bool),
        cel::Value::Int(integer) => (*integer).into(),
        cel::Value::UInt(integer) => (*integer).into(),
        cel::Value::Float(float) => Value::Number(Number::from_f64(*float).ok_or("the number is not finite")?),
        cel::Value::String(text) => Value::String(text.to_string()),
        cel::Value::List(items) => items.iter().map(|item| convert(item, left)).collect::<Result<_, _>>()?,
        cel::Value::Map(map) => {
            let mut fields = Map::new();
            for (key, value) in map.map.iter() {
                fields.insert(key.to_string(), convert(value, left)?);
            }
            fields.sort_keys();
            Value::Object(fields)
        }
        other => return Err(format!("{} has no form in JSON", other.type_of())),
    })
}
