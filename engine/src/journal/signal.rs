//! What people say to a run while it is not over. Where another process drives the run it lies in the run's inbox until that takes it.

use std::time::Duration;

use serde_json::Value;

use super::Decision;
use crate::id::{RunId, StepPath};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End it. What runs is finished.
    Cancel,
    /// End it. What runs has so long to finish.
    CancelWithin(Duration),
    /// Begin nothing more, until it is resumed.
    Pause,
    /// Go on after a pause.
    Resume,
    /// End it, because this other run with the same key wants to go on.
    CancelFor {
        /// The other run.
        run: RunId,
    },
    /// An effect in doubt, or one that would be looked for again, has been decided about.
    Decide {
        /// The effect's step.
        step: StepPath,
        /// How.
        decision: Decision,
    },
    /// A step that waits for an answer gets one.
    Answer {
        /// The step.
        step: StepPath,
        /// What is said.
        answer: Value,
    },
}

/// Why a run cannot do what is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has ended.
    #[error("the run has ended")]
    Ended,
    /// No effect of the step is in doubt.
    #[error("no effect of `{0}` is in doubt: there is nothing to decide")]
    NothingToDecide(StepPath),
    /// The step waits for no answer.
    #[error("`{0}` does not wait for an answer")]
    NothingAsked(StepPath),
    /// It is not an answer to what the step waits for.
    #[error("this does not answer `{step}`: {why}")]
    NoAnswer {
        /// The step.
        step: StepPath,
        /// Why.
        why: String,
    },
}
