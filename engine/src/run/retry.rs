//! What of a run that has ended goes again when it is retried: a function over its state. What it says is kept in the journal.

#![deny(clippy::wildcard_enum_match_arm)]

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    RunState, RunStatus, contradiction::contradictions, decide::begins_otherwise, edge::NodeOutcome,
    machine::RecordDraft, state::StepProgress,
};
use crate::{
    activity::Failure,
    definition::{Definition, Phase, Source},
    diagnostic::Diagnostic,
    id::NodeId,
    journal::{Correction, Entry, Record, Refused, RunEntry, RunOutcome, SignalEntry, SkipReason},
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
    /// Another definition, under which the run goes on: of the same process, and with all that is done as it was. Inputs that it had before are
    /// carried over where none are given. Nodes that are new go in any case.
    pub definition: Option<Arc<Definition>>,
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
    /// The key by which it would be admitted cannot be made.
    #[error("{0}")]
    NoAdmissionKey(String),
    /// The list of a node has changed where its items are done.
    #[error("`{node}`: {failure}")]
    DoneOtherwise {
        /// The node.
        node: NodeId,
        /// What it would fail with.
        failure: Box<Failure>,
    },
    /// What is done is not what the corrected definition says, or the run's inputs do not fit it.
    #[error("the corrected definition does not fit what is done")]
    Contradicted {
        /// Its text.
        text: Source,
        /// All that does not fit, each with its place there.
        problems: Vec<Diagnostic>,
    },
}

/// Nodes of a run, by their numbers.
pub(super) type Numbers = BTreeSet<usize>;

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
        let retried = match self.definition_in(retry) {
            Some(definition) => {
                state.know(definition);
                self.corrected_by(definition, retry)?
            }
            None => self.retried_by(retry, &Numbers::new())?,
        };
        draft.push(&mut state, Entry::Run(retried));
        state.check_done()?;
        if let Some(asked) = state.asks_for_admission().map_err(CannotRetry::NoAdmissionKey)? {
            draft.push(&mut state, Entry::Run(RunEntry::AdmissionAsked(asked)));
        }
        let record = draft.into_record(&mut state).expect("that it is retried is an entry");
        Ok((state, record))
    }

    /// The definition that a retry brings, where the run has another.
    pub(super) fn definition_in<'a>(&self, retry: &'a Retry) -> Option<&'a Arc<Definition>> {
        retry.definition.as_ref().filter(|definition| definition.hash != *self.definition_hash())
    }

    /// What a retry leaves in the journal that brings another definition.
    fn corrected_by(&self, definition: &Arc<Definition>, retry: &Retry) -> Result<RunEntry, CannotRetry> {
        let contradicted = |problems| CannotRetry::Contradicted { text: definition.source.clone(), problems };
        let carried = || definition.bind_inputs(definition.carried_inputs(self.definition(), self.inputs()));
        let given = retry.inputs.clone().map_or_else(carried, Ok).map_err(contradicted)?;
        let corrected = self.corrected(definition);
        let mut retried = corrected.retried_by(retry, &corrected.otherwise_than(self))?;
        if let RunEntry::Retried { nodes, finally_only, inputs, correction, .. } = &mut retried {
            let problems = contradictions((self, &corrected.seeing(&given)), nodes, *finally_only);
            if !problems.is_empty() {
                return Err(contradicted(problems));
            }
            *inputs = Some(given).filter(|given| given != self.inputs());
            *correction = Some(Correction {
                definition: definition.hash.clone(),
                source_name: definition.source.name().to_owned(),
                source_path: definition.source.path().map(str::to_owned),
                version: definition.version.clone(),
            });
        }
        Ok(retried)
    }

    /// The nodes that were written otherwise in the definition that the run had before, and are not done.
    fn otherwise_than(&self, before: &Self) -> Numbers {
        let is_otherwise = |number: &usize| {
            let node = self.node(*number);
            let had = before.definition().node(node.id.as_str());
            had.is_some_and(|had| !had.keys_otherwise(node).is_empty()) && !self.is_done(*number)
        };
        (0..self.definition().nodes.len()).filter(is_otherwise).collect()
    }

    /// What a retry leaves in the journal. Nodes that are not done and are written `otherwise` than before go again, however they ended.
    fn retried_by(&self, retry: &Retry, otherwise: &Numbers) -> Result<RunEntry, CannotRetry> {
        if !self.is_ended() {
            return Err(CannotRetry::GoesOn(self.status()));
        }
        if self.status() == RunStatus::Completed {
            return Err(CannotRetry::Completed);
        }
        let chosen = self.chosen(retry, otherwise)?;
        let is_main = |number: &usize| self.node(*number).phase == Phase::Main;
        let finally_only = match chosen.is_empty() && retry.nodes.is_empty() {
            // Nothing is left to do but to end otherwise.
            true => matches!(self.frame(Phase::Main).ended, Some((RunOutcome::Completed, _))),
            false => !chosen.iter().any(is_main),
        };
        if chosen.is_empty() && finally_only && retry.inputs.is_none() && self.definition_in(retry).is_none() {
            return Err(CannotRetry::OnlyOutputs);
        }
        let phase = if finally_only { Phase::Finally } else { Phase::Main };
        let left: Numbers = self.undone(phase, otherwise).difference(&chosen).copied().collect();
        let all_of_finally = (0..self.definition().nodes.len()).filter(|number| !finally_only && !is_main(number));
        let again: Numbers = chosen.into_iter().chain(all_of_finally).collect();
        let names = |numbers: Numbers| numbers.into_iter().map(|number| self.node(number).id.clone()).collect();
        let (nodes, left, inputs) = (names(again), names(left), retry.inputs.clone());
        Ok(RunEntry::Retried { nodes, left, finally_only, inputs, correction: None })
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
    fn chosen(&self, retry: &Retry, otherwise: &Numbers) -> Result<Numbers, CannotRetry> {
        if retry.nodes.is_empty() {
            let main = self.undone(Phase::Main, otherwise);
            let ended_well = matches!(self.frame(Phase::Main).ended, Some((RunOutcome::Completed, _)));
            return Ok(if main.is_empty() && ended_well { self.undone(Phase::Finally, otherwise) } else { main });
        }
        let is_new = |number: &usize| self.node_state(*number).outcome().is_none();
        let mut named: Numbers = (0..self.definition().nodes.len()).filter(is_new).collect();
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
    /// and waits for one of these; what is new in the definition, and what is written `otherwise` there.
    pub(super) fn undone(&self, phase: Phase, otherwise: &Numbers) -> Numbers {
        let left = &self.frame(phase).left;
        let is_root = |number: &usize| match self.node_state(*number).outcome() {
            Some(NodeOutcome::Failed) => !self.is_handled(*number),
            Some(NodeOutcome::Cancelled | NodeOutcome::Skipped(SkipReason::RunFailed)) => true,
            Some(NodeOutcome::Skipped(SkipReason::Condition | SkipReason::Upstream)) => left.contains(number),
            Some(NodeOutcome::Completed | NodeOutcome::FailedButContinued) => false,
            None => true,
        };
        let is_root = |number: &usize| is_root(number) || otherwise.contains(number);
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
    pub(super) fn is_done(&self, number: usize) -> bool {
        let state = self.node_state(number);
        let all_completed = state.steps.iter().all(|step| step.progress == StepProgress::Completed);
        state.outcome() == Some(NodeOutcome::Completed) && all_completed
    }
}
