//! What happens to effects while their attempts run, and what is done where an answer was lost.

use std::time::Duration;

use jiff::Timestamp;

use super::{Action, Call, CallKind, Limit, Machine, RecordDraft, Running};
use crate::{
    activity::{Failure, Intent, OpenEffect, Settlement},
    id::{EffectId, StepPath},
    journal::{EffectEntry, Entry},
    run::state::{EffectState, StepProgress, StepState, unanswered},
};

/// So long a look may take at least, however quick the node's attempts are to be: it reads more than they send.
const LEAST_LOOK: Duration = Duration::from_secs(30);

impl Machine {
    /// An attempt is about to send an effect.
    pub(super) fn intended(&mut self, effect: EffectId, intent: Intent, draft: &mut RecordDraft) {
        if !self.is_in_time(&effect.step, draft.at()) {
            // Its call is about to be dropped, and says how it ended.
            return;
        }
        if !self.may_send(&effect) {
            let puts_down = self.puts_down();
            self.calls.entry(effect.step.clone()).and_modify(|call| call.is_refused |= puts_down);
            return draft.actions.push(Action::RefuseEffect(effect));
        }
        let is_further = self.state.find_step(&effect.step).is_some_and(|step| !step.results.is_empty());
        if let Some(call) = self.calls.get_mut(&effect.step).filter(|_| is_further) {
            call.limit.begin_anew(draft.at());
        }
        draft.push(&mut self.state, Entry::Effect(effect.clone(), EffectEntry::Intended { intent }));
        draft.actions.push(Action::SendEffect(effect));
    }

    /// Whether the call of a step has time left. Where a disk was slow an effect may be granted too late: it is not sent then, and its
    /// call is dropped at the next [`Input::TimerFired`](super::Input::TimerFired).
    pub fn is_in_time(&self, step: &StepPath, at: Timestamp) -> bool {
        self.calls.get(step).is_none_or(|call| at < call.limit.until)
    }

    fn may_send(&self, effect: &EffectId) -> bool {
        let Some(number) = self.state.step_number(&effect.step) else { return false };
        let runs = |call: &Running| call.kind == CallKind::Attempt && call.dropped.is_none();
        if !self.calls.get(&effect.step).is_some_and(runs) || self.puts_down() || self.state.is_draining(number.0) {
            return false;
        }
        // One effect at a time: while the end of one is unknown, nothing more of its attempt is sent.
        let step = self.state.step(number);
        step.last_attempt() == effect.attempt && step.open_effect().is_none()
    }

    /// An effect's answer came, perhaps after its attempt was given up.
    pub(super) fn settled(&mut self, effect: EffectId, settlement: Settlement, draft: &mut RecordDraft) {
        // What a person named is being looked at: that settles it.
        let is_looked_at = self.calls.get(&effect.step).is_some_and(|call| call.kind == CallKind::Adopt);
        if !is_looked_at && self.open_effect(&effect.step).is_some_and(|open| open == effect) {
            let unshown = self.state.find_step(&effect.step).and_then(StepState::looks_again);
            let seen = unshown.map(|unshown| (effect.step.clone(), unshown.failure.clone()));
            draft.push(&mut self.state, Entry::Effect(effect, EffectEntry::Settled { settlement, evidence: None }));
            if let Some((step, seen)) = seen {
                // It need not be looked for again.
                self.interrupted(step, Some(seen), draft);
            }
        }
    }

    /// The effect of a step's last attempt whose end is not known.
    pub(super) fn open_effect(&self, step: &StepPath) -> Option<EffectId> {
        Some(self.state.find_step(step)?.open_effect()?.id.clone())
    }

    /// Looks for the open effect of a step, of which `seen` was seen.
    pub(super) fn reconcile(&mut self, step: StepPath, seen: Failure, draft: &mut RecordDraft) {
        let Some(open) = self.opened(&step) else { return };
        draft.actions.push(Action::Reconcile { call: Call::of(&self.state, &step), open });
        self.begin_look(step, CallKind::Reconcile(seen), draft);
    }

    /// Looks at the effects that a person says have happened.
    pub(super) fn look_at_decided(&mut self, draft: &mut RecordDraft) {
        if self.holds() {
            return;
        }
        let decided: Vec<_> = self.state.work.decided.iter().copied().collect();
        for number in decided {
            let step = self.state.step_path(number);
            let StepProgress::Decided(_, key) = &self.state.step(number).progress else { continue };
            let key = key.clone();
            let Some(open) = self.opened(&step).filter(|_| !self.calls.contains_key(&step)) else { continue };
            draft.actions.push(Action::Adopt { call: Call::of(&self.state, &step), open, key });
            self.begin_look(step, CallKind::Adopt, draft);
        }
    }

    fn begin_look(&mut self, step: StepPath, kind: CallKind, draft: &RecordDraft) {
        let limit = Limit::of_look(self.timeout(&step).max(LEAST_LOOK), draft.at());
        self.calls.insert(step, Running { kind, limit, dropped: None, is_refused: false });
    }

    fn opened(&self, step: &StepPath) -> Option<OpenEffect> {
        Some(self.state.find_step(step)?.open_effect()?.open())
    }
}

/// What is known of an effect whose answer is not: what was seen of it, or else that its process ended before.
pub(super) fn seen(effect: &EffectState) -> Failure {
    if let Some(unshown) = &effect.unshown {
        return unshown.failure.clone();
    }
    unanswered(effect)
}
