//! Why an evaluation gives nothing, in words that show no values: they may be secrets.

use std::fmt;

use crate::{
    diagnostic::Code,
    expression::{function, value::ValueKind},
};

/// What is wrong, and the part of the expression's tree where.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::expression) struct Fault {
    pub(in crate::expression) cause: Cause,
    /// The crate's number of the part.
    pub(in crate::expression) part: u64,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::expression) enum Cause {
    /// More steps than there may be.
    TooMuchWork(u64),
    /// More bytes than may be made.
    TooMuchData(u64),
    NoName(String),
    NoField(String),
    /// Something that has no fields.
    NotAnObject(ValueKind),
    NoElement,
    NoKey,
    NotIndexed {
        of: ValueKind,
        by: ValueKind,
    },
    NotAKey(ValueKind),
    KeyTwice,
    /// Two keys that have the same name in JSON.
    SameName(String),
    Needed {
        needed: &'static str,
        found: ValueKind,
    },
    Operands {
        sign: &'static str,
        left: ValueKind,
        right: ValueKind,
    },
    NoFunction(String),
    Arguments {
        function: String,
        found: Vec<ValueKind>,
    },
    /// A function says what is wrong.
    Function {
        function: &'static str,
        why: String,
    },
    TooLarge,
    DivisionByZero,
    NotFinite,
    NoJson(ValueKind),
    /// Types of messages, which there are none of.
    NoMessages,
}

impl Cause {
    /// Whether nothing absorbs it: neither `||` nor `exists` nor `.?`.
    pub(in crate::expression) fn is_final(&self) -> bool {
        matches!(self, Self::TooMuchWork(_) | Self::TooMuchData(_))
    }

    /// Whether something that is asked for is not there.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self, Self::NoField(_) | Self::NoName(_))
    }

    /// The code that people look up.
    pub(in crate::expression) fn code(&self) -> Code {
        if self.is_final() { Code::BUDGET } else { Code::EXPRESSION_FAILED }
    }

    pub(in crate::expression) fn function(function: &'static str, why: impl Into<String>) -> Self {
        Self::Function { function, why: why.into() }
    }

    /// The fault of a part.
    pub(in crate::expression) fn at(self, part: u64) -> Fault {
        Fault { cause: self, part }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMuchWork(steps) => {
                write!(out, "this takes more than {steps} steps, the most that an evaluation may take")
            }
            Self::TooMuchData(bytes) => {
                write!(out, "this makes more than {} MiB of values, the most that an evaluation may make", bytes >> 20)
            }
            Self::NoName(name) => write!(out, "there is no `{name}`"),
            Self::NoField(name) => write!(out, "there is no field `{name}`"),
            Self::NotAnObject(ValueKind::Null) => {
                write!(out, "the value is null, which has no fields; `.?` reads it, and `orValue()` ends that")
            }
            Self::NotAnObject(kind) => write!(out, "{} has no fields", kind.article()),
            Self::NoElement => write!(out, "the list has no element at this index"),
            Self::NoKey => write!(out, "the map has no such key"),
            Self::NotIndexed { of: ValueKind::Null, .. } => write!(out, "the value is null, which has no elements"),
            Self::NotIndexed { of, by } => write!(out, "{} cannot be indexed by {}", of.article(), by.article()),
            Self::NotAKey(kind) => write!(out, "{} cannot be the key of a map", kind.article()),
            Self::KeyTwice => write!(out, "a key of the map is written twice"),
            Self::SameName(name) => write!(out, "two keys of the map are both called `{name}` in JSON"),
            Self::Needed { needed, found: ValueKind::Null } => write!(out, "{needed} is needed, and the value is null"),
            Self::Needed { needed, found } => write!(out, "{needed} is needed, found {}", found.article()),
            Self::Operands { sign, left: ValueKind::Int, right: ValueKind::Double }
            | Self::Operands { sign, left: ValueKind::Double, right: ValueKind::Int } => {
                write!(out, "`{sign}` cannot mix integers with other numbers; convert the integer with `double()`")
            }
            Self::Operands { sign, left, right } => {
                write!(out, "`{sign}` does not take {} and {}", left.article(), right.article())
            }
            Self::NoFunction(name) => write!(out, "there is no function `{name}()`"),
            Self::Arguments { function, found } => {
                let found: Vec<_> = found.iter().map(|kind| kind.article()).collect();
                write!(out, "`{function}()` takes {}, found ({})", function::signatures(function), found.join(", "))
            }
            Self::Function { function, why } => write!(out, "`{function}()`: {why}"),
            Self::TooLarge => write!(out, "the number is too large"),
            Self::DivisionByZero => write!(out, "division by zero"),
            Self::NotFinite => write!(out, "the number is not finite"),
            Self::NoJson(ValueKind::Optional) => {
                write!(out, "an optional has no form in JSON; `orValue()` takes the value out of it")
            }
            Self::NoJson(kind) => write!(out, "{} has no form in JSON", kind.article()),
            Self::NoMessages => write!(out, "there are no message types here"),
        }
    }
}
