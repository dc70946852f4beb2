//! A query after its check: every name has been found, so asking an issue cannot fail.

use super::{atom::ComparableValue, facts::IssueFacts, query_field::QueryField, text::Pattern, tree::Operator};

/// A condition on an issue.
#[derive(Debug)]
pub(super) enum IssueTest {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Field(QueryField, FieldCondition),
    /// A term with a field that nobody knows, where that is not a refusal.
    Never,
}

/// A condition on a field. What is empty fulfils `Empty` alone: `!=` and `NOT IN` do not find it. \[unverified\]
#[derive(Debug)]
pub(super) enum FieldCondition {
    Empty,
    NotEmpty,
    Among(Vec<ComparableValue>),
    NotAmong(Vec<ComparableValue>),
    /// Less, greater and the like, than the value.
    Ordered(Operator, ComparableValue),
    Contains(Pattern),
    ContainsNot(Pattern),
    /// One of several, for lists with `EMPTY` in them.
    Either(Vec<Self>),
}

impl IssueTest {
    pub(super) fn holds(&self, facts: IssueFacts<'_>) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.holds(facts)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(facts)),
            Self::Not(test) => !test.holds(facts),
            Self::Field(queried, condition) => condition.holds(queried, facts),
            Self::Never => false,
        }
    }
}

impl FieldCondition {
    fn holds(&self, queried: &QueryField, facts: IssueFacts<'_>) -> bool {
        let values = || facts.values(queried);
        match self {
            Self::Empty => facts.is_empty(queried),
            Self::NotEmpty => !facts.is_empty(queried),
            Self::Among(wanted) => values().iter().any(|value| wanted.contains(value)),
            Self::NotAmong(unwanted) => {
                let values = values();
                !values.is_empty() && !values.iter().any(|value| unwanted.contains(value))
            }
            Self::Ordered(operator, bound) => values().iter().any(|value| is_ordered(*operator, value, bound)),
            Self::Contains(pattern) => pattern.is_in(&facts.texts(queried)),
            Self::ContainsNot(pattern) => {
                let texts = facts.texts(queried);
                !texts.is_empty() && !pattern.is_in(&texts)
            }
            Self::Either(conditions) => conditions.iter().any(|condition| condition.holds(queried, facts)),
        }
    }
}

fn is_ordered(operator: Operator, value: &ComparableValue, bound: &ComparableValue) -> bool {
    match operator {
        Operator::Less => value < bound,
        Operator::LessOrEqual => value <= bound,
        Operator::Greater => value > bound,
        Operator::GreaterOrEqual => value >= bound,
        _ => false,
    }
}
