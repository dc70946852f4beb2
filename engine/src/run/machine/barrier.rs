//! How soon a record must be durable: a question of what its loss would cost.
//!
//! An intent is on the disk before its effect is sent. That something new was made is on the disk before anything else is read, since only
//! the answer names it. What a change of an existing thing came to may ride with what follows: a look shows it. Nothing rides over a
//! wait: a timer, a person, the end.

use super::{Machine, RecordDraft};
use crate::{
    activity::Settlement,
    id::{EffectId, StepPath},
    journal::{EffectEntry, Entry, RunEntry, StepEntry},
    store::Barrier,
};

impl Machine {
    /// The barrier of a record with these entries.
    pub(super) fn barrier(&mut self, RecordDraft { entries, answers, .. }: &RecordDraft) -> Barrier {
        let makes = |entry: &Entry| match entry {
            Entry::Effect(effect, EffectEntry::Settled { settlement: Settlement::Happened(_), .. }) => {
                self.creates(effect)
            }
            Entry::Effect(..)
            | Entry::Run(_)
            | Entry::Node(..)
            | Entry::Step(..)
            | Entry::Timer(..)
            | Entry::Signal(_) => false,
        };
        let has_made = self.has_made || entries.iter().any(makes);
        let is_awaited = |entry: &Entry| match entry {
            Entry::Run(entry) => match entry {
                RunEntry::Interrupted
                | RunEntry::Ended { .. }
                | RunEntry::Retried { .. }
                | RunEntry::AdmissionAsked(_)
                | RunEntry::Admitted => true,
                RunEntry::Started(_) | RunEntry::Resumed | RunEntry::MainEnded { .. } => false,
            },
            Entry::Step(step, entry) => match entry {
                StepEntry::AttemptStarted { .. } => has_made && self.reads(step),
                StepEntry::AttemptFailed { retry_at, .. } => retry_at.is_some(),
                StepEntry::AttemptParked { .. } | StepEntry::StillParked { .. } => true,
                StepEntry::Started { .. }
                | StepEntry::AttemptInterrupted { .. }
                | StepEntry::Unparked
                | StepEntry::Completed { .. }
                | StepEntry::Failed { .. }
                | StepEntry::Cancelled => false,
            },
            Entry::Effect(_, entry) => match entry {
                EffectEntry::Intended { .. }
                | EffectEntry::NotShownYet { .. }
                | EffectEntry::InDoubt { .. }
                | EffectEntry::Decided { .. } => true,
                EffectEntry::Settled { .. } => false,
            },
            Entry::Signal(_) => true,
            Entry::Node(..) | Entry::Timer(..) => false,
        };
        // Whoever said something is told that it is kept.
        let barrier = if entries.iter().any(is_awaited) || answers.iter().any(Result::is_ok) {
            Barrier::Now
        } else {
            Barrier::Rides
        };
        self.has_made = has_made && barrier == Barrier::Rides;
        barrier
    }

    fn creates(&self, effect: &EffectId) -> bool {
        let attempts = self.state.find_step(&effect.step).map(|step| &step.attempts);
        let mut effects = attempts.into_iter().flatten().flat_map(|attempt| &attempt.effects);
        effects.any(|known| known.id == *effect && known.intent.creates)
    }

    fn reads(&self, step: &StepPath) -> bool {
        self.activities.reads(&self.state.activity(step).activity)
    }
}
