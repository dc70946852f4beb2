//! The types of expressions, as far as JSON Schemas and the text tell. What is not sure is [`Type::Any`].

mod declared;
mod schema;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use declared::ValueType;

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
    /// A map that is no object of JSON as it stands: its keys are not all texts.
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

    /// A value of one of these types.
    pub(crate) fn union(types: impl IntoIterator<Item = Self>) -> Self {
        let mut members = Vec::new();
        for kind in types.into_iter().flat_map(Self::into_members) {
            match kind {
                Self::Any => return Self::Any,
                Self::Never => {}
                kind => add_member(&mut members, kind),
            }
        }
        match members.len() {
            0 => Self::Never,
            1 => members.remove(0),
            _ => Self::Union(members),
        }
    }

    /// The types that it may be; itself unless it is a union.
    pub(crate) fn members(&self) -> &[Self] {
        match self {
            Self::Union(members) => members,
            one => std::slice::from_ref(one),
        }
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

    /// The type of its elements, lent; unknown where it is no list.
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

    fn or_any(self) -> Self {
        if self == Self::Never { Self::Any } else { self }
    }

    fn into_members(self) -> Vec<Self> {
        match self {
            Self::Union(members) => members,
            one => vec![one],
        }
    }

    /// Whether some value of the one may equal some value of the other. `false` is certain.
    pub(crate) fn may_equal(&self, other: &Self) -> bool {
        any_pair(self, other, |one, two| match (one, two) {
            (Self::Text(Some(one)), Self::Text(Some(two))) => !one.is_disjoint(two),
            _ => one.same_kind(two),
        })
    }

    /// Whether some value of it may be taken where `wanted` is. `false` is certain.
    pub(crate) fn may_be(&self, wanted: &Self) -> bool {
        any_pair(self, wanted, |one, wanted| match (one, wanted) {
            (Self::Text(Some(one)), Self::Text(Some(wanted))) => !one.is_disjoint(wanted),
            (Self::List(one), Self::List(wanted)) => **one == Self::Never || one.may_be(wanted),
            (Self::Object(one), Self::Object(wanted)) => one.may_be(wanted),
            _ => one.same_kind(wanted),
        })
    }

    /// Whether both are of the same kind, whatever is in them.
    pub(crate) fn same_kind(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any | Self::Never, _) | (_, Self::Any | Self::Never) => true,
            (Self::Int | Self::UInt | Self::Float, Self::Int | Self::UInt | Self::Float) => true,
            (Self::Object(_) | Self::Map { .. }, Self::Object(_) | Self::Map { .. }) => true,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Its name in a message.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Never | Self::Any => "any value".into(),
            Self::Null => "null".into(),
            Self::Bool => "a boolean".into(),
            Self::Int => "a whole number".into(),
            Self::UInt => "an unsigned whole number".into(),
            Self::Float => "a number".into(),
            Self::Text(_) => "a text".into(),
            Self::List(_) => "a list".into(),
            Self::Object(_) | Self::Map { .. } => "an object".into(),
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

impl Fields {
    fn may_be(&self, wanted: &Self) -> bool {
        let fits = |(name, field): (&String, &Field)| match (wanted.known.get(name), &wanted.rest) {
            (Some(wanted), _) => !field.always || field.kind.may_be(&wanted.kind),
            (None, Some(rest)) => !field.always || field.kind.may_be(rest),
            (None, None) => !field.always,
        };
        let missing =
            |(name, field): (&String, &Field)| field.always && self.rest.is_none() && !self.known.contains_key(name);
        self.known.iter().all(fits) && !wanted.known.iter().any(missing)
    }
}

/// Whether some pair of their members passes; with nothing known, it does.
fn any_pair(one: &Type, two: &Type, test: impl Fn(&Type, &Type) -> bool) -> bool {
    one.members().iter().any(|one| two.members().iter().any(|two| test(one, two)))
}

/// Adds a member of a union, together with one of its kind.
fn add_member(members: &mut Vec<Type>, kind: Type) {
    let same = members.iter_mut().find(|member| std::mem::discriminant(*member) == std::mem::discriminant(&kind));
    let Some(member) = same else { return members.push(kind) };
    *member = match (std::mem::replace(member, Type::Never), kind) {
        (Type::Text(Some(one)), Type::Text(Some(two))) => Type::Text(Some(one.into_iter().chain(two).collect())),
        (Type::Text(_), Type::Text(_)) => Type::TEXT,
        (Type::List(one), Type::List(two)) => Type::union([*one, *two]).list_of(),
        (Type::Object(one), Type::Object(two)) => either(Arc::unwrap_or_clone(one), Arc::unwrap_or_clone(two)).into(),
        (Type::Optional(one), Type::Optional(two)) => Type::union([*one, *two]).optional(),
        (Type::Map { keys: one, values: first }, Type::Map { keys: two, values: second }) => {
            Type::Map { keys: Box::new(Type::union([*one, *two])), values: Box::new(Type::union([*first, *second])) }
        }
        (one, _) => one,
    };
}

/// What is known of an object that is one or the other.
fn either(one: Fields, mut two: Fields) -> Fields {
    let mut known = BTreeMap::new();
    let one_written = one.written;
    let rests = (one.rest.clone(), two.rest.clone());
    for (name, field) in one.known {
        let merged = match two.known.remove(&name) {
            Some(other) => Field { kind: Type::union([field.kind, other.kind]), always: field.always && other.always },
            None => optional(field, rests.1.as_deref()),
        };
        known.insert(name, merged);
    }
    known.extend(two.known.into_iter().map(|(name, field)| (name, optional(field, rests.0.as_deref()))));
    let rest = match rests {
        (None, None) => None,
        (one, two) => Some(Box::new(Type::union(one.into_iter().chain(two).map(|kind| *kind)))),
    };
    Fields { known, rest, written: one_written && two.written }
}

/// A field that only one of two objects names.
fn optional(field: Field, rest: Option<&Type>) -> Field {
    Field { kind: Type::union([field.kind].into_iter().chain(rest.cloned())), always: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unions_are_flat_and_have_one_member_of_a_kind() {
        let union = Type::union([
            Type::literal("a"),
            Type::Null,
            Type::union([Type::literal("b"), Type::Int]),
            Type::Never,
            Type::Null,
        ]);
        let expected = Type::Text(Some(["a".to_owned(), "b".to_owned()].into()));
        assert_eq!(union, Type::Union(vec![expected, Type::Null, Type::Int]));
        assert_eq!(Type::union([Type::Int, Type::Any]), Type::Any);
        assert_eq!(Type::union([]), Type::Never);
    }

    #[test]
    fn only_what_is_certain_is_refused() {
        let (red, blue) = (Type::literal("red"), Type::literal("blue"));
        assert!(!red.may_equal(&blue));
        assert!(red.may_equal(&Type::TEXT));
        assert!(Type::Int.may_equal(&Type::Float));
        assert!(!Type::Int.may_equal(&Type::TEXT));
        assert!(Type::Int.or_null().may_equal(&Type::Null));
        assert!(Type::Any.may_equal(&blue));
        assert!(Type::Int.list_of().may_equal(&Type::TEXT.list_of()), "both may be empty");
        assert!(!Type::Int.list_of().may_be(&Type::TEXT.list_of()));
        assert!(Type::Never.list_of().may_be(&Type::TEXT.list_of()));
        let wanted = Type::object([("name", Type::TEXT)]);
        assert!(Type::object([("name", red.clone())]).may_be(&wanted));
        assert!(!Type::object([("name", Type::Int)]).may_be(&wanted));
        assert!(!Type::object([("nam", red)]).may_be(&wanted));
        assert!(Type::from(Fields { rest: Some(Box::new(Type::Any)), ..Fields::default() }).may_be(&wanted));
    }
}
