//! Operators. Arithmetic never mixes types; comparisons mix numbers.

use cel::common::ast::operators;
use jiff::{SignedDuration, Timestamp};

use super::{Budget, Cause, compare};
use crate::expression::value::Value;

/// The first second of CEL's year 1.
const EARLIEST: i64 = -62_135_596_800;

/// The seconds of CEL's longest duration, 10,000 years.
const LONGEST: i64 = 315_576_000_000;

/// Whether an operator takes two values, evaluated in turn.
pub(super) fn is_binary(operator: &str) -> bool {
    sign(operator).is_some()
}

/// How an operator is written.
fn sign(operator: &str) -> Option<&'static str> {
    Some(match operator {
        operators::ADD => "+",
        operators::SUBSTRACT => "-",
        operators::MULTIPLY => "*",
        operators::DIVIDE => "/",
        operators::MODULO => "%",
        operators::EQUALS => "==",
        operators::NOT_EQUALS => "!=",
        operators::LESS => "<",
        operators::LESS_EQUALS => "<=",
        operators::GREATER => ">",
        operators::GREATER_EQUALS => ">=",
        operators::IN => "in",
        _ => return None,
    })
}

/// `left OPERATOR right`
pub(in crate::expression) fn binary<'a>(
    operator: &str,
    left: &Value<'a>,
    right: &Value<'a>,
    budget: &mut Budget,
) -> Result<Value<'a>, Cause> {
    let found = match operator {
        operators::EQUALS => Some(Value::Bool(compare::equal(left, right, budget)?)),
        operators::NOT_EQUALS => Some(Value::Bool(!compare::equal(left, right, budget)?)),
        operators::IN => compare::contains(right, left, budget)?.map(Value::Bool),
        operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS => {
            ordered(operator, left, right, budget)?
        }
        operators::ADD => match joined(left, right, budget)? {
            Some(joined) => Some(joined),
            None => arithmetic(operator, left, right)?,
        },
        _ => arithmetic(operator, left, right)?,
    };
    let sign = sign(operator).unwrap_or_default();
    found.ok_or_else(|| Cause::Operands { sign, left: left.kind(), right: right.kind() })
}

fn ordered<'a>(
    operator: &str,
    left: &Value<'a>,
    right: &Value<'a>,
    budget: &mut Budget,
) -> Result<Option<Value<'a>>, Cause> {
    let is_nan = |value: &Value<'_>| matches!(value, Value::Double(double) if double.is_nan());
    let Some(order) = compare::order(left, right, budget)? else {
        return Ok((is_nan(left) || is_nan(right)).then_some(Value::Bool(false)));
    };
    Ok(Some(Value::Bool(match operator {
        operators::LESS => order.is_lt(),
        operators::LESS_EQUALS => order.is_le(),
        operators::GREATER => order.is_gt(),
        _ => order.is_ge(),
    })))
}

/// `+` of what is put together.
fn joined<'a>(left: &Value<'a>, right: &Value<'a>, budget: &mut Budget) -> Result<Option<Value<'a>>, Cause> {
    Ok(Some(match (left, right) {
        (Value::String(left), Value::String(right)) => {
            let (left, right) = (left.as_str(), right.as_str());
            budget.write(left.len() + right.len())?;
            Value::text([left, right].concat())
        }
        (Value::Bytes(left), Value::Bytes(right)) => {
            budget.write(left.len() + right.len())?;
            Value::Bytes([&left[..], &right[..]].concat().into())
        }
        (Value::List(left), Value::List(right)) => {
            budget.elements(left.len() + right.len())?;
            Value::list(left.iter().chain(right.iter()).collect())
        }
        _ => return Ok(None),
    }))
}

/// Arithmetic; `None` where there is no such operation.
fn arithmetic<'a>(operator: &str, left: &Value<'a>, right: &Value<'a>) -> Result<Option<Value<'a>>, Cause> {
    match (left, right) {
        (Value::Int(_), Value::Int(0)) | (Value::UInt(_), Value::UInt(0))
            if matches!(operator, operators::DIVIDE | operators::MODULO) =>
        {
            Err(Cause::DivisionByZero)
        }
        (Value::Int(left), Value::Int(right)) => {
            let result = match operator {
                operators::ADD => left.checked_add(*right),
                operators::SUBSTRACT => left.checked_sub(*right),
                operators::MULTIPLY => left.checked_mul(*right),
                operators::DIVIDE => left.checked_div(*right),
                _ => left.checked_rem(*right),
            };
            result.map(|integer| Some(Value::Int(integer))).ok_or(Cause::TooLarge)
        }
        (Value::UInt(left), Value::UInt(right)) => {
            let result = match operator {
                operators::ADD => left.checked_add(*right),
                operators::SUBSTRACT => left.checked_sub(*right),
                operators::MULTIPLY => left.checked_mul(*right),
                operators::DIVIDE => left.checked_div(*right),
                _ => left.checked_rem(*right),
            };
            result.map(|integer| Some(Value::UInt(integer))).ok_or(Cause::TooLarge)
        }
        (Value::Double(left), Value::Double(right)) => Ok(match operator {
            operators::ADD => Some(left + right),
            operators::SUBSTRACT => Some(left - right),
            operators::MULTIPLY => Some(left * right),
            operators::DIVIDE => Some(left / right),
            _ => None,
        }
        .map(Value::Double)),
        _ => in_time(operator, left, right),
    }
}

/// `+` and `-` of timestamps and durations.
fn in_time<'a>(operator: &str, left: &Value<'a>, right: &Value<'a>) -> Result<Option<Value<'a>>, Cause> {
    let result = match (operator, left, right) {
        (operators::ADD, Value::Timestamp(at), Value::Duration(length))
        | (operators::ADD, Value::Duration(length), Value::Timestamp(at)) => {
            at.checked_add(*length).map_err(|_| Cause::TooLarge).and_then(timestamp)
        }
        (operators::SUBSTRACT, Value::Timestamp(at), Value::Duration(length)) => {
            at.checked_sub(*length).map_err(|_| Cause::TooLarge).and_then(timestamp)
        }
        (operators::SUBSTRACT, Value::Timestamp(end), Value::Timestamp(start)) => duration(end.duration_since(*start)),
        (operators::ADD, Value::Duration(one), Value::Duration(other)) => {
            one.checked_add(*other).ok_or(Cause::TooLarge).and_then(duration)
        }
        (operators::SUBSTRACT, Value::Duration(one), Value::Duration(other)) => {
            one.checked_sub(*other).ok_or(Cause::TooLarge).and_then(duration)
        }
        _ => return Ok(None),
    };
    result.map(Some)
}

/// A timestamp that CEL has: from the year 1 on.
pub(in crate::expression) fn timestamp<'a>(at: Timestamp) -> Result<Value<'a>, Cause> {
    let is_before = Timestamp::from_second(EARLIEST).is_ok_and(|earliest| at < earliest);
    if is_before { Err(Cause::TooLarge) } else { Ok(Value::Timestamp(at)) }
}

/// A duration that CEL has: 10,000 years at most.
pub(in crate::expression) fn duration<'a>(length: SignedDuration) -> Result<Value<'a>, Cause> {
    if length.as_secs().unsigned_abs() > LONGEST.unsigned_abs() {
        Err(Cause::TooLarge)
    } else {
        Ok(Value::Duration(length))
    }
}

/// `-operand`
pub(super) fn negate<'a>(operand: &Value<'a>) -> Result<Value<'a>, Cause> {
    match operand {
        Value::Int(integer) => integer.checked_neg().map(Value::Int).ok_or(Cause::TooLarge),
        Value::Double(double) => Ok(Value::Double(-double)),
        other => Err(Cause::Needed { needed: "a number", found: other.kind() }),
    }
}
