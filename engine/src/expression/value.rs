//! The values of an evaluation: made by it and shared, or lent by its surroundings and read where they lie.
//!
//! Cloning a value copies a pointer at most. What is lent knows its declared [`Type`], since that says which numbers are doubles.

mod json;
mod key;
mod kind;
mod lent;

use std::{cmp::Ordering, rc::Rc};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

pub use self::lent::Bound;
pub(super) use self::{
    json::{integer_of, to_json},
    key::Key,
    kind::ValueKind,
};
use super::{Fields, Items, types::Type};
use crate::expression::evaluate::{Budget, Cause};

/// A value of CEL.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Double(f64),
    String(Text<'a>),
    Bytes(Rc<[u8]>),
    List(List<'a>),
    Map(Map<'a>),
    Timestamp(Timestamp),
    Duration(SignedDuration),
    /// What `a.?b` gives: something, or nothing.
    Optional(Option<Rc<Self>>),
    /// What `type(x)` gives.
    Type(ValueKind),
}

/// A string.
#[derive(Clone, Debug)]
pub(super) enum Text<'a> {
    Lent(&'a str),
    Made(Rc<str>),
}

/// A list.
#[derive(Clone, Debug)]
pub(super) enum List<'a> {
    /// JSON, and the declared type of its elements.
    Lent(&'a [Json], &'a Type),
    /// Elements that are asked for one by one.
    Viewed(Rc<dyn Items<'a> + 'a>),
    Made(Rc<Vec<Value<'a>>>),
}

/// A map. It iterates ascending by key, whatever it is made of.
#[derive(Clone, Debug)]
pub(super) enum Map<'a> {
    /// JSON, and its declared type.
    Lent(&'a serde_json::Map<String, Json>, &'a Type),
    /// Fields that are asked for one by one.
    Viewed(Rc<dyn Fields<'a> + 'a>),
    /// Ascending by key, no key twice.
    Made(Rc<Vec<(Key<'a>, Value<'a>)>>),
}

impl<'a> Value<'a> {
    /// The optional without a value.
    pub(super) const NOTHING: Self = Self::Optional(None);

    /// A string that was made; the caller has charged it.
    pub(super) fn text(text: String) -> Self {
        Self::String(Text::Made(text.into()))
    }

    /// A list that was made; the caller has charged it.
    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(List::Made(Rc::new(items)))
    }

    /// A map that was made; the caller has charged it. `None` if a key is there twice.
    pub(super) fn map(mut fields: Vec<(Key<'a>, Self)>) -> Option<Self> {
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        let is_ascending = fields.windows(2).all(|pair| pair[0].0 < pair[1].0);
        is_ascending.then(|| Self::Map(Map::Made(Rc::new(fields))))
    }

    /// The optional with this value.
    pub(super) fn some(self) -> Self {
        Self::Optional(Some(Rc::new(self)))
    }

    /// Its type.
    pub(super) fn kind(&self) -> ValueKind {
        match self {
            Self::Null => ValueKind::Null,
            Self::Bool(_) => ValueKind::Bool,
            Self::Int(_) => ValueKind::Int,
            Self::UInt(_) => ValueKind::UInt,
            Self::Double(_) => ValueKind::Double,
            Self::String(_) => ValueKind::String,
            Self::Bytes(_) => ValueKind::Bytes,
            Self::List(_) => ValueKind::List,
            Self::Map(_) => ValueKind::Map,
            Self::Timestamp(_) => ValueKind::Timestamp,
            Self::Duration(_) => ValueKind::Duration,
            Self::Optional(_) => ValueKind::Optional,
            Self::Type(_) => ValueKind::Type,
        }
    }
}

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Lent(text) => text,
            Self::Made(text) => text,
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text<'_> {}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl<'a> List<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Lent(items, _) => items.len(),
            Self::Viewed(items) => items.len(),
            Self::Made(items) => items.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at an index.
    pub(super) fn get(&self, index: usize) -> Option<Value<'a>> {
        match self {
            Self::Lent(items, element) => items.get(index).map(|item| Value::read(item, element)),
            Self::Viewed(items) => items.item(index).map(Bound::into_value),
            Self::Made(items) => items.get(index).cloned(),
        }
    }

    /// The elements, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        (0..self.len()).map_while(|index| self.get(index))
    }
}

impl<'a> Map<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Lent(fields, _) => fields.len(),
            Self::Viewed(fields) => fields.names().len(),
            Self::Made(fields) => fields.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a field.
    pub(super) fn field(&self, name: &str) -> Option<Value<'a>> {
        match self {
            Self::Lent(fields, kind) => fields.get(name).map(|field| Value::read(field, kind.field_type(name))),
            Self::Viewed(fields) => fields.field(name).map(Bound::into_value),
            Self::Made(fields) => {
                let is_before = |key: &Key<'_>| key.cmp_to_name(name);
                fields.binary_search_by(|(key, _)| is_before(key)).ok().map(|at| fields[at].1.clone())
            }
        }
    }

    /// The value under a key.
    pub(super) fn get(&self, key: &Key<'_>) -> Option<Value<'a>> {
        match (self, key) {
            (_, Key::String(name)) => self.field(name.as_str()),
            (Self::Made(fields), key) => {
                fields.binary_search_by(|(known, _)| known.cmp(key)).ok().map(|at| fields[at].1.clone())
            }
            (Self::Lent(..) | Self::Viewed(_), _) => None,
        }
    }

    /// The keys, ascending.
    ///
    /// # Errors
    /// When the budget does not allow for them.
    pub(super) fn keys(&self, budget: &mut Budget) -> Result<Vec<Key<'a>>, Cause> {
        budget.elements(self.len())?;
        let mut names: Vec<&'a str> = match self {
            Self::Made(fields) => return Ok(fields.iter().map(|(key, _)| key.clone()).collect()),
            Self::Lent(fields, _) => fields.keys().map(String::as_str).collect(),
            Self::Viewed(fields) => fields.names(),
        };
        names.sort_unstable();
        Ok(names.into_iter().map(|name| Key::String(Text::Lent(name))).collect())
    }
}
