//! Whether values of one type may be where another is wanted. Only `false` is certain.

use super::{Field, Fields, Type};

impl Type {
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

#[cfg(test)]
mod tests {
    use super::*;

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
