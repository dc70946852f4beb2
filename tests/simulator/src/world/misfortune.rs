//! What befalls a world: kills, stops, jumping clocks, people who cancel, decide, grant and begin the program again.

use std::collections::BTreeSet;

use flowrun_engine::{
    id::{EffectId, StepPath},
    journal::Decision,
    run::{Input, NodeStatus, RunState, Signal, StepView},
};

use super::{ALWAYS, Fault, World};
use crate::{case::Feature, disk::Run, plant::Plant, queue::Event};

impl World<'_> {
    pub(super) fn misfortunes(&mut self) {
        let (crashes, stops, jumps) = (self.random.below(4), self.random.below(3), self.random.below(6));
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
        self.late.clear();
        self.syncs_at = None;
        self.disk.crash(&self.random, self.plant);
        self.at(50, ALWAYS, Event::Start);
    }

    pub(super) fn stop(&mut self) -> Result<(), Fault> {
        for run in self.driven.keys().copied().collect::<Vec<_>>() {
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

    /// A person decides about a step: by the truth if one can, and is refused otherwise.
    pub(super) fn decides(&mut self, run: Run) -> Result<(), Fault> {
        let Some(driven) = self.driven.get(&run) else { return Ok(()) };
        let state = driven.machine.state();
        let asked = asked(state);
        let steps = state.nodes().flat_map(|node| match node.steps.is_empty() {
            true => vec![(0, StepPath::of(node.id.clone()))],
            false => node.steps.into_iter().map(|step| (urgency(&step), step.step)).collect(),
        });
        let (urgency, steps): (Vec<u64>, Vec<StepPath>) = steps.unzip();
        let wanted = self.random.below(urgency.iter().max().map_or(1, |most| most + 1));
        let steps: Vec<&StepPath> =
            steps.iter().zip(urgency).filter(|(_, urgency)| *urgency >= wanted).map(|(step, _)| step).collect();
        let step = self.random.one_of(&steps).clone();
        let open = state.open_effects().into_iter().find(|open| open.id.step == step).map(|open| open.id.clone());
        let decision = match open.filter(|_| asked.contains(&step)) {
            Some(effect) => self.truth(run, &effect),
            None => match self.random.below(3) {
                0 => Decision::Happened { key: "nothing".to_owned() },
                1 => Decision::DidNotHappen,
                _ => Decision::Abort,
            },
        };
        self.late_answers(run, &step);
        self.tell(run, vec![Input::Signal(Signal::Decide { step, decision })])
    }

    /// What a person says of an effect in doubt, who looks at the service.
    fn truth(&self, run: Run, effect: &EffectId) -> Decision {
        match self.service.has(run, effect) {
            _ if self.random.once_in(8) => Decision::Abort,
            true => Decision::Happened { key: format!("{}/{}", effect.step, effect.name) },
            false => Decision::DidNotHappen,
        }
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
            let decision = self.truth(run, open.id);
            Input::Signal(Signal::Decide { step: open.id.step.clone(), decision })
        });
        let signals = signals.collect();
        self.take_over(run, signals)
    }
}

/// The steps about whose effects a person can decide: in doubt, or to be looked for again.
pub(super) fn asked(state: &RunState) -> BTreeSet<StepPath> {
    let effects = state.open_effects().into_iter().filter(|effect| effect.next_look.is_some());
    effects.map(|effect| effect.id.step.clone()).chain(state.steps_in_doubt()).collect()
}

/// How much a person looks at a step.
fn urgency(step: &StepView<'_>) -> u64 {
    match step.status {
        NodeStatus::Pending | NodeStatus::Skipped | NodeStatus::Undone => 0,
        NodeStatus::Completed | NodeStatus::Failed | NodeStatus::Cancelled => 0,
        NodeStatus::Running | NodeStatus::Waiting => 1,
        NodeStatus::NeedsDecision => 2,
    }
}
