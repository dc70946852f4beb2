//! Reading closed bodies: members of a declared type, and no others. \[FAKE\] for the refusal.

use serde_json::{Map, Value};

use crate::{answer::Refusal, refusal};

/// Refuses a member that the body's schema does not have.
pub(super) fn only(body: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    match body.keys().find(|name| !known.contains(&name.as_str())) {
        Some(_) => Err(refusal::body_unreadable()),
        None => Ok(()),
    }
}

/// A text, if it is there.
pub(super) fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(refusal::body_unreadable),
    }
}

/// A truth value, if it is there.
pub(super) fn flag(body: &Map<String, Value>, name: &str) -> Result<Option<bool>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_bool().map(Some).ok_or_else(refusal::body_unreadable),
    }
}

/// A list, empty where it is not there.
pub(super) fn list<'a, T>(
    body: &'a Map<String, Value>,
    name: &str,
    read: fn(&'a Value) -> Option<T>,
) -> Result<Vec<T>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|item| read(item).ok_or_else(refusal::body_unreadable)).collect(),
        Some(_) => Err(refusal::body_unreadable()),
    }
}

/// A list that must be there.
pub(super) fn required<'a, T>(
    body: &'a Map<String, Value>,
    name: &str,
    read: fn(&'a Value) -> Option<T>,
) -> Result<Vec<T>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Err(refusal::body_invalid(&format!("{name} is required"))),
        Some(_) => list(body, name, read),
    }
}
