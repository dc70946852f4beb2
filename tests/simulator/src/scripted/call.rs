//! Calls of activities: what a machine asks for, carried to the service, and what comes back.

use flowrun_engine::{
    activity::{Effect, Failure, Reconciled, Recovery, Settlement},
    diagnostic::Code,
    id::{EffectId, StepPath},
    run::{Action, Call, CallEnd, Input},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Event, Feature, Scripted, activity,
    calling::{Calling, Work},
    service::{self, End, Fate},
};
use crate::{
    disk::Run,
    plant::Plant,
    world::{Fault, World, two_calls},
};

impl World<Scripted<'_>> {
    pub(super) fn perform(&mut self, run: Run, action: Action) -> Result<(), Fault> {
        match action {
            Action::StartAttempt(call) => self.start_attempt(run, call),
            Action::Reconcile { call, open: _ } => self.begin_call(run, call, Work::Reconcile),
            Action::Adopt { call, open: _, key } => self.begin_call(run, call, Work::Adopt(key)),
            Action::AskGrants(call) => self.begin_call(run, call, Work::AskGrants),
            Action::SendEffect(effect) => self.grant(run, effect),
            Action::RefuseEffect(effect) => self.refuse(run, &effect),
            Action::DropCall(step) => self.drop_call(run, &step),
        }
    }

    fn start_attempt(&mut self, run: Run, call: Call) -> Result<(), Fault> {
        let creates =
            |effect: &EffectId| self.activity_of(run, &effect.step).is_some_and(|name| activity::creates(&name));
        if activity::reads(call.activity.as_str()) && self.disk.rides_made(run, creates) {
            return Err(format!("{} reads, and what was made before is not on the disk", call.step));
        }
        if !self.driven[&run].machine.state().steps_parked().is_empty() {
            return Err(format!("{} begins an attempt, and a grant is missing", call.step));
        }
        let script = service::script(self.kind.case, run, &call.step, call.attempt);
        let is_retried = !self.driven[&run].machine.state().retries().is_empty();
        let forgets = self.has_plant(Plant::ForgottenResults) || (is_retried && self.has_plant(Plant::RetryForgets));
        let known = if forgets { Default::default() } else { call.results.clone() };
        let next = script.effects.iter().take_while(|(name, _)| known.contains_key(name)).count();
        self.begin_call(run, call, Work::Attempt { next, waits_for: None, is_sent: false })
    }

    fn begin_call(&mut self, run: Run, call: Call, work: Work) -> Result<(), Fault> {
        let pause = match &work {
            Work::Attempt { .. } => service::script(self.kind.case, run, &call.step, call.attempt).pause,
            // The site gives no answer.
            Work::Adopt(_) if self.has(Feature::Timeouts) && self.random.once_in(2) => 60_000,
            Work::Reconcile | Work::Adopt(_) | Work::AskGrants
                if self.has(Feature::Timeouts) && self.random.once_in(6) =>
            {
                60_000
            }
            Work::Reconcile | Work::Adopt(_) | Work::AskGrants if self.has(Feature::Strays) => self.random.below(4000),
            Work::Reconcile | Work::Adopt(_) | Work::AskGrants => self.random.below(700),
        };
        let calling = Calling { number: self.count_call(), attempt: call.attempt, is_dropping: false, work };
        let calls = self.calls(run).expect("its machine just asked for it");
        if calls.running.insert(call.step.clone(), calling).is_some() {
            return Err(two_calls(&call.step));
        }
        self.soon(run, pause, Event::CallGoesOn(run, call.step));
        Ok(())
    }

    /// A call comes to its next effect, or to its end.
    pub(super) fn call_goes_on(&mut self, run: Run, step: &StepPath) -> Result<(), Fault> {
        let Some(calling) = self.calling(run, step).cloned() else {
            return Ok(());
        };
        let script = service::script(self.kind.case, run, step, calling.attempt);
        match calling.work {
            Work::Attempt { waits_for: Some(_), .. } => Ok(()),
            Work::Attempt { next, .. } => match script.effects.get(next) {
                Some((name, _)) => {
                    let effect = EffectId { step: step.clone(), name: name.clone(), attempt: calling.attempt };
                    self.work(run, step, Work::Attempt { next, waits_for: Some(effect.clone()), is_sent: false });
                    self.loses_patience(run, step, calling.number);
                    self.intend(run, effect)
                }
                None => self.attempt_ends(run, step, script.end, false),
            },
            Work::Reconcile => {
                let found = self.look(run, step);
                self.end_call(run, step, CallEnd::Reconciled(found), false)
            }
            Work::Adopt(key) => {
                let seen = match self.random.once_in(6) {
                    true => Err(Failure::transient(Code::UNAVAILABLE, "it cannot be seen now")),
                    false => Ok(json!({ "key": key })),
                };
                self.end_call(run, step, CallEnd::Adopted(seen), false)
            }
            Work::AskGrants => {
                let missing = self.missing_grant();
                self.end_call(run, step, CallEnd::GrantsAsked(missing), false)
            }
        }
    }

    /// Whether a grant is missing, as far as that can be asked: somebody takes it away now and then, and always gives it back.
    fn missing_grant(&self) -> Result<Option<Failure>, Failure> {
        match self.random.below(8) {
            0 => Err(Failure::transient(Code::UNAVAILABLE, "busy")),
            1 => Err(self.limited()),
            2 => Err(Failure::needs_grant(Code::GRANT_LOST, "the grant is gone")),
            _ if service::lacks_grant(self.kind.case, self.time.now()) => {
                Ok(Some(Failure::needs_grant(Code::NOT_AUTHORISED, "nobody may do it")))
            }
            _ => Ok(None),
        }
    }

    fn limited(&self) -> Failure {
        let until = self.time.wall().checked_add(SignedDuration::from_millis(3000)).unwrap_or(Timestamp::MAX);
        Failure { recovery: Recovery::RateLimited { until }, ..Failure::permanent(Code::RATE_LIMITED, "slow") }
    }

    fn look(&self, run: Run, step: &StepPath) -> Reconciled {
        let state = self.driven[&run].machine.state();
        let of_step = state.nodes().flat_map(|node| node.steps).find(|view| view.step == *step);
        let last = of_step.as_ref().and_then(|view| view.attempts.last()?.effects.last());
        match last.map(|effect| effect.id.clone()) {
            Some(_) if self.has_plant(Plant::BlindRetry) && !state.retries().is_empty() => {
                Reconciled::DidNotHappen { evidence: String::new() }
            }
            Some(_) if self.has_plant(Plant::ForgottenEffect) => Reconciled::DidNotHappen { evidence: String::new() },
            Some(_) if self.has(Feature::EarlyLooks) && self.random.once_in(2) => self.not_yet(),
            Some(_) if service::may_deny(self.kind.case, self.time.now()) && self.random.once_in(3) => {
                let recovery = self.random.one_of(&[Recovery::NeedsGrant, Recovery::Denied, Recovery::PerhapsDenied]);
                Reconciled::Denied(Failure { recovery, ..service::refused() })
            }
            Some(effect) if self.kind.case.can_look && self.kind.service.has(run, &effect) => {
                Reconciled::Happened { result: service::result(&effect), evidence: String::new() }
            }
            Some(_) if self.kind.case.can_look => Reconciled::DidNotHappen { evidence: String::new() },
            _ => Reconciled::Undecidable("nobody can tell".to_owned()),
        }
    }

    /// A look that cannot show it yet: perhaps it never will, or names a time that is past.
    fn not_yet(&self) -> Reconciled {
        let after = i64::try_from(self.random.below(9000)).expect("nine seconds") - 1000;
        let until = self.time.wall().checked_add(SignedDuration::from_millis(after)).unwrap_or(Timestamp::MAX);
        Reconciled::NotYet { until, why: "the index lags".to_owned() }
    }

    /// An attempt asks for an effect.
    pub(super) fn intend(&mut self, run: Run, effect: EffectId) -> Result<(), Fault> {
        let creates = self.activity_of(run, &effect.step).is_some_and(|name| activity::creates(&name));
        let made = Effect::new(effect.name.clone(), effect.to_string(), "do it", Value::Null);
        let made = if creates { made.creating() } else { made };
        self.tell(run, vec![Input::EffectIntended { effect, intent: made.intent }])
    }

    pub(super) fn attempt_ends(&mut self, run: Run, step: &StepPath, end: End, is_sent: bool) -> Result<(), Fault> {
        let failure = match end {
            End::Hangs => return Ok(()),
            End::Gives => {
                let output = json!({ "key": step.to_string() });
                return self.end_call(run, step, CallEnd::Returned(Ok(output)), is_sent);
            }
            End::Fails => service::refused(),
            End::FailsForNow => Failure::transient(Code::UNAVAILABLE, "busy"),
            End::IsLimited => self.limited(),
            End::LacksGrant => Failure::needs_grant(Code::GRANT_LOST, "the grant is gone"),
            End::IsDenied(recovery) => Failure { recovery, ..service::refused() },
        };
        self.end_call(run, step, CallEnd::Returned(Err(failure)), is_sent)
    }

    /// An attempt may send its effect. Where it is slow, it hears of that a little later.
    fn grant(&mut self, run: Run, effect: EffectId) -> Result<(), Fault> {
        let driven = self.driven.get(&run).expect("its machine just asked for it");
        if !driven.machine.is_in_time(&effect.step, self.time.wall()) {
            return Ok(());
        }
        if self.has(Feature::Strays) && self.random.once_in(3) {
            self.soon(run, self.random.below(1500), Event::Granted(run, effect));
            return Ok(());
        }
        self.send(run, &effect)
    }

    /// An effect goes to the service, which does it or not at once; its answer takes its time.
    pub(super) fn send(&mut self, run: Run, effect: &EffectId) -> Result<(), Fault> {
        let Some((attempt, next)) = self.waiting_for(run, effect) else { return Ok(()) };
        if !self.disk.has_intent(run, effect) {
            return Err(format!("{effect} is sent, and its intent is not on the disk"));
        }
        self.work(run, &effect.step, Work::Attempt { next, waits_for: Some(effect.clone()), is_sent: true });
        let fate = service::script(self.kind.case, run, &effect.step, attempt).effects[next].1;
        let is_done = matches!(fate, Fate::Done | Fate::Lost(true) | Fate::Hangs(true));
        for _ in 0..if self.has_plant(Plant::SendTwice) { 2 } else { 1 } {
            if is_done && self.kind.service.done(run, effect) > 1 && !self.repeats(run, &effect.step) {
                return Err(format!("{effect} was done twice"));
            }
        }
        if !matches!(fate, Fate::Hangs(_)) {
            let is_slow = self.has(Feature::Strays) && (fate == Fate::Refused || self.random.once_in(3));
            let after = self.random.below(if is_slow { 15_000 } else { 400 });
            self.soon(run, 10 + after, Event::AnswerCame(run, effect.clone()));
        }
        Ok(())
    }

    /// Which attempt waits for an effect, if one does, and which of its effects that is.
    fn waiting_for(&self, run: Run, effect: &EffectId) -> Option<(u32, usize)> {
        let calling = self.calling(run, &effect.step)?;
        let Work::Attempt { next, waits_for: Some(waits_for), .. } = &calling.work else { return None };
        (waits_for == effect).then_some((calling.attempt, *next))
    }

    pub(super) fn answer_came(&mut self, run: Run, effect: &EffectId) -> Result<(), Fault> {
        let Some((attempt, next)) = self.waiting_for(run, effect) else { return self.nobody_waits(run, effect) };
        match service::script(self.kind.case, run, &effect.step, attempt).effects[next].1 {
            Fate::Done => {
                let settlement = Settlement::Happened(service::result(effect));
                self.tell(run, vec![Input::EffectSettled { effect: effect.clone(), settlement }])?;
                if self.waiting_for(run, effect).is_some() {
                    self.work(run, &effect.step, Work::Attempt { next: next + 1, waits_for: None, is_sent: false });
                    self.soon(run, self.random.below(300), Event::CallGoesOn(run, effect.step.clone()));
                }
                Ok(())
            }
            Fate::Refused => {
                let settled = Input::EffectSettled { effect: effect.clone(), settlement: Settlement::DidNotHappen };
                self.tell(run, vec![settled])?;
                self.end_call(run, &effect.step, CallEnd::Returned(Err(service::refused())), false)
            }
            Fate::Lost(_) | Fate::Hangs(_) => {
                self.end_call(run, &effect.step, CallEnd::Returned(Err(service::lost())), true)
            }
        }
    }

    /// The call of a step is dropped: at once, or when it comes to it.
    fn drop_call(&mut self, run: Run, step: &StepPath) -> Result<(), Fault> {
        if self.has_plant(Plant::IgnoredDrop) {
            return Ok(());
        }
        let calling = self.calls(run).and_then(|calls| calls.running.get_mut(step));
        let Some(calling) = calling else { return Ok(()) };
        calling.is_dropping = true;
        let number = calling.number;
        // What only looks or asks may take its time to notice.
        let longest = if matches!(calling.work, Work::Adopt(_) | Work::AskGrants) { 20_000 } else { 2500 };
        if self.has(Feature::Strays) && self.random.once_in(2) {
            self.soon(run, self.random.below(longest), Event::CallDropped(run, step.clone(), number));
            self.loses_patience(run, step, number);
            self.late_answers(run, step);
            return Ok(());
        }
        self.call_dropped(run, step, number)
    }

    pub(super) fn call_dropped(&mut self, run: Run, step: &StepPath, number: u64) -> Result<(), Fault> {
        let Some(calling) = self.call(run, step, number) else { return Ok(()) };
        let is_sent = matches!(calling.work, Work::Attempt { is_sent: true, .. });
        self.outlives(run, step, &calling);
        self.end_call(run, step, CallEnd::Dropped, is_sent)
    }

    /// The call of a step, while it runs.
    pub(super) fn calling(&self, run: Run, step: &StepPath) -> Option<&Calling> {
        self.driven.get(&run)?.calls.running.get(step)
    }

    /// The same, if it has this number.
    pub(super) fn call(&self, run: Run, step: &StepPath, number: u64) -> Option<Calling> {
        self.calling(run, step).filter(|calling| calling.number == number).cloned()
    }

    pub(super) fn end_call(
        &mut self,
        run: Run,
        step: &StepPath,
        end: CallEnd,
        is_on_the_wire: bool,
    ) -> Result<(), Fault> {
        let Some(calls) = self.calls(run) else { return Ok(()) };
        let Some(calling) = calls.running.remove(step) else { return Ok(()) };
        calls.ended.insert(step.clone(), calling);
        self.tell(run, vec![Input::CallEnded { step: step.clone(), end, is_on_the_wire }])
    }

    fn work(&mut self, run: Run, step: &StepPath, work: Work) {
        let calling = self.calls(run).and_then(|calls| calls.running.get_mut(step));
        calling.expect("it was just looked up").work = work;
    }
}
