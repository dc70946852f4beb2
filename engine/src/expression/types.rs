//! The types of expressions, as far as JSON Schemas and the text tell. What is not sure is [`Type::Any`].

mod declared;
mod fit;
mod node;
mod schema;
mod union;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use declared::ValueType;
pub(crate) use node::{error, of_node, texts};

/// What is known of a value before it is there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    /// No value: the element of `[]`.
    Never,
    /// Nothing is known.
    Any,
    /// `null`
    Null,
    /// A boolean.
    Bool,
    /// A whole number.
    Int,
    /// A whole number that is written with `u`, or is beyond those with a sign.
    UInt,
    /// A number, which may have a fraction.
    Float,
    /// A text; one of these, where that is known.
    Text(Option<BTreeSet<String>>),
    /// A list of such elements.
    List(Box<Self>),
    /// An object. Shared: outputs have dozens of fields, and thousands of expressions read them.
    Object(Arc<Fields>),
    /// A map that is not an object of JSON as it stands: its keys are not all texts.
    Map {
        /// The type of its keys.
        keys: Box<Self>,
        /// The type of its values.
        values: Box<Self>,
    },
    /// Bytes.
    Bytes,
    /// A point in time.
    Timestamp,
    /// A length of time.
    Duration,
    /// What `a.?b` gives: such a value, or none.
    Optional(Box<Self>),
    /// What `type(x)` gives.
    Kind,
    /// One of at least two; none of them `Any`, `Never` or a union.
    Union(Vec<Self>),
}

/// What is known of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields {
    /// The fields that are known by name.
    pub(crate) known: BTreeMap<String, Field>,
    /// The type of any other; `None` where there is no other.
    pub(crate) rest: Option<Box<Type>>,
    /// Whether an expression writes it: then it may well be asked for what it does not have.
    pub(crate) written: bool,
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// Its type.
    pub(crate) kind: Type,
    /// Whether it is always there.
    pub(crate) always: bool,
}

impl Type {
    /// The type of what no schema describes, lent for good.
    pub(crate) const UNKNOWN: &'static Self = &Self::Any;

    /// Any text.
    pub(crate) const TEXT: Self = Self::Text(None);

    /// Just this text.
    pub(crate) fn literal(text: &str) -> Self {
        Self::Text(Some(BTreeSet::from([text.to_owned()])))
    }

    /// An object with these fields, always there, and no others.
    pub(crate) fn object<'a>(fields: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let known = fields.into_iter().map(|(name, kind)| (name.to_owned(), Field { kind, always: true })).collect();
        Fields { known, ..Fields::default() }.into()
    }

    /// A list of such elements.
    pub(crate) fn list_of(self) -> Self {
        Self::List(Box::new(self))
    }

    /// An optional of it.
    pub(crate) fn optional(self) -> Self {
        Self::Optional(Box::new(self))
    }

    /// An object of which nothing is known.
    pub(crate) fn any_object() -> Self {
        Fields { rest: Some(Box::new(Self::Any)), ..Fields::default() }.into()
    }

    /// What fields and elements are read from, and whether that gives an optional: below an optional, or `safely`, null counts
    /// as nothing.
    pub(crate) fn read_safely(self, safely: bool) -> (Self, bool) {
        let is_optional = safely || self.members().iter().any(|member| matches!(member, Self::Optional(_)));
        if !is_optional {
            return (self, false);
        }
        let held = self.into_members().into_iter().flat_map(|member| match member {
            Self::Optional(held) => held.into_members(),
            other => vec![other],
        });
        let held: Vec<Self> = held.filter(|member| *member != Self::Null).collect();
        (Self::union(held), true)
    }

    /// The type that it has once it is JSON: a timestamp is a text there.
    pub(crate) fn in_json(self) -> Self {
        match self {
            Self::Timestamp | Self::Duration => Self::TEXT,
            Self::UInt => Self::Int,
            Self::Map { .. } => Self::any_object(),
            Self::List(element) => element.in_json().list_of(),
            Self::Union(members) => Self::union(members.into_iter().map(Self::in_json)),
            other => other,
        }
    }

    /// What in it has no form in JSON.
    pub(crate) fn not_in_json(&self) -> Option<&Self> {
        match self {
            Self::Bytes | Self::Optional(_) | Self::Kind => Some(self),
            Self::List(element) => element.not_in_json(),
            _ => None,
        }
    }

    /// Whether it is null or something else.
    pub(crate) fn may_be_null(&self) -> bool {
        matches!(self, Self::Union(members) if members.contains(&Self::Null))
    }

    /// The same, and not null.
    pub(crate) fn without_null(self) -> Self {
        Self::union(self.into_members().into_iter().filter(|member| *member != Self::Null))
    }

    /// The same, where the field at `path` is known not to be null; an empty name is the element of a list.
    pub(crate) fn with_value_at(self, path: &[&str]) -> Self {
        let Some((name, rest)) = path.split_first() else { return self.without_null() };
        let members = self.into_members().into_iter().map(|member| match member {
            Self::List(element) if name.is_empty() => element.with_value_at(rest).list_of(),
            Self::Object(mut fields) if fields.known.contains_key(*name) => {
                if let Some(field) = Arc::make_mut(&mut fields).known.get_mut(*name) {
                    field.kind = std::mem::replace(&mut field.kind, Self::Any).with_value_at(rest);
                }
                Self::Object(fields)
            }
            other => other,
        });
        Self::union(members.collect::<Vec<_>>())
    }

    /// Whether some value of it can be the key of a map.
    pub(crate) fn may_be_key(&self) -> bool {
        let is_key = |member: &Self| {
            matches!(member, Self::Any | Self::Never | Self::Bool | Self::Int | Self::UInt | Self::Text(_))
        };
        self.members().iter().any(is_key)
    }

    /// The same, or null.
    pub(crate) fn or_null(self) -> Self {
        Self::union([self, Self::Null])
    }

    /// The type of its elements, as a list; any where it is none.
    pub(crate) fn element(&self) -> Self {
        let elements = self.members().iter().filter_map(|member| match member {
            Self::List(element) => Some((**element).clone()),
            _ => None,
        });
        Self::union(elements).or_any()
    }

    /// The type of its field `name`, as an object; any where it has none.
    pub(crate) fn field(&self, name: &str) -> Self {
        let fields = self.members().iter().filter_map(|member| match member {
            Self::Object(fields) => match fields.known.get(name) {
                Some(field) => Some(field.kind.clone()),
                None => fields.rest.as_deref().cloned(),
            },
            _ => None,
        });
        Self::union(fields).or_any()
    }

    /// The type of its elements, lent; unknown where it is not a list.
    pub(crate) fn element_type(&self) -> &Self {
        let found = self.members().iter().find_map(|member| match member {
            Self::List(element) => Some(&**element),
            _ => None,
        });
        found.unwrap_or(Self::UNKNOWN)
    }

    /// The type of its field `name`, lent; unknown where it has none.
    pub(crate) fn field_type(&self, name: &str) -> &Self {
        let found = self.members().iter().find_map(|member| match member {
            Self::Object(fields) => fields.known.get(name).map(|field| &field.kind).or(fields.rest.as_deref()),
            _ => None,
        });
        found.unwrap_or(Self::UNKNOWN)
    }

    /// Whether it has doubles, and whether it has integers, as far as it tells numbers apart.
    pub(crate) fn takes_numbers(&self) -> (bool, bool) {
        let members = self.members();
        (members.contains(&Self::Float), members.contains(&Self::Int))
    }

    /// Its name in a message.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Never | Self::Any => "any value".into(),
            Self::Null => "null".into(),
            Self::Bool => "a boolean".into(),
            Self::Int => "an integer".into(),
            Self::UInt => "an unsigned integer".into(),
            Self::Float => "a number".into(),
            Self::Text(_) => "a string".into(),
            Self::List(_) => "a list".into(),
            Self::Object(_) | Self::Map { .. } => "a map".into(),
            Self::Bytes => "bytes".into(),
            Self::Timestamp => "a timestamp".into(),
            Self::Duration => "a duration".into(),
            Self::Optional(_) => "an optional".into(),
            Self::Kind => "a type".into(),
            Self::Union(members) if members.as_slice() == [Self::Int, Self::Float] => "a number".into(),
            Self::Union(members) => members.iter().map(Self::name).collect::<Vec<_>>().join(" or "),
        }
    }
}

impl From<Fields> for Type {
    fn from(fields: Fields) -> Self {
        Self::Object(Arc::new(fields))
    }
}
