//! Commands: what must be done next, in the imperative. `decide` gives them; carrying one out leaves an entry.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    activity::Failure,
    id::{NodeId, StepPath},
    journal::{RunError, RunOutcome, SkipReason},
};

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Let a node be.
    SkipNode {
        /// The node.
        node: NodeId,
        /// Why.
        reason: SkipReason,
        /// The node that is to blame, or the missing output.
        because: Option<String>,
    },
    /// Begin a node; its first step follows, unless it has no items.
    StartNode {
        /// The node.
        node: NodeId,
        /// The items of a `for_each`.
        items: Option<Arc<Vec<Value>>>,
    },
    /// Fail a node of which nothing has begun.
    FailNode {
        /// The node.
        node: NodeId,
        /// Why.
        failure: Failure,
    },
    /// End a node that has items left, since nothing new begins.
    CancelNode {
        /// The node.
        node: NodeId,
    },
    /// Begin a step.
    StartStep {
        /// The step.
        step: StepPath,
        /// The activity's inputs.
        input: Arc<Value>,
    },
    /// Fail a step that has not begun.
    FailStep {
        /// The step.
        step: StepPath,
        /// Why.
        failure: Failure,
    },
    /// Begin an attempt.
    StartAttempt {
        /// The step.
        step: StepPath,
        /// The attempt's number, from 1.
        attempt: u32,
    },
    /// End a step that waits, since nothing new begins.
    CancelStep {
        /// The step.
        step: StepPath,
    },
    /// Go over to `finally`.
    EndMain {
        /// How `nodes` ended.
        outcome: RunOutcome,
        /// The first failure that nobody handled.
        error: Option<RunError>,
    },
    /// End the run.
    EndRun {
        /// How it ended.
        outcome: RunOutcome,
        /// The first failure that nobody handled.
        error: Option<RunError>,
        /// The evaluated `outputs`, of a completed run.
        outputs: Option<Map<String, Value>>,
    },
}
