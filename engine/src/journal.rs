//! The journal: the append-only record of a run. A run's state is a fold over its entries, and nothing else.
//!
//! Entries are in the past tense, and nested by what they are about: a fold is a `match` over subjects, then one over what happened to
//! each, so that an entry which nobody folds does not compile. What may be large is shared with the state that is folded from them, not
//! copied. How entries lie on a disk is another matter, and has types of its own (`v1`).
//!
//! ```
//! use flowrun_engine::journal::{Entry, Record, SignalEntry, Unreadable, decode, encode};
//! use jiff::Timestamp;
//!
//! let record = Record { sequence: 7, at: Timestamp::UNIX_EPOCH, entries: vec![Entry::Signal(SignalEntry::CancelRequested)] };
//! let mut bytes = encode(&record);
//! assert_eq!(decode(&bytes).expect("it was just written"), record);
//!
//! // What a newer version wrote is told apart from what is damaged.
//! bytes[0] += 1;
//! assert!(matches!(decode(&bytes), Err(Unreadable::Newer(_))));
//! ```

#![deny(clippy::wildcard_enum_match_arm)]

mod signal;
mod v1;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::{Map, Value};

pub use self::{
    signal::{Refused, Signal},
    v1::{Unreadable, decode, decode_signal, encode, encode_signal},
};
use crate::{
    activity::{Failure, Intent, Settlement},
    concurrency::AdmissionAsked,
    id::{DefinitionHash, EffectId, NodeId, RunId, RunKey, StepPath},
};

/// Entries that became durable together.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number in the run's journal, from 0.
    pub sequence: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened, in order.
    pub entries: Vec<Entry>,
}

/// One thing that happened, by what it happened to.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// To the run as a whole.
    Run(RunEntry),
    /// To a node.
    Node(NodeId, NodeEntry),
    /// To a step, which has begun; a step whose `with` could not be evaluated begins with its failure.
    Step(StepPath, StepEntry),
    /// To an effect of the last attempt of a step.
    Effect(EffectId, EffectEntry),
    /// To a step that waited for a time.
    Timer(StepPath, TimerEntry),
    /// Somebody asked for something.
    Signal(SignalEntry),
}

impl Entry {
    /// The definition that a run has from this entry on, where it has another than before.
    pub fn names_definition(&self) -> Option<&DefinitionHash> {
        match self {
            Self::Run(RunEntry::Started(started)) => Some(&started.definition),
            Self::Run(RunEntry::Retried { correction, .. }) => Some(&correction.as_ref()?.definition),
            Self::Run(
                RunEntry::AdmissionAsked(_)
                | RunEntry::Admitted
                | RunEntry::Resumed
                | RunEntry::Interrupted
                | RunEntry::MainEnded { .. }
                | RunEntry::Ended { .. },
            )
            | Self::Node(..)
            | Self::Step(..)
            | Self::Effect(..)
            | Self::Timer(..)
            | Self::Signal(_) => None,
        }
    }
}

/// What happens to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEntry {
    /// Always the first entry.
    Started(RunStarted),
    /// A process began to drive the run again.
    Resumed,
    /// The process that drove the run let it go.
    Interrupted,
    /// Nothing of `nodes` is left to do; `finally` sees this.
    MainEnded {
        /// How.
        outcome: RunOutcome,
        /// The first failure that nobody handled.
        error: Option<RunError>,
    },
    /// The run is over.
    Ended {
        /// How.
        outcome: RunOutcome,
        /// The first failure that nobody handled.
        error: Option<RunError>,
        /// The evaluated `outputs`, of a completed run.
        outputs: Option<Map<String, Value>>,
    },
    /// Its definition has `concurrency`: it asked to be admitted, once when it began, and again with each retry.
    AdmissionAsked(AdmissionAsked),
    /// Its turn came: it goes on, and counts among those with its key until it has ended.
    Admitted,
    /// The run goes on, which had ended.
    Retried {
        /// The nodes that go again, in the order of the definition.
        nodes: Vec<NodeId>,
        /// Nodes that were not done, and are left so: the run does not claim success while there are any.
        left: Vec<NodeId>,
        /// Only `finally` goes on: `nodes` stay as they ended.
        finally_only: bool,
        /// The inputs from now on, where they are others.
        inputs: Option<Map<String, Value>>,
        /// The definition from now on, where it is another.
        correction: Option<Correction>,
    },
}

/// What happens to a node.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeEntry {
    /// It will not run.
    Skipped {
        /// Why.
        reason: SkipReason,
        /// The node that is to blame, or the missing output.
        because: Option<String>,
    },
    /// Its edges and condition let it run. Its `for_each` list is evaluated here.
    Started {
        /// The items of a `for_each`.
        items: Option<Arc<Vec<Value>>>,
    },
    /// Its `if`, `for_each` or `with` could not be evaluated, before any step of it.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// It had begun, and will start no more items, because the run ends.
    Cancelled,
}

/// What happens to a step.
#[derive(Clone, Debug, PartialEq)]
pub enum StepEntry {
    /// It began; its `with` was evaluated.
    Started {
        /// The activity's inputs.
        input: Arc<Value>,
    },
    /// An attempt began.
    AttemptStarted {
        /// Its number, from 1.
        attempt: u32,
    },
    /// An attempt failed; the step goes on at `retry_at`.
    AttemptFailed {
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
        /// The attempt's number.
        attempt: u32,
        /// What was seen of it, if anything.
        failure: Option<Failure>,
    },
    /// An attempt failed for want of a grant. The step waits until that is there, or the run is resumed, and goes on with a new attempt;
    /// this one is not counted.
    AttemptParked {
        /// The attempt's number.
        attempt: u32,
        /// What is missing.
        failure: Failure,
        /// When grants are asked for again. Earlier versions never did.
        ask_at: Option<Timestamp>,
    },
    /// Grants were asked for again, and the step still waits.
    StillParked {
        /// What is missing, where that is something else than was known.
        failure: Option<Failure>,
        /// When they are asked for again.
        ask_at: Timestamp,
    },
    /// No grant was found missing any more: the step goes on with a new attempt.
    Unparked,
    /// It has its output.
    Completed {
        /// The output.
        output: Arc<Value>,
    },
    /// It has failed for good; without a start before it if its `with` could not be evaluated.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// It had begun, and will not go on, because the run ends.
    Cancelled,
}

/// What happens to an effect.
#[derive(Clone, Debug, PartialEq)]
pub enum EffectEntry {
    /// It is about to be sent.
    Intended {
        /// What.
        intent: Intent,
    },
    /// Its answer is known.
    Settled {
        /// How it ended.
        settlement: Settlement,
        /// What shows it, where its answer did not: it was looked for.
        evidence: Option<String>,
    },
    /// It cannot be shown yet whether it happened; it is looked for again.
    NotShownYet {
        /// What was seen of it.
        failure: Failure,
        /// Why it cannot be shown yet.
        why: String,
        /// When it is looked for again.
        look_at: Timestamp,
    },
    /// It cannot be shown whether it happened; a person decides.
    InDoubt {
        /// What was seen of it.
        failure: Failure,
    },
    /// A person decided.
    Decided {
        /// How.
        decision: Decision,
    },
}

/// A time that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerEntry {
    /// That of a step's next attempt.
    RetryDue,
    /// That of the next look for a step's effect.
    LookDue,
}

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalEntry {
    /// The run's end.
    CancelRequested,
    /// What runs when the end was asked for has so long to finish.
    GraceBegan {
        /// From this entry on.
        grace: Duration,
    },
    /// It has had that.
    GraceEnded,
    /// That nothing more begins.
    PauseRequested,
    /// That it goes on after a pause.
    ResumeRequested,
    /// The run's end, because another with the same key wants to go on.
    CancelRequestedFor {
        /// The other run.
        run: RunId,
    },
    /// A message of the run's inbox was taken. What follows from it comes after this.
    Received {
        /// Its number there; all before it were taken too.
        message: u64,
        /// Why the run cannot do what it asks, if it cannot.
        refused: Option<Refused>,
    },
}

/// How a run began.
#[derive(Clone, Debug, PartialEq)]
pub struct RunStarted {
    /// The run.
    pub run: RunId,
    /// Its key, if the caller gave one.
    pub key: Option<RunKey>,
    /// The definition's text, by hash.
    pub definition: DefinitionHash,
    /// The file name that the definition was read from, to show places with.
    pub source_name: String,
    /// Where that file was, absolute; `None` where the text came from elsewhere, and in what earlier versions wrote.
    pub source_path: Option<String>,
    /// The definition's name.
    pub process: String,
    /// The definition's version.
    pub version: String,
    /// The inputs, defaults filled in.
    pub inputs: Map<String, Value>,
    /// What the program needs to go on with the run: with which site and access token it runs. Never a secret.
    pub context: Value,
}

/// The definition that a run goes on with, once it is retried with another than it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Its text, by hash.
    pub definition: DefinitionHash,
    /// The file name that it was read from, to show places with.
    pub source_name: String,
    /// Where that file was, absolute, if it came from one.
    pub source_path: Option<String>,
    /// Its version.
    pub version: String,
}

/// How a run, or its `nodes`, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq)]
pub struct RunError {
    /// The node; none where the run's `outputs` failed.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// Its own `if`, or a branch that was not taken.
    Condition,
    /// What it needed failed.
    Upstream,
    /// The run failed, or was cancelled, first.
    RunFailed,
}

impl SkipReason {
    /// The word for it, in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Upstream => "upstream",
            Self::RunFailed => "run_failed",
        }
    }
}

/// What a person says of an effect in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
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
