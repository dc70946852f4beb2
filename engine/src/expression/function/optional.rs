//! Optionals: what `a.?b` gives, and how to end them.

use super::{Function, function, method};
use crate::expression::{
    evaluate::Cause,
    value::{Value, ValueKind, integer_of},
};

pub(super) const TABLE: &[Function] = &[
    function("optional.of", &[ValueKind::Any], ValueKind::Optional, |a, _| Ok(a[0].clone().some())),
    function("optional.none", &[], ValueKind::Optional, |_, _| Ok(Value::NOTHING)),
    function("optional.ofNonZeroValue", &[ValueKind::Any], ValueKind::Optional, |a, _| {
        Ok(if is_zero(&a[0]) { Value::NOTHING } else { a[0].clone().some() })
    }),
    method("hasValue", &[ValueKind::Optional], ValueKind::Bool, |a, _| {
        Ok(Value::Bool(matches!(&a[0], Value::Optional(Some(_)))))
    }),
    method("value", &[ValueKind::Optional], ValueKind::Any, |a, _| match &a[0] {
        Value::Optional(Some(held)) => Ok((**held).clone()),
        _ => Err(Cause::function("value", "the optional has no value")),
    }),
    method("or", &[ValueKind::Optional, ValueKind::Optional], ValueKind::Optional, |a, _| {
        Ok(if matches!(&a[0], Value::Optional(None)) { a[1].clone() } else { a[0].clone() })
    }),
    method("orValue", &[ValueKind::Optional, ValueKind::Any], ValueKind::Any, |a, _| match &a[0] {
        Value::Optional(Some(held)) => Ok((**held).clone()),
        _ => Ok(a[1].clone()),
    }),
];

fn is_zero(value: &Value<'_>) -> bool {
    match value {
        Value::Null | Value::Optional(None) => true,
        Value::Bool(bool) => !bool,
        Value::Int(integer) => *integer == 0,
        Value::UInt(integer) => *integer == 0,
        Value::Double(double) => integer_of(*double) == Some(0),
        Value::String(text) => text.as_str().is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Duration(length) => length.is_zero(),
        Value::Timestamp(_) | Value::Optional(Some(_)) | Value::Type(_) => false,
    }
}
