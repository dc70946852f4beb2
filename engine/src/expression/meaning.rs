//! Whether two values of two texts mean the same: blanks, comments and the order of keys do not count.

use super::{Converted, Expression, Part, Template, token::tokens};

impl Expression {
    /// Whether another one says the same.
    pub(crate) fn means(&self, other: &Self) -> bool {
        self.words().eq(other.words())
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        tokens(&self.source, 0).map(|token| &self.source[token.at])
    }
}

impl Template {
    /// Whether another one says the same.
    pub(crate) fn means(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(one), Self::Literal(other)) => one == other,
            (Self::Expression(one), Self::Expression(other)) => one.means(other),
            (Self::Text(one), Self::Text(other)) => all_mean(one, other, Part::means),
            (Self::OfKind(kind, one), Self::OfKind(other_kind, other)) => {
                kind == other_kind && all_mean(one, other, Part::means)
            }
            (Self::Converted(one), Self::Converted(other)) => one.means(other),
            (Self::List(one), Self::List(other)) => all_mean(one, other, Self::means),
            (Self::Object(one), Self::Object(other)) => {
                let is_there = |(name, field): &(String, Self)| {
                    other.iter().any(|(its_name, its)| its_name == name && field.means(its))
                };
                one.len() == other.len() && one.iter().all(is_there)
            }
            (
                Self::Literal(_)
                | Self::Expression(_)
                | Self::Text(_)
                | Self::OfKind(..)
                | Self::Converted(_)
                | Self::List(_)
                | Self::Object(_),
                _,
            ) => false,
        }
    }

    /// The fields of an object in which another one says something else, or nothing; all of a value that is no object.
    pub(crate) fn fields_otherwise(&self, other: &Self) -> Vec<String> {
        let (one, other) = (self.fields(), other.fields());
        let find = |fields: &[(String, Self)], name: &str| {
            fields.iter().find(|(known, _)| known == name).map(|(_, field)| field.clone())
        };
        let gone = one.iter().filter(|(name, _)| find(&other, name).is_none()).map(|(name, _)| name.clone());
        let differs = |(name, field): &&(String, Self)| find(&one, name).is_none_or(|before| !before.means(field));
        other.iter().filter(differs).map(|(name, _)| name.clone()).chain(gone).collect()
    }

    /// The fields of an object.
    fn fields(&self) -> Vec<(String, Self)> {
        match self {
            Self::Object(fields) => fields.clone(),
            Self::Literal(serde_json::Value::Object(fields)) => {
                fields.iter().map(|(name, value)| (name.clone(), Self::Literal(value.clone()))).collect()
            }
            Self::Literal(_)
            | Self::Expression(_)
            | Self::Text(_)
            | Self::OfKind(..)
            | Self::Converted(_)
            | Self::List(_) => Vec::new(),
        }
    }
}

impl Part {
    fn means(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(one), Self::Literal(other)) => one == other,
            (Self::Expression(one), Self::Expression(other)) => one.means(other),
            (Self::Fragment(kind, one), Self::Fragment(other_kind, other)) => kind == other_kind && one.means(other),
            (Self::Literal(_) | Self::Expression(_) | Self::Fragment(..), _) => false,
        }
    }
}

impl Converted {
    fn means(&self, other: &Self) -> bool {
        self.expression.means(&other.expression) && self.wanted == other.wanted
    }
}

fn all_mean<T>(one: &[T], other: &[T], means: impl Fn(&T, &T) -> bool) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| means(one, other))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::expression::Scalar;

    fn text(text: &str) -> Template {
        Scalar::parse(text).template
    }

    fn object(fields: &[(&str, &str)]) -> Template {
        Template::Object(fields.iter().map(|(name, field)| ((*name).to_owned(), text(field))).collect())
    }

    #[test]
    fn blanks_comments_and_the_order_of_keys_mean_nothing() {
        let same = [
            (text("${{ inputs.a==1 }}"), text("${{ inputs . a == 1 // one\n }}")),
            (text("a ${{ 'x' }} b"), text("a ${{'x'}} b")),
            (object(&[("a", "${{ x }}"), ("b", "1")]), object(&[("b", "1"), ("a", "${{x}}")])),
        ];
        for (one, other) in same {
            assert!(one.means(&other) && other.means(&one), "{one:?} {other:?}");
            assert_eq!(one.fields_otherwise(&other), Vec::<String>::new());
        }
        let otherwise = [
            (text("${{ ab }}"), text("${{ a[b] }}")),
            (text("a ${{ x }}"), text("a  ${{ x }}")),
            (text("${{ 'a b' }}"), text("${{ 'a  b' }}")),
            (text("x"), text("${{ x }}")),
        ];
        for (one, other) in otherwise {
            assert!(!one.means(&other) && !other.means(&one), "{one:?} {other:?}");
        }
    }

    #[test]
    fn fields_that_are_new_gone_or_otherwise_are_named() {
        let before = object(&[("same", "${{ x }}"), ("other", "${{ x }}"), ("gone", "1")]);
        let after = object(&[("new", "1"), ("other", "${{ y }}"), ("same", "${{x}}")]);
        assert_eq!(before.fields_otherwise(&after), ["new", "other", "gone"]);
        let literal = Template::Literal(json!({ "same": 1 }));
        assert_eq!(literal.fields_otherwise(&Template::Literal(json!({ "same": 2 }))), ["same"]);
    }
}
