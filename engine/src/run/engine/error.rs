//! Why the engine did not do what a program asked of it.

use super::Ahead;
use crate::{
    activity::Failure,
    id::{RunId, StepPath},
    journal::Refused,
    run::{CannotGoOn, CannotRetry, RunState},
    store::StoreError,
};

/// Why the engine did not do it.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store failed while the run was driven.
    #[error("{error}")]
    Unrecorded {
        /// Why.
        error: StoreError,
        /// The run as this process knows it: what became of effects since the last record is in no journal.
        state: Box<RunState>,
    },
    /// There is no such run.
    #[error("there is no run `{0}`")]
    NoSuchRun(RunId),
    /// The definition that the run began with has a problem that this version cannot pass over.
    #[error("run `{run}` cannot go on under this version, which does not take the definition that it began with")]
    CannotGoOn {
        /// The run.
        run: RunId,
        /// Why.
        why: Box<CannotGoOn>,
    },
    /// The run is driven already.
    #[error("run `{0}` is driven already")]
    AlreadyDriven(RunId),
    /// As many runs with the key as may be go on, and the definition says that no other waits: nothing of the run is kept, or changed.
    #[error("a run of `{process}` with key `{key}` goes on already")]
    NotAdmitted {
        /// The definition's name.
        process: String,
        /// The key.
        key: String,
        /// What is ahead, if that has not ended meanwhile.
        ahead: Option<Box<Ahead>>,
    },
    /// The key by which a run is admitted cannot be made.
    #[error("no run of `{process}` can begin so: {why}")]
    NoAdmissionKey {
        /// The definition's name.
        process: String,
        /// Why.
        why: String,
    },
    /// The run is over.
    #[error("run `{0}` has ended")]
    Ended(RunId),
    /// The run cannot be retried so.
    #[error("run `{run}` cannot be retried: {why}")]
    CannotRetry {
        /// The run.
        run: RunId,
        /// Why.
        why: Box<CannotRetry>,
    },
    /// No effect of the step is in doubt.
    #[error("no effect of `{0}` is in doubt: there is nothing to decide")]
    NothingToDecide(StepPath),
    /// The step does not wait for an answer.
    #[error("`{0}` does not wait for an answer")]
    NothingAsked(StepPath),
    /// What is said is not an answer to what the step waits for.
    #[error("this does not answer `{step}`: {why}")]
    NoAnswer {
        /// The step.
        step: StepPath,
        /// Why.
        why: String,
    },
    /// What is said to have happened cannot be seen.
    #[error("nothing was recorded of `{step}`: {failure}")]
    NotSeen {
        /// The step.
        step: StepPath,
        /// Why it cannot.
        failure: Box<Failure>,
    },
}

impl EngineError {
    /// Why a run cannot do what was asked.
    pub(in crate::run) fn of_refused(refused: Refused, run: RunId) -> Self {
        match refused {
            Refused::Ended => Self::Ended(run),
            Refused::NothingToDecide(step) => Self::NothingToDecide(step),
            Refused::NothingAsked(step) => Self::NothingAsked(step),
            Refused::NoAnswer { step, why } => Self::NoAnswer { step, why },
        }
    }
}
