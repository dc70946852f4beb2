//! Looks that are made again, of effects of which it could not be shown yet whether they happened.

use std::time::Duration;

use jiff::Timestamp;

use super::{Machine, RecordDraft, effect, retry::later};
use crate::{
    activity::Failure,
    id::StepPath,
    journal::{Entry, TimerEntry},
};

/// The wait before an effect is looked for again is at least this, and twice as long before each further look, up to the longest: in a day
/// an effect is looked for some hundred times, however soon its activity would.
const LEAST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_LEAST_WAIT: Duration = Duration::from_mins(15);

impl Machine {
    /// When the effect of a step is looked for again, which cannot be shown `until` a time. `None` once the step's deadline has come: it is
    /// not looked for again then.
    pub(super) fn look_at(&self, step: &StepPath, until: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let step = self.state.find_step(step)?;
        let looks = step.open_effect()?.unshown.as_ref().map_or(0, |unshown| unshown.looks);
        let wait = LEAST_WAIT.saturating_mul(2_u32.saturating_pow(looks)).min(LONGEST_LEAST_WAIT);
        let earliest = later(now, wait);
        (now < step.deadline).then(|| until.max(earliest).min(step.deadline))
    }

    /// When the next effect is looked for again, as soon as a call may run.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        let may_run = !self.holds() && self.state.work.running.len() < self.max_in_flight;
        self.state.next_look().filter(|_| may_run)
    }

    /// Looks again for the effects whose time has come, before anything new begins.
    pub(super) fn look_again(&mut self, draft: &mut RecordDraft) {
        while let Some((step, seen)) = self.due_look(draft.at()) {
            draft.push(&mut self.state, Entry::Timer(step.clone(), TimerEntry::LookDue));
            self.reconcile(step, seen, draft);
        }
    }

    /// A step whose effect is to be looked for now, and what was seen of that.
    fn due_look(&self, now: Timestamp) -> Option<(StepPath, Failure)> {
        self.next_look().filter(|at| *at <= now)?;
        let (_, number) = *self.state.work.looks.first()?;
        let open = self.state.step(number).open_effect()?;
        Some((self.state.step_path(number), effect::seen(open)))
    }
}
