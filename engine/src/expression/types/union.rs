//! Types that are one of several.

use std::{collections::BTreeMap, sync::Arc};

use super::{Field, Fields, Type};

impl Type {
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

    pub(super) fn or_any(self) -> Self {
        if self == Self::Never { Self::Any } else { self }
    }

    pub(super) fn into_members(self) -> Vec<Self> {
        match self {
            Self::Union(members) => members,
            one => vec![one],
        }
    }
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
}
