//! The machine: all that a run decides, without a clock, randomness, a disk or a network of its own.
//!
//! It is told what happened ([`Input`]) and when, and says what is to be remembered, how soon that must be durable, and what is to be
//! done then ([`Output`]). Whoever carries that out drives the run: `driver` on tokio, tests and simulations in loops of their own.
//!
//! ```text
//!   inputs ──► take in (call, effect, signal, …) ──► carry out what `decide` says ──► record, barrier, actions
//! ```
//!
//! Expressions are evaluated in here: call it where nobody waits for the thread.

#![deny(clippy::wildcard_enum_match_arm)]

mod barrier;
mod call;
mod carry_out;
mod effect;
mod grace;
mod grant;
mod input;
mod limit;
mod look;
mod record_draft;
mod retry;
mod signal;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::Timestamp;

pub use self::input::{Action, Call, CallEnd, Input, Output};
use self::limit::Limit;
pub(super) use self::{carry_out::carry_out, record_draft::RecordDraft};
use super::{Activities, RunState, state::StepNumber};
use crate::{
    activity::Failure,
    id::StepPath,
    journal::{Entry, RunEntry, Signal, StepEntry, TimerEntry},
    random::Random,
    requirement::ASK_GRANTS_AGAIN_AFTER,
};

/// A run that is driven.
#[derive(Debug)]
pub struct Machine {
    state: RunState,
    activities: Activities,
    /// How many attempts may run at a time.
    max_in_flight: usize,
    /// How long after a grant was found missing it is asked for again.
    ask_again_after: Duration,
    /// The calls that were asked for and have not ended.
    calls: BTreeMap<StepPath, Running>,
    is_stopping: bool,
    /// There is more to be carried out than one turn does.
    has_more: bool,
    /// Something new was made, and no barrier came since.
    has_made: bool,
}

/// A call that runs.
#[derive(Debug)]
struct Running {
    kind: CallKind,
    limit: Limit,
    /// Why it was asked to be dropped.
    dropped: Option<Reason>,
    /// Whether it was refused its effect because it is put down: it is made again.
    is_refused: bool,
}

/// What a call is for.
#[derive(Clone, Debug, PartialEq)]
enum CallKind {
    Attempt,
    /// With what was seen of the effect.
    Reconcile(Failure),
    Adopt,
    /// Of an attempt that was refused with this.
    AskWhyDenied(Failure),
    /// Of a look that was refused, for an effect of which this was seen.
    AskWhyLookDenied {
        seen: Failure,
        denied: Failure,
    },
    /// Of a parked step.
    AskAgain,
}

/// Why a call is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    TookTooLong,
    PutDown,
    /// The run ends, and the time is over that it had to finish.
    GraceOver,
    /// What it would find out is of no use any more.
    Needless,
}

impl Machine {
    /// A machine that goes on with a run, with at most so many attempts at a time.
    pub fn new(state: RunState, activities: Activities, max_in_flight: usize) -> Self {
        Self {
            state,
            activities,
            max_in_flight: max_in_flight.max(1),
            ask_again_after: ASK_GRANTS_AGAIN_AFTER,
            calls: BTreeMap::new(),
            is_stopping: false,
            has_more: false,
            has_made: false,
        }
    }

    /// How far the run is.
    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// The run as it is, when nobody drives it any more.
    pub fn into_state(self) -> RunState {
        self.state
    }

    /// When [`Input::TimerFired`] is due, whatever else happens: a time that is past, where there is more to do at once.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        if self.has_more {
            return Some(Timestamp::MIN);
        }
        let limits = self.calls.values().filter(|call| call.dropped.is_none()).map(|call| call.limit.until);
        let times = limits.chain(self.next_time()).chain(self.next_look()).chain(self.next_ask());
        times.chain(self.grace_end()).min()
    }

    /// Whether nothing goes on but time: only a timer, or what somebody says, lets the run go on. Who drives it can let it go until then,
    /// and take it up again without [`Input::TakenOver`].
    pub fn only_waits(&self) -> bool {
        let is_idle = self.calls.is_empty() && !self.has_more && !self.is_stopping;
        is_idle && self.state.is_let_go()
    }

    /// What follows from what happened, all at this time. One record remembers it.
    pub fn handle(&mut self, inputs: impl IntoIterator<Item = Input>, at: Timestamp, random: &dyn Random) -> Output {
        let mut draft = RecordDraft::new(at);
        let was_paused = self.state.is_paused();
        inputs.into_iter().for_each(|input| self.take_in(input, &mut draft, random));
        self.end_grace(&mut draft);
        if self.state.is_paused() && !was_paused {
            self.put_down(&mut draft);
        }
        self.look_again(&mut draft);
        self.ask_again(&mut draft);
        self.carry_out(&mut draft);
        while self.give_up_looks(&mut draft) {
            self.carry_out(&mut draft);
        }
        self.look_at_decided(&mut draft);
        self.drop_needless_asks(&mut draft);
        let rests = self.rests();
        if rests && !self.state.is_ended() {
            draft.push(&mut self.state, Entry::Run(RunEntry::Interrupted));
        }
        let barrier = self.barrier(&draft);
        let (actions, answers) = (std::mem::take(&mut draft.actions), std::mem::take(&mut draft.answers));
        Output { record: draft.into_record(&mut self.state), barrier, actions, answers, rests }
    }

    fn take_in(&mut self, input: Input, draft: &mut RecordDraft, random: &dyn Random) {
        match input {
            Input::TakenOver => self.taken_over(draft),
            Input::EffectIntended { effect, intent } => self.intended(effect, intent, draft),
            Input::EffectSettled { effect, settlement } => self.settled(effect, settlement, draft),
            Input::CallEnded { step, end, is_on_the_wire } => self.call_ended(step, end, is_on_the_wire, draft, random),
            Input::TimerFired => self.timer_fired(draft),
            Input::Signal(signal) => self.signalled(&signal, draft),
            Input::Received { message, signal } => draft.receive(&mut self.state, message, &signal),
            Input::Stop => self.stop(draft),
        }
    }

    /// Goes on from where the process ended that drove the run before: its attempts are lost.
    fn taken_over(&mut self, draft: &mut RecordDraft) {
        if self.state.records() == 1 {
            return;
        }
        draft.push(&mut self.state, Entry::Run(RunEntry::Resumed));
        let running: Vec<_> = self.state.work.running.iter().copied().collect();
        for number in running {
            let (path, step) = (self.state.step_path(number), self.state.step(number));
            match step.open_effect() {
                Some(open) => {
                    let seen = effect::seen(open);
                    self.reconcile(path, seen, draft);
                }
                None => {
                    let attempt = step.last_attempt();
                    draft.push(
                        &mut self.state,
                        Entry::Step(path, StepEntry::AttemptInterrupted { attempt, failure: None }),
                    );
                }
            }
        }
    }

    fn signalled(&mut self, signal: &Signal, draft: &mut RecordDraft) {
        let entries = signal.entries(&self.state);
        draft.answers.push(entries.as_ref().map(drop).map_err(Clone::clone));
        entries.into_iter().flatten().for_each(|entry| draft.push(&mut self.state, entry));
    }

    fn timer_fired(&mut self, draft: &mut RecordDraft) {
        if !self.holds() {
            let retry = |step| Entry::Timer(step, TimerEntry::RetryDue);
            let due = self.due(&self.state.work.waiting, draft.at()).into_iter().map(retry);
            let unanswered = self.due(&self.state.work.awaiting, draft.at()).into_iter().map(signal::unanswered);
            let entries: Vec<Entry> = due.chain(unanswered).collect();
            entries.into_iter().for_each(|entry| draft.push(&mut self.state, entry));
        }
        let late = |call: &Running| call.limit.until <= draft.at();
        let late: Vec<StepPath> =
            self.calls.iter().filter(|(_, call)| late(call)).map(|(step, _)| step.clone()).collect();
        late.into_iter().for_each(|step| self.drop_call(&step, Reason::TookTooLong, draft));
    }

    /// The steps of a list whose time has come.
    fn due(&self, steps: &BTreeSet<(Timestamp, StepNumber)>, at: Timestamp) -> Vec<StepPath> {
        steps.iter().take_while(|(until, _)| *until <= at).map(|(_, step)| self.state.step_path(*step)).collect()
    }

    /// Nothing new begins.
    fn stop(&mut self, draft: &mut RecordDraft) {
        self.is_stopping = true;
        self.put_down(draft);
    }

    /// Attempts without an effect on the wire are dropped, and so are questions for grants; the rest is finished.
    fn put_down(&mut self, draft: &mut RecordDraft) {
        let dropped = self.calls.iter().filter(|(step, call)| match call.kind {
            CallKind::Attempt => self.open_effect(step).is_none(),
            CallKind::AskWhyDenied(_) | CallKind::AskWhyLookDenied { .. } | CallKind::AskAgain => true,
            CallKind::Reconcile(_) | CallKind::Adopt => false,
        });
        let dropped: Vec<StepPath> = dropped.map(|(step, _)| step.clone()).collect();
        dropped.into_iter().for_each(|step| self.drop_call(&step, Reason::PutDown, draft));
    }

    /// Whether what runs is put down: the process ends, or the run is paused.
    fn puts_down(&self) -> bool {
        self.is_stopping || self.state.is_paused()
    }

    /// Whether nothing new begins: what runs is put down, or a grant is missing.
    fn holds(&self) -> bool {
        self.puts_down() || self.state.awaits_grant()
    }

    /// When the next time comes that a step waits for by itself: that of its next attempt, or that until which it waits for an answer.
    fn next_time(&self) -> Option<Timestamp> {
        self.state.next_retry().into_iter().chain(self.state.next_unanswered()).min().filter(|_| !self.holds())
    }

    /// Whether nothing more will happen by itself.
    fn rests(&self) -> bool {
        let has_timer = [self.next_time(), self.next_look(), self.next_ask()].iter().any(Option::is_some);
        self.state.is_ended() || (self.calls.is_empty() && !self.has_more && !has_timer)
    }
}
