//! What people ask of a run while it is not over: its end, or how it goes on after a doubt.

use crate::{
    activity::Failure,
    diagnostic::Code,
    id::StepPath,
    journal::{Decision, EffectEntry, Entry, SignalEntry, StepEntry},
    run::{RunState, state::StepState},
};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End it.
    Cancel,
    /// An effect in doubt has been decided about.
    Decide {
        /// The effect's step.
        step: StepPath,
        /// How.
        decision: Decision,
    },
}

/// Why a run cannot do what is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It has ended.
    Ended,
    /// No effect of the step is in doubt.
    NothingToDecide(StepPath),
}

impl Signal {
    /// What it leaves in the journal.
    ///
    /// # Errors
    /// [`Refused`] when the run cannot do what is asked.
    pub(in crate::run) fn entries(&self, state: &RunState) -> Result<Vec<Entry>, Refused> {
        match self {
            _ if state.is_ended() => Err(Refused::Ended),
            Self::Cancel => Ok(vec![Entry::Signal(SignalEntry::CancelRequested)]),
            Self::Decide { step, decision } => decide(state, step, decision),
        }
    }
}

fn decide(state: &RunState, step: &StepPath, decision: &Decision) -> Result<Vec<Entry>, Refused> {
    let effect = state.effect_in_doubt(step).ok_or_else(|| Refused::NothingToDecide(step.clone()))?;
    let decided = Entry::Effect(effect.clone(), EffectEntry::Decided { decision: decision.clone() });
    let given_up = (*decision == Decision::Abort).then(|| {
        let effect = state.find_step(step).and_then(StepState::open_effect);
        let summary = effect.map(|effect| effect.intent.summary.as_str()).unwrap_or_default();
        let message = format!("given up by decision: it is unknown whether it happened: {summary}");
        Entry::Step(step.clone(), StepEntry::Failed { failure: Failure::permanent(Code::ABORTED, message) })
    });
    Ok([decided].into_iter().chain(given_up).collect())
}
