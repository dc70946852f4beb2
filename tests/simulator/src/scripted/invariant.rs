//! What must hold in every world: whenever a machine was told something, and in the end.

use flowrun_engine::{activity::Settlement, journal::Decision, run::RunState};

use super::Scripted;
use crate::{
    disk::Run,
    world::{Fault, World},
};

impl World<Scripted<'_>> {
    /// What must hold whenever a machine was told something.
    pub(super) fn check(&mut self, run: Run) -> Result<(), Fault> {
        let Some(driven) = self.driven.get(&run) else { return Ok(()) };
        if let Some(wrong) = driven.machine.state().unsound() {
            return Err(format!("its worklists are wrong: {wrong}"));
        }
        // Costs as much as the whole run: now and then is enough.
        if self.random.once_in(8) && self.replayed(run, &driven.calls.journal)? != *driven.machine.state() {
            return Err("its records tell another state than the one that was reached".to_owned());
        }
        Ok(())
    }

    pub(super) fn check_end(&self, run: Run, state: &RunState) -> Result<(), Fault> {
        let nodes: Vec<_> = state.nodes().collect();
        let effects = nodes.iter().flat_map(|node| &node.steps).flat_map(|step| &step.attempts);
        let effects: Vec<_> = effects.flat_map(|attempt| &attempt.effects).collect();
        for (step, name) in self.kind.service.of(run) {
            let of_it = effects.iter().filter(|effect| effect.id.step == step && effect.id.name == name);
            let is_known = |settlement: Option<&Settlement>| matches!(settlement, Some(Settlement::Happened(_)));
            let is_let_be = |decision: Option<&Decision>| decision == Some(&Decision::Abort);
            if !of_it.clone().any(|effect| is_known(effect.settlement) || is_let_be(effect.decision))
                && !self.repeats(run, &step)
            {
                return Err(format!("{step}/{name} was done, and the run does not know"));
            }
        }
        for effect in effects {
            let was_done = self.kind.service.has(run, effect.id) || self.kind.service.had(run, effect.id);
            if matches!(effect.settlement, Some(Settlement::Happened(_))) && !was_done {
                return Err(format!("{} never happened, and the run says so", effect.id));
            }
        }
        Ok(())
    }
}
