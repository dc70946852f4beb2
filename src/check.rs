//! Pass/fail tables: what `token test` and `doctor` looked at, and how the program ends by it.

pub(crate) mod directory;

use flowrun_engine::diagnostic::Diagnostic;

use crate::exit::Exit;

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Check {
    /// What: `reachable`, `scope`, `jira.create_issue`.
    pub what: String,
    /// How it is.
    pub outcome: CheckOutcome,
}

/// How a thing is that was looked at.
#[derive(Clone, Debug)]
pub enum CheckOutcome {
    /// As it should be; with what was found.
    Passed(String),
    /// Worth knowing, and nothing fails by it, or wrong: by the severity.
    Found(Diagnostic),
    /// Not looked at, and why.
    Skipped(String),
}

impl Check {
    /// It is as it should be.
    pub fn passed(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), outcome: CheckOutcome::Passed(found.into()) }
    }

    /// It is wrong, or worth knowing.
    pub fn found(what: impl Into<String>, diagnostic: Diagnostic) -> Self {
        Self { what: what.into(), outcome: CheckOutcome::Found(diagnostic) }
    }

    /// It was not looked at.
    pub fn skipped(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), outcome: CheckOutcome::Skipped(why.into()) }
    }

    /// The problem, if there is one.
    pub(crate) fn diagnostic(&self) -> Option<&Diagnostic> {
        match &self.outcome {
            CheckOutcome::Found(diagnostic) => Some(diagnostic),
            CheckOutcome::Passed(_) | CheckOutcome::Skipped(_) => None,
        }
    }

    /// Whether it is wrong.
    pub(crate) fn is_failed(&self) -> bool {
        self.diagnostic().is_some_and(Diagnostic::is_error)
    }
}

/// How the program ends after these.
pub(crate) fn exit_of(checks: &[Check]) -> Exit {
    Exit::of(checks.iter().filter_map(Check::diagnostic))
}
