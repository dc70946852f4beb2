//! What happens to steps.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::super::{
    RunState,
    step::{AttemptState, Cause, Parked, StepProgress, StepState},
};
use crate::{activity::Failure, id::StepPath, journal::StepEntry};

impl RunState {
    pub(super) fn note_of_step(&mut self, at: Timestamp, path: &StepPath, entry: &StepEntry) {
        match entry {
            StepEntry::Started { input } => self.start_step(path, input.clone(), at),
            StepEntry::AttemptStarted { attempt } => self.start_attempt(path, *attempt, at),
            StepEntry::AttemptFailed { failure, retry_at, .. } => self.change(path, |step| {
                step.count(failure);
                if let Some(attempt) = step.end_attempt(at, Some(failure.clone())) {
                    attempt.retry_at = *retry_at;
                }
                retry_at.map_or_else(|| step.progress.clone(), StepProgress::Waiting)
            }),
            StepEntry::AttemptInterrupted { failure, .. } => self.change(path, |step| {
                if let Some(attempt) = step.end_attempt(at, failure.clone()) {
                    attempt.interrupted = true;
                }
                StepProgress::Due(Cause::Continued)
            }),
            StepEntry::AttemptParked { failure, ask_at, .. } => self.change(path, |step| {
                let is_look = step.looks_again_at().is_some();
                step.end_attempt(at, Some(failure.clone()));
                StepProgress::Parked(Parked { since: at, ask_at: *ask_at, is_look })
            }),
            StepEntry::StillParked { failure, ask_at } => self.change(path, |step| {
                if let (Some(failure), Some(attempt)) = (failure, step.attempts.last_mut()) {
                    attempt.failure = Some(failure.clone());
                }
                let unknown = Parked { since: at, ask_at: None, is_look: false };
                StepProgress::Parked(Parked { ask_at: Some(*ask_at), ..step.parked().unwrap_or(unknown) })
            }),
            StepEntry::Unparked => self.change(path, |step| step.unpark(at)),
            StepEntry::Completed { output } => self.end_step(path, at, |step| {
                step.end_attempt(at, None);
                step.output = Some(output.clone());
                StepProgress::Completed
            }),
            StepEntry::Failed { failure } => self.fail_step(path, failure, at),
            StepEntry::Cancelled => self.end_step(path, at, |_| StepProgress::Cancelled),
        }
    }

    fn start_step(&mut self, path: &StepPath, input: Arc<Value>, at: Timestamp) {
        let (number, step) = self.known_step(path);
        let node = self.node(number);
        let deadline = at.checked_add(node.deadline).unwrap_or(Timestamp::MAX);
        let begun = StepState::begun(node.kind.kind().doing(), input, at, deadline);
        let begun = self.nodes[number].begin_step(step, begun);
        self.work.enter((number, step), &begun.progress);
        self.expand(number);
    }

    fn start_attempt(&mut self, path: &StepPath, number: u32, at: Timestamp) {
        self.change(path, |step| {
            // Nearly every step has one: room for more would be most of what a run with many items holds.
            step.attempts.reserve_exact(1);
            step.attempts.push(AttemptState {
                number,
                started_at: at,
                ended_at: None,
                interrupted: false,
                failure: None,
                retry_at: None,
                effects: Vec::new(),
            });
            StepProgress::Running
        });
    }

    fn fail_step(&mut self, path: &StepPath, failure: &Failure, at: Timestamp) {
        let (number, step) = self.known_step(path);
        if self.find_step(path).is_none() || self.nodes[number].goes_again(step) {
            self.start_step(path, Arc::new(Value::Null), at);
        }
        self.end_step(path, at, |step| {
            step.failure = Some(failure.clone());
            StepProgress::Failed
        });
    }

    fn end_step(&mut self, path: &StepPath, at: Timestamp, end: impl FnOnce(&mut StepState) -> StepProgress) {
        self.change(path, |step| {
            step.ended_at = Some(at);
            end(step)
        });
        let (number, step) = self.known_step(path);
        let node = &self.definition.nodes[number];
        match self.nodes[number].step_ended(node, step) {
            Some(outcome) => self.end_node(number, outcome, at),
            None => self.expand(number),
        }
    }

    /// Changes a step, and keeps the worklists right.
    pub(super) fn change(&mut self, path: &StepPath, change: impl FnOnce(&mut StepState) -> StepProgress) {
        let (number, place) = self.known_step(path);
        let step = &mut self.nodes[number].steps[place];
        self.work.leave((number, place), &step.progress);
        step.progress = change(step);
        self.work.enter((number, place), &step.progress);
    }
}
