//! From commands to entries, until nothing more follows. What follows from one thing becomes durable with it.

use jiff::Timestamp;

use super::{Command, RunState, decide, input::InputSchemas};
use crate::journal::{Entry, Record};

/// A record that is being made: its entries are in the state already, and in no store.
#[derive(Debug)]
pub(super) struct Draft {
    at: Timestamp,
    entries: Vec<Entry>,
}

impl Draft {
    pub(super) fn new(at: Timestamp) -> Self {
        Self { at, entries: Vec::new() }
    }

    /// The time of the record.
    pub(super) fn at(&self) -> Timestamp {
        self.at
    }

    /// Something happened.
    pub(super) fn push(&mut self, state: &mut RunState, entry: Entry) {
        state.note(self.at, &entry);
        self.entries.push(entry);
    }

    /// Carries out what follows, with never more than `max_in_flight` attempts running, which is asked anew in each round: a run that
    /// is to stop need not go through thousands of items first.
    pub(super) fn settle(&mut self, state: &mut RunState, schemas: &InputSchemas, max_in_flight: impl Fn() -> usize) {
        loop {
            let commands = decide(state, max_in_flight());
            if commands.is_empty() {
                return;
            }
            let ending = state.ending();
            for command in commands {
                for entry in carry_out(command, state, schemas) {
                    self.push(state, entry);
                }
                // What was decided for a run that goes on does not hold for one that ends.
                if state.ending() != ending {
                    break;
                }
            }
        }
    }

    /// The record, the state's next. `None` if nothing happened.
    pub(super) fn finish(self, state: &mut RunState) -> Option<Record> {
        if self.entries.is_empty() {
            return None;
        }
        let record = Record { sequence: state.records(), at: self.at, entries: self.entries };
        state.recorded(self.at);
        Some(record)
    }
}

/// The entries that a command leaves.
fn carry_out(command: Command, state: &RunState, schemas: &InputSchemas) -> Vec<Entry> {
    vec![match command {
        Command::SkipNode { node, reason, because } => Entry::NodeSkipped { node, reason, because },
        Command::StartNode { node, items } => Entry::NodeStarted { node, items },
        Command::FailNode { node, failure } => Entry::NodeFailed { node, failure },
        Command::CancelNode { node } => Entry::NodeCancelled { node },
        Command::FailStep { step, failure } => Entry::StepFailed { step, failure },
        Command::StartAttempt { step, attempt } => Entry::AttemptStarted { step, attempt },
        Command::CancelStep { step } => Entry::StepCancelled { step },
        Command::EndMain { outcome, error } => Entry::MainEnded { outcome, error },
        Command::EndRun { outcome, error, outputs } => Entry::RunEnded { outcome, error, outputs },
        Command::StartStep { step, input } => {
            let activity = state.number(step.node.as_str()).map(|number| &state.node(number).activity);
            let refused = activity.and_then(|activity| schemas.check(activity, &input).err());
            let begun = Entry::StepStarted { step: step.clone(), input };
            let failed = refused.map(|failure| Entry::StepFailed { step, failure });
            return [begun].into_iter().chain(failed).collect();
        }
    }]
}
