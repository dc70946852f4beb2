//! The state of a run: a fold over its journal. Everything here is pure, and costs as much as what happened, not as
//! much as the graph is large.

#![deny(clippy::wildcard_enum_match_arm)]

mod apply;
mod ending;
mod failures;
mod frame;
mod node;
mod progress;
mod seen;
mod sound;
mod step;
mod work;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use self::step::Cause;
pub(super) use self::{
    ending::StartWhileDraining,
    frame::Frame,
    node::{DoneItem, Life, NodeState},
    seen::NodeFields,
    step::{EffectState, StepProgress, StepState, error_value, unanswered},
    work::{StepNumber, Work},
};
use super::{
    CannotGoOn,
    edge::NodeOutcome,
    graph::{Graph, Neighbours},
};
use crate::{
    definition::{Definition, Node, Phase},
    id::{NodeId, RunId, StepPath},
    journal::{Entry, Record, RunEntry, RunError, RunOutcome, RunStarted},
    kind::{ActivityNode, Doing, NodeKind},
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
    /// The number of the last message of its inbox that was taken.
    received: u64,
    /// Whether a process drives it, as far as the journal knows.
    driven: bool,
    /// Since when it is paused, if it is.
    paused_at: Option<Timestamp>,
    /// How long what runs has to finish, of a run whose end was asked for with a bound.
    grace: Option<Grace>,
    end: Option<RunEnd>,
    /// How it ended before it was retried, the first first.
    retries: Vec<RetriedRun>,
    /// Why it cannot go on; its definition is an outline then.
    cannot_go_on: Option<Arc<CannotGoOn>>,
    nodes: Vec<NodeState>,
    /// `nodes`, and `finally`.
    frames: [Frame; 2],
    pub(super) work: Work,
}

/// How long the attempts of a run that ends have to finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grace {
    Until(Timestamp),
    Over,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
struct RunEnd {
    outcome: RunOutcome,
    error: Option<RunError>,
    outputs: Option<Map<String, Value>>,
}

/// An end that was not the last: the run went on.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetriedRun {
    /// When it had ended.
    pub ended_at: Timestamp,
    /// How.
    pub outcome: RunOutcome,
    /// The first failure that nobody had handled.
    pub error: Option<RunError>,
    /// When it went on.
    pub at: Timestamp,
    /// The nodes that went again.
    pub nodes: Vec<NodeId>,
    /// The inputs from then on, where they are others.
    pub inputs: Option<Map<String, Value>>,
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
        let Some((Entry::Run(RunEntry::Started(started)), more)) = first.entries.split_first() else {
            return Err(NoStart);
        };
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

    /// Why it cannot go on under this version, of a run that has not ended. Its definition is an outline then: what it shows of the nodes
    /// is what the journal tells.
    pub fn cannot_go_on(&self) -> Option<&CannotGoOn> {
        self.cannot_go_on.as_deref().filter(|_| !self.is_ended())
    }

    /// Why it could not go on under this version, also of a run that has ended.
    pub(super) fn outlined_for(&self) -> Option<&CannotGoOn> {
        self.cannot_go_on.as_deref()
    }

    /// The same state of a run that cannot go on.
    #[must_use]
    pub(super) fn unable_to_go_on(self, cannot_go_on: CannotGoOn) -> Self {
        Self { cannot_go_on: Some(Arc::new(cannot_go_on)), ..self }
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

    /// The inputs that hold now: those of the newest retry that gave others, or those that it began with.
    pub fn inputs(&self) -> &Map<String, Value> {
        self.retries.iter().rev().find_map(|retry| retry.inputs.as_ref()).unwrap_or(&self.started.inputs)
    }

    /// How it had ended each time before it was retried, the first first.
    pub fn retries(&self) -> &[RetriedRun] {
        &self.retries
    }

    /// When it began.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// When it ended.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    /// The number of the last message of its inbox that was taken; 0 before the first.
    pub fn received(&self) -> u64 {
        self.received
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

    /// A frame of the run.
    pub(super) fn frame(&self, phase: Phase) -> &Frame {
        &self.frames[phase as usize]
    }

    /// Whether the run is over.
    pub fn is_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Whether a node failed, and another of its phase that waits for that completed.
    pub(super) fn is_handled(&self, number: usize) -> bool {
        let handlers = self.graph.neighbours(number).handlers.iter();
        let of_phase = handlers.filter(|handler| self.node(**handler).phase == self.node(number).phase);
        let mut outcomes = of_phase.map(|handler| self.nodes[*handler].outcome());
        self.nodes[number].outcome() == Some(NodeOutcome::Failed)
            && outcomes.any(|outcome| outcome == Some(NodeOutcome::Completed))
    }

    /// A node of the definition.
    pub(super) fn node(&self, number: usize) -> &Node {
        &self.definition.nodes[number]
    }

    /// What a step does.
    pub(super) fn doing(&self, path: &StepPath) -> Option<Doing<'_>> {
        self.number(path.node().as_str()).map(|number| self.node(number).kind.kind().doing())
    }

    /// The node of a step that has attempts.
    pub(super) fn activity(&self, path: &StepPath) -> &ActivityNode {
        let node = self.number(path.node().as_str()).map(|number| &self.node(number).kind);
        node.and_then(NodeKind::activity).expect("a step has attempts where its node has an activity")
    }

    /// How far a node is.
    pub(super) fn node_state(&self, number: usize) -> &NodeState {
        &self.nodes[number]
    }

    /// The number of a node.
    pub(super) fn number(&self, id: &str) -> Option<usize> {
        self.graph.number(id)
    }

    /// Where a node stands in the graph.
    pub(super) fn neighbours(&self, number: usize) -> &Neighbours {
        self.graph.neighbours(number)
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
    pub(super) fn step_path(&self, (node, step): StepNumber) -> StepPath {
        step_path(&self.node(node).id, self.nodes[node].items.is_some(), step)
    }

    /// The number of a step, whether it has begun or not.
    pub(super) fn step_number(&self, path: &StepPath) -> Option<StepNumber> {
        Some((self.number(path.node().as_str())?, path.item().unwrap_or(0) as usize))
    }

    /// The effect of a step that a person can decide about: it is in doubt, or looked for again later.
    pub(super) fn effect_to_decide(&self, path: &StepPath) -> Option<&EffectState> {
        let step = self.find_step(path)?;
        let is_open = matches!(step.progress, StepProgress::InDoubt(_) | StepProgress::LooksAgain(_));
        // An item must be named where there are items, and only there.
        step.open_effect().filter(|effect| is_open && effect.id.step == *path)
    }

    /// A step that has begun, by name.
    pub(super) fn find_step(&self, path: &StepPath) -> Option<&StepState> {
        let (node, step) = self.step_number(path)?;
        self.nodes[node].steps.get(step)
    }
}

/// The path of a step of a node.
pub(super) fn step_path(node: &NodeId, is_item: bool, step: usize) -> StepPath {
    match is_item {
        true => {
            StepPath::of_item(node.clone(), u32::try_from(step).expect("a list in memory has fewer items than that"))
        }
        false => StepPath::of(node.clone()),
    }
}
