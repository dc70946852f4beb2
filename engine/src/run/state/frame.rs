//! Nodes that begin and end together: `nodes` is a frame, `finally` another.

use super::failures::Failures;
use crate::journal::{RunError, RunOutcome};

/// How far a frame is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::run) struct Frame {
    /// Nodes that have not ended.
    pub(in crate::run) open_nodes: usize,
    pub(super) failures: Failures,
    /// The node of the first failure that nobody handled.
    pub(super) failed_node: Option<usize>,
    /// How it will end, once that is no longer `completed`.
    pub(in crate::run) ending: Option<RunOutcome>,
    /// Nodes that were not done, and that a retry of the run left so.
    pub(in crate::run) left: Vec<usize>,
    /// How it ended.
    pub(in crate::run) ended: Option<(RunOutcome, Option<RunError>)>,
}

impl Frame {
    /// A frame with so many nodes, none of which has begun.
    pub(super) fn of(nodes: usize) -> Self {
        Self { open_nodes: nodes, ..Self::default() }
    }

    /// It will end so, unless it has ended, or will end otherwise.
    pub(super) fn end_early(&mut self, outcome: RunOutcome) {
        if self.ended.is_none() && self.ending.is_none() {
            self.ending = Some(outcome);
        }
    }

    /// Its nodes have other numbers, or are there no more.
    pub(super) fn renumber(&mut self, number_of: impl Fn(usize) -> Option<usize>) {
        self.failures.renumber(&number_of);
        self.failed_node = self.failed_node.and_then(&number_of);
        self.left = self.left.iter().filter_map(|number| number_of(*number)).collect();
    }

    /// Looks whether a failure is left that nobody handled, and nobody will.
    pub(super) fn find_unhandled(&mut self) {
        if self.failed_node.is_none() {
            self.failed_node = self.failures.first_unhandled();
        }
    }
}
