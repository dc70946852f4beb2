//! The state of a run: a fold over its journal. Everything here is pure, and costs as much as what happened, not as
//! much as the graph is large.

mod apply;
mod failures;
mod node;
mod seen;
mod step;
mod work;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use self::failures::Failures;
pub(super) use self::{
    node::{Life, NodeState},
    seen::NodeFields,
    step::{EffectState, Progress, StepState, error_value},
    work::{StepNumber, Work},
};
use super::{RunStatus, edge::Outcome, graph::Graph};
use crate::{
    definition::{Definition, Edge, Join, Node, Phase, WaitsFor},
    id::{NodeId, OperationId, RunId, StepId},
    journal::{Entry, Record, RunError, RunOutcome, RunStarted},
    store::RunSummary,
};

/// How far a run is, as its journal tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    definition: Arc<Definition>,
    graph: Arc<Graph>,
    started: RunStarted,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    /// When the last record was written, and how many there are.
    last_at: Timestamp,
    records: u64,
    /// Whether a process drives it, as far as the journal knows.
    driven: bool,
    /// How `nodes` will end, once that is no longer `completed`.
    ending: Option<RunOutcome>,
    main_end: Option<(RunOutcome, Option<RunError>)>,
    /// Somebody asked for the run's end while `finally` ran.
    cancelled_late: bool,
    end: Option<End>,
    nodes: Vec<NodeState>,
    /// Nodes that have not settled: of `nodes`, and of `finally`.
    open_nodes: [usize; 2],
    failures: [Failures; 2],
    /// The failure that is the run's, by node: of `nodes`, and of `finally`.
    error: [Option<usize>; 2],
    pub(super) work: Work,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
struct End {
    outcome: RunOutcome,
    error: Option<RunError>,
    outputs: Option<Map<String, Value>>,
}

/// A journal that does not begin with `RunStarted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal does not begin with the start of a run")]
pub struct NoStart;

impl RunState {
    /// The state that a journal tells.
    ///
    /// # Errors
    /// [`NoStart`] if it does not begin as journals do.
    pub fn replay(definition: Arc<Definition>, journal: &[Record]) -> Result<Self, NoStart> {
        let (first, rest) = journal.split_first().ok_or(NoStart)?;
        let Some((Entry::RunStarted(started), more)) = first.entries.split_first() else { return Err(NoStart) };
        let mut state = Self::begin(definition, started.clone(), first.at);
        more.iter().for_each(|entry| state.note(first.at, entry));
        rest.iter().for_each(|record| state.apply(record));
        Ok(state)
    }

    /// Goes on by one record.
    pub fn apply(&mut self, record: &Record) {
        record.entries.iter().for_each(|entry| self.note(record.at, entry));
        self.recorded(record.at);
    }

    /// The entries that were noted one by one are a record now.
    pub(super) fn recorded(&mut self, at: Timestamp) {
        self.last_at = at;
        self.records += 1;
    }

    /// The definition.
    pub fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// The run.
    pub fn run(&self) -> RunId {
        self.started.run
    }

    /// How it began.
    pub fn started(&self) -> &RunStarted {
        &self.started
    }

    /// When it began.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// When it ended.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    /// How many records there are: the number of the next one.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The evaluated `outputs`, of a completed run.
    pub fn outputs(&self) -> Option<&Map<String, Value>> {
        self.end.as_ref()?.outputs.as_ref()
    }

    /// The first failure that nobody handled.
    pub fn error(&self) -> Option<RunError> {
        match &self.end {
            Some(end) => end.error.clone(),
            None => self.error_of(Phase::Main).or_else(|| self.error_of(Phase::Finally)),
        }
    }

    /// When the next attempt begins that waits for its time.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.work.waiting.first().map(|(until, _)| *until)
    }

    /// How far the run is.
    pub fn status(&self) -> RunStatus {
        let work = &self.work;
        match &self.end {
            Some(End { outcome: RunOutcome::Completed, .. }) => RunStatus::Completed,
            Some(End { outcome: RunOutcome::Failed, .. }) => RunStatus::Failed,
            Some(End { outcome: RunOutcome::Cancelled, .. }) => RunStatus::Cancelled,
            // The grant comes first: without it nothing of an effect can be looked at.
            None if self.awaits_grant() && work.running.is_empty() => RunStatus::NeedsGrant,
            None if !work.in_doubt.is_empty() && !self.can_go_on() => RunStatus::NeedsDecision,
            None if !self.driven => RunStatus::Interrupted,
            None if work.running.is_empty() && !work.waiting.is_empty() => RunStatus::Waiting,
            None => RunStatus::Running,
        }
    }

    /// Whether anything but a person's decision would let the run go on.
    fn can_go_on(&self) -> bool {
        let work = &self.work;
        let may_begin = |number: &usize| !self.is_restrained(*number) || self.begins_late(*number) != Late::Perhaps;
        let may_spread = |number: &usize| !self.is_restrained(*number) || self.nodes[*number].open_steps == 0;
        work.has_steps()
            || !work.blocked.is_empty()
            || work.ready.iter().any(may_begin)
            || work.spreading.iter().any(may_spread)
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
            definition: self.started.definition.clone(),
            process: self.started.process.clone(),
            version: self.started.version.clone(),
            status: self.status(),
            started_at: self.started_at,
            ended_at: self.ended_at,
        }
    }

    /// How the run is ending before its time, if it is.
    pub(super) fn ending(&self) -> Option<RunOutcome> {
        self.ending
    }

    /// Whether a grant is missing. No attempt begins until the run is resumed: all use the same access token.
    pub(super) fn awaits_grant(&self) -> bool {
        !self.work.parked.is_empty()
    }

    /// Whether a step of this node that waits for a grant is cancelled instead, because the run ends.
    pub(super) fn gives_up_parked(&self, number: usize) -> bool {
        self.is_restrained(number) || self.cancelled_late
    }

    /// Whether somebody asked for the run's end while `finally` ran, and something of it was given up for that.
    pub(super) fn gave_up_finally(&self) -> bool {
        let is_cancelled = |number: &usize| self.nodes[*number].outcome() == Some(Outcome::Cancelled);
        let finally = |number: &usize| self.node(*number).phase == Phase::Finally;
        self.cancelled_late && (0..self.nodes.len()).filter(finally).any(|number| is_cancelled(&number))
    }

    /// Whether nothing new begins in this node, because the run ends.
    pub(super) fn is_restrained(&self, number: usize) -> bool {
        self.ending.is_some() && self.node(number).phase == Phase::Main && !self.nodes[number].began_late
    }

    /// Whether a node may begin although the run ends: now, later, or not at all.
    pub(super) fn begins_late(&self, number: usize) -> Late {
        let node = self.node(number);
        let waits_for_any = |edge: &Edge| edge.waits_for.contains(&WaitsFor::Any);
        match node.join {
            Join::All if !node.edges.is_empty() && node.edges.iter().all(waits_for_any) => Late::Now,
            Join::Any if self.nodes[number].tally.any_taken > 0 => Late::Now,
            Join::Any if node.edges.iter().any(waits_for_any) => Late::Perhaps,
            _ => Late::Never,
        }
    }

    /// How `nodes` ended, once `finally` runs.
    pub(super) fn main_end(&self) -> Option<&(RunOutcome, Option<RunError>)> {
        self.main_end.as_ref()
    }

    /// Whether the run is over.
    pub fn is_ended(&self) -> bool {
        self.end.is_some()
    }

    /// How many nodes of a phase have not settled.
    pub(super) fn open_nodes(&self, phase: Phase) -> usize {
        self.open_nodes[phase as usize]
    }

    /// The first failure of a phase that nobody handled.
    pub(super) fn error_of(&self, phase: Phase) -> Option<RunError> {
        let number = self.error[phase as usize]?;
        let failure = self.nodes[number].failure.clone()?;
        Some(RunError { node: Some(self.node(number).id.clone()), failure })
    }

    /// A node of the definition.
    pub(super) fn node(&self, number: usize) -> &Node {
        &self.definition.nodes[number]
    }

    /// How far a node is.
    pub(super) fn node_state(&self, number: usize) -> &NodeState {
        &self.nodes[number]
    }

    /// The number of a node.
    pub(super) fn number(&self, id: &str) -> Option<usize> {
        self.graph.number(id)
    }

    /// Where the edges of a node come from.
    pub(super) fn sources(&self, number: usize) -> &[usize] {
        &self.graph.neighbours(number).sources
    }

    /// A step that has begun.
    pub(super) fn step(&self, (node, step): StepNumber) -> &StepState {
        &self.nodes[node].steps[step]
    }

    /// The name of a step.
    pub(super) fn step_id(&self, (node, step): StepNumber) -> StepId {
        step_id(&self.node(node).id, self.nodes[node].items.is_some(), step)
    }

    /// The number of a step, whether it has begun or not.
    pub(super) fn step_number(&self, id: &StepId) -> Option<StepNumber> {
        Some((self.number(id.node.as_str())?, id.item.unwrap_or(0) as usize))
    }

    /// The operation of a step that a person must decide about.
    pub(super) fn operation_in_doubt(&self, id: &StepId) -> Option<&OperationId> {
        match &self.find_step(id)?.progress {
            // An item must be named where there are items, and only there.
            Progress::InDoubt(operation) if operation.step == *id => Some(operation),
            _ => None,
        }
    }

    /// A step that has begun, by name.
    pub(super) fn find_step(&self, id: &StepId) -> Option<&StepState> {
        let (node, step) = self.step_number(id)?;
        self.nodes[node].steps.get(step)
    }
}

/// Whether a node may begin although the run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// Its edges wait for `any` outcome.
    Now,
    /// One of its edges does, and has not been taken.
    Perhaps,
    /// It would be new work.
    Never,
}

/// The name of a step of a node.
pub(super) fn step_id(node: &NodeId, is_item: bool, step: usize) -> StepId {
    let item = is_item.then(|| u32::try_from(step).expect("a list in memory has fewer items than that"));
    StepId { node: node.clone(), item }
}
