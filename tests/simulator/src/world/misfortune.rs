//! What befalls a world: kills, stops, jumping clocks, people who cancel, decide, grant and begin the program again.

use flowrun_engine::{
    journal::Decision,
    run::{Input, RunState, Signal},
};

use super::{ALWAYS, Fault, World};
use crate::{case::Feature, disk::Run, plant::Plant, queue::Event};

impl World<'_> {
    pub(super) fn misfortunes(&mut self) {
        let (crashes, stops, jumps) = (self.random.below(4), self.random.below(3), self.random.below(3));
        for _ in 0..if self.case.has(Feature::Crashes) { crashes } else { 0 } {
            self.at(self.random.below(15_000), ALWAYS, Event::Crash);
        }
        for _ in 0..if self.case.has(Feature::Stops) { stops } else { 0 } {
            self.at(self.random.below(15_000), ALWAYS, Event::Stop);
        }
        for _ in 0..if self.case.has(Feature::ClockJumps) { jumps } else { 0 } {
            let by = i64::try_from(self.random.below(7_200_000)).expect("two hours") - 3_600_000;
            self.at(self.random.below(15_000), ALWAYS, Event::ClockJumps(by));
        }
    }

    /// The process dies: what it knew is gone, and of what was on its way to the disk some.
    pub(super) fn crash(&mut self) {
        self.generation += 1;
        self.is_up = false;
        self.driven.clear();
        self.stopping.clear();
        self.syncs_at = None;
        self.disk.crash(&self.random, self.plant);
        self.at(50, ALWAYS, Event::Start);
    }

    pub(super) fn stop(&mut self) -> Result<(), Fault> {
        for run in self.driven.keys().copied().collect::<Vec<_>>() {
            self.stopping.insert(run);
            self.tell(run, vec![Input::Stop])?;
        }
        Ok(())
    }

    pub(super) fn cancel(&mut self, run: Run) -> Result<(), Fault> {
        if !self.driven.contains_key(&run) {
            return Ok(());
        }
        if self.plant == Some(Plant::LostSignal) {
            self.cancelled.insert(run);
            return Ok(());
        }
        self.tell(run, vec![Input::Signal(Signal::Cancel)])
    }

    /// A person decides what is in doubt, by the truth, or grants what is missing, or begins the program again.
    pub(super) fn person_comes(&mut self, run: Run) -> Result<(), Fault> {
        if !self.is_up || self.driven.contains_key(&run) || self.ended.contains_key(&run) {
            return Ok(());
        }
        let journal = self.disk.journal(run)?;
        let state = RunState::replay(self.case.definition.clone(), &journal).map_err(|error| error.to_string())?;
        let in_doubt = state.steps_in_doubt();
        let doubtful: Vec<_> =
            state.open_effects().into_iter().filter(|open| in_doubt.contains(&open.id.step)).collect();
        let signals = doubtful.into_iter().map(|open| {
            let decision = match self.service.has(run, open.id) {
                _ if self.random.once_in(8) => Decision::Abort,
                true => Decision::Happened { key: format!("{}/{}", open.id.step, open.id.name) },
                false => Decision::DidNotHappen,
            };
            Input::Signal(Signal::Decide { step: open.id.step.clone(), decision })
        });
        let signals = signals.collect();
        self.take_over(run, signals)
    }
}
