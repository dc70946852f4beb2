//! What there is to do, kept up to date by `apply`, so that `decide` never searches the graph.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::step::{Cause, StepProgress};

/// A step, by the number of its node and its place among the node's steps.
pub(in crate::run) type StepNumber = (usize, usize);

/// Worklists. All are in order of the definition.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::run) struct Work {
    /// Nodes whose edges say that they are to be skipped.
    pub(in crate::run) blocked: BTreeSet<usize>,
    /// Nodes whose edges let them run.
    pub(in crate::run) ready: BTreeSet<usize>,
    /// Nodes that have begun and may begin a further item.
    pub(in crate::run) expanding: BTreeSet<usize>,
    /// Steps that may begin their first attempt, or go on with a lost one.
    pub(in crate::run) due: BTreeSet<StepNumber>,
    /// Steps whose time for a retry has come.
    pub(in crate::run) retries: BTreeSet<StepNumber>,
    /// Steps that wait, by time.
    pub(in crate::run) waiting: BTreeSet<(Timestamp, StepNumber)>,
    /// Steps that wait for an answer, by the time until which they do.
    pub(in crate::run) awaiting: BTreeSet<(Timestamp, StepNumber)>,
    /// Steps whose effect is looked for again, by time.
    pub(in crate::run) looks: BTreeSet<(Timestamp, StepNumber)>,
    /// Steps that wait for a grant.
    pub(in crate::run) parked: BTreeSet<StepNumber>,
    /// Steps with a running attempt.
    pub(in crate::run) running: BTreeSet<StepNumber>,
    /// Steps that a person must decide about.
    pub(in crate::run) in_doubt: BTreeSet<StepNumber>,
    /// Steps that a person has said to have had their effect.
    pub(in crate::run) decided: BTreeSet<StepNumber>,
}

impl Work {
    /// Forgets where a step was.
    pub(super) fn leave(&mut self, step: StepNumber, progress: &StepProgress) {
        if let Some((timers, at)) = self.timers(progress) {
            timers.remove(&(at, step));
        } else if let Some(list) = self.list(progress) {
            list.remove(&step);
        }
    }

    /// Notes where a step is.
    pub(super) fn enter(&mut self, step: StepNumber, progress: &StepProgress) {
        if let Some((timers, at)) = self.timers(progress) {
            timers.insert((at, step));
        } else if let Some(list) = self.list(progress) {
            list.insert(step);
        }
    }

    /// Whether a step runs, or will go on by itself.
    pub(super) fn has_steps(&self) -> bool {
        let lists = [&self.due, &self.retries, &self.running, &self.decided];
        lists.iter().any(|list| !list.is_empty()) || !self.waiting.is_empty() || !self.looks.is_empty()
    }

    /// The steps that wait for a time as this one does, and its time.
    fn timers(&mut self, progress: &StepProgress) -> Option<(&mut BTreeSet<(Timestamp, StepNumber)>, Timestamp)> {
        match progress {
            StepProgress::Waiting(until) => Some((&mut self.waiting, *until)),
            StepProgress::Awaiting(until) => Some((&mut self.awaiting, *until)),
            StepProgress::LooksAgain(at) => Some((&mut self.looks, *at)),
            StepProgress::Due(_)
            | StepProgress::Running
            | StepProgress::Parked(_)
            | StepProgress::InDoubt(_)
            | StepProgress::Decided(..)
            | StepProgress::Completed
            | StepProgress::Failed
            | StepProgress::Cancelled => None,
        }
    }

    fn list(&mut self, progress: &StepProgress) -> Option<&mut BTreeSet<StepNumber>> {
        match progress {
            StepProgress::Due(Cause::Retry) => Some(&mut self.retries),
            StepProgress::Due(Cause::First | Cause::Continued) => Some(&mut self.due),
            StepProgress::Running => Some(&mut self.running),
            StepProgress::Parked(_) => Some(&mut self.parked),
            StepProgress::InDoubt(_) => Some(&mut self.in_doubt),
            StepProgress::Decided(..) => Some(&mut self.decided),
            StepProgress::Waiting(_)
            | StepProgress::Awaiting(_)
            | StepProgress::LooksAgain(_)
            | StepProgress::Completed
            | StepProgress::Failed
            | StepProgress::Cancelled => None,
        }
    }
}
