//! What one turn of the machine gives: a record that is being made, and what is to be done once it is kept.

use jiff::Timestamp;

use super::{Action, signal::Refused};
use crate::{
    journal::{Entry, Record},
    run::RunState,
};

/// A record that is being made: its entries are in the state already, and in no store.
#[derive(Debug)]
pub(in crate::run) struct RecordDraft {
    at: Timestamp,
    pub(super) entries: Vec<Entry>,
    pub(super) actions: Vec<Action>,
    pub(super) answers: Vec<Result<(), Refused>>,
}

impl RecordDraft {
    pub(in crate::run) fn new(at: Timestamp) -> Self {
        Self { at, entries: Vec::new(), actions: Vec::new(), answers: Vec::new() }
    }

    /// The time of the record.
    pub(super) fn at(&self) -> Timestamp {
        self.at
    }

    /// Something happened.
    pub(in crate::run) fn push(&mut self, state: &mut RunState, entry: Entry) {
        state.note(self.at, &entry);
        self.entries.push(entry);
    }

    /// The record, the state's next. `None` if nothing happened.
    pub(in crate::run) fn into_record(self, state: &mut RunState) -> Option<Record> {
        if self.entries.is_empty() {
            return None;
        }
        let record = Record { sequence: state.records(), at: self.at, entries: self.entries };
        state.recorded(self.at);
        Some(record)
    }
}
