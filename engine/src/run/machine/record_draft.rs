//! What one turn of the machine gives: a record that is being made, and what is to be done once it is kept.

use jiff::Timestamp;

use super::Action;
use crate::{
    journal::{Entry, Record, Refused, Signal, SignalEntry},
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

    /// A message of the run's inbox is taken, unless it has been already, or the run has ended.
    pub(in crate::run) fn receive(&mut self, state: &mut RunState, message: u64, signal: &Signal) {
        if message <= state.received() || state.is_ended() {
            return;
        }
        let (entries, refused) = match signal.entries(state) {
            Ok(entries) => (entries, None),
            Err(refused) => (Vec::new(), Some(refused)),
        };
        self.push(state, Entry::Signal(SignalEntry::Received { message, refused }));
        entries.into_iter().for_each(|entry| self.push(state, entry));
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
