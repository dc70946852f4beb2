//! Numbers that would be read as others. A `number` is a double, which tells integers apart up to 2^53 only; an `integer` has 64
//! bits. What is beyond is refused where it is written: at the door of a run, as a default, in `with`.

use serde_json::{Number, Value};

use super::{faults::Problem, pointer};
use crate::{diagnostic::Code, expression::types::Type};

/// The largest integer up to which a double knows every one.
const EXACT: u64 = 1 << 53;

/// The numbers in a value of type `kind` that would be read as others, each with its JSON pointer. `spelling` gives the
/// characters of a plain scalar.
pub(super) fn misread<'d>(
    value: &Value,
    kind: &Type,
    spelling: impl Fn(&str) -> Option<&'d str>,
) -> Vec<(String, Problem)> {
    let mut found = Vec::new();
    collect("", value, kind, &mut found);
    let problem = |(at, number, reason): (String, &Number, Reason)| {
        let written = spelling(&at).map_or_else(|| number.to_string(), str::to_owned);
        (at, reason.problem(&written))
    };
    found.into_iter().map(problem).collect()
}

fn collect<'v>(at: &str, value: &'v Value, kind: &Type, found: &mut Vec<(String, &'v Number, Reason)>) {
    match value {
        Value::Number(number) => found.extend(reason(number, kind).map(|reason| (at.to_owned(), number, reason))),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(&pointer::join(at, &index.to_string()), item, kind.element_type(), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(&pointer::join(at, name), field, kind.field_type(name), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Why a number is not what it is written as.
#[derive(Clone, Copy)]
enum Reason {
    /// It is read as a double, beyond the integers that doubles tell apart.
    InexactDouble,
    /// It is a double already, though an integer is asked for.
    DoubleForInteger,
    /// It has more than 64 bits.
    TooLarge,
}

fn reason(number: &Number, kind: &Type) -> Option<Reason> {
    let (takes_doubles, takes_integers) = kind.takes_numbers();
    let is_large = match (number.as_i64(), number.as_f64()) {
        (Some(integer), _) => integer.unsigned_abs() > EXACT,
        (None, double) => double.is_none_or(|double| double.fract() == 0.0 && double.abs() > EXACT as f64),
    };
    match number.as_i64() {
        _ if !is_large => None,
        _ if takes_doubles => Some(Reason::InexactDouble),
        Some(_) => None,
        None if takes_integers && is_within_integers(number) => Some(Reason::DoubleForInteger),
        None if takes_integers || number.is_f64() => Some(Reason::TooLarge),
        None => None,
    }
}

fn is_within_integers(number: &Number) -> bool {
    number.is_f64() && number.as_f64().is_some_and(|double| double.abs() < i64::MAX as f64)
}

impl Reason {
    fn problem(self, written: &str) -> Problem {
        let (message, help) = match self {
            Self::InexactDouble => (
                format!(
                    "`{written}` is beyond 2^53 (9007199254740992): a `number` cannot hold every integer from there on"
                ),
                "if every digit counts, use an `integer` or a `string`",
            ),
            Self::DoubleForInteger => (
                format!("`{written}` is beyond 2^53 (9007199254740992): with a point or an exponent it loses digits"),
                "write all its digits",
            ),
            Self::TooLarge => (
                format!("`{written}` is beyond 2^63 - 1 (9223372036854775807), the largest integer"),
                "if every digit counts, use a `string`: quote it",
            ),
        };
        Problem::new(Code::VALUE_NOT_ALLOWED, message, Some(help.to_owned()))
    }
}
