//! What a run that ends early still begins, and what it gives up.

use jiff::Timestamp;

use super::{Grace, RunState, StepNumber};
use crate::{
    activity::Failure,
    definition::{Edge, Join, Phase, WaitsFor},
    diagnostic::Code,
    journal::{RunError, RunOutcome},
    kind::OnUnknown,
    run::edge::NodeOutcome,
};

/// Whether a node may begin although the run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum StartWhileDraining {
    /// Its edges wait for `any` outcome.
    Now,
    /// One of its edges does, and has not been taken.
    Perhaps,
    /// It would be new work.
    Never,
}

impl RunState {
    /// How the run is ending before its time, if it is.
    pub(in crate::run) fn ending(&self) -> Option<RunOutcome> {
        self.frame(Phase::Main).ending
    }

    /// When what runs is to have finished, because the run ends.
    pub(in crate::run) fn grace_end(&self) -> Option<Timestamp> {
        match self.grace {
            Some(Grace::Until(end)) => Some(end),
            Some(Grace::Over) | None => None,
        }
    }

    /// Whether what runs has had its time to finish, of a run that ends.
    pub(in crate::run) fn is_grace_over(&self) -> bool {
        self.grace == Some(Grace::Over)
    }

    /// Whether a step of this node that is due is cancelled instead, because the run ends and its time is over.
    pub(in crate::run) fn gives_up_due(&self, number: usize) -> bool {
        self.is_grace_over() && self.is_draining(number)
    }

    /// Whether a grant is missing. No attempt begins until it is there: all use the same access token.
    pub(in crate::run) fn awaits_grant(&self) -> bool {
        !self.work.parked.is_empty()
    }

    /// Whether a step of this node that waits for a grant is cancelled instead, because the run ends.
    pub(in crate::run) fn gives_up_parked(&self, number: usize) -> bool {
        self.is_draining(number) || self.frame(Phase::Finally).ending.is_some()
    }

    /// Whether a step that waits for a grant has an effect about which a person is asked, if it is given up: it cannot be looked for.
    pub(in crate::run) fn is_to_be_doubted(&self, number: StepNumber) -> bool {
        let asks = self.activity(&self.step_path(number)).on_unknown == OnUnknown::Stop;
        let step = self.step(number);
        asks && step.open_effect().is_some() && step.parked().is_some_and(|parked| parked.is_look)
    }

    /// Whether somebody asked for the run's end while `finally` ran, and something of it was given up for that.
    pub(in crate::run) fn gave_up_finally(&self) -> bool {
        let is_cancelled = |number: &usize| self.nodes[*number].outcome() == Some(NodeOutcome::Cancelled);
        let finally = |number: &usize| self.node(*number).phase == Phase::Finally;
        self.frame(Phase::Finally).ending.is_some()
            && (0..self.nodes.len()).filter(finally).any(|number| is_cancelled(&number))
    }

    /// Whether nothing new begins in this node, because the run ends.
    pub(in crate::run) fn is_draining(&self, number: usize) -> bool {
        let in_main = self.node(number).phase == Phase::Main;
        in_main && self.ending().is_some() && !self.nodes[number].started_while_draining
    }

    /// Whether a node may begin although the run ends: now, later, or not at all.
    pub(in crate::run) fn start_while_draining(&self, number: usize) -> StartWhileDraining {
        let node = self.node(number);
        let waits_for_any = |edge: &Edge| edge.waits_for.contains(&WaitsFor::Any);
        match node.join {
            Join::All if !node.edges.is_empty() && node.edges.iter().all(waits_for_any) => StartWhileDraining::Now,
            Join::Any if self.nodes[number].tally.any_taken > 0 => StartWhileDraining::Now,
            Join::Any if node.edges.iter().any(waits_for_any) => StartWhileDraining::Perhaps,
            Join::All | Join::Any => StartWhileDraining::Never,
        }
    }

    /// The first failure of a phase that nobody handled.
    pub(in crate::run) fn error_of(&self, phase: Phase) -> Option<RunError> {
        let number = self.frame(phase).failed_node?;
        let failure = self.nodes[number].failure.clone()?;
        Some(RunError { node: Some(self.node(number).id.clone()), failure })
    }

    /// How a phase ends in which nodes were left that were not done, if some still are; and the first of them.
    pub(in crate::run) fn left_undone(&self, phase: Phase) -> Option<(RunOutcome, Option<RunError>)> {
        let is_undone = |number: &&usize| !self.is_handled(**number);
        let first = *self.frame(phase).left.iter().find(is_undone)?;
        if self.retries.last().is_some_and(|retry| retry.outcome == RunOutcome::Cancelled) {
            return Some((RunOutcome::Cancelled, None));
        }
        let node = &self.node(first).id;
        let failure = self.nodes[first].failure.clone().unwrap_or_else(|| {
            Failure::permanent(Code::LEFT_UNDONE, format!("`{node}` was not done, and the retry left it so"))
                .with_help("`flowrun runs retry` without `--node` goes on with it")
        });
        Some((RunOutcome::Failed, Some(RunError { node: Some(node.clone()), failure })))
    }
}
