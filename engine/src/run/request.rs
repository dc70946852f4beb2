//! What people ask of a run while it is not over: its end, or how it goes on after a doubt.

use tokio::sync::oneshot;

use super::{EngineError, RunState, state::StepState};
use crate::{
    activity::Failure,
    diagnostic::Code,
    id::StepId,
    journal::{Decision, Entry},
};

/// A request to whoever drives the run, and where its answer goes once it is durable.
pub(super) struct Request {
    pub(super) ask: Ask,
    pub(super) reply: oneshot::Sender<Result<(), EngineError>>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    /// End it.
    Cancel,
    /// An effect in doubt has been decided about.
    Decide { step: StepId, decision: Decision },
}

impl Ask {
    /// What it leaves in the journal.
    ///
    /// # Errors
    /// When the run cannot do what is asked.
    pub(super) fn entries(&self, state: &RunState) -> Result<Vec<Entry>, EngineError> {
        match self {
            _ if state.is_ended() => Err(EngineError::Ended(state.run())),
            Self::Cancel => Ok(vec![Entry::CancelRequested]),
            Self::Decide { step, decision } => decide(state, step, decision),
        }
    }
}

fn decide(state: &RunState, step: &StepId, decision: &Decision) -> Result<Vec<Entry>, EngineError> {
    let operation = state.operation_in_doubt(step).ok_or_else(|| EngineError::NothingToDecide(step.clone()))?;
    let decided = Entry::EffectDecided { operation: operation.clone(), decision: decision.clone() };
    let given_up = (*decision == Decision::Abort).then(|| {
        let effect = state.find_step(step).and_then(StepState::open_effect);
        let summary = effect.map(|effect| effect.intent.summary.as_str()).unwrap_or_default();
        let message = format!("given up by decision: it is unknown whether it happened: {summary}");
        Entry::StepFailed { step: step.clone(), failure: Failure::permanent(Code::ABORTED, message) }
    });
    Ok([decided].into_iter().chain(given_up).collect())
}
