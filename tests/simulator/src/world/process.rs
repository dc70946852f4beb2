//! The processes: they take over the runs that have not ended, and let each go when it has, or waits for somebody.

use std::sync::Arc;

use flowrun_engine::{
    journal::{Entry, Record, SignalEntry},
    run::{Input, Machine, RunState, RunStatus},
};

use super::{ALWAYS, Driven, Event, Fault, PROCESSES, World, WorldKind};
use crate::{disk::Run, plant::Plant};

/// How many attempts of a run may be under way at a time.
const MOST_IN_FLIGHT: usize = 4;

impl<K: WorldKind> World<K> {
    /// The processes begin, and take over what is not ended.
    pub(super) fn start(&mut self) -> Result<(), Fault> {
        if self.is_up {
            return Ok(());
        }
        self.is_up = true;
        (0..PROCESSES).for_each(|process| K::process_begins(self, process));
        self.runs().try_for_each(|run| self.takes_over(run))
    }

    /// A process takes a run over, unless somebody drives it, or all processes were killed meanwhile.
    pub(super) fn takes_over(&mut self, run: Run) -> Result<(), Fault> {
        let is_free = self.is_up && !self.has_ended(run) && !self.driven.contains_key(&run);
        if is_free { self.take_over(run, Vec::new()) } else { Ok(()) }
    }

    /// A process dies, and another begins in its place. What it asked to be kept is kept: the store is another's. Its runs are taken over.
    pub(super) fn process_dies(&mut self, process: usize) {
        if !self.is_up {
            return;
        }
        let of_it = self.driven.iter().filter(|(_, driven)| driven.process == process).map(|(run, _)| *run);
        for run in of_it.collect::<Vec<_>>() {
            self.driven.remove(&run);
            self.stopping.remove(&run);
            self.untold.retain(|(of, _)| *of != run);
            K::run_lost(self, run);
            self.at(self.random.below(100), ALWAYS, Event::TakesOver(run));
        }
        K::process_begins(self, process);
    }

    pub(super) fn take_over(&mut self, run: Run, more: Vec<Input>) -> Result<(), Fault> {
        if self.setup.misfortunes.failing_reads && self.random.once_in(6) {
            self.at(500, ALWAYS, Event::PersonComes(run));
            return Ok(());
        }
        // Who claims a run reads what was asked for before.
        self.disk.sync(self.setup.plant);
        let journal = self.disk.journal(run)?;
        let state = self.replayed(run, &journal)?;
        if state.is_ended() {
            return self.end(run, state);
        }
        let messages = self.messages_at_takeover(run, state.received());
        if state.status().is_up_to_a_person() && more.is_empty() && messages.is_empty() {
            self.calls_person(run);
            return Ok(());
        }
        let machine = Machine::new(state, self.activities.clone(), MOST_IN_FLIGHT);
        let machine = machine.asking_grants_again_after(K::ASKS_AGAIN_AFTER);
        let process = usize::try_from(self.random.below(PROCESSES as u64)).expect("there are two");
        self.drivings += 1;
        let driven = Driven { machine, process, driving: self.drivings, calls: K::Calls::from(journal) };
        self.driven.insert(run, driven);
        self.tell(run, [Input::TakenOver].into_iter().chain(messages).chain(more).collect())
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
            RunStatus::NeedsDecision => {
                self.asked += 1;
                self.calls_person(run);
            }
            RunStatus::Paused => self.calls_person(run),
            RunStatus::NeedsGrant | RunStatus::Interrupted if is_stopped => self.calls_person(run),
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
        let journal = self.disk.journal(run)?;
        if self.cancelled.contains(&run) && !journal.iter().any(knows) {
            return Err("somebody cancelled it, was told so, and it does not know".to_owned());
        }
        self.check_messages(run, &journal)?;
        K::check_end(self, run, &state)?;
        self.check_retried(run, &state)?;
        if !self.awaits_retry(run, &state) {
            self.ended.insert(run, state);
        }
        Ok(())
    }

    /// The run as a journal tells it.
    pub(crate) fn replayed(&self, run: Run, journal: &[Record]) -> Result<RunState, Fault> {
        let definition = Arc::clone(&self.beginning(run).definition);
        RunState::replay(definition, journal).map_err(|error| error.to_string())
    }

    pub(super) fn set_timer(&mut self, run: Run) {
        let Some(driven) = self.driven.get(&run) else { return };
        let (Some(until), driving) = (driven.machine.poll_timeout(), driven.driving) else { return };
        let is_forgotten = self.setup.plant == Some(Plant::LostTimer) && self.drivings > self.runs().end;
        if is_forgotten && K::is_idle(&driven.calls) {
            return;
        }
        self.at(self.time.left_until(until), driving, Event::TimerCame(run));
    }
}
