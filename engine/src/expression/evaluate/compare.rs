//! Order and equality. What is looked at is charged, however often it is shared: a small list can stand for a huge one.

use std::cmp::Ordering;

use super::{Budget, Cause};
use crate::expression::value::{Key, Value};

/// A double beyond every integer of CEL.
const BEYOND_INTEGERS: f64 = 1e20;

/// How two values are ordered; `None` where they are not.
pub(in crate::expression) fn order(
    left: &Value<'_>,
    right: &Value<'_>,
    budget: &mut Budget,
) -> Result<Option<Ordering>, Cause> {
    budget.read(length(left).min(length(right)))?;
    Ok(ordering(left, right))
}

/// How many bytes of a value are read to order it.
pub(in crate::expression) fn length(value: &Value<'_>) -> usize {
    match value {
        Value::String(text) => text.as_str().len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

/// The order itself, which nobody charges for.
pub(in crate::expression) fn ordering(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bytes(left), Value::Bytes(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Timestamp(left), Value::Timestamp(right)) => Some(left.cmp(right)),
        (Value::Duration(left), Value::Duration(right)) => Some(left.cmp(right)),
        _ => numbers(left, right),
    }
}

/// Numbers by what they are, whatever their types.
fn numbers(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    let integer = |value: &Value<'_>| match value {
        Value::Int(integer) => Some(i128::from(*integer)),
        Value::UInt(integer) => Some(i128::from(*integer)),
        _ => None,
    };
    match (left, right) {
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Double(left), right) => to_double(integer(right)?, *left).map(Ordering::reverse),
        (left, Value::Double(right)) => to_double(integer(left)?, *right),
        (left, right) => Some(integer(left)?.cmp(&integer(right)?)),
    }
}

/// An integer beside a double, exactly: rounding the integer would make different numbers equal.
fn to_double(integer: i128, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    if double.abs() > BEYOND_INTEGERS {
        return Some(if double > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = double.trunc();
    Some(integer.cmp(&(whole as i128)).then_with(|| whole.partial_cmp(&double).unwrap_or(Ordering::Equal)))
}

/// Whether two values are equal, through and through. Values of different types are not; numbers are by what they are.
pub(in crate::expression) fn equal(left: &Value<'_>, right: &Value<'_>, budget: &mut Budget) -> Result<bool, Cause> {
    budget.steps(1)?;
    match (left, right) {
        (Value::Null, Value::Null) => Ok(true),
        (Value::Type(left), Value::Type(right)) => Ok(left == right),
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            all(left.iter().zip(right.iter()), |(left, right)| equal(&left, &right, budget))
        }
        (Value::Map(left), Value::Map(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            all(left.keys(budget)?.into_iter(), |key| match (left.get(&key), right.get(&key)) {
                (Some(left), Some(right)) => equal(&left, &right, budget),
                _ => Ok(false),
            })
        }
        (Value::Optional(Some(left)), Value::Optional(Some(right))) => equal(left, right, budget),
        (Value::Optional(left), Value::Optional(right)) => Ok(left.is_none() && right.is_none()),
        _ => Ok(order(left, right, budget)? == Some(Ordering::Equal)),
    }
}

fn all<T>(items: impl Iterator<Item = T>, mut test: impl FnMut(T) -> Result<bool, Cause>) -> Result<bool, Cause> {
    for item in items {
        if !test(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `value in container`; `None` where that is not a container.
pub(super) fn contains<'a>(
    container: &Value<'a>,
    value: &Value<'a>,
    budget: &mut Budget,
) -> Result<Option<bool>, Cause> {
    match container {
        Value::List(items) => Ok(Some(!all(items.iter(), |item| equal(&item, value, budget).map(|equal| !equal))?)),
        Value::Map(map) => Ok(match (Key::sought(value), value) {
            (Some(key), _) => Some(map.get(&key).is_some()),
            (None, Value::Double(_)) => Some(false),
            (None, _) => None,
        }),
        _ => Ok(None),
    }
}
