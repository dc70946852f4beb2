//! What befalls a world of either kind: kills of one process or of all, stops, jumping clocks, people who cancel, pause, decide and begin the program again.

use std::{collections::BTreeSet, time::Duration};

use flowrun_engine::{
    id::StepPath,
    run::{Input, RunState, Signal},
};

use super::{ALWAYS, Event, Fault, PROCESSES, World, WorldKind};
use crate::{disk::Run, plant::Plant};

/// What may befall a world, of whichever kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Misfortunes {
    /// All processes are killed; what was not synced may be lost.
    pub(crate) crashes: bool,
    /// One process is killed, while the other has the store; and what is said to a run is said in either.
    pub(crate) processes: bool,
    /// The process stops in good order.
    pub(crate) stops: bool,
    /// Somebody cancels.
    pub(crate) cancels: bool,
    /// The wall clock is set, forwards and back.
    pub(crate) clock_jumps: bool,
    /// Reading the store fails at times.
    pub(crate) failing_reads: bool,
    /// The disk takes its time.
    pub(crate) slow_disk: bool,
    /// Somebody retries what failed or was cancelled.
    pub(crate) retries: bool,
    /// Somebody pauses, and resumes later.
    pub(crate) pauses: bool,
    /// Whoever cancels gives what runs a time to finish, which may be none.
    pub(crate) graces: bool,
}

/// When misfortunes are over, in milliseconds.
const LAST_MISFORTUNE: u64 = 15_000;

impl<K: WorldKind> World<K> {
    pub(super) fn misfortunes(&mut self) {
        let has = self.setup.misfortunes;
        let (crashes, stops, jumps) = (self.random.below(4), self.random.below(3), self.random.below(6));
        for _ in 0..if has.crashes { crashes } else { 0 } {
            self.some_time(Event::Crash);
        }
        for _ in 0..if has.processes { self.random.below(5) } else { 0 } {
            let process = usize::try_from(self.random.below(PROCESSES as u64)).expect("there are two");
            self.some_time(Event::ProcessDies(process));
        }
        for _ in 0..if has.stops { stops } else { 0 } {
            self.some_time(Event::Stop);
        }
        for _ in 0..if has.clock_jumps { jumps } else { 0 } {
            let by = i64::try_from(self.random.below(7_200_000)).expect("two hours") - 3_600_000;
            self.some_time(Event::ClockJumps(by));
        }
        for run in self.runs() {
            if has.cancels && self.random.once_in(3) {
                let signal = match has.graces && self.random.once_in(2) {
                    true => Signal::CancelWithin(self.some_grace()),
                    false => Signal::Cancel,
                };
                self.some_time(Event::Said(run, signal));
            }
            for _ in 0..if has.pauses { self.random.below(4) } else { 0 } {
                self.some_time(Event::Said(run, Signal::Pause));
            }
        }
    }

    /// Something happens in the first seconds, whatever becomes of the process.
    pub(crate) fn some_time(&mut self, event: Event<K::Event>) {
        self.at(self.random.below(LAST_MISFORTUNE), ALWAYS, event);
    }

    /// All processes die: what they knew is gone, and of what was on its way to the disk some.
    pub(super) fn crash(&mut self) {
        self.note(|| "all processes are killed".to_owned());
        self.crashes += 1;
        self.is_up = false;
        self.driven.clear();
        self.stopping.clear();
        self.untold.clear();
        self.is_syncing = false;
        self.disk.crash(&self.random, self.setup.plant);
        self.runs().for_each(|run| K::run_lost(self, run));
        self.at(50, ALWAYS, Event::Start);
    }

    pub(super) fn stop(&mut self) -> Result<(), Fault> {
        for run in self.driven.keys().copied().collect::<Vec<_>>() {
            self.tell(run, vec![Input::Stop])?;
        }
        Ok(())
    }

    fn some_grace(&self) -> Duration {
        if self.random.once_in(4) { Duration::ZERO } else { Duration::from_millis(self.random.below(3000)) }
    }

    /// Somebody says something to a run, in the process that drives it or in the other. Who pauses resumes some time.
    pub(super) fn said(&mut self, run: Run, signal: Signal) -> Result<(), Fault> {
        if signal == Signal::Pause {
            self.at(self.random.below(4000), ALWAYS, Event::Said(run, Signal::Resume));
        }
        if self.setup.misfortunes.processes && self.random.once_in(2) {
            self.post(run, signal);
            return Ok(());
        }
        if !self.driven.contains_key(&run) {
            return Ok(());
        }
        if self.has_plant(Plant::LostSignal) && cancels(&signal) {
            self.cancelled.insert(run);
            return Ok(());
        }
        self.tell(run, vec![Input::Signal(signal)])
    }

    pub(super) fn clock_jumps(&mut self, by: i64) {
        self.time.set_off(by);
        self.driven.keys().copied().collect::<Vec<_>>().into_iter().for_each(|run| self.set_timer(run));
    }

    pub(super) fn calls_person(&mut self, run: Run) {
        self.at(K::PERSON_TAKES, ALWAYS, Event::PersonComes(run));
    }

    /// A person decides what is in doubt, by the truth, or grants what is missing, or begins the program again.
    pub(super) fn person_comes(&mut self, run: Run) -> Result<(), Fault> {
        if !self.is_up || self.driven.contains_key(&run) || self.has_ended(run) {
            return Ok(());
        }
        // Who decides while nobody can tell decides by chance.
        if K::is_under_way(self, run) {
            self.calls_person(run);
            return Ok(());
        }
        let state = self.replayed(run, &self.disk.journal(run)?)?;
        let in_doubt = state.steps_in_doubt();
        let doubtful = state.open_effects().into_iter().filter(|open| in_doubt.contains(&open.id.step));
        let decided = doubtful.map(|open| {
            let decision = K::truth(self, run, &open);
            Input::Signal(Signal::Decide { step: open.id.step.clone(), decision })
        });
        let resumed = state.is_paused().then_some(Input::Signal(Signal::Resume));
        let said = decided.chain(resumed).collect();
        self.take_over(run, said)
    }
}

/// Whether somebody asks for the run's end.
pub(super) fn cancels(signal: &Signal) -> bool {
    matches!(signal, Signal::Cancel | Signal::CancelWithin(_))
}

/// The steps about whose effects a person can decide: in doubt, or to be looked for again.
pub(crate) fn asked(state: &RunState) -> BTreeSet<StepPath> {
    let effects = state.open_effects().into_iter().filter(|effect| effect.next_look.is_some());
    effects.map(|effect| effect.id.step.clone()).chain(state.steps_in_doubt()).collect()
}
