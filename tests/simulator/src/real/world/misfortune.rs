//! What befalls a world beside its network: kills, stops, people who cancel, decide and begin the program again.

use flowrun_engine::{
    id::EffectId,
    journal::Decision,
    run::{EffectView, Input, Signal},
};
use serde_json::Value;

use super::{ALWAYS, Event, Fault, Trouble, World};
use crate::{disk::Run, real::fate::LONGEST_WAY};

impl World<'_> {
    pub(super) fn misfortunes(&mut self) {
        let (crashes, stops) = (self.random.below(4), self.random.below(3));
        for _ in 0..if self.case.has(Trouble::Crashes) { crashes } else { 0 } {
            self.at(self.random.below(10_000), ALWAYS, Event::Crash);
        }
        for _ in 0..if self.case.has(Trouble::Stops) { stops } else { 0 } {
            self.at(self.random.below(10_000), ALWAYS, Event::Stop);
        }
        for run in 0..self.case.runs.len() as u64 {
            if self.case.has(Trouble::Cancels) && self.random.once_in(4) {
                self.at(self.random.below(10_000), ALWAYS, Event::Cancel(run));
            }
        }
    }

    /// The process dies: what it knew is gone, and of what was on its way to the disk some. What is on the network arrives.
    pub(super) fn crash(&mut self) {
        self.note(|| "the process is killed".to_owned());
        self.generation += 1;
        self.is_up = false;
        self.driven.clear();
        self.stopping.clear();
        self.inbox.clear();
        self.is_syncing = false;
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
        self.tell(run, vec![Input::Signal(Signal::Cancel)])
    }

    /// A person comes, when most of what was under way has arrived.
    pub(super) fn calls_person(&mut self, run: Run) {
        self.at(LONGEST_WAY + 1_000, ALWAYS, Event::PersonComes(run));
    }

    /// A person decides what is in doubt, or begins the program again.
    pub(super) fn person_comes(&mut self, run: Run) -> Result<(), Fault> {
        if !self.is_up || self.driven.contains_key(&run) || self.ended.contains_key(&run) {
            return Ok(());
        }
        // Who decides while a request may still arrive decides by chance.
        if self.network.is_under_way(run) {
            self.calls_person(run);
            return Ok(());
        }
        let state = self.replayed(run)?;
        let in_doubt = state.steps_in_doubt();
        let doubtful = state.open_effects().into_iter().filter(|open| in_doubt.contains(&open.id.step));
        let decided = doubtful.map(|open| {
            let decision = self.truth(run, &open);
            Input::Signal(Signal::Decide { step: open.id.step.clone(), decision })
        });
        let decided = decided.collect();
        self.take_over(run, decided)
    }

    /// What a person says of an effect in doubt, who looks at Jira.
    fn truth(&self, run: Run, open: &EffectView<'_>) -> Decision {
        if self.random.once_in(10) {
            return Decision::Abort;
        }
        let name = |answer: &Value| match (&open.intent.named, open.intent.creates) {
            (Some(named), false) => named.name.clone(),
            _ => made(answer).unwrap_or_default(),
        };
        let is_it = |of: &EffectId| of.step == open.id.step && of.name == open.id.name;
        self.network.delivered(|delivered| {
            let mut own = delivered.iter().filter(|one| !one.is_copy);
            let done = own.find(|one| one.of.as_ref().is_some_and(|(of, effect)| *of == run && is_it(effect)));
            done.map_or(Decision::DidNotHappen, |done| Decision::Happened { key: name(&done.answer) })
        })
    }
}

/// The key or id of what an answer says was made.
fn made(answer: &Value) -> Option<String> {
    let made = answer.get(0).unwrap_or(answer);
    let name = made.get("key").or_else(|| made.get("id"))?;
    Some(name.as_str().map_or_else(|| name.to_string(), str::to_owned))
}
