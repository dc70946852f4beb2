//! Fields and elements, and reading them where they may not be there.
//!
//! Below null there is nothing, as below nothing: `a.?b.c.orValue(x)` is `x` where `b` is null. In CEL that fails at `c`.

use super::Cause;
use crate::expression::value::{Key, List, Value, ValueKind};

/// `a.name`
pub(super) fn field<'a>(operand: Value<'a>, name: &str) -> Result<Value<'a>, Cause> {
    match operand {
        Value::Map(map) => map.field(name).ok_or_else(|| Cause::NoField(name.to_owned())),
        optional @ Value::Optional(_) => optional_field(optional, name),
        other => Err(Cause::NotAnObject(other.kind())),
    }
}

/// `has(a.name)`
pub(super) fn has_field(operand: &Value<'_>, name: &str) -> Result<bool, Cause> {
    match operand {
        Value::Map(map) => Ok(map.field(name).is_some()),
        Value::Null | Value::Optional(None) => Ok(false),
        Value::Optional(Some(held)) => has_field(held, name),
        other => Err(Cause::NotAnObject(other.kind())),
    }
}

/// `a[index]`
pub(super) fn element<'a>(operand: Value<'a>, index: &Value<'a>) -> Result<Value<'a>, Cause> {
    match &operand {
        Value::List(items) => of_list(items, index),
        Value::Map(map) => match Key::sought(index) {
            Some(key) => map.get(&key).ok_or_else(|| match &key {
                Key::String(name) => Cause::NoField(name.as_str().to_owned()),
                Key::Bool(_) | Key::Int(_) | Key::UInt(_) => Cause::NoKey,
            }),
            None if index.kind() == ValueKind::Double => Err(Cause::NoKey),
            None => Err(Cause::NotAKey(index.kind())),
        },
        Value::Optional(_) => optional_element(operand, index),
        other => Err(Cause::NotIndexed { of: other.kind(), by: index.kind() }),
    }
}

fn of_list<'a>(items: &List<'a>, index: &Value<'a>) -> Result<Value<'a>, Cause> {
    match Key::sought(index) {
        Some(Key::Int(at)) => usize::try_from(at).ok().and_then(|at| items.get(at)).ok_or(Cause::NoElement),
        Some(Key::UInt(_)) => Err(Cause::NoElement),
        Some(Key::Bool(_) | Key::String(_)) | None => Err(Cause::NotIndexed { of: ValueKind::List, by: index.kind() }),
    }
}

/// `a.?name`, and `.name` on an optional.
fn optional_field<'a>(operand: Value<'a>, name: &str) -> Result<Value<'a>, Cause> {
    match held(operand) {
        None | Some(Value::Null) => Ok(Value::NOTHING),
        Some(Value::Map(map)) => Ok(map.field(name).map_or(Value::NOTHING, Value::some)),
        Some(other) => Err(Cause::NotAnObject(other.kind())),
    }
}

/// `a[?index]`, `a.?name`, and `[index]` on an optional.
pub(super) fn optional_element<'a>(operand: Value<'a>, index: &Value<'a>) -> Result<Value<'a>, Cause> {
    match held(operand) {
        None | Some(Value::Null) => Ok(Value::NOTHING),
        Some(operand) => match element(operand, index) {
            Ok(found) => Ok(found.some()),
            Err(Cause::NoElement | Cause::NoKey | Cause::NoField(_)) => Ok(Value::NOTHING),
            Err(cause) => Err(cause),
        },
    }
}

/// What is in an optional; any other value is its own.
fn held(value: Value<'_>) -> Option<Value<'_>> {
    match value {
        Value::Optional(held) => held.map(|held| (*held).clone()),
        other => Some(other),
    }
}
