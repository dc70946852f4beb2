//! A diagnostic with the text that it is about.

use flowrun_engine::{definition::Source, diagnostic::Diagnostic};

/// A diagnostic, and the text that its place is in.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The text; `None` for a problem that is in no file.
    pub source: Option<Source>,
    /// The problem.
    pub diagnostic: Diagnostic,
}

impl Reported {
    /// Diagnostics of one text.
    pub fn all(source: &Source, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Vec<Self> {
        let reported = |diagnostic| Self { source: Some(source.clone()), diagnostic };
        diagnostics.into_iter().map(reported).collect()
    }
}

impl From<Diagnostic> for Reported {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { source: None, diagnostic }
    }
}
