//! The journal: the append-only record of a run. A run's state is a fold over its entries, and nothing else.
//!
//! Entries are in the past tense. They are a promise to later versions: fields are added with a default, never changed.
//! What may be large is shared with the state that is folded from them, not copied.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    activity::{Failure, Intent, Settlement},
    id::{DefinitionHash, NodeId, OperationId, RunId, RunKey, StepId},
};

/// Entries that became durable together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number in the run's journal, from 0.
    pub sequence: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened, in order.
    pub entries: Vec<Entry>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// Always the first.
    RunStarted(RunStarted),
    /// A process began to drive the run again.
    RunResumed,
    /// The process that drove the run let it go.
    RunInterrupted,
    /// Somebody asked for the run's end.
    CancelRequested,
    /// Nothing of `nodes` is left to do; `finally` sees this.
    MainEnded {
        /// How.
        outcome: RunOutcome,
        /// The first failure that nobody handled.
        error: Option<RunError>,
    },
    /// The run is over.
    RunEnded {
        /// How.
        outcome: RunOutcome,
        /// The first failure that nobody handled.
        error: Option<RunError>,
        /// The evaluated `outputs`, of a completed run.
        outputs: Option<Map<String, Value>>,
    },
    /// A node will not run.
    NodeSkipped {
        /// The node.
        node: NodeId,
        /// Why.
        reason: SkipReason,
        /// The node that is to blame, or the missing output.
        because: Option<String>,
    },
    /// A node's edges and condition let it run. Its `for_each` list is evaluated here.
    NodeStarted {
        /// The node.
        node: NodeId,
        /// The items of a `for_each`.
        items: Option<Arc<Vec<Value>>>,
    },
    /// A node's `if`, `for_each` or `with` could not be evaluated, before any step of it.
    NodeFailed {
        /// The node.
        node: NodeId,
        /// Why.
        failure: Failure,
    },
    /// A node that had begun will start no more items, because the run ends.
    NodeCancelled {
        /// The node.
        node: NodeId,
    },
    /// A step began; its `with` was evaluated.
    StepStarted {
        /// The step.
        step: StepId,
        /// The activity's inputs.
        input: Arc<Value>,
    },
    /// An attempt began.
    AttemptStarted {
        /// The step.
        step: StepId,
        /// Its number, from 1.
        attempt: u32,
    },
    /// An effect is about to be sent.
    EffectIntended {
        /// Which.
        operation: OperationId,
        /// What.
        intent: Intent,
    },
    /// An effect's answer is known.
    EffectSettled {
        /// Which.
        operation: OperationId,
        /// How it ended.
        settlement: Settlement,
    },
    /// It cannot be shown whether an effect happened; a person decides.
    EffectInDoubt {
        /// Which.
        operation: OperationId,
        /// What was seen of it.
        failure: Failure,
    },
    /// A person decided.
    EffectDecided {
        /// Which.
        operation: OperationId,
        /// How.
        decision: Decision,
    },
    /// An attempt failed; the step goes on at `retry_at`.
    AttemptFailed {
        /// The step.
        step: StepId,
        /// The attempt's number.
        attempt: u32,
        /// Why.
        failure: Failure,
        /// When the next attempt begins. `None` when the step ends, or waits for a decision, in the same record.
        retry_at: Option<Timestamp>,
    },
    /// An attempt was lost with its process, dropped when the run stopped, or lost the answer to an effect that is known
    /// to have happened. The step goes on with a new attempt; this one is not counted.
    AttemptInterrupted {
        /// The step.
        step: StepId,
        /// The attempt's number.
        attempt: u32,
        /// What was seen of it, if anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
    /// An attempt failed for want of a grant. The step waits until the run is resumed, and goes on with a new attempt; this one
    /// is not counted.
    AttemptParked {
        /// The step.
        step: StepId,
        /// The attempt's number.
        attempt: u32,
        /// What is missing.
        failure: Failure,
    },
    /// The time for the next attempt came.
    RetryDue {
        /// The step.
        step: StepId,
    },
    /// A step has its output.
    StepCompleted {
        /// The step.
        step: StepId,
        /// The output.
        output: Arc<Value>,
    },
    /// A step has failed for good; without a `StepStarted` before it if its `with` could not be evaluated.
    StepFailed {
        /// The step.
        step: StepId,
        /// Why.
        failure: Failure,
    },
    /// A step that had begun will not go on, because the run ends.
    StepCancelled {
        /// The step.
        step: StepId,
    },
}

/// How a run began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// The run.
    pub run: RunId,
    /// Its key, if the caller gave one.
    pub key: Option<RunKey>,
    /// The definition's text, by hash.
    pub definition: DefinitionHash,
    /// The file name that the definition was read from, to show places with.
    pub source_name: String,
    /// The definition's name.
    pub process: String,
    /// The definition's version.
    pub version: String,
    /// The inputs, defaults filled in.
    pub inputs: Map<String, Value>,
    /// What the program needs to go on with the run: with which site and access token it runs. Never a secret.
    pub context: Value,
}

/// How a run, or its `nodes`, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Every failure was handled.
    Completed,
    /// Some failure was not.
    Failed,
    /// Somebody asked for its end.
    Cancelled,
}

impl RunOutcome {
    /// The word for it, in expressions and on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A failure with the node that it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunError {
    /// The node; none where the run's `outputs` failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// The failure.
    pub failure: Failure,
}

impl RunError {
    /// What of the definition failed: the node, or `outputs`.
    pub fn place(&self) -> &str {
        self.node.as_ref().map_or("outputs", NodeId::as_str)
    }
}

/// Why a node was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Its own `if`, or a branch that was not taken.
    Condition,
    /// What it needed failed.
    Upstream,
    /// The run failed, or was cancelled, first.
    RunFailed,
}

/// What a person says of an effect in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It happened, and made the thing with this key.
    Happened {
        /// The key or id.
        key: String,
    },
    /// It did not happen: send it again.
    DidNotHappen,
    /// Give the step up.
    Abort,
}
