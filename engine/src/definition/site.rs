//! Where an expression is written: which scalar of the definition, and which bytes of its value.
//!
//! An [`Expression`](crate::expression::Expression) knows only its own text. Whoever reports a fault in it keeps its site.

use std::{ops::Range, sync::Arc};

use crate::yaml::{Place, Places};

/// Where an expression is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    /// The scalar that holds it.
    pub(crate) place: Place,
    /// The scalar's whole value.
    pub(crate) value: Arc<str>,
    /// The bytes of `value` that are the expression.
    pub(crate) within: Range<usize>,
}

impl Site {
    /// An expression that is a whole scalar, as after `if:`.
    pub(crate) fn whole(place: Place, value: &str) -> Self {
        Self { place, value: value.into(), within: 0..value.len() }
    }

    /// Where the bytes `at` of the expression are in the file.
    pub(crate) fn locate(&self, places: &Places, at: Range<usize>) -> Range<usize> {
        let start = self.within.start;
        places.inside(self.place, &self.value, start + at.start..start + at.end)
    }
}
