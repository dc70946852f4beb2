//! A query as it was written, without knowledge of what its names mean.

use std::fmt;

/// A query: what issues must fulfil, and how they are sorted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query {
    /// `None` for a query that restricts nothing.
    pub(crate) clause: Option<Clause>,
    pub(crate) order: Vec<Sort>,
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Clause {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Term(Term),
}

/// A field compared with something.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    pub(crate) field: String,
    pub(crate) operator: Operator,
    pub(crate) operand: Operand,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equals,
    NotEquals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    ContainsNot,
    In,
    NotIn,
    Is,
    IsNot,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// A value, a function or `EMPTY`.
    One(Value),
    /// A list in parentheses.
    List(Vec<Value>),
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Function { name: String, arguments: Vec<String> },
    Empty,
}

/// A field to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) field: String,
    pub(crate) descending: bool,
}

impl Operator {
    /// Whether it holds where the same operator without the negation does not.
    pub(crate) fn is_negative(self) -> bool {
        matches!(self, Self::NotEquals | Self::ContainsNot | Self::NotIn | Self::IsNot)
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Equals => "=",
            Self::NotEquals => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "~",
            Self::ContainsNot => "!~",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Is => "is",
            Self::IsNot => "is not",
        })
    }
}
