//! Grants that may be missing. When an attempt is refused, whoever knows the grants is asked which is missing, and the step parks where
//! one is; while it is parked they are asked again and again, and it goes on by itself once none is missing any more.
//!
//! Where they cannot be asked, nothing is concluded: an attempt that was refused is made again as after any failure that passes, and a
//! parked step stays parked.

use std::time::Duration;

use jiff::Timestamp;

use super::{Action, Call, CallEnd, CallKind, Limit, Machine, Reason, RecordDraft, Running, retry::later};
use crate::{
    activity::{Failure, Recovery},
    diagnostic::Code,
    id::StepPath,
    journal::{Entry, StepEntry},
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
        match self.is_stopping {
            // The next attempt will be refused just so.
            true => self.interrupted(step, Some(denied), draft),
            false => self.ask_grants(step, CallKind::AskWhyDenied(denied), draft),
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
        self.to_be_asked().map(|(at, _)| at).min().filter(|_| !self.is_stopping)
    }

    /// The steps that wait for a grant, and when that is asked for again.
    fn to_be_asked(&self) -> impl Iterator<Item = (Timestamp, StepPath)> {
        let parked = self.state.work.parked.iter();
        let times = parked.filter_map(|number| Some((self.state.step(*number).parked()?.ask_at?, number)));
        let steps = times.map(|(at, number)| (at, self.state.step_path(*number)));
        steps.filter(|(_, step)| !self.calls.contains_key(step))
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
        self.calls.insert(step, Running { kind, limit, dropped: None });
    }

    /// What the answer means for an attempt that was refused.
    pub(super) fn asked_why_denied(
        &mut self,
        (step, denied): (StepPath, Failure),
        (running, end): (&Running, CallEnd),
        draft: &mut RecordDraft,
        random: &dyn Random,
    ) {
        match asked(end) {
            _ if running.dropped == Some(Reason::Stopping) => self.interrupted(step, Some(denied), draft),
            Ok(missing) => self.failed(step, explained(denied, missing), draft, random),
            Err(unasked) => self.failed(step, unexplained(denied, unasked), draft, random),
        }
    }

    /// What the answer means for a step that is parked, unless it is no longer.
    pub(super) fn asked_again(&mut self, step: StepPath, running: &Running, end: CallEnd, draft: &mut RecordDraft) {
        let is_parked = self.state.find_step(&step).is_some_and(|state| state.parked().is_some());
        if !is_parked || running.dropped == Some(Reason::Stopping) {
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
    pub(super) fn ask_at(&self, now: Timestamp) -> Timestamp {
        later(now, self.ask_again_after)
    }
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
