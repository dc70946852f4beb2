//! The JSON documents. Their schemas are generated from these types into `schemas/output/`; a test fails on a difference.
//!
//! `format_version` rises in its second number when fields are added, in its first when one goes or changes.

mod catalogue;
mod checks;
mod entries;
mod history;
mod views;
mod why;

use std::collections::BTreeMap;

use flowrun_engine::{
    id::RunId,
    journal::Record,
    run::Ahead,
    store::{RunFailure, RunPage, RunSummary},
};
use flowrun_shared_store::Process;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::{
    catalogue::{ActivitiesDocument, ExplainDocument},
    checks::ChecksDocument,
    history::{ExportLine, PruneDocument},
    views::{AheadView, DiagnosticView, RunView},
    why::WhyDocument,
};
use super::Reported;

pub(crate) const FORMAT_VERSION: &str = "1.0";

/// `flowrun run`, `flowrun runs show` and the commands that go on with a run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunDocument {
    format_version: &'static str,
    /// The run; null where it did not begin.
    run: Option<RunView>,
    /// What is wrong.
    diagnostics: Vec<DiagnosticView>,
    /// The process that drives the run, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    driver: Option<ProcessView>,
    /// The run's journal, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<Vec<EntryLine>>,
}

/// A process of flowrun.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ProcessView {
    /// Its number.
    pid: u32,
    /// What it does: `flowrun run intake.yaml`.
    command: String,
    /// Since when it uses the state directory; null where its version does not say.
    since: Option<String>,
}

/// `flowrun validate`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ValidateDocument {
    format_version: &'static str,
    /// Whether there is no error.
    pub(crate) ok: bool,
    /// What is wrong: file by file, in order of place.
    diagnostics: Vec<DiagnosticView>,
}

/// Any other command that could not do it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ErrorDocument {
    format_version: &'static str,
    /// What is wrong, and what to do.
    diagnostics: Vec<DiagnosticView>,
}

/// `flowrun runs list`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunsDocument {
    format_version: &'static str,
    /// The runs, newest first.
    runs: Vec<SummaryView>,
    /// What `--before` gets for the next page; null on the last.
    next: Option<String>,
}

/// A run in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SummaryView {
    /// Its id.
    id: String,
    /// The key that it was started with.
    key: Option<String>,
    /// The definition's name.
    process: String,
    /// The definition's version.
    version: String,
    /// How far it is.
    status: &'static str,
    /// When it began.
    started_at: String,
    /// When it ended.
    ended_at: Option<String>,
    /// The run that is ahead, where it waits for its turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<AheadView>,
    /// Why it failed, in short; `runs show` has all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureView>,
}

/// Why a run failed, in short.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FailureView {
    /// What failed: a node, or `outputs`.
    node: String,
    /// The diagnostic code.
    code: String,
    /// What went wrong; a long message is cut.
    message: String,
}

/// One line of `-o jsonl`: entries of a run's journal that became durable together.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EntryLine {
    format_version: &'static str,
    /// The run's id.
    run: String,
    /// The number of the record in the run's journal, from 0.
    sequence: u64,
    /// When it was written.
    at: String,
    /// What happened, in order: each a name, or an object of one name and what belongs to it.
    entries: Vec<Value>,
}

impl RunDocument {
    /// A run that there is.
    pub(crate) fn of(run: RunView, reported: &[Reported]) -> Self {
        Self { run: Some(run), ..Self::without_run(DiagnosticView::all(reported)) }
    }

    /// Why there is no run.
    pub(crate) fn without_run(diagnostics: Vec<DiagnosticView>) -> Self {
        Self { format_version: FORMAT_VERSION, run: None, diagnostics, driver: None, entries: None }
    }

    /// The same, with the process that drives it, if one does.
    pub(crate) fn driven_by(self, process: Option<&Process>) -> Self {
        let view = |process: &Process| ProcessView {
            pid: process.pid,
            command: process.command.clone(),
            since: process.since.map(|since| since.to_string()),
        };
        Self { driver: process.map(view), ..self }
    }

    /// The same, with the journal.
    pub(crate) fn with_entries(self, run: RunId, journal: &[Record]) -> Self {
        Self { entries: Some(journal.iter().map(|record| EntryLine::new(run, record)).collect()), ..self }
    }
}

impl ValidateDocument {
    /// What validating found.
    pub(crate) fn new(reported: &[Reported]) -> Self {
        let ok = !reported.iter().any(|reported| reported.diagnostic.is_error());
        Self { format_version: FORMAT_VERSION, ok, diagnostics: DiagnosticView::all(reported) }
    }
}

impl ErrorDocument {
    /// Why a command could not do it.
    pub(crate) fn new(diagnostics: Vec<DiagnosticView>) -> Self {
        Self { format_version: FORMAT_VERSION, diagnostics }
    }
}

impl RunsDocument {
    /// A page of the list, with what is ahead of those of its runs that wait for their turn.
    pub(crate) fn new(page: &RunPage, ahead: &BTreeMap<RunId, Ahead>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            runs: page.runs.iter().map(|summary| SummaryView::new(summary, ahead.get(&summary.run))).collect(),
            next: page.next.map(|run| run.to_string()),
        }
    }

    /// The runs one by one.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &SummaryView> {
        self.runs.iter()
    }
}

impl SummaryView {
    fn new(summary: &RunSummary, ahead: Option<&Ahead>) -> Self {
        Self {
            id: summary.run.to_string(),
            key: summary.key.as_ref().map(ToString::to_string),
            process: summary.process.clone(),
            version: summary.version.clone(),
            status: summary.status.as_str(),
            started_at: summary.started_at.to_string(),
            ended_at: summary.ended_at.map(|at| at.to_string()),
            waits_for: ahead.map(AheadView::new),
            failure: summary.failure.clone().map(|RunFailure { place: node, code, message }| FailureView {
                node,
                code,
                message,
            }),
        }
    }
}

impl EntryLine {
    /// A record of a run.
    pub(crate) fn new(run: RunId, record: &Record) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            run: run.to_string(),
            sequence: record.sequence,
            at: record.at.to_string(),
            entries: record.entries.iter().map(|entry| entries::entry(run, entry)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use schemars::{Schema, schema_for};

    use super::*;

    #[test]
    fn the_schemas_that_are_checked_in_are_those_of_the_types() {
        let schemas: [(&str, Schema); 11] = [
            ("run", schema_for!(RunDocument)),
            ("validate", schema_for!(ValidateDocument)),
            ("runs-list", schema_for!(RunsDocument)),
            ("activities", schema_for!(ActivitiesDocument)),
            ("explain", schema_for!(ExplainDocument)),
            ("error", schema_for!(ErrorDocument)),
            ("entry-line", schema_for!(EntryLine)),
            ("checks", schema_for!(ChecksDocument)),
            ("export-line", schema_for!(ExportLine)),
            ("prune", schema_for!(PruneDocument)),
            ("why", schema_for!(WhyDocument)),
        ];
        schemas::check(schemas);
    }
}

/// The schemas of documents, which are checked in.
#[cfg(test)]
pub(crate) mod schemas {
    use std::{env, fs, path::Path};

    use schemars::Schema;

    /// Compares schemas with the files that are checked in; writes the files instead where `UPDATE_SCHEMAS` is set.
    pub(crate) fn check(schemas: impl IntoIterator<Item = (&'static str, Schema)>) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/output");
        for (name, schema) in schemas {
            let path = folder.join(format!("{name}.schema.json"));
            let generated = serde_json::to_string_pretty(&schema).unwrap() + "\n";
            if env::var_os("UPDATE_SCHEMAS").is_some() {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, &generated).unwrap();
            }
            let kept = fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(kept, generated, "{name}: run `UPDATE_SCHEMAS=1 cargo test -p flowrun schemas`");
        }
    }
}
