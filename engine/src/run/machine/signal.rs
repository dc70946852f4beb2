//! What people say to a run while it is not over: that it is to end or to pause, how it goes on after a doubt, what a step waits for.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use crate::{
    activity::Failure,
    diagnostic::Code,
    id::StepPath,
    journal::{Decision, EffectEntry, Entry, Refused, Signal, SignalEntry, StepEntry},
    kind::Doing,
    run::{
        RunState,
        state::{StepProgress, StepState},
    },
};

impl Signal {
    /// What it leaves in the journal.
    ///
    /// # Errors
    /// [`Refused`] when the run cannot do what is asked.
    pub(in crate::run) fn entries(&self, state: &RunState) -> Result<Vec<Entry>, Refused> {
        match self {
            _ if state.is_ended() => Err(Refused::Ended),
            Self::Cancel => Ok(signals([SignalEntry::CancelRequested])),
            Self::CancelFor { run } => Ok(signals([SignalEntry::CancelRequestedFor { run: *run }])),
            Self::CancelWithin(Duration::ZERO) => Ok(signals([SignalEntry::CancelRequested, SignalEntry::GraceEnded])),
            Self::CancelWithin(grace) => {
                Ok(signals([SignalEntry::CancelRequested, SignalEntry::GraceBegan { grace: *grace }]))
            }
            // Asking again changes nothing.
            Self::Pause if state.is_paused() => Ok(Vec::new()),
            Self::Pause => Ok(signals([SignalEntry::PauseRequested])),
            Self::Resume if !state.is_paused() => Ok(Vec::new()),
            Self::Resume => Ok(signals([SignalEntry::ResumeRequested])),
            Self::Decide { step, decision } => decide(state, step, decision),
            Self::Answer { step, answer } => Ok(vec![answered(state, step, answer)?]),
        }
    }
}

fn signals<const COUNT: usize>(entries: [SignalEntry; COUNT]) -> Vec<Entry> {
    entries.into_iter().map(Entry::Signal).collect()
}

fn answered(state: &RunState, path: &StepPath, answer: &Value) -> Result<Entry, Refused> {
    let nothing_asked = || Refused::NothingAsked(path.clone());
    let step = state.find_step(path).filter(|step| matches!(step.progress, StepProgress::Awaiting(_)));
    let (Some(step), Some(Doing::Awaits(kind))) = (step, state.doing(path)) else { return Err(nothing_asked()) };
    let output = kind.answered(&step.input, answer).map_err(|why| Refused::NoAnswer { step: path.clone(), why })?;
    Ok(Entry::Step(path.clone(), StepEntry::Completed { output: Arc::new(output) }))
}

/// What happens to a step that waits for an answer longer than it may.
pub(super) fn unanswered(step: StepPath) -> Entry {
    let failure = Failure::permanent(Code::DEADLINE_PASSED, "the step's deadline passed, and there was no answer");
    Entry::Step(step, StepEntry::Failed { failure })
}

fn decide(state: &RunState, step: &StepPath, decision: &Decision) -> Result<Vec<Entry>, Refused> {
    let effect = state.effect_to_decide(step).ok_or_else(|| Refused::NothingToDecide(step.clone()))?;
    // What would have been looked for again is not: its attempt ends.
    let ended = state.find_step(step).and_then(StepState::looks_again).map(|unshown| {
        let (attempt, failure) = (effect.id.attempt, unshown.failure.clone());
        Entry::Step(step.clone(), StepEntry::AttemptFailed { attempt, failure, retry_at: None })
    });
    let decided = Entry::Effect(effect.id.clone(), EffectEntry::Decided { decision: decision.clone() });
    let given_up = (*decision == Decision::Abort).then(|| {
        let message = format!("given up by decision: it is unknown whether it happened: {}", effect.intent.summary);
        Entry::Step(step.clone(), StepEntry::Failed { failure: Failure::permanent(Code::ABORTED, message) })
    });
    Ok(ended.into_iter().chain([decided]).chain(given_up).collect())
}
