//! The documents about runs that are exported and pruned.

use flowrun_engine::{id::RunId, journal::Record, store::RunSummary};
use schemars::JsonSchema;
use serde::Serialize;

use super::{EntryLine, FORMAT_VERSION, SummaryView};

/// `flowrun runs export`: one line has one of the three. A definition comes before the first line that names it, a run before its records.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ExportLine {
    format_version: &'static str,
    /// A definition that runs have, or had before they were retried with a corrected one.
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<ExportedDefinition>,
    /// A run.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<ExportedRun>,
    /// A record of the last run before it: they come in order, without a gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<EntryLine>,
}

/// A definition.
#[derive(Debug, Serialize, JsonSchema)]
struct ExportedDefinition {
    /// What runs call it by.
    hash: String,
    /// Its text, as it was when they began, or were given it.
    text: String,
}

/// A run.
#[derive(Debug, Serialize, JsonSchema)]
struct ExportedRun {
    /// The definition that it has.
    definition: String,
    /// What lists show of it.
    summary: SummaryView,
}

/// `flowrun runs prune`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PruneDocument {
    format_version: &'static str,
    /// The runs that were chosen, newest first.
    chosen: Vec<String>,
    /// Those that were removed: none with `--dry-run`.
    removed: Vec<String>,
}

impl ExportLine {
    const NONE: Self = Self { format_version: FORMAT_VERSION, definition: None, run: None, record: None };

    /// A definition.
    pub(crate) fn of_definition(hash: &str, text: String) -> Self {
        Self { definition: Some(ExportedDefinition { hash: hash.to_owned(), text }), ..Self::NONE }
    }

    /// A run.
    pub(crate) fn of_run(summary: &RunSummary) -> Self {
        let run = ExportedRun { definition: summary.definition.to_string(), summary: SummaryView::new(summary, None) };
        Self { run: Some(run), ..Self::NONE }
    }

    /// A record of a run.
    pub(crate) fn of_record(run: RunId, record: &Record) -> Self {
        Self { record: Some(EntryLine::new(run, record)), ..Self::NONE }
    }
}

impl PruneDocument {
    /// What was chosen, and what was removed of it.
    pub(crate) fn new(chosen: &[RunSummary], removed: &[RunId]) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            chosen: chosen.iter().map(|summary| summary.run.to_string()).collect(),
            removed: removed.iter().map(ToString::to_string).collect(),
        }
    }
}
