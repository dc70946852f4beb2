//! The state of a run: a fold over its journal. Everything here is pure, and costs as much as what happened, not as
//! much as the graph is large.

#![deny(clippy::wildcard_enum_match_arm)]

mod admission;
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

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::{Map, Value};

use self::{admission::AskedAdmission, step::Cause};
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
    id::{DefinitionHash, NodeId, RunId, StepPath},
    journal::{Correction, Entry, Record, RunEntry, RunError, RunOutcome, RunStarted},
    kind::{ActivityNode, Doing, NodeKind},
};

/// How far a run is, as its journal tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    definition: Arc<Definition>,
    graph: Arc<Graph>,
    /// The definitions that entries may give it, by hash.
    corrections: BTreeMap<DefinitionHash, Arc<Definition>>,
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
    /// What it asked for, of a definition with `concurrency`.
    admission: Option<AskedAdmission>,
    /// For which run somebody asked for its end.
    cancelled_for: Option<RunId>,
    /// Why it cannot go on; its definition is an outline then.
    cannot_go_on: Option<Arc<CannotGoOn>>,
    nodes: Vec<NodeState>,
    /// Nodes that it had before its definition was corrected.
    gone: BTreeMap<NodeId, NodeState>,
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
    /// The definition from then on, where it is another.
    pub correction: Option<Correction>,
}

/// Why a journal tells no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotReplay {
    /// It does not begin with `RunStarted`.
    #[error("the journal does not begin with the start of a run")]
    NoStart,
    /// It names a definition that was not given.
    #[error("the definition {0}, which the journal names, is not given")]
    NoDefinition(DefinitionHash),
}

impl RunState {
    /// The state that a journal tells.
    ///
    /// # Errors
    /// If it does not begin as journals do, or gives the run another definition: [`Self::replay_with`].
    pub fn replay(definition: Arc<Definition>, journal: &[Record]) -> Result<Self, CannotReplay> {
        Self::replay_with(definition, BTreeMap::new(), journal)
    }

    /// The same of a run that began with `definition`, and that was given some of `corrections` since.
    ///
    /// # Errors
    /// If the journal does not begin as journals do, or names a definition that is not among these.
    pub fn replay_with(
        definition: Arc<Definition>,
        corrections: BTreeMap<DefinitionHash, Arc<Definition>>,
        journal: &[Record],
    ) -> Result<Self, CannotReplay> {
        let (first, rest) = journal.split_first().ok_or(CannotReplay::NoStart)?;
        let Some((Entry::Run(RunEntry::Started(started)), more)) = first.entries.split_first() else {
            return Err(CannotReplay::NoStart);
        };
        let mut later = more.iter().chain(rest.iter().flat_map(|record| &record.entries));
        if let Some(missing) =
            later.find_map(|entry| entry.names_definition().filter(|it| !corrections.contains_key(*it)))
        {
            return Err(CannotReplay::NoDefinition(missing.clone()));
        }
        let mut state = Self::begin(definition, started.clone(), first.at);
        state.corrections = corrections;
        more.iter().for_each(|entry| state.note(first.at, entry));
        rest.iter().for_each(|record| state.apply(record));
        Ok(state)
    }

    /// Goes on by one record.
    ///
    /// # Panics
    /// If it gives the run another definition, and the state was not told of that by [`Self::replay_with`].
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

    /// The definition that holds now: that of the newest retry that gave another, or the one that it began with.
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

    /// What gave it the definition that holds now, where that is not the one that it began with.
    pub fn correction(&self) -> Option<&Correction> {
        self.retries.iter().rev().find_map(|retry| retry.correction.as_ref())
    }

    /// The definition that holds now, by hash: also of a run of whose definition only an outline is known.
    pub fn definition_hash(&self) -> &DefinitionHash {
        self.correction().map_or(&self.started.definition, |correction| &correction.definition)
    }

    /// The version of the definition that holds now.
    pub fn version(&self) -> &str {
        self.correction().map_or(&self.started.version, |correction| &correction.version)
    }

    /// The file name that the definition was read from that holds now, to show places with.
    pub fn source_name(&self) -> &str {
        self.correction().map_or(&self.started.source_name, |correction| &correction.source_name)
    }

    /// Where that file was, absolute, if it is known to have come from one.
    pub fn source_path(&self) -> Option<&str> {
        let began = self.started.source_path.as_deref();
        self.correction().map_or(began, |correction| correction.source_path.as_deref())
    }

    /// How it had ended each time before it was retried, the first first.
    pub fn retries(&self) -> &[RetriedRun] {
        &self.retries
    }

    /// The run with the same key for which this one was to end, where it was.
    pub fn cancelled_for(&self) -> Option<RunId> {
        self.cancelled_for
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
