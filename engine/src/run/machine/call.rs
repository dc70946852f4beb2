//! What the end of a call means for its step.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Action, CallEnd, CallKind, Machine, Reason, RecordDraft, Running,
    retry::{self, Moment, Next},
};
use crate::{
    activity::{Failure, Reconciled, Recovery, Settlement},
    diagnostic::Code,
    id::{EffectId, StepPath},
    journal::{EffectEntry, Entry, StepEntry},
    kind::OnUnknown,
    random::Random,
    run::{doubt::unknown, state::StepState},
};

impl Machine {
    /// Asks for a call's end. It stays until that is told.
    pub(super) fn drop_call(&mut self, step: &StepPath, reason: Reason, draft: &mut RecordDraft) {
        if let Some(call) = self.calls.get_mut(step).filter(|call| call.dropped.is_none()) {
            call.dropped = Some(reason);
            draft.actions.push(Action::DropCall(step.clone()));
        }
    }

    /// A call ended.
    pub(super) fn call_ended(
        &mut self,
        step: StepPath,
        end: CallEnd,
        is_on_the_wire: bool,
        draft: &mut RecordDraft,
        random: &dyn Random,
    ) {
        let Some(running) = self.calls.remove(&step) else { return };
        let effect = self.open_effect(&step);
        match (running.kind.clone(), end) {
            (CallKind::Attempt, CallEnd::Returned(result)) => match (effect.filter(|_| is_on_the_wire), result) {
                (Some(_), result) => self.reconcile(step, result.err().unwrap_or_else(unsettled), draft),
                (None, Err(failure)) if running.is_refused && failure.code == Code::STOPPED => {
                    self.never_sent(&step, draft);
                    self.interrupted(step, None, draft);
                }
                (None, result) => {
                    self.never_sent(&step, draft);
                    self.returned(step, result, draft, random);
                }
            },
            (CallKind::Attempt, _) => {
                self.attempt_dropped(step, &running, effect.filter(|_| is_on_the_wire), draft, random)
            }
            (CallKind::Reconcile(seen), end) => {
                if let Some(effect) = effect {
                    let found = reconciled(end, draft.at());
                    self.reconciled(effect, seen, found, draft, random);
                } else {
                    // Its answer came after all.
                    self.interrupted(step, Some(seen), draft);
                }
            }
            (CallKind::Adopt, end) => {
                if let Some(effect) = effect {
                    self.adopted(effect, end, draft);
                }
            }
            (CallKind::AskWhyDenied(denied), end) => {
                self.asked_why_denied((step, denied), (&running, end), draft, random);
            }
            (CallKind::AskWhyLookDenied { seen, denied }, end) => match effect {
                Some(effect) => self.asked_why_look_denied(effect, (seen, denied), (&running, end), draft, random),
                None => self.interrupted(step, Some(seen), draft),
            },
            (CallKind::AskAgain, end) => self.asked_again(step, &running, end, draft),
        }
    }

    fn returned(
        &mut self,
        step: StepPath,
        result: Result<serde_json::Value, Failure>,
        draft: &mut RecordDraft,
        random: &dyn Random,
    ) {
        match result {
            Ok(output) => {
                let output = Arc::new(output);
                draft.push(&mut self.state, Entry::Step(step, StepEntry::Completed { output }));
            }
            Err(failure) => self.failed(step, failure, draft, random),
        }
    }

    fn attempt_dropped(
        &mut self,
        step: StepPath,
        running: &Running,
        on_the_wire: Option<EffectId>,
        draft: &mut RecordDraft,
        random: &dyn Random,
    ) {
        match (running.dropped, on_the_wire) {
            (Some(Reason::TookTooLong), Some(_)) => self.reconcile(step, running.limit.failure(), draft),
            (_, Some(_)) => self.reconcile(step, unsettled(), draft),
            (Some(Reason::TookTooLong), None) => {
                self.never_sent(&step, draft);
                self.failed(step, running.limit.failure(), draft, random);
            }
            (_, None) => {
                self.never_sent(&step, draft);
                self.interrupted(step, None, draft);
            }
        }
    }

    /// An intent that is durable, but whose attempt ended before it could send.
    fn never_sent(&mut self, step: &StepPath, draft: &mut RecordDraft) {
        if let Some(effect) = self.open_effect(step) {
            draft.push(&mut self.state, settled(effect, Settlement::DidNotHappen));
        }
    }

    pub(super) fn reconciled(
        &mut self,
        effect: EffectId,
        seen: Failure,
        found: Reconciled,
        draft: &mut RecordDraft,
        random: &dyn Random,
    ) {
        let step = effect.step.clone();
        match found {
            Reconciled::Happened { result, evidence } => {
                draft.push(&mut self.state, shown(effect, Settlement::Happened(result), evidence));
                self.interrupted(step, Some(seen), draft);
            }
            Reconciled::DidNotHappen { evidence } => {
                draft.push(&mut self.state, shown(effect, Settlement::DidNotHappen, evidence));
                self.not_done(step, seen, draft, random);
            }
            Reconciled::NotYet { until, why } => match self.look_at(&step, until, draft.at()) {
                Some(look_at) => {
                    let not_shown = EffectEntry::NotShownYet { failure: seen, why, look_at };
                    draft.push(&mut self.state, Entry::Effect(effect, not_shown));
                }
                None => self.undecidable(effect, seen, &why, draft, random),
            },
            Reconciled::Denied(denied) => self.ask_why_look_denied(effect, (seen, denied), draft, random),
            Reconciled::Undecidable(why) => self.undecidable(effect, seen, &why, draft, random),
        }
    }

    fn undecidable(
        &mut self,
        effect: EffectId,
        seen: Failure,
        why: &str,
        draft: &mut RecordDraft,
        random: &dyn Random,
    ) {
        match self.state.activity(&effect.step).on_unknown {
            OnUnknown::Retry => self.not_done(effect.step, seen, draft, random),
            OnUnknown::Stop => self.in_doubt(effect, seen, why, draft),
        }
    }

    /// What an attempt asked for is to be asked for again: as after a failure, but that an attempt of before the run was retried is not counted.
    fn not_done(&mut self, step: StepPath, seen: Failure, draft: &mut RecordDraft, random: &dyn Random) {
        match self.state.find_step(&step).is_some_and(StepState::is_untried_since_retry) {
            true => self.interrupted(step, Some(seen), draft),
            false => self.failed(step, passing(seen), draft, random),
        }
    }

    fn adopted(&mut self, effect: EffectId, end: CallEnd, draft: &mut RecordDraft) {
        let result = match end {
            CallEnd::Adopted(result) => result,
            CallEnd::Returned(_) | CallEnd::Reconciled(_) | CallEnd::GrantsAsked(_) | CallEnd::Dropped => {
                Err(Failure::transient(Code::TIMED_OUT, "looking at it took too long"))
            }
        };
        let entry = match result {
            Ok(result) => settled(effect, Settlement::Happened(result)),
            Err(failure) => Entry::Effect(effect, EffectEntry::InDoubt { failure }),
        };
        draft.push(&mut self.state, entry);
    }

    fn in_doubt(&mut self, effect: EffectId, seen: Failure, why: &str, draft: &mut RecordDraft) {
        let (attempt, failure) = (self.attempt(&effect.step), unknown(&seen, why));
        let failed = StepEntry::AttemptFailed { attempt, failure: seen, retry_at: None };
        draft.push(&mut self.state, Entry::Step(effect.step.clone(), failed));
        draft.push(&mut self.state, Entry::Effect(effect, EffectEntry::InDoubt { failure }));
    }

    pub(super) fn interrupted(&mut self, step: StepPath, failure: Option<Failure>, draft: &mut RecordDraft) {
        let attempt = self.attempt(&step);
        draft.push(&mut self.state, Entry::Step(step, StepEntry::AttemptInterrupted { attempt, failure }));
    }

    /// A failed attempt: another one follows, or the step parks or fails, or the run ends first. Where a missing grant may be why, that is
    /// asked first.
    pub(super) fn failed(&mut self, step: StepPath, failure: Failure, draft: &mut RecordDraft, random: &dyn Random) {
        if matches!(failure.recovery, Recovery::Denied | Recovery::PerhapsDenied) {
            return self.ask_why_denied(step, failure, draft);
        }
        let Some(number) = self.state.step_number(&step) else { return };
        let moment = Moment { retry: &self.state.activity(&step).retry, now: draft.at(), fraction: random.fraction() };
        let next = retry::after(&failure, self.state.step(number), moment);
        let attempt = self.attempt(&step);
        if next == Next::Park {
            return self.park(step, failure, draft);
        }
        let is_draining = self.state.is_draining(number.0);
        let retry_at = match &next {
            Next::Again(at) if !is_draining => Some(*at),
            Next::Again(_) | Next::Park | Next::Fail(_) => None,
        };
        let failed = StepEntry::AttemptFailed { attempt, failure, retry_at };
        draft.push(&mut self.state, Entry::Step(step.clone(), failed));
        match next {
            Next::Fail(failure) => draft.push(&mut self.state, Entry::Step(step, StepEntry::Failed { failure })),
            Next::Again(_) if is_draining => draft.push(&mut self.state, Entry::Step(step, StepEntry::Cancelled)),
            Next::Again(_) | Next::Park => {}
        }
    }

    pub(super) fn attempt(&self, step: &StepPath) -> u32 {
        self.state.find_step(step).map_or(0, |step| step.last_attempt())
    }
}

fn settled(effect: EffectId, settlement: Settlement) -> Entry {
    Entry::Effect(effect, EffectEntry::Settled { settlement, evidence: None })
}

/// What became of an effect that was looked for.
fn shown(effect: EffectId, settlement: Settlement, evidence: String) -> Entry {
    Entry::Effect(effect, EffectEntry::Settled { settlement, evidence: Some(evidence) })
}

/// What a look came to, however it ended. One that took too long shows nothing: another may be quicker.
fn reconciled(end: CallEnd, now: Timestamp) -> Reconciled {
    match end {
        CallEnd::Reconciled(found) => found,
        CallEnd::Returned(_) | CallEnd::Adopted(_) | CallEnd::GrantsAsked(_) | CallEnd::Dropped => {
            Reconciled::NotYet { until: now, why: "looking for it took too long".to_owned() }
        }
    }
}

/// What did not happen may be asked for again, whatever the attempt failed with.
fn passing(seen: Failure) -> Failure {
    match seen.recovery {
        Recovery::Permanent | Recovery::PerhapsDenied => {
            Failure { recovery: Recovery::Transient { not_before: None }, ..seen }
        }
        Recovery::Transient { .. } | Recovery::RateLimited { .. } | Recovery::NeedsGrant | Recovery::Denied => seen,
    }
}

/// What is seen of an effect when its attempt ends without saying how the effect ended.
fn unsettled() -> Failure {
    Failure::transient(Code::EFFECT_UNKNOWN, "the activity ended without the answer to its effect").in_doubt()
}
