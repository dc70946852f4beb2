//! Diagnostics: the one form in which a problem is reported, whoever found it and whoever shows it.
//!
//! ```
//! use flowrun_engine::diagnostic::{Code, Diagnostic};
//!
//! let told = Diagnostic::error(Code::UNKNOWN_KEY, 3..9, "there is no key `isue` here").with_help("did you mean `issue`?");
//! assert!(told.is_error());
//! // Each code has a page: what it means, an example, what to do.
//! assert_eq!(told.code.to_string(), "FR0201");
//! assert!(told.code.page().text.contains("misspelt"));
//! ```

mod code;

use std::{error::Error, ops::Range};

use serde::{Deserialize, Serialize};

pub use code::{Code, Page, UnknownCode, WhenKept};

/// One reported problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Which kind of problem.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line: a lower-case fragment, values in backticks.
    pub message: String,
    /// Where, in the bytes of the definition's text; `None` for a problem of no place.
    pub span: Option<Range<usize>>,
    /// The node it belongs to.
    pub node: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// It runs, perhaps not as meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: impl Into<Option<Range<usize>>>, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), span: span.into(), node: None, help: None }
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: impl Into<Option<Range<usize>>>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// The same, with what to do.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same, with what to do, where something can be done.
    #[must_use]
    pub fn with_help_if_any(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }

    /// The same, for a node.
    #[must_use]
    pub fn of_node(self, node: impl Into<String>) -> Self {
        Self { node: Some(node.into()), ..self }
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// An error and its causes, in one line; a cause that is told already is not told again.
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let told = error.to_string();
        if !text.contains(&told) {
            text = format!("{text}: {told}");
        }
        cause = error.source();
    }
    text
}
