//! Grants that may be missing. When an attempt is refused, whoever knows the grants is asked which is missing, and the step parks where
//! one is; while it is parked they are asked again and again, and it goes on by itself once none is missing any more.
//!
//! A look that is refused parks its step in the same way, with its effect open; once the grant is there it is looked for again.
//!
//! Where they cannot be asked, nothing is concluded: an attempt that was refused is made again as after any failure that passes, and a
//! parked step stays parked.

use std::time::Duration;

use jiff::Timestamp;

use super::{Action, Call, CallEnd, CallKind, Limit, Machine, Reason, RecordDraft, Running, retry::later};
use crate::{
    activity::{Failure, Reconciled, Recovery},
    diagnostic::Code,
    id::{EffectId, StepPath},
    journal::{EffectEntry, Entry, StepEntry},
    random::Random,
};

/// How long asking for grants may take. Not as long as the node's attempts may: those can be quicker than several questions are.
const LONGEST_ASK: Duration = Duration::from_secs(30);

impl Machine {
    /// A machine that asks for grants again so long after it found one missing.
    #[must_use]
    pub fn asking_grants_again_after(self, wait: Duration) -> Self {
        Self { ask_again_after: wait, ..self }
    }

    /// Asks which grant an attempt lacked that was refused. The step has not ended before the answer.
    pub(super) fn ask_why_denied(&mut self, step: StepPath, denied: Failure, draft: &mut RecordDraft) {
        match self.puts_down() {
            // The next attempt will be refused just so.
            true => self.interrupted(step, Some(denied), draft),
            false => self.ask_grants(step, CallKind::AskWhyDenied(denied), draft),
        }
    }

    /// Asks which grant a look lacked that was refused, for an effect of which `seen` was seen.
    pub(super) fn ask_why_look_denied(
        &mut self,
        effect: EffectId,
        (seen, denied): (Failure, Failure),
        draft: &mut RecordDraft,
        random: &dyn Random,
    ) {
        match self.puts_down() {
            true => self.reconciled(effect, seen, unlooked(&denied, draft.at()), draft, random),
            false => self.ask_grants(effect.step, CallKind::AskWhyLookDenied { seen, denied }, draft),
        }
    }

    /// Asks whether grants are there now for which steps have waited long enough.
    pub(super) fn ask_again(&mut self, draft: &mut RecordDraft) {
        if self.next_ask().is_none_or(|at| at > draft.at()) {
            return;
        }
        let due = |at: Timestamp| at <= draft.at();
        let due: Vec<StepPath> = self.to_be_asked().filter(|(at, _)| due(*at)).map(|(_, step)| step).collect();
        due.into_iter().for_each(|step| self.ask_grants(step, CallKind::AskAgain, draft));
    }

    /// When grants are asked for again.
    pub(super) fn next_ask(&self) -> Option<Timestamp> {
        self.to_be_asked().map(|(at, _)| at).min().filter(|_| !self.puts_down())
    }

    /// The steps that wait for a grant, and when that is asked for again.
    fn to_be_asked(&self) -> impl Iterator<Item = (Timestamp, StepPath)> {
        let parked = self.state.work.parked.iter().filter(|step| !self.state.gives_up_parked(step.0));
        let times = parked.filter_map(|number| Some((self.state.step(*number).parked()?.ask_at?, number)));
        let steps = times.map(|(at, number)| (at, self.state.step_path(*number)));
        steps.filter(|(_, step)| !self.calls.contains_key(step))
    }

    /// Asks a person about effects that could not be looked for, of steps that are given up. Whether there were any; where grants are being
    /// asked for, that is ended first.
    pub(super) fn give_up_looks(&mut self, draft: &mut RecordDraft) -> bool {
        let parked = self.state.work.parked.iter().copied();
        let given_up = parked.filter(|step| self.state.gives_up_parked(step.0) && self.state.is_to_be_doubted(*step));
        let mut doubted = Vec::new();
        for number in given_up.collect::<Vec<_>>() {
            let (path, step) = (self.state.step_path(number), self.state.step(number));
            match step.open_effect().zip(step.lacks()) {
                _ if self.calls.contains_key(&path) => self.drop_call(&path, Reason::Needless, draft),
                Some((open, lacks)) => doubted.push((open.id.clone(), open.doubted(lacks))),
                None => {}
            }
        }
        let any = !doubted.is_empty();
        for (effect, failure) in doubted {
            draft.push(&mut self.state, Entry::Effect(effect, EffectEntry::InDoubt { failure }));
        }
        any
    }

    /// A step that was cancelled waits for no grant any more.
    pub(super) fn drop_needless_asks(&mut self, draft: &mut RecordDraft) {
        let is_parked = |step: &StepPath| self.state.find_step(step).is_some_and(|state| state.parked().is_some());
        let asks = self.calls.iter().filter(|(_, call)| call.kind == CallKind::AskAgain);
        let needless: Vec<StepPath> = asks.map(|(step, _)| step).filter(|step| !is_parked(step)).cloned().collect();
        if !self.state.is_ended() {
            needless.into_iter().for_each(|step| self.drop_call(&step, Reason::Needless, draft));
        }
    }

    fn ask_grants(&mut self, step: StepPath, kind: CallKind, draft: &mut RecordDraft) {
        draft.actions.push(Action::AskGrants(Call::of(&self.state, &step)));
        let limit = Limit::of_look(LONGEST_ASK, draft.at());
        self.calls.insert(step, Running { kind, limit, dropped: None, is_refused: false });
    }

    /// What the answer means for an attempt that was refused.
    pub(super) fn asked_why_denied(
        &mut self,
        (step, denied): (StepPath, Failure),
        (running, end): (&Running, CallEnd),
        draft: &mut RecordDraft,
        random: &dyn Random,
    ) {
        match running.dropped {
            Some(Reason::PutDown) => self.interrupted(step, Some(denied), draft),
            _ => self.failed(step, answered(denied, end), draft, random),
        }
    }

    /// What the answer means for an effect that could not be looked for.
    pub(super) fn asked_why_look_denied(
        &mut self,
        effect: EffectId,
        (seen, denied): (Failure, Failure),
        (running, end): (&Running, CallEnd),
        draft: &mut RecordDraft,
        random: &dyn Random,
    ) {
        if running.dropped == Some(Reason::PutDown) {
            return self.reconciled(effect, seen, unlooked(&denied, draft.at()), draft, random);
        }
        let failure = answered(denied, end);
        let why = not_looked_for(&failure);
        let found = match failure.recovery {
            Recovery::NeedsGrant | Recovery::Denied => return self.park_look(effect, seen, failure, draft),
            Recovery::Transient { not_before } => Reconciled::NotYet { until: not_before.unwrap_or(draft.at()), why },
            Recovery::RateLimited { until } => Reconciled::NotYet { until, why },
            Recovery::Permanent | Recovery::PerhapsDenied => Reconciled::Undecidable(why),
        };
        self.reconciled(effect, seen, found, draft, random);
    }

    /// The step waits for a grant, without which its effect cannot be looked for.
    fn park_look(&mut self, effect: EffectId, seen: Failure, lacks: Failure, draft: &mut RecordDraft) {
        let step = effect.step.clone();
        let not_shown = EffectEntry::NotShownYet { failure: seen, why: lacks.message.clone(), look_at: draft.at() };
        draft.push(&mut self.state, Entry::Effect(effect, not_shown));
        self.park(step, lacks, draft);
    }

    /// The step waits for a grant.
    pub(super) fn park(&mut self, step: StepPath, failure: Failure, draft: &mut RecordDraft) {
        let (attempt, ask_at) = (self.attempt(&step), Some(self.ask_at(draft.at())));
        draft.push(&mut self.state, Entry::Step(step, StepEntry::AttemptParked { attempt, failure, ask_at }));
    }

    /// What the answer means for a step that is parked, unless it is no longer.
    pub(super) fn asked_again(&mut self, step: StepPath, running: &Running, end: CallEnd, draft: &mut RecordDraft) {
        let is_parked = self.state.find_step(&step).is_some_and(|state| state.parked().is_some());
        if !is_parked || matches!(running.dropped, Some(Reason::PutDown | Reason::Needless)) {
            return;
        }
        let failure = match asked(end) {
            Ok(None) => return draft.push(&mut self.state, Entry::Step(step, StepEntry::Unparked)),
            Ok(Some(missing)) => Some(missing),
            // Without a credential that is recognised nobody can ask: that is what is missing.
            Err(unasked) => Some(unasked).filter(|unasked| unasked.recovery == Recovery::NeedsGrant),
        };
        let is_new = |failure: &Failure| self.state.find_step(&step).and_then(|state| state.lacks()) != Some(failure);
        let (failure, ask_at) = (failure.filter(is_new), self.ask_at(draft.at()));
        draft.push(&mut self.state, Entry::Step(step, StepEntry::StillParked { failure, ask_at }));
    }

    /// When grants are asked for again that were found missing now.
    fn ask_at(&self, now: Timestamp) -> Timestamp {
        later(now, self.ask_again_after)
    }
}

/// What a look came to that was refused, where nobody asks why: whoever takes the run from a process that stops looks again.
fn unlooked(denied: &Failure, now: Timestamp) -> Reconciled {
    Reconciled::NotYet { until: now, why: not_looked_for(denied) }
}

fn not_looked_for(failure: &Failure) -> String {
    format!("it cannot be looked for: {failure}")
}

/// What asking came to, however it ended.
fn asked(end: CallEnd) -> Result<Option<Failure>, Failure> {
    match end {
        CallEnd::GrantsAsked(answer) => answer,
        CallEnd::Returned(_) | CallEnd::Reconciled(_) | CallEnd::Adopted(_) | CallEnd::Dropped => {
            Err(Failure::transient(Code::TIMED_OUT, "asking which grant is missing took too long"))
        }
    }
}

/// What an attempt or a look failed with that was refused, now that grants were asked for.
fn answered(denied: Failure, end: CallEnd) -> Failure {
    match asked(end) {
        Ok(missing) => explained(denied, missing),
        Err(unasked) => unexplained(denied, unasked),
    }
}

/// What an attempt failed with that was refused, now that it is known which grant is missing, or that none is.
fn explained(denied: Failure, missing: Option<Failure>) -> Failure {
    let Some(missing) = missing else { return unless_missing(denied) };
    let message = format!("{missing}; {denied}");
    Failure { message, help: missing.help, code: missing.code, recovery: Recovery::NeedsGrant, ..denied }
}

/// What it failed with where nobody could be asked.
fn unexplained(denied: Failure, unasked: Failure) -> Failure {
    match unasked.recovery {
        Recovery::NeedsGrant => unasked,
        recovery @ (Recovery::Transient { .. } | Recovery::RateLimited { .. }) => Failure { recovery, ..denied },
        Recovery::Permanent | Recovery::Denied | Recovery::PerhapsDenied => unless_missing(denied),
    }
}

/// What it failed with where no grant is known to be missing.
fn unless_missing(denied: Failure) -> Failure {
    let recovery = match denied.recovery {
        Recovery::Denied => Recovery::NeedsGrant,
        Recovery::PerhapsDenied => Recovery::Permanent,
        recovery @ (Recovery::Permanent
        | Recovery::Transient { .. }
        | Recovery::RateLimited { .. }
        | Recovery::NeedsGrant) => recovery,
    };
    Failure { recovery, ..denied }
}
