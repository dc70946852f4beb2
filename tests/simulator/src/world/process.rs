//! A process: it takes over the runs that have not ended, and lets each go when it has, or waits for somebody.

use std::sync::Arc;

use flowrun_engine::{
    journal::{Entry, Record, SignalEntry},
    run::{Input, Machine, RunState, RunStatus},
};

use super::{ALWAYS, Driven, Event, Fault, World, WorldKind};
use crate::{disk::Run, plant::Plant};

/// How many attempts of a run may be under way at a time.
const MOST_IN_FLIGHT: usize = 4;

impl<K: WorldKind> World<K> {
    /// A process begins, and takes over what is not ended.
    pub(super) fn start(&mut self) -> Result<(), Fault> {
        if self.is_up {
            return Ok(());
        }
        self.is_up = true;
        K::process_begins(self);
        for run in self.runs() {
            // It may be killed while it takes over.
            if self.is_up && !self.ended.contains_key(&run) && !self.driven.contains_key(&run) {
                self.take_over(run, Vec::new())?;
            }
        }
        Ok(())
    }

    pub(super) fn take_over(&mut self, run: Run, more: Vec<Input>) -> Result<(), Fault> {
        if self.setup.misfortunes.failing_reads && self.random.once_in(6) {
            self.at(500, ALWAYS, Event::PersonComes(run));
            return Ok(());
        }
        let journal = self.disk.journal(run)?;
        let state = self.replayed(run, &journal)?;
        if state.is_ended() {
            return self.end(run, state);
        }
        if state.status() == RunStatus::NeedsDecision && more.is_empty() {
            self.calls_person(run);
            return Ok(());
        }
        let machine = Machine::new(state, self.activities.clone(), MOST_IN_FLIGHT);
        self.driven.insert(run, Driven { machine, calls: K::Calls::from(journal) });
        self.tell(run, [Input::TakenOver].into_iter().chain(more).collect())
    }

    pub(super) fn timer_came(&mut self, run: Run) -> Result<(), Fault> {
        let until = self.driven.get(&run).and_then(|driven| driven.machine.poll_timeout());
        let is_due = until.is_some_and(|until| until <= self.time.wall());
        if is_due { self.tell(run, vec![Input::TimerFired]) } else { Ok(()) }
    }

    /// The machine lets its run go: it has ended, or says whom it waits for.
    pub(super) fn rest(&mut self, run: Run) -> Result<(), Fault> {
        self.disk.sync(self.setup.plant);
        let driven = self.driven.remove(&run).expect("it was just told something");
        let (state, is_stopped) = (driven.machine.into_state(), self.stopping.remove(&run));
        if self.replayed(run, &self.disk.journal(run)?)? != state {
            return Err("the journal on the disk tells another state than the one that was reached".to_owned());
        }
        match state.status() {
            _ if state.is_ended() => return self.end(run, state),
            RunStatus::NeedsDecision => self.calls_person(run),
            RunStatus::NeedsGrant if self.setup.misfortunes.lost_grants => self.calls_person(run),
            RunStatus::Interrupted if is_stopped => self.calls_person(run),
            other => return Err(format!("it rests as {other}")),
        }
        Ok(())
    }

    /// What must hold of a run that has ended.
    fn end(&mut self, run: Run, state: RunState) -> Result<(), Fault> {
        let (ended, all) = state.ended_nodes();
        if ended != all {
            return Err(format!("it ended with {ended} of {all} nodes"));
        }
        let knows = |record: &Record| record.entries.contains(&Entry::Signal(SignalEntry::CancelRequested));
        if self.cancelled.contains(&run) && !self.disk.journal(run)?.iter().any(knows) {
            return Err("somebody cancelled it, was told so, and it does not know".to_owned());
        }
        K::check_end(self, run, &state)?;
        self.ended.insert(run, state);
        Ok(())
    }

    /// The run as a journal tells it.
    pub(crate) fn replayed(&self, run: Run, journal: &[Record]) -> Result<RunState, Fault> {
        let definition = Arc::clone(&self.beginning(run).definition);
        RunState::replay(definition, journal).map_err(|error| error.to_string())
    }

    pub(super) fn set_timer(&mut self, run: Run) {
        let Some(driven) = self.driven.get(&run) else { return };
        let Some(until) = driven.machine.poll_timeout() else { return };
        let is_forgotten = self.setup.plant == Some(Plant::LostTimer) && self.generation > 0;
        if is_forgotten && K::is_idle(&driven.calls) {
            return;
        }
        self.at(self.time.left_until(until), self.generation, Event::TimerCame(run));
    }
}
