//! What people and programs read: data on stdout, everything else on stderr.
//!
//! `document` has the JSON documents; the other modules write the same things for people. All of it goes through
//! [`crate::screen`].

#![deny(clippy::wildcard_enum_match_arm)]

mod activity;
mod ahead;
mod checks;
mod diagnostic;
mod document;
mod doubt;
mod failure_place;
mod journal;
mod output;
mod plain;
mod prune;
mod retry;
mod run;
mod runs;
mod story;
mod unrecorded;
mod why;
mod words;

#[cfg(test)]
pub(crate) use self::document::schemas;
pub(crate) use self::{
    activity::{activities_text, activity_text},
    ahead::{ahead_help, ahead_text, waits_text},
    checks::show_checks,
    diagnostic::{plain_error, render},
    document::{
        ActivitiesDocument, DiagnosticView, EntryLine, ErrorDocument, ExplainDocument, ExportLine, FORMAT_VERSION,
        PruneDocument, RunDocument, RunView, RunsDocument, ValidateDocument, WhyDocument,
    },
    journal::{entry_text, is_progress, journal_text, next_ask, waiting_text},
    output::OutputTexts,
    plain::{clip, local_time},
    prune::{pruned_text, to_prune_text},
    retry::differences_text,
    run::{run_details, run_text},
    runs::{ListedRun, NextPage, runs_text},
    unrecorded::known_effects,
    why::why_text,
};
pub use flowrun_diagnostics::Reported;
pub(crate) use flowrun_diagnostics::{github_line, wrap};

pub use self::words::PackWords;
