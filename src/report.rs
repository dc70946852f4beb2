//! What people and programs read: data on stdout, everything else on stderr.
//!
//! `document` has the JSON documents; the other modules write the same things for people. All of it goes through
//! [`crate::screen`].

#![deny(clippy::wildcard_enum_match_arm)]

mod activity;
mod blamed;
mod checks;
mod diagnostic;
mod document;
mod effects;
mod journal;
mod plain;
mod run;
mod runs;
mod token;
mod unrecorded;

pub(crate) use self::{
    activity::{activities_text, activity_text},
    checks::show_checks,
    diagnostic::{Reported, github_line, plain_error, render},
    document::{
        ActivitiesDocument, DiagnosticView, EffectsDocument, EntryLine, ErrorDocument, ExplainDocument,
        RemovedTokenDocument, RunDocument, RunView, RunsDocument, TokenDocument, TokensDocument, ValidateDocument,
    },
    effects::effects_text,
    journal::{entry_text, is_progress, journal_text, waiting_text},
    plain::local_time,
    run::{run_details, run_text},
    runs::runs_text,
    token::{
        ConsentBy, ScopeLine, Shown, Walk, account_words, added_meanwhile_text, clock_text, consent_text,
        other_account_text, paste_text, several_sites_text, token_text, tokens_text,
    },
    unrecorded::known_effects,
};
