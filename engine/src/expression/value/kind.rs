//! The types that values have while they are evaluated.

/// A type of CEL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::expression) enum ValueKind {
    /// Any of the others: what a function may take.
    Any,
    Null,
    Bool,
    Int,
    UInt,
    Double,
    String,
    Bytes,
    List,
    Map,
    Timestamp,
    Duration,
    Optional,
    Type,
}

impl ValueKind {
    /// Those whose name stands for themselves in an expression: `type(x) == int`.
    pub(in crate::expression) const NAMED: [Self; 11] = [
        Self::Bool,
        Self::Bytes,
        Self::Double,
        Self::Int,
        Self::List,
        Self::Map,
        Self::Null,
        Self::Optional,
        Self::String,
        Self::Type,
        Self::UInt,
    ];

    /// CEL's name of it.
    pub(in crate::expression) fn name(self) -> &'static str {
        match self {
            Self::Any => "dyn",
            Self::Null => "null_type",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::UInt => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::List => "list",
            Self::Map => "map",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Duration => "google.protobuf.Duration",
            Self::Optional => "optional_type",
            Self::Type => "type",
        }
    }

    /// Its name in a message, with its article.
    pub(in crate::expression) fn article(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Int => "an integer",
            Self::UInt => "an unsigned integer",
            Self::Double => "a number",
            Self::String => "a string",
            Self::Bytes => "bytes",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Timestamp => "a timestamp",
            Self::Duration => "a duration",
            Self::Optional => "an optional",
            Self::Type => "a type",
        }
    }
}
