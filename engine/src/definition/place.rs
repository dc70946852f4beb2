//! Where the keys of a text are written.

use std::ops::Range;

use super::Source;
use crate::yaml::{self, Document};

/// The places of a text's keys.
pub(crate) struct KeyPlaces {
    document: Option<Document>,
}

impl KeyPlaces {
    /// Those of a text that loads.
    pub(crate) fn of(source: &Source) -> Self {
        Self { document: yaml::read(source.text()).document }
    }

    /// Where the last of these keys is written, each within the one before it; where there is none, the last that is there.
    pub(crate) fn at(&self, path: &[&str]) -> Option<Range<usize>> {
        let spans = &self.document.as_ref()?.spans;
        let mut found = spans.root();
        for key in path {
            match spans.field(found, key) {
                Some(inner) => found = inner,
                None => break,
            }
        }
        Some(spans.key(found))
    }
}
