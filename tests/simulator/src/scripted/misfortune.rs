//! People who decide: by what the service has if they are asked, and by chance otherwise.

use flowrun_engine::{
    id::{EffectId, StepPath},
    journal::{Decision, EffectEntry, Entry},
    run::{Input, NodeStatus, Signal, StepView},
};

use super::{Event, Feature, Scripted};
use crate::{
    disk::Run,
    world::{self, ALWAYS, Fault, World, asked},
};

impl World<Scripted<'_>> {
    /// People who decide, asked or not.
    pub(super) fn meddlers(&mut self) {
        for run in self.runs() {
            for _ in 0..if self.has(Feature::Meddling) { self.random.below(20) } else { 0 } {
                self.at(self.random.below(20_000), ALWAYS, world::Event::Own(Event::Decides(run)));
            }
        }
    }

    /// Whoever sees that somebody is asked may answer.
    pub(super) fn somebody_sees<'a>(&mut self, run: Run, mut entries: impl Iterator<Item = &'a Entry>) {
        let asks = |entry: &Entry| matches!(entry, Entry::Effect(_, EffectEntry::InDoubt { .. }));
        if self.has(Feature::Meddling) && entries.any(asks) {
            self.at(self.random.below(4000), ALWAYS, world::Event::Own(Event::Decides(run)));
        }
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
    pub(super) fn truth(&self, run: Run, effect: &EffectId) -> Decision {
        match self.kind.service.has(run, effect) {
            _ if self.random.once_in(8) => Decision::Abort,
            true => Decision::Happened { key: format!("{}/{}", effect.step, effect.name) },
            false => Decision::DidNotHappen,
        }
    }
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
