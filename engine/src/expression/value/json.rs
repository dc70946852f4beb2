//! Values from JSON, and back.

use serde_json::{Map as Object, Number, Value as Json};

use super::{List, Map, Text, Value};
use crate::expression::{
    evaluate::{Budget, Cause},
    function::duration_text,
    types::Type,
};

/// The largest integer up to which a double knows every one.
const EXACT: u64 = 1 << 53;

impl<'a> Value<'a> {
    /// JSON as CEL sees it, where it lies. Its declared type says which numbers are doubles: `number` always, `integer` never.
    pub(in crate::expression) fn read(json: &'a Json, kind: &'a Type) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => self::number(number, kind),
            Json::String(text) => Self::String(Text::Lent(text)),
            Json::Array(items) => Self::List(List::Lent(items, kind.element_type())),
            Json::Object(fields) => Self::Map(Map::Lent(fields, kind)),
        }
    }
}

fn number<'a>(number: &Number, kind: &Type) -> Value<'a> {
    let double = number.as_f64().unwrap_or(f64::NAN);
    let (takes_doubles, takes_integers) = kind.takes_numbers();
    match number.as_i64() {
        _ if takes_doubles => Value::Double(double),
        Some(integer) => Value::Int(integer),
        None if takes_integers && integer_of(double).is_some() && number.is_f64() => {
            Value::Int(integer_of(double).expect("it was just found to be one"))
        }
        None => number.as_u64().map_or(Value::Double(double), Value::UInt),
    }
}

/// The integer that a double is, if it is one.
pub(in crate::expression) fn integer_of(double: f64) -> Option<i64> {
    let is_inside = double > i64::MIN as f64 && double < i64::MAX as f64;
    (is_inside && double.fract() == 0.0).then_some(double as i64)
}

/// A value as JSON. Each part is charged, however often it is shared.
///
/// # Errors
/// When the value has no form in JSON, or the budget does not allow for it.
pub(in crate::expression) fn to_json(value: &Value<'_>, budget: &mut Budget) -> Result<Json, Cause> {
    budget.part()?;
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(bool) => Json::Bool(*bool),
        Value::Int(integer) => (*integer).into(),
        Value::UInt(integer) => (*integer).into(),
        Value::Double(double) => from_double(*double)?,
        Value::String(text) => {
            budget.write(text.as_str().len())?;
            Json::String(text.as_str().to_owned())
        }
        Value::List(items) => items.iter().map(|item| to_json(&item, budget)).collect::<Result<_, _>>()?,
        Value::Map(map) => {
            let mut fields = Object::new();
            for key in map.keys(budget)? {
                let name = key.name();
                budget.write(name.len())?;
                let field = map.get(&key).expect("it is one of the map's own keys");
                if fields.insert(name, to_json(&field, budget)?).is_some() {
                    return Err(Cause::SameName(key.name()));
                }
            }
            Json::Object(fields)
        }
        Value::Timestamp(at) => Json::String(at.to_string()),
        Value::Duration(length) => Json::String(duration_text(*length)),
        Value::Optional(_) | Value::Bytes(_) | Value::Type(_) => return Err(Cause::NoJson(value.kind())),
    })
}

/// A double without a fraction goes back as it would be written: `3`.
fn from_double(double: f64) -> Result<Json, Cause> {
    match integer_of(double) {
        Some(integer) if integer.unsigned_abs() <= EXACT && (integer != 0 || double.is_sign_positive()) => {
            Ok(integer.into())
        }
        _ => Number::from_f64(double).map(Json::Number).ok_or(Cause::NotFinite),
    }
}
