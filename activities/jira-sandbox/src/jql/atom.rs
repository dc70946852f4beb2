//! What a field of an issue comes down to when it is compared or sorted by.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One comparable value.
#[derive(Debug, Clone, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ComparableValue {
    /// An id, or a word that is equal or not.
    Word(String),
    Number(f64),
    Time(Timestamp),
    /// An issue key: its project's key and its number.
    Key(String, u64),
}

impl ComparableValue {
    /// A word without regard to case.
    pub(super) fn word(text: &str) -> Self {
        Self::Word(text.to_lowercase())
    }

    /// A place in a list, as a number.
    pub(super) fn place(index: usize) -> Self {
        Self::Number(u32::try_from(index).unwrap_or(u32::MAX).into())
    }
}

/// Compares two values of one field. What is empty comes last, first where the order is turned round. \[unverified\]
pub(super) fn compare(left: Option<&ComparableValue>, right: Option<&ComparableValue>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => left.partial_cmp(right).unwrap_or(Ordering::Equal),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}
