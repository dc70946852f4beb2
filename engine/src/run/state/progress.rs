//! How far a run is, when it goes on, and what lists show of it.

use jiff::Timestamp;

use super::{RunEnd, RunState, StartWhileDraining};
use crate::{
    journal::RunOutcome,
    run::{CannotGoOn, RunStatus},
    store::{RunFailure, RunSummary},
};

impl RunState {
    /// The next time that a step waits for: that of an attempt, of a look for its effect, or that until which it waits for an answer.
    pub fn next_timer(&self) -> Option<Timestamp> {
        [self.next_retry(), self.next_look(), self.next_unanswered()].into_iter().flatten().min()
    }

    /// When grants are asked for again, of a run that waits for one.
    pub fn next_ask(&self) -> Option<Timestamp> {
        self.work.parked.iter().filter_map(|number| self.step(*number).parked()?.ask_at).min()
    }

    /// When the next attempt begins that waits for its time.
    pub(in crate::run) fn next_retry(&self) -> Option<Timestamp> {
        self.work.waiting.first().map(|(until, _)| *until)
    }

    /// When a step has waited for an answer long enough.
    pub(in crate::run) fn next_unanswered(&self) -> Option<Timestamp> {
        self.work.awaiting.first().map(|(until, _)| *until).filter(|until| *until < Timestamp::MAX)
    }

    /// When the next effect is looked for again.
    pub(in crate::run) fn next_look(&self) -> Option<Timestamp> {
        self.work.looks.first().map(|(at, _)| *at)
    }

    /// How far the run is.
    pub fn status(&self) -> RunStatus {
        let work = &self.work;
        match &self.end {
            Some(RunEnd { outcome: RunOutcome::Completed, .. }) => RunStatus::Completed,
            Some(RunEnd { outcome: RunOutcome::Failed, .. }) => RunStatus::Failed,
            Some(RunEnd { outcome: RunOutcome::Cancelled, .. }) => RunStatus::Cancelled,
            None if let Some(CannotGoOn { status, .. }) = self.cannot_go_on.as_deref() => *status,
            None if self.is_paused() => RunStatus::Paused,
            None if self.waits_for_admission() && self.driven => RunStatus::Waiting,
            None if self.waits_for_admission() => RunStatus::Interrupted,
            // The grant comes first: without it nothing of an effect can be looked at.
            None if self.awaits_grant() && work.running.is_empty() => RunStatus::NeedsGrant,
            None if !work.in_doubt.is_empty() && !self.can_go_on() => RunStatus::NeedsDecision,
            None if !work.awaiting.is_empty() && !self.can_go_on() => RunStatus::Waiting,
            None if !self.driven => RunStatus::Interrupted,
            // What an effect came to is being found out, however long that takes.
            None if work.running.is_empty() && work.looks.is_empty() && !work.waiting.is_empty() => RunStatus::Waiting,
            None => RunStatus::Running,
        }
    }

    /// Whether somebody paused it, and nobody has resumed it.
    pub fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// Whether anything but what a person says would let the run go on.
    fn can_go_on(&self) -> bool {
        let work = &self.work;
        let may_begin = |number: &usize| {
            !self.is_draining(*number) || self.start_while_draining(*number) != StartWhileDraining::Perhaps
        };
        let may_expand = |number: &usize| !self.is_draining(*number) || self.nodes[*number].open_steps == 0;
        work.has_steps()
            || !work.blocked.is_empty()
            || work.ready.iter().any(may_begin)
            || work.expanding.iter().any(may_expand)
    }

    /// The same state of a run that no process drives, whatever its journal says: its process died.
    #[must_use]
    pub fn abandoned(self) -> Self {
        Self { driven: false, ..self }
    }

    /// What lists show of the run.
    pub fn summary(&self) -> RunSummary {
        RunSummary {
            run: self.started.run,
            key: self.started.key.clone(),
            definition: self.definition_hash().clone(),
            process: self.started.process.clone(),
            version: self.version().to_owned(),
            status: self.status(),
            started_at: self.started_at,
            ended_at: self.ended_at,
            due: self.due(),
            admission: self.admission(),
            failure: self.end.as_ref().and_then(|end| end.error.as_ref()).map(RunFailure::new),
        }
    }

    /// Whether the run only waits, and nobody stopped driving it before it did.
    pub(in crate::run) fn is_let_go(&self) -> bool {
        self.driven && matches!(self.status(), RunStatus::Waiting | RunStatus::NeedsGrant)
    }

    /// When the run goes on by itself, if nobody says anything to it.
    pub(in crate::run) fn due(&self) -> Option<Timestamp> {
        let status = self.status();
        match status {
            // Its turn comes when others end, and not at a time.
            RunStatus::Waiting if self.waits_for_admission() => None,
            RunStatus::Waiting => self.next_retry().into_iter().chain(self.next_unanswered()).min(),
            RunStatus::NeedsGrant => self.next_ask(),
            RunStatus::Running
            | RunStatus::NeedsDecision
            | RunStatus::Paused
            | RunStatus::Interrupted
            | RunStatus::Completed
            | RunStatus::Failed
            | RunStatus::Cancelled => RunSummary::due_by_status(status, self.started_at),
        }
    }
}
