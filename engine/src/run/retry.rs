//! What of a run that has ended goes again when it is retried: a function over its state. What it says is kept in the journal.

#![deny(clippy::wildcard_enum_match_arm)]

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    RunState, RunStatus, decide::begins_otherwise, edge::NodeOutcome, machine::RecordDraft, state::StepProgress,
};
use crate::{
    activity::Failure,
    definition::Phase,
    id::NodeId,
    journal::{Entry, Record, Refused, RunEntry, RunOutcome, SignalEntry, SkipReason},
};

/// What is to go again of a run that has ended. The default is all that was not done.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Retry {
    /// Only these nodes; all that was not done, where none is named.
    pub nodes: Vec<NodeId>,
    /// With the named nodes, those that were not done and wait for them.
    pub downstream: bool,
    /// Other inputs: all of them, checked, with defaults filled in.
    pub inputs: Option<Map<String, Value>>,
}

/// Why a run cannot be retried so.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CannotRetry {
    /// It has not ended.
    #[error("it has not ended: it is {0}")]
    GoesOn(RunStatus),
    /// It completed.
    #[error("it completed: nothing is left to do")]
    Completed,
    /// Its definition has no such node.
    #[error("it has no node `{0}`")]
    NoSuchNode(NodeId),
    /// All of a named node is done.
    #[error("`{0}` completed: its effects are done")]
    Done(NodeId),
    /// Only its `outputs` failed, and they would again.
    #[error("only its `outputs` failed, and they would fail again with the same inputs")]
    OnlyOutputs,
    /// The list of a node has changed where its items are done.
    #[error("`{node}`: {failure}")]
    DoneOtherwise {
        /// The node.
        node: NodeId,
        /// What it would fail with.
        failure: Box<Failure>,
    },
}

/// Nodes of a run, by their numbers.
type Numbers = BTreeSet<usize>;

impl RunState {
    /// How the run is once it is retried, and the record that says so. `unanswered` are the numbers of the messages of its inbox that nobody had
    /// answered when it ended: they are answered with it.
    ///
    /// # Errors
    /// [`CannotRetry`] where it cannot go on so.
    pub fn retried(
        &self,
        retry: &Retry,
        unanswered: impl IntoIterator<Item = u64>,
        at: Timestamp,
    ) -> Result<(Self, Record), CannotRetry> {
        let (mut state, mut draft) = (self.clone(), RecordDraft::new(at));
        for message in unanswered {
            let received = SignalEntry::Received { message, refused: Some(Refused::Ended) };
            draft.push(&mut state, Entry::Signal(received));
        }
        draft.push(&mut state, self.retried_by(retry)?);
        state.check_done()?;
        let record = draft.into_record(&mut state).expect("that it is retried is an entry");
        Ok((state, record))
    }

    /// What a retry leaves in the journal.
    fn retried_by(&self, retry: &Retry) -> Result<Entry, CannotRetry> {
        if !self.is_ended() {
            return Err(CannotRetry::GoesOn(self.status()));
        }
        if self.status() == RunStatus::Completed {
            return Err(CannotRetry::Completed);
        }
        let chosen = self.chosen(retry)?;
        let is_main = |number: &usize| self.node(*number).phase == Phase::Main;
        let finally_only = match chosen.is_empty() && retry.nodes.is_empty() {
            // Nothing is left to do but to end otherwise.
            true => !matches!(self.frame(Phase::Main).ended, Some((RunOutcome::Cancelled, _))),
            false => !chosen.iter().any(is_main),
        };
        if chosen.is_empty() && finally_only && retry.inputs.is_none() {
            return Err(CannotRetry::OnlyOutputs);
        }
        let phase = if finally_only { Phase::Finally } else { Phase::Main };
        let left: Numbers = self.undone(phase).difference(&chosen).copied().collect();
        let all_of_finally = (0..self.definition().nodes.len()).filter(|number| !finally_only && !is_main(number));
        let again: Numbers = chosen.into_iter().chain(all_of_finally).collect();
        let names = |numbers: Numbers| numbers.into_iter().map(|number| self.node(number).id.clone()).collect();
        let retried =
            RunEntry::Retried { nodes: names(again), left: names(left), finally_only, inputs: retry.inputs.clone() };
        Ok(Entry::Run(retried))
    }

    /// What would go wrong at once in a run that was just retried: a list that has changed where its items are done.
    fn check_done(&self) -> Result<(), CannotRetry> {
        let begun = self.work.ready.iter().filter(|number| !self.node_state(**number).steps.is_empty());
        let otherwise =
            begun.map(|number| self.node(*number)).find_map(|node| Some((node, begins_otherwise(self, node)?)));
        match otherwise {
            Some((node, failure)) => {
                Err(CannotRetry::DoneOtherwise { node: node.id.clone(), failure: Box::new(failure) })
            }
            None => Ok(()),
        }
    }

    /// The nodes that go again: those that are named, or all that was not done, of `nodes` or else of `finally`.
    fn chosen(&self, retry: &Retry) -> Result<Numbers, CannotRetry> {
        if retry.nodes.is_empty() {
            let main = self.undone(Phase::Main);
            let ended_well = matches!(self.frame(Phase::Main).ended, Some((RunOutcome::Completed, _)));
            return Ok(if main.is_empty() && ended_well { self.undone(Phase::Finally) } else { main });
        }
        let mut named = Numbers::new();
        for id in &retry.nodes {
            let number = self.number(id.as_str()).ok_or_else(|| CannotRetry::NoSuchNode(id.clone()))?;
            if self.is_done(number) {
                return Err(CannotRetry::Done(id.clone()));
            }
            named.insert(number);
        }
        Ok(if retry.downstream { self.with_dependents(named, |number| !self.is_done(number)) } else { named })
    }

    /// The nodes of a phase that are not done and are to be: what failed and nobody handled, what the run's end cut off, and what was skipped
    /// and waits for one of these.
    fn undone(&self, phase: Phase) -> Numbers {
        let left = &self.frame(phase).left;
        let is_root = |number: &usize| match self.node_state(*number).outcome() {
            Some(NodeOutcome::Failed) => !self.is_handled(*number),
            Some(NodeOutcome::Cancelled | NodeOutcome::Skipped(SkipReason::RunFailed)) => true,
            Some(NodeOutcome::Skipped(SkipReason::Condition | SkipReason::Upstream)) => left.contains(number),
            Some(NodeOutcome::Completed | NodeOutcome::FailedButContinued) | None => false,
        };
        let of_phase = |number: &usize| self.node(*number).phase == phase;
        let roots = (0..self.definition().nodes.len()).filter(of_phase).filter(is_root).collect();
        let is_skipped = |number: usize| matches!(self.node_state(number).outcome(), Some(NodeOutcome::Skipped(_)));
        self.with_dependents(roots, is_skipped).into_iter().filter(of_phase).collect()
    }

    /// These nodes, and those that wait for one of them, directly or through others, as far as they are wanted.
    fn with_dependents(&self, mut found: Numbers, is_wanted: impl Fn(usize) -> bool) -> Numbers {
        let mut next: Vec<usize> = found.iter().copied().collect();
        while let Some(number) = next.pop() {
            let neighbours = self.neighbours(number);
            let by_edge = neighbours.dependents.iter().map(|(dependent, _)| *dependent);
            for dependent in by_edge.chain(neighbours.mentioned_by.iter().copied()).filter(|number| is_wanted(*number))
            {
                if found.insert(dependent) {
                    next.push(dependent);
                }
            }
        }
        found
    }

    /// Whether nothing of a node is left to do. One that completed although items of it failed is not.
    fn is_done(&self, number: usize) -> bool {
        let state = self.node_state(number);
        let all_completed = state.steps.iter().all(|step| step.progress == StepProgress::Completed);
        state.outcome() == Some(NodeOutcome::Completed) && all_completed
    }
}
