//! A query after its check: every name has been found, so asking an issue cannot fail.

use super::{atom::Atom, facts::Facts, subject::Subject, text::Pattern, tree::Operator};

/// A condition on an issue.
#[derive(Debug)]
pub(super) enum Test {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Field(Subject, Condition),
    /// A term with a field that nobody knows, where that is no refusal.
    Never,
}

/// A condition on a field. What is empty fulfils `Empty` alone: `!=` and `NOT IN` do not find it. \[unverified\]
#[derive(Debug)]
pub(super) enum Condition {
    Empty,
    NotEmpty,
    Among(Vec<Atom>),
    NotAmong(Vec<Atom>),
    /// Less, greater and the like, than the value.
    Ordered(Operator, Atom),
    Contains(Pattern),
    ContainsNot(Pattern),
    /// One of several, for lists with `EMPTY` in them.
    Either(Vec<Self>),
}

impl Test {
    pub(super) fn holds(&self, facts: Facts<'_>) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.holds(facts)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(facts)),
            Self::Not(test) => !test.holds(facts),
            Self::Field(subject, condition) => condition.holds(subject, facts),
            Self::Never => false,
        }
    }
}

impl Condition {
    fn holds(&self, subject: &Subject, facts: Facts<'_>) -> bool {
        let values = || facts.values(subject);
        match self {
            Self::Empty => facts.is_empty(subject),
            Self::NotEmpty => !facts.is_empty(subject),
            Self::Among(wanted) => values().iter().any(|value| wanted.contains(value)),
            Self::NotAmong(unwanted) => {
                let values = values();
                !values.is_empty() && !values.iter().any(|value| unwanted.contains(value))
            }
            Self::Ordered(operator, bound) => values().iter().any(|value| is_ordered(*operator, value, bound)),
            Self::Contains(pattern) => pattern.is_in(&facts.texts(subject)),
            Self::ContainsNot(pattern) => {
                let texts = facts.texts(subject);
                !texts.is_empty() && !pattern.is_in(&texts)
            }
            Self::Either(conditions) => conditions.iter().any(|condition| condition.holds(subject, facts)),
        }
    }
}

fn is_ordered(operator: Operator, value: &Atom, bound: &Atom) -> bool {
    match operator {
        Operator::Less => value < bound,
        Operator::LessOrEqual => value <= bound,
        Operator::Greater => value > bound,
        Operator::GreaterOrEqual => value >= bound,
        _ => false,
    }
}
