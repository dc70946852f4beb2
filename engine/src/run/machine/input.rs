//! What the machine is told, and what it asks for: data, so that any driver can carry it.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use crate::{
    activity::{Failure, Intent, OpenEffect, Reconciled, Settlement},
    id::{ActivityName, EffectId, EffectName, StepPath},
    journal::{Record, Refused, Signal},
    store::Barrier,
};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A process takes the run. Always the first, but for a run that was let go while it only waited.
    TakenOver,
    /// An attempt is about to send an effect. It waits for [`Action::SendEffect`] or [`Action::RefuseEffect`].
    EffectIntended {
        /// Which.
        effect: EffectId,
        /// What.
        intent: Intent,
    },
    /// An effect's answer came.
    EffectSettled {
        /// Which.
        effect: EffectId,
        /// How it ended.
        settlement: Settlement,
    },
    /// A call ended.
    CallEnded {
        /// The step.
        step: StepPath,
        /// How.
        end: CallEnd,
        /// Whether an effect may have been sent whose answer did not come.
        is_on_the_wire: bool,
    },
    /// A time came: that of [`Machine::poll_timeout`](super::Machine::poll_timeout).
    TimerFired,
    /// Somebody asks for something, and waits for the answer ([`Output::answers`]).
    Signal(Signal),
    /// There is a message in the run's inbox. Its answer is an entry.
    Received {
        /// Its number.
        message: u64,
        /// What it asks for.
        signal: Signal,
    },
    /// Nothing new is to begin: the process ends.
    Stop,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub enum CallEnd {
    /// An attempt gave its output, or failed.
    Returned(Result<Value, Failure>),
    /// A lost effect was looked for.
    Reconciled(Reconciled),
    /// What a person says was made was looked at.
    Adopted(Result<Value, Failure>),
    /// Grants were asked for: what is missing, if anything is known to be.
    GrantsAsked(Result<Option<Failure>, Failure>),
    /// It was dropped, as [`Action::DropCall`] asked.
    Dropped,
}

/// Something to do, once the record is as durable as its barrier asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Make an attempt.
    StartAttempt(Call),
    /// Send an effect: its intent is durable.
    SendEffect(EffectId),
    /// Do not send it.
    RefuseEffect(EffectId),
    /// Find out what became of an effect whose answer was lost.
    Reconcile {
        /// For this step. It may have no effects.
        call: Call,
        /// What was sent.
        open: OpenEffect,
    },
    /// Look at what a person says an effect made.
    Adopt {
        /// For this step. It may have no effects.
        call: Call,
        /// What was sent.
        open: OpenEffect,
        /// What the person says it made.
        key: String,
    },
    /// Ask whether a grant is missing that this step needs.
    AskGrants(Call),
    /// End a call before it ends by itself. [`Input::CallEnded`] follows, whichever comes first.
    DropCall(StepPath),
}

/// A call of an activity.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The step.
    pub step: StepPath,
    /// The attempt's number, from 1.
    pub attempt: u32,
    /// The activity.
    pub activity: ActivityName,
    /// Its inputs.
    pub input: Arc<Value>,
    /// The results of the step's effects so far, by name.
    pub results: BTreeMap<EffectName, Value>,
}

/// What follows from what happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The run's next record, if anything is to be remembered.
    pub record: Option<Record>,
    /// How soon it must be durable.
    pub barrier: Barrier,
    /// What to do then, in order.
    pub actions: Vec<Action>,
    /// What the signals among the inputs are answered then, in their order.
    pub answers: Vec<Result<(), Refused>>,
    /// Whether nothing more will happen by itself: the driver lets the run go.
    pub rests: bool,
}
