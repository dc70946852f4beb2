//! From one type to another, and the size of things.

use super::{Function, function, integer, made, method, string, time};
use crate::expression::{
    evaluate::{Budget, Cause},
    value::{Kind, Value, to_json},
};

pub(super) const TABLE: &[Function] = &[
    function("size", &[Kind::String], Kind::Int, size),
    function("size", &[Kind::Bytes], Kind::Int, size),
    function("size", &[Kind::List], Kind::Int, size),
    function("size", &[Kind::Map], Kind::Int, size),
    method("size", &[Kind::String], Kind::Int, size),
    method("size", &[Kind::Bytes], Kind::Int, size),
    method("size", &[Kind::List], Kind::Int, size),
    method("size", &[Kind::Map], Kind::Int, size),
    function("dyn", &[Kind::Any], Kind::Any, |a, _| Ok(a[0].clone())),
    function("type", &[Kind::Any], Kind::Type, |a, _| Ok(Value::Type(a[0].kind()))),
    function("int", &[Kind::Int], Kind::Int, int),
    function("int", &[Kind::UInt], Kind::Int, int),
    function("int", &[Kind::Double], Kind::Int, int),
    function("int", &[Kind::String], Kind::Int, int),
    function("int", &[Kind::Timestamp], Kind::Int, int),
    function("uint", &[Kind::UInt], Kind::UInt, uint),
    function("uint", &[Kind::Int], Kind::UInt, uint),
    function("uint", &[Kind::Double], Kind::UInt, uint),
    function("uint", &[Kind::String], Kind::UInt, uint),
    function("double", &[Kind::Double], Kind::Double, double),
    function("double", &[Kind::Int], Kind::Double, double),
    function("double", &[Kind::UInt], Kind::Double, double),
    function("double", &[Kind::String], Kind::Double, double),
    function("bool", &[Kind::Bool], Kind::Bool, |a, _| Ok(a[0].clone())),
    function("bool", &[Kind::String], Kind::Bool, bool),
    function("string", &[Kind::String], Kind::String, |a, _| Ok(a[0].clone())),
    function("string", &[Kind::Bool], Kind::String, written),
    function("string", &[Kind::Int], Kind::String, written),
    function("string", &[Kind::UInt], Kind::String, written),
    function("string", &[Kind::Double], Kind::String, written),
    function("string", &[Kind::Timestamp], Kind::String, written),
    function("string", &[Kind::Duration], Kind::String, written),
    function("string", &[Kind::Bytes], Kind::String, decoded),
    function("bytes", &[Kind::Bytes], Kind::Bytes, |a, _| Ok(a[0].clone())),
    function("bytes", &[Kind::String], Kind::Bytes, |a, budget| {
        budget.write(string(&a[0]).len())?;
        Ok(Value::Bytes(string(&a[0]).as_bytes().into()))
    }),
    function("json", &[Kind::Any], Kind::String, |a, budget| made(to_json(&a[0], budget)?.to_string(), budget)),
];

fn size<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let size = match &a[0] {
        Value::String(text) => {
            budget.read(text.as_str().len())?;
            text.as_str().chars().count()
        }
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        _ => unreachable!("{}", super::BY_THE_TABLE),
    };
    Ok(Value::Int(i64::try_from(size).expect("nothing in memory is as long as that")))
}

fn int<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let integer = match &a[0] {
        Value::Int(integer) => *integer,
        Value::UInt(integer) => i64::try_from(*integer).map_err(|_| Cause::TooLarge)?,
        Value::Double(double) if *double > i64::MIN as f64 && *double < i64::MAX as f64 => *double as i64,
        Value::Timestamp(at) => at.as_second(),
        Value::String(text) => parsed("int", text.as_str(), "the string is no integer", budget)?,
        _ => return Err(Cause::TooLarge),
    };
    Ok(Value::Int(integer))
}

fn uint<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let integer = match &a[0] {
        Value::UInt(integer) => *integer,
        Value::Int(integer) => u64::try_from(*integer).map_err(|_| Cause::TooLarge)?,
        Value::Double(double) if *double > -1.0 && *double < u64::MAX as f64 => *double as u64,
        Value::String(text) => parsed("uint", text.as_str(), "the string is no unsigned integer", budget)?,
        _ => return Err(Cause::TooLarge),
    };
    Ok(Value::UInt(integer))
}

fn double<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let double = match &a[0] {
        Value::Double(double) => *double,
        Value::UInt(integer) => *integer as f64,
        Value::String(text) => parsed("double", text.as_str(), "the string is no number", budget)?,
        other => integer(other) as f64,
    };
    Ok(Value::Double(double))
}

fn parsed<T: std::str::FromStr>(
    function: &'static str,
    text: &str,
    why: &str,
    budget: &mut Budget,
) -> Result<T, Cause> {
    budget.read(text.len())?;
    text.parse().map_err(|_| Cause::function(function, why))
}

fn bool<'a>(a: &[Value<'a>], _: &mut Budget) -> Result<Value<'a>, Cause> {
    match string(&a[0]) {
        "true" | "True" | "TRUE" | "t" | "1" => Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" | "f" | "0" => Ok(Value::Bool(false)),
        _ => Err(Cause::function("bool", "the string is no boolean")),
    }
}

fn written<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    budget.steps(8)?;
    made(plain(&a[0]), budget)
}

fn decoded<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let Value::Bytes(bytes) = &a[0] else { unreachable!("{}", super::BY_THE_TABLE) };
    budget.read(bytes.len())?;
    let text = std::str::from_utf8(bytes).map_err(|_| Cause::function("string", "the bytes are no UTF-8"))?;
    made(text.to_owned(), budget)
}

/// A value that is no list and no map, as it stands in a text. A double without a fraction stands as `3`.
pub(super) fn plain(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(integer) => integer.to_string(),
        Value::UInt(integer) => integer.to_string(),
        Value::Double(double) => double.to_string(),
        Value::String(text) => text.as_str().to_owned(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Timestamp(at) => at.to_string(),
        Value::Duration(length) => time::duration_text(*length),
        Value::Type(kind) => kind.name().to_owned(),
        Value::List(_) | Value::Map(_) | Value::Optional(_) => String::new(),
    }
}
