//! What happened → entries: each kind of happening, and what it means for the step that it is about.

use std::sync::Arc;

use super::{
    Happening, Runner,
    attempt::{Finished, How},
    effects::{Intended, StepEffects},
};
use crate::{
    activity::{Failure, Look, Recovery, Settlement},
    definition::OnUnknown,
    diagnostic::Code,
    id::{OperationId, StepId},
    journal::Entry,
    run::{
        request::Request,
        retry::{self, Moment, Next},
        settle::Draft,
        state::StepNumber,
    },
};

impl Runner<'_> {
    /// Records what happened.
    pub(super) fn take_in(&mut self, happening: Happening, draft: &mut Draft) {
        match happening {
            Happening::Asked(request) => self.asked(request, draft),
            Happening::Intended(intended) => self.intended(intended, draft),
            Happening::Finished(finished) => self.finished(finished, draft),
            Happening::TimeCame => self.time_came(draft),
            Happening::StopAsked => self.stop(),
        }
    }

    fn asked(&mut self, request: Request, draft: &mut Draft) {
        match request.ask.entries(&self.state) {
            Ok(entries) => {
                entries.into_iter().for_each(|entry| draft.push(&mut self.state, entry));
                self.answered.push(request.reply);
            }
            // Whoever no longer waits for the answer needs none.
            Err(error) => drop(request.reply.send(Err(error))),
        }
    }

    fn time_came(&mut self, draft: &mut Draft) {
        let due = self.state.work.waiting.iter().take_while(|(until, _)| *until <= draft.at());
        let due: Vec<StepId> = due.map(|(_, step)| self.state.step_id(*step)).collect();
        due.into_iter().for_each(|step| draft.push(&mut self.state, Entry::RetryDue { step }));
    }

    /// Nothing new begins. What has no effect on the wire is dropped; the rest is finished.
    pub(super) fn stop(&mut self) {
        self.is_stopping = true;
        for (step, in_flight) in &self.in_flight {
            let is_open = self.state.find_step(step).is_some_and(|step| step.open_effect().is_some());
            if let Some(dropped) = in_flight.dropped.as_ref().filter(|_| !is_open) {
                dropped.cancel();
            }
        }
    }

    fn intended(&mut self, intended: Intended, draft: &mut Draft) {
        let Intended { operation, intent, grant } = intended;
        let Some(in_flight) = self.in_flight.get(&operation.step) else { return };
        self.settle_effects(&in_flight.effects.clone(), draft);
        // One effect at a time: while the end of one is unknown, nothing more of its attempt is sent.
        let is_open = self.state.find_step(&operation.step).is_some_and(|step| step.open_effect().is_some());
        let is_restrained = self.number(&operation.step).is_some_and(|(node, _)| self.state.is_restrained(node));
        if !self.is_stopping && !is_restrained && !is_open && !grant.is_closed() {
            draft.push(&mut self.state, Entry::EffectIntended { operation, intent });
            self.granted.push(grant);
        }
    }

    fn settle_effects(&mut self, effects: &StepEffects, draft: &mut Draft) {
        for (operation, settlement) in effects.take_settlements() {
            draft.push(&mut self.state, Entry::EffectSettled { operation, settlement });
        }
    }

    fn finished(&mut self, finished: Finished, draft: &mut Draft) {
        let Finished { step, how } = finished;
        let Some(in_flight) = self.in_flight.remove(&step) else { return };
        self.settle_effects(&in_flight.effects, draft);
        match how {
            How::Looked { operation, seen, look } => self.looked(&operation, seen, look, draft),
            How::Adopted { operation, result } => {
                draft.push(
                    &mut self.state,
                    match result {
                        Ok(result) => Entry::EffectSettled { operation, settlement: Settlement::Happened(result) },
                        Err(failure) => Entry::EffectInDoubt { operation, failure },
                    },
                );
            }
            How::Dropped => {
                self.never_sent(&step, draft);
                self.interrupted(step, None, draft);
            }
            How::Ended(result) => match self.open_effect(&step) {
                Some(operation) if in_flight.effects.is_on_the_wire(&operation) => {
                    self.doubts.push((step, result.err().unwrap_or_else(unsettled)));
                }
                _ => {
                    self.never_sent(&step, draft);
                    match result {
                        Ok(output) => {
                            let output = Arc::new(output);
                            draft.push(&mut self.state, Entry::StepCompleted { step, output });
                        }
                        Err(failure) if self.is_stopping && failure.code == Code::STOPPED => {
                            self.interrupted(step, None, draft);
                        }
                        Err(failure) => self.failed(step, failure, draft),
                    }
                }
            },
        }
    }

    fn open_effect(&self, step: &StepId) -> Option<OperationId> {
        Some(self.state.find_step(step)?.open_effect()?.operation.clone())
    }

    /// An intent that is durable, but whose attempt ended before it could send.
    fn never_sent(&mut self, step: &StepId, draft: &mut Draft) {
        if let Some(operation) = self.open_effect(step) {
            draft.push(&mut self.state, Entry::EffectSettled { operation, settlement: Settlement::DidNotHappen });
        }
    }

    fn looked(&mut self, operation: &OperationId, seen: Failure, look: Look, draft: &mut Draft) {
        let step = operation.step.clone();
        let settled = |settlement| Entry::EffectSettled { operation: operation.clone(), settlement };
        match look {
            Look::Happened(result) => {
                draft.push(&mut self.state, settled(Settlement::Happened(result)));
                self.interrupted(step, Some(seen), draft);
            }
            Look::DidNotHappen => {
                draft.push(&mut self.state, settled(Settlement::DidNotHappen));
                self.failed(step, passing(seen), draft);
            }
            Look::Undecidable(why) => match self.number(&step).map(|(node, _)| self.state.node(node).on_unknown) {
                Some(OnUnknown::Retry) => self.failed(step, passing(seen), draft),
                _ => self.in_doubt(operation, seen, &why, draft),
            },
        }
    }

    fn in_doubt(&mut self, operation: &OperationId, seen: Failure, why: &str, draft: &mut Draft) {
        let step = operation.step.clone();
        let message = format!("it is unknown whether it happened: {seen}; {why}");
        let help = "look whether it happened, then say so with `decide`";
        let failure = Failure { code: Code::EFFECT_UNKNOWN, message, ..seen.clone() }.with_help(help);
        let attempt = self.attempt(&step);
        draft.push(&mut self.state, Entry::AttemptFailed { step, attempt, failure: seen, retry_at: None });
        draft.push(&mut self.state, Entry::EffectInDoubt { operation: operation.clone(), failure });
    }

    fn interrupted(&mut self, step: StepId, failure: Option<Failure>, draft: &mut Draft) {
        let attempt = self.attempt(&step);
        draft.push(&mut self.state, Entry::AttemptInterrupted { step, attempt, failure });
    }

    /// A failed attempt: another one follows, or the step parks or fails, or the run ends first.
    fn failed(&mut self, step: StepId, failure: Failure, draft: &mut Draft) {
        let Some(number) = self.number(&step) else { return };
        let fraction = self.parts().random.fraction();
        let moment = Moment { retry: &self.state.node(number.0).retry, now: draft.at(), fraction };
        let next = retry::after(&failure, self.state.step(number), moment);
        let attempt = self.attempt(&step);
        if next == Next::Park {
            return draft.push(&mut self.state, Entry::AttemptParked { step, attempt, failure });
        }
        let is_restrained = self.state.is_restrained(number.0);
        let retry_at = match &next {
            Next::Again(at) if !is_restrained => Some(*at),
            _ => None,
        };
        draft.push(&mut self.state, Entry::AttemptFailed { step: step.clone(), attempt, failure, retry_at });
        match next {
            Next::Fail(failure) => draft.push(&mut self.state, Entry::StepFailed { step, failure }),
            Next::Again(_) if is_restrained => draft.push(&mut self.state, Entry::StepCancelled { step }),
            Next::Again(_) | Next::Park => {}
        }
    }

    fn number(&self, step: &StepId) -> Option<StepNumber> {
        self.state.step_number(step)
    }

    fn attempt(&self, step: &StepId) -> u32 {
        self.state.find_step(step).map_or(0, |step| step.last_attempt())
    }
}

/// What did not happen may be asked for again, whatever the attempt failed with.
fn passing(seen: Failure) -> Failure {
    match seen.recovery {
        Recovery::Permanent => Failure { recovery: Recovery::Transient { not_before: None }, ..seen },
        Recovery::Transient { .. } | Recovery::RateLimited { .. } | Recovery::NeedsGrant => seen,
    }
}

/// What is seen of an effect when its activity ends well without saying how the effect ended.
fn unsettled() -> Failure {
    Failure::transient(Code::EFFECT_UNKNOWN, "the activity ended without the answer to its effect").in_doubt()
}
