//! The grace of a run that was asked to end: so long its attempts have to finish. Those that have not by then are dropped, and an effect
//! of theirs that may be on the wire is looked for.

use jiff::Timestamp;

use super::{CallKind, Machine, Reason, RecordDraft, Running};
use crate::{
    id::StepPath,
    journal::{Entry, SignalEntry},
};

impl Machine {
    /// When the grace ends, where something runs that has to finish by then.
    pub(super) fn grace_end(&self) -> Option<Timestamp> {
        self.state.grace_end().filter(|_| self.ending_attempts().next().is_some())
    }

    /// Drops what has not finished once its time is over.
    pub(super) fn end_grace(&mut self, draft: &mut RecordDraft) {
        if self.state.grace_end().is_some_and(|end| end <= draft.at()) {
            draft.push(&mut self.state, Entry::Signal(SignalEntry::GraceEnded));
        }
        if self.state.is_grace_over() {
            let late: Vec<StepPath> = self.ending_attempts().cloned().collect();
            late.into_iter().for_each(|step| self.drop_call(&step, Reason::GraceOver, draft));
        }
    }

    /// The steps whose attempts run, and are to finish because the run ends.
    fn ending_attempts(&self) -> impl Iterator<Item = &StepPath> {
        let runs = |call: &Running| call.kind == CallKind::Attempt && call.dropped.is_none();
        let ends = |step: &StepPath| self.state.step_number(step).is_some_and(|(node, _)| self.state.is_draining(node));
        self.calls.iter().filter(move |(step, call)| runs(call) && ends(step)).map(|(step, _)| step)
    }
}
