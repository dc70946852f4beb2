//! How long a call may take.

use std::time::Duration;

use jiff::Timestamp;

use super::retry::later;
use crate::{activity::Failure, diagnostic::Code, run::state::StepState};

/// How long a call may take, and what ends it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit {
    timeout: Duration,
    pub(super) until: Timestamp,
    /// Whether it is the step's deadline that ends it.
    is_deadline: bool,
}

impl Limit {
    /// The limit of an attempt of this step that begins now.
    pub(super) fn of_attempt(step: &StepState, timeout: Duration, now: Timestamp) -> Self {
        let until = later(now, timeout);
        // What has had effects is finished, late or not: its output names them.
        let is_deadline = step.deadline < until && step.results.is_empty();
        Self { timeout, until: if is_deadline { step.deadline } else { until }, is_deadline }
    }

    /// The limit of a look that begins now.
    pub(super) fn of_look(timeout: Duration, now: Timestamp) -> Self {
        Self { timeout, until: later(now, timeout), is_deadline: false }
    }

    /// A further effect begins now. With each after the step's first the time begins anew: a node with many effects is not slow.
    pub(super) fn begin_anew(&mut self, now: Timestamp) {
        if !self.is_deadline {
            self.until = self.until.max(later(now, self.timeout));
        }
    }

    /// What an attempt fails with that takes longer.
    pub(super) fn failure(&self) -> Failure {
        match self.is_deadline {
            true => Failure::permanent(Code::DEADLINE_PASSED, "the step's deadline passed"),
            false => {
                let message = format!("the attempt took longer than {} ms", self.timeout.as_millis());
                Failure::transient(Code::TIMED_OUT, message)
            }
        }
    }
}
