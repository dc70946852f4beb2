//! Attempts that do not behave: they ask for two effects at a time, end before their effects have, or outlive their calls.

use flowrun_engine::{
    activity::{Failure, Settlement},
    diagnostic::Code,
    id::{EffectId, StepPath},
    run::{CallEnd, Input},
};

use super::{
    Event, Feature, Scripted,
    calling::{Calling, Work},
    service::{self, End, Fate},
};
use crate::{
    disk::Run,
    world::{Fault, World},
};

impl World<Scripted<'_>> {
    /// An attempt that waits for its effect may end before, or ask for another.
    pub(super) fn loses_patience(&mut self, run: Run, step: &StepPath, number: u64) {
        if !self.has(Feature::Strays) {
            return;
        }
        let after = self.random.below(900);
        match self.random.below(10) {
            0 | 1 => self.soon(run, after, Event::CallGivesUp(run, step.clone(), number)),
            2 | 3 => self.soon(run, after, Event::CallHurries(run, step.clone(), number)),
            _ => {}
        }
    }

    pub(super) fn call_gives_up(&mut self, run: Run, step: &StepPath, number: u64) -> Result<(), Fault> {
        let Some(calling) = self.call(run, step, number) else { return Ok(()) };
        let Work::Attempt { waits_for: Some(_), is_sent, .. } = calling.work else { return Ok(()) };
        let end = service::script(self.kind.case, run, step, calling.attempt).end;
        self.outlives(run, step, &calling);
        self.attempt_ends(run, step, if end == End::Hangs { End::Gives } else { end }, is_sent)
    }

    pub(super) fn call_hurries(&mut self, run: Run, step: &StepPath, number: u64) -> Result<(), Fault> {
        let Some(calling) = self.call(run, step, number) else { return Ok(()) };
        let Work::Attempt { next, waits_for: Some(_), .. } = calling.work else { return Ok(()) };
        match self.effect(run, step, calling.attempt, next + 1) {
            Some(effect) => self.intend(run, effect),
            None => Ok(()),
        }
    }

    /// An attempt is told not to send: it ends. One that has ended hears nothing.
    pub(super) fn refuse(&mut self, run: Run, effect: &EffectId) -> Result<(), Fault> {
        let calling = self.calling(run, &effect.step);
        let Some(Calling { attempt, work: Work::Attempt { is_sent, .. }, .. }) = calling else { return Ok(()) };
        if *attempt != effect.attempt {
            return Ok(());
        }
        let (refused, is_sent) = (Failure::transient(Code::STOPPED, "the run stops before this effect"), *is_sent);
        self.end_call(run, &effect.step, CallEnd::Returned(Err(refused)), is_sent)
    }

    /// An attempt whose call was dropped may have tasks of its own, which go on.
    pub(super) fn outlives(&mut self, run: Run, step: &StepPath, calling: &Calling) {
        let Work::Attempt { next, .. } = calling.work else { return };
        if !self.has(Feature::Strays) {
            return;
        }
        let Some(effect) = self.effect(run, step, calling.attempt, next) else { return };
        for _ in 0..self.random.below(5) {
            self.soon(run, self.random.below(12_000), Event::AsksTooLate(run, effect.clone()));
        }
    }

    /// The answer to an effect comes, and its attempt has ended: it is told now, or when more has happened to its step.
    pub(super) fn nobody_waits(&mut self, run: Run, effect: &EffectId) -> Result<(), Fault> {
        if self.has(Feature::Strays) && self.random.once_in(2) {
            self.kind.late.push((run, effect.clone()));
            return Ok(());
        }
        self.answer_came_late(run, effect)
    }

    /// Something happened to a step: what is late comes now.
    pub(super) fn late_answers(&mut self, run: Run, step: &StepPath) {
        let (come, late) = self.kind.late.drain(..).partition(|(of, effect)| *of == run && effect.step == *step);
        self.kind.late = late;
        let come: Vec<(Run, EffectId)> = come;
        for (run, effect) in come {
            self.soon(run, self.random.below(600), Event::AnswerCameLate(run, effect));
        }
    }

    pub(super) fn answer_came_late(&mut self, run: Run, effect: &EffectId) -> Result<(), Fault> {
        if !self.has(Feature::Strays) {
            return Ok(());
        }
        let script = service::script(self.kind.case, run, &effect.step, effect.attempt);
        let fate = script.effects.into_iter().find(|(name, _)| *name == effect.name).map(|(_, fate)| fate);
        let settlement = match fate {
            Some(Fate::Done) => Settlement::Happened(service::result(effect)),
            Some(Fate::Refused) => Settlement::DidNotHappen,
            Some(Fate::Lost(_) | Fate::Hangs(_)) | None => return Ok(()),
        };
        self.tell(run, vec![Input::EffectSettled { effect: effect.clone(), settlement }])
    }

    /// One of the effects of an attempt.
    fn effect(&self, run: Run, step: &StepPath, attempt: u32, number: usize) -> Option<EffectId> {
        let script = service::script(self.kind.case, run, step, attempt);
        let (name, _) = script.effects.into_iter().nth(number)?;
        Some(EffectId { step: step.clone(), name, attempt })
    }
}
