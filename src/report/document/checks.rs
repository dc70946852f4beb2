//! The document of what was looked at.

use schemars::JsonSchema;
use serde::Serialize;

use super::views::{DiagnosticView, severity_word};
use crate::{
    check::{Check, CheckOutcome},
    report::{FORMAT_VERSION, Reported},
};

/// `flowrun token test` and `flowrun doctor`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ChecksDocument {
    format_version: &'static str,
    /// Whether nothing failed.
    ok: bool,
    /// What was looked at, in order.
    checks: Vec<CheckView>,
}

/// Something that was looked at.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CheckView {
    /// What.
    what: String,
    /// `passed`, `failed`, `warning`, `note` or `skipped`.
    outcome: &'static str,
    /// What was found, or why it was skipped; null where there is a diagnostic.
    found: Option<String>,
    /// What is wrong, and what to do; null where nothing is.
    diagnostic: Option<DiagnosticView>,
}

impl ChecksDocument {
    /// What was looked at.
    pub(crate) fn new(checks: &[Check]) -> Self {
        let ok = !checks.iter().any(Check::is_failed);
        Self { format_version: FORMAT_VERSION, ok, checks: checks.iter().map(CheckView::new).collect() }
    }
}

impl CheckView {
    fn new(check: &Check) -> Self {
        let (outcome, found) = match &check.outcome {
            CheckOutcome::Passed(found) => ("passed", Some(found.clone())),
            CheckOutcome::Skipped(why) => ("skipped", Some(why.clone())),
            CheckOutcome::Found(_) if check.is_failed() => ("failed", None),
            CheckOutcome::Found(diagnostic) => (severity_word(diagnostic.severity), None),
        };
        let diagnostic = check.diagnostic().map(|found| DiagnosticView::new(&Reported::from(found.clone())));
        Self { what: check.what.clone(), outcome, found, diagnostic }
    }
}
