//! The keys of maps.

use std::cmp::Ordering;

use super::{Text, Value, integer_of};

/// A map's key. `1`, `1u` and `1.0` look for the same one: a `UInt` here is beyond every `Int`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::expression) enum Key<'a> {
    Bool(bool),
    Int(i64),
    UInt(u64),
    String(Text<'a>),
}

impl<'a> Key<'a> {
    /// The key that a map is written with, if the value can be one.
    pub(in crate::expression) fn of(value: &Value<'a>) -> Option<Self> {
        match value {
            Value::Bool(bool) => Some(Self::Bool(*bool)),
            Value::Int(integer) => Some(Self::Int(*integer)),
            Value::UInt(integer) => Some(i64::try_from(*integer).map_or(Self::UInt(*integer), Self::Int)),
            Value::String(text) => Some(Self::String(text.clone())),
            _ => None,
        }
    }

    /// The key that a value looks for: a double without a fraction looks for an integer.
    pub(in crate::expression) fn sought(value: &Value<'a>) -> Option<Self> {
        match value {
            Value::Double(double) => integer_of(*double).map(Self::Int),
            other => Self::of(other),
        }
    }

    /// The key as a value.
    pub(in crate::expression) fn value(&self) -> Value<'a> {
        match self {
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Int(integer) => Value::Int(*integer),
            Self::UInt(integer) => Value::UInt(*integer),
            Self::String(text) => Value::String(text.clone()),
        }
    }

    /// The key as the name of a JSON object's field.
    pub(in crate::expression) fn name(&self) -> String {
        match self {
            Self::Bool(bool) => bool.to_string(),
            Self::Int(integer) => integer.to_string(),
            Self::UInt(integer) => integer.to_string(),
            Self::String(text) => text.as_str().to_owned(),
        }
    }

    /// How it is ordered to the string `name`, without making a key of that.
    pub(super) fn cmp_to_name(&self, name: &str) -> Ordering {
        match self {
            Self::Bool(_) | Self::Int(_) | Self::UInt(_) => Ordering::Less,
            Self::String(text) => text.as_str().cmp(name),
        }
    }
}
