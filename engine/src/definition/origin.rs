//! Where an expression is written: which scalar of the definition, and which bytes of its value.
//!
//! An [`Expression`](crate::expression::Expression) knows only its own text. Whoever reports a fault in it keeps its origin.

use std::{ops::Range, sync::Arc};

use crate::yaml::{Span, Spans};

/// Where an expression is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The scalar that holds it.
    pub(crate) span: Span,
    /// The scalar's whole value.
    pub(crate) value: Arc<str>,
    /// The bytes of `value` that are the expression.
    pub(crate) within: Range<usize>,
}

impl Origin {
    /// An expression that is a whole scalar, as after `if:`.
    pub(crate) fn whole(span: Span, value: &str) -> Self {
        Self { span, value: value.into(), within: 0..value.len() }
    }

    /// Where the bytes `at` of the expression are in the file.
    pub(crate) fn locate(&self, spans: &Spans, at: Range<usize>) -> Range<usize> {
        let start = self.within.start;
        spans.inside(self.span, &self.value, start + at.start..start + at.end)
    }
}
