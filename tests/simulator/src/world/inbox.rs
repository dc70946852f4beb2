//! What is said in one process to a run that perhaps another drives: it lies in the run's inbox until that is told, or another takes over.

use flowrun_engine::{
    journal::{Entry, Record, SignalEntry},
    run::{Input, Signal},
};

use super::{ALWAYS, Event, Fault, World, WorldKind};
use crate::{disk::Run, plant::Plant};

impl<K: WorldKind> World<K> {
    /// Puts a message into a run's inbox, unless the run has ended.
    pub(super) fn post(&mut self, run: Run, signal: Signal) {
        if self.has_ended(run) || !self.is_up {
            return;
        }
        self.disk.sync(self.setup.plant);
        self.disk.post(run, signal);
        self.at(self.random.below(50), ALWAYS, Event::MessageCame(run));
    }

    pub(super) fn message_came(&mut self, run: Run) -> Result<(), Fault> {
        let Some(driven) = self.driven.get(&run) else { return Ok(()) };
        let messages = self.messages(run, driven.machine.state().received());
        if messages.is_empty() { Ok(()) } else { self.tell(run, messages) }
    }

    /// What lies in the inbox of a run that is taken over now, and has received so many: it must have received all of that in the end.
    pub(super) fn messages_at_takeover(&mut self, run: Run, received: u64) -> Vec<Input> {
        let messages = self.messages(run, received);
        self.due_messages.insert(run, received + messages.len() as u64);
        if self.has_plant(Plant::ForgottenInbox) { Vec::new() } else { messages }
    }

    fn messages(&self, run: Run, after: u64) -> Vec<Input> {
        let messages = self.disk.inbox(run, after);
        messages.map(|(message, signal)| Input::Received { message, signal: signal.clone() }).collect()
    }

    /// Each message was received once, in order, and none was lost.
    pub(super) fn check_messages(&self, run: Run, journal: &[Record]) -> Result<(), Fault> {
        let entries = journal.iter().flat_map(|record| &record.entries);
        let received = entries.filter_map(|entry| match entry {
            Entry::Signal(SignalEntry::Received { message, .. }) => Some(*message),
            _ => None,
        });
        let received: Vec<u64> = received.collect();
        if !received.iter().copied().eq(1..=received.len() as u64) {
            return Err(format!("messages were received as {received:?}"));
        }
        let due = self.due_messages.get(&run).copied().unwrap_or_default();
        if (received.len() as u64) < due {
            return Err(format!(
                "{due} messages were there before it was driven, and {} were received",
                received.len()
            ));
        }
        Ok(())
    }
}
