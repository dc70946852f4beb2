//! From one type to another, and the size of things.

use super::{Function, function, integer, made, method, string, time};
use crate::expression::{
    evaluate::{Budget, Cause},
    value::{Value, ValueKind, to_json},
};

pub(super) const TABLE: &[Function] = &[
    function("size", &[ValueKind::String], ValueKind::Int, size),
    function("size", &[ValueKind::Bytes], ValueKind::Int, size),
    function("size", &[ValueKind::List], ValueKind::Int, size),
    function("size", &[ValueKind::Map], ValueKind::Int, size),
    method("size", &[ValueKind::String], ValueKind::Int, size),
    method("size", &[ValueKind::Bytes], ValueKind::Int, size),
    method("size", &[ValueKind::List], ValueKind::Int, size),
    method("size", &[ValueKind::Map], ValueKind::Int, size),
    function("dyn", &[ValueKind::Any], ValueKind::Any, |a, _| Ok(a[0].clone())),
    function("type", &[ValueKind::Any], ValueKind::Type, |a, _| Ok(Value::Type(a[0].kind()))),
    function("int", &[ValueKind::Int], ValueKind::Int, int),
    function("int", &[ValueKind::UInt], ValueKind::Int, int),
    function("int", &[ValueKind::Double], ValueKind::Int, int),
    function("int", &[ValueKind::String], ValueKind::Int, int),
    function("int", &[ValueKind::Timestamp], ValueKind::Int, int),
    function("uint", &[ValueKind::UInt], ValueKind::UInt, uint),
    function("uint", &[ValueKind::Int], ValueKind::UInt, uint),
    function("uint", &[ValueKind::Double], ValueKind::UInt, uint),
    function("uint", &[ValueKind::String], ValueKind::UInt, uint),
    function("double", &[ValueKind::Double], ValueKind::Double, double),
    function("double", &[ValueKind::Int], ValueKind::Double, double),
    function("double", &[ValueKind::UInt], ValueKind::Double, double),
    function("double", &[ValueKind::String], ValueKind::Double, double),
    function("bool", &[ValueKind::Bool], ValueKind::Bool, |a, _| Ok(a[0].clone())),
    function("bool", &[ValueKind::String], ValueKind::Bool, bool),
    function("string", &[ValueKind::String], ValueKind::String, |a, _| Ok(a[0].clone())),
    function("string", &[ValueKind::Bool], ValueKind::String, written),
    function("string", &[ValueKind::Int], ValueKind::String, written),
    function("string", &[ValueKind::UInt], ValueKind::String, written),
    function("string", &[ValueKind::Double], ValueKind::String, written),
    function("string", &[ValueKind::Timestamp], ValueKind::String, written),
    function("string", &[ValueKind::Duration], ValueKind::String, written),
    function("string", &[ValueKind::Bytes], ValueKind::String, decoded),
    function("bytes", &[ValueKind::Bytes], ValueKind::Bytes, |a, _| Ok(a[0].clone())),
    function("bytes", &[ValueKind::String], ValueKind::Bytes, |a, budget| {
        budget.write(string(&a[0]).len())?;
        Ok(Value::Bytes(string(&a[0]).as_bytes().into()))
    }),
    function("json", &[ValueKind::Any], ValueKind::String, |a, budget| {
        made(to_json(&a[0], budget)?.to_string(), budget)
    }),
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
        Value::String(text) => parsed("int", text.as_str(), "the string is not an integer", budget)?,
        _ => return Err(Cause::TooLarge),
    };
    Ok(Value::Int(integer))
}

fn uint<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let integer = match &a[0] {
        Value::UInt(integer) => *integer,
        Value::Int(integer) => u64::try_from(*integer).map_err(|_| Cause::TooLarge)?,
        Value::Double(double) if *double > -1.0 && *double < u64::MAX as f64 => *double as u64,
        Value::String(text) => parsed("uint", text.as_str(), "the string is not an unsigned integer", budget)?,
        _ => return Err(Cause::TooLarge),
    };
    Ok(Value::UInt(integer))
}

fn double<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let double = match &a[0] {
        Value::Double(double) => *double,
        Value::UInt(integer) => *integer as f64,
        Value::String(text) => parsed("double", text.as_str(), "the string is not a number", budget)?,
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
        _ => Err(Cause::function("bool", "the string is not a boolean")),
    }
}

fn written<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    budget.steps(8)?;
    made(plain(&a[0]), budget)
}

fn decoded<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let Value::Bytes(bytes) = &a[0] else { unreachable!("{}", super::BY_THE_TABLE) };
    budget.read(bytes.len())?;
    let text = std::str::from_utf8(bytes).map_err(|_| Cause::function("string", "the bytes are not UTF-8"))?;
    made(text.to_owned(), budget)
}

/// A value that is neither a list nor a map, as it stands in a text. A double without a fraction stands as `3`.
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
