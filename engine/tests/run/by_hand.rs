//! A machine that is driven by hand: it is told one thing after the other, at times that the test says, and what it gives is put into
//! words.

use std::sync::Arc;

use flowrun_engine::{
    activity::{Effect, Failure, Intent, Reconciled, Settlement},
    definition::Definition,
    id::{EffectId, RunId, StepPath},
    journal::{
        Decision, EffectEntry, Entry, NodeEntry, Record, RunEntry, RunStarted, SignalEntry, StepEntry, TimerEntry,
    },
    run::{Action, Activities, CallEnd, Input, Machine, Output, RunState, Signal},
    testing::SeededRandom,
};
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use crate::service::Service;

/// A machine, and the time.
pub(crate) struct ByHand {
    pub(crate) machine: Machine,
    milliseconds: i64,
    journal: Vec<Record>,
    output: Output,
}

impl ByHand {
    /// A run that has begun at time 0, with at most so many attempts at a time.
    pub(crate) fn of(definition: &Arc<Definition>, max_in_flight: usize) -> Self {
        let mut by_hand = Self::driving(Self::begun(definition), max_in_flight);
        by_hand.journal.push(first(definition));
        by_hand.tell(Input::TakenOver);
        by_hand
    }

    /// A run that a process is about to take over.
    pub(crate) fn going_on(state: RunState) -> Self {
        Self::driving(state, 8)
    }

    fn driving(state: RunState, max_in_flight: usize) -> Self {
        let activities = Activities::of(&Service::default().catalogue());
        let machine = Machine::new(state, activities, max_in_flight);
        Self { machine, milliseconds: 0, journal: Vec::new(), output: nothing() }
    }

    /// The state of a run that has begun at time 0.
    pub(crate) fn begun(definition: &Arc<Definition>) -> RunState {
        RunState::replay(definition.clone(), &[first(definition)]).unwrap()
    }

    /// The records of a run that was driven by hand from its beginning.
    pub(crate) fn journal(&self) -> &[Record] {
        &self.journal
    }

    /// It is so late now.
    pub(crate) fn at(&mut self, seconds: i64) -> &mut Self {
        self.at_millisecond(seconds * 1000)
    }

    /// The same, to the millisecond.
    pub(crate) fn at_millisecond(&mut self, milliseconds: i64) -> &mut Self {
        self.milliseconds = milliseconds;
        self
    }

    /// Tells it something. What it gives, in words.
    pub(crate) fn tell(&mut self, input: Input) -> String {
        let at = Timestamp::UNIX_EPOCH + self.milliseconds.milliseconds();
        self.output = self.machine.handle([input], at, &SeededRandom::new(1));
        self.journal.extend(self.output.record.clone());
        words(&self.output)
    }

    /// What it gave last.
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    pub(crate) fn intends(&mut self, effect: &str) -> String {
        self.intends_to(effect, false)
    }

    /// The same, where it may make something new.
    pub(crate) fn intends_to(&mut self, effect: &str, creates: bool) -> String {
        let effect = id(effect);
        let made = Effect::new(effect.name.clone(), "test", "do it", Value::Null);
        let intent = Intent { creates, ..made.intent };
        self.tell(Input::EffectIntended { effect, intent })
    }

    pub(crate) fn happened(&mut self, effect: &str) -> String {
        let settlement = Settlement::Happened(json!({ "key": effect }));
        self.tell(Input::EffectSettled { effect: id(effect), settlement })
    }

    pub(crate) fn did_not_happen(&mut self, effect: &str) -> String {
        self.tell(Input::EffectSettled { effect: id(effect), settlement: Settlement::DidNotHappen })
    }

    pub(crate) fn gives(&mut self, step: &str) -> String {
        self.gives_this(step, json!({}))
    }

    pub(crate) fn gives_this(&mut self, step: &str, output: Value) -> String {
        self.ends(step, CallEnd::Returned(Ok(output)), false)
    }

    pub(crate) fn fails(&mut self, step: &str, failure: Failure) -> String {
        self.ends(step, CallEnd::Returned(Err(failure)), false)
    }

    /// The attempt fails while its effect is on the wire.
    pub(crate) fn loses(&mut self, step: &str, failure: Failure) -> String {
        self.ends(step, CallEnd::Returned(Err(failure)), true)
    }

    pub(crate) fn finds(&mut self, step: &str, found: Reconciled) -> String {
        self.ends(step, CallEnd::Reconciled(found), false)
    }

    pub(crate) fn ends(&mut self, step: &str, end: CallEnd, is_on_the_wire: bool) -> String {
        self.tell(Input::CallEnded { step: path(step), end, is_on_the_wire })
    }

    pub(crate) fn decides(&mut self, step: &str, decision: Decision) -> String {
        self.tell(Input::Signal(Signal::Decide { step: path(step), decision }))
    }

    pub(crate) fn timer(&mut self) -> String {
        self.tell(Input::TimerFired)
    }

    /// When the machine wants to be told the time, in seconds.
    pub(crate) fn timeout(&self) -> Option<i64> {
        self.machine.poll_timeout().map(Timestamp::as_second)
    }
}

/// The first record of a run, at time 0.
fn first(definition: &Arc<Definition>) -> Record {
    let started = RunStarted {
        run: RunId::new(uuid::Uuid::nil()),
        key: None,
        definition: definition.hash.clone(),
        source_name: "test.yaml".to_owned(),
        source_path: None,
        process: "test".to_owned(),
        version: "1.0.0".to_owned(),
        inputs: Map::new(),
        context: Value::Null,
    };
    let entries = vec![Entry::Run(RunEntry::Started(started))];
    Record { sequence: 0, at: Timestamp::UNIX_EPOCH, entries }
}

fn nothing() -> Output {
    let barrier = flowrun_engine::store::Barrier::Rides;
    Output { record: None, barrier, actions: Vec::new(), answers: Vec::new(), rests: false }
}

/// An effect: `step/name` of the first attempt, or `step/name/attempt`.
fn id(text: &str) -> EffectId {
    let (step, name) = text.split_once('/').unwrap();
    let (name, attempt) = name.split_once('/').unwrap_or((name, "1"));
    EffectId { step: path(step), name: name.into(), attempt: attempt.parse().unwrap() }
}

fn path(text: &str) -> StepPath {
    text.parse().unwrap()
}

fn words(output: &Output) -> String {
    let entries = output.record.iter().flat_map(|record| &record.entries).map(entry);
    let rests = output.rests.then(|| "rests".to_owned());
    entries.chain(output.actions.iter().map(action)).chain(rests).collect::<Vec<_>>().join(", ")
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Run(entry) => run(entry),
        Entry::Node(node, entry) => format!("{node} {}", of_node(entry)),
        Entry::Step(step, entry) => format!("{step} {}", of_step(entry)),
        Entry::Effect(effect, entry) => format!("{effect} {}", of_effect(entry)),
        Entry::Timer(step, TimerEntry::RetryDue) => format!("{step} is due"),
        Entry::Timer(step, TimerEntry::LookDue) => format!("{step} is to be looked for"),
        Entry::Signal(entry) => said(entry).to_owned(),
    }
}

fn said(entry: &SignalEntry) -> &'static str {
    match entry {
        SignalEntry::CancelRequested | SignalEntry::CancelRequestedFor { .. } => "cancelled",
        SignalEntry::GraceBegan { .. } => "grace begins",
        SignalEntry::GraceEnded => "grace is over",
        SignalEntry::PauseRequested => "paused",
        SignalEntry::ResumeRequested => "pause is over",
        SignalEntry::Received { .. } => "received",
    }
}

fn run(entry: &RunEntry) -> String {
    match entry {
        RunEntry::Started(_) => "started".to_owned(),
        RunEntry::Resumed => "resumed".to_owned(),
        RunEntry::Interrupted => "let go".to_owned(),
        RunEntry::MainEnded { outcome, .. } => format!("nodes {}", outcome.as_str()),
        RunEntry::Ended { outcome, .. } => format!("run {}", outcome.as_str()),
        RunEntry::AdmissionAsked(asked) => format!("asks with key {}", asked.key),
        RunEntry::Admitted => "admitted".to_owned(),
        RunEntry::Retried { nodes, .. } => {
            format!("retried: {}", nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        }
    }
}

fn of_node(entry: &NodeEntry) -> String {
    match entry {
        NodeEntry::Skipped { reason, because } => {
            format!("skipped {} ({})", reason.as_str(), because.as_deref().unwrap_or("-"))
        }
        NodeEntry::Started { .. } => "starts".to_owned(),
        NodeEntry::Failed { failure } => format!("fails: {}", failure.code),
        NodeEntry::Cancelled => "is cancelled".to_owned(),
    }
}

fn of_step(entry: &StepEntry) -> String {
    match entry {
        StepEntry::Started { .. } => "begins".to_owned(),
        StepEntry::AttemptStarted { attempt } => format!("tries {attempt}"),
        StepEntry::AttemptFailed { attempt, retry_at, .. } => {
            let again = retry_at.map(|at| format!(", again at {}", at.as_second())).unwrap_or_default();
            format!("fails {attempt}{again}")
        }
        StepEntry::AttemptInterrupted { attempt, .. } => format!("loses {attempt}"),
        StepEntry::AttemptParked { attempt, ask_at, .. } => {
            let again = ask_at.map(|at| format!(", asks at {}", at.as_second())).unwrap_or_default();
            format!("parks {attempt}{again}")
        }
        StepEntry::StillParked { failure, ask_at } => {
            let lacks = failure.as_ref().map(|failure| format!(" ({failure})")).unwrap_or_default();
            format!("is still parked{lacks}, asks at {}", ask_at.as_second())
        }
        StepEntry::Unparked => "is unparked".to_owned(),
        StepEntry::Completed { .. } => "completes".to_owned(),
        StepEntry::Failed { failure } => format!("failed: {}", failure.code),
        StepEntry::Cancelled => "cancelled".to_owned(),
    }
}

fn of_effect(entry: &EffectEntry) -> String {
    match entry {
        EffectEntry::Intended { .. } => "intended".to_owned(),
        EffectEntry::Settled { settlement: Settlement::Happened(_), .. } => "happened".to_owned(),
        EffectEntry::Settled { settlement: Settlement::DidNotHappen, .. } => "did not happen".to_owned(),
        EffectEntry::NotShownYet { look_at, .. } => format!("not shown yet, again at {}", look_at.as_second()),
        EffectEntry::InDoubt { .. } => "in doubt".to_owned(),
        EffectEntry::Decided { .. } => "decided".to_owned(),
    }
}

fn action(action: &Action) -> String {
    match action {
        Action::StartAttempt(call) => format!("→ try {}", call.step),
        Action::SendEffect(effect) => format!("→ send {effect}"),
        Action::RefuseEffect(effect) => format!("→ refuse {effect}"),
        Action::Reconcile { call, .. } => format!("→ look for {}", call.step),
        Action::Adopt { call, key, .. } => format!("→ look at {key} for {}", call.step),
        Action::AskGrants(call) => format!("→ ask grants for {}", call.step),
        Action::DropCall(step) => format!("→ drop {step}"),
    }
}
