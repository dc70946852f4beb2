//! A run that cannot go on under this version: its state as the journal tells it, for which no valid definition is needed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{CannotReplay, RunState, RunStatus};
use crate::{
    definition::{Definition, ForEach, Node, OnFailure, Phase, Source},
    diagnostic::Diagnostic,
    expression::ValueType,
    id::{NodeId, StepPath},
    journal::{Entry, NodeEntry, Record, RunEntry, RunStarted, StepEntry},
};

/// Why a run cannot go on under this version.
#[derive(Clone, Debug, PartialEq)]
pub struct CannotGoOn {
    /// How far it was when it was last driven; never `running`, since nothing drives it here.
    pub status: RunStatus,
    /// The text of the definition that this version does not take: the one that it has now, or had before.
    pub source: Source,
    /// What is wrong with that, and cannot be passed over.
    pub diagnostics: Vec<Diagnostic>,
}

impl RunState {
    /// The state of a run that cannot go on, by what can be made out of its nodes, also of those that it had before its definition was
    /// corrected. What that lacks, the journal has.
    ///
    /// # Errors
    /// If the journal does not begin as journals do.
    pub(super) fn outlined(
        (started, journal): (&RunStarted, &[Record]),
        nodes: Vec<Node>,
        cannot_go_on: CannotGoOn,
    ) -> Result<Self, CannotReplay> {
        let mut told = Told::of(nodes);
        journal.iter().flat_map(|record| &record.entries).for_each(|entry| told.hear(entry));
        let definition = Arc::new(outline(started, &cannot_go_on.source, told.nodes));
        // It stands for all that the run had.
        let named = journal.iter().flat_map(|record| &record.entries).filter_map(Entry::names_definition);
        let all = named.map(|hash| (hash.clone(), definition.clone())).collect();
        Ok(Self::replay_with(definition, all, journal)?.unable_to_go_on(cannot_go_on))
    }
}

fn outline(started: &RunStarted, source: &Source, mut nodes: Vec<Node>) -> Definition {
    nodes.sort_by_key(|node| node.phase);
    Definition {
        hash: started.definition.clone(),
        source: source.clone(),
        process: started.process.clone(),
        version: started.version.clone(),
        description: None,
        access_token: None,
        concurrency: None,
        inputs: Vec::new(),
        input_type: ValueType::default(),
        nodes,
        outputs: Vec::new(),
        passed_over: Vec::new(),
    }
}

/// The nodes, as far as the outline and the journal up to here tell.
struct Told {
    nodes: Vec<Node>,
    numbers: BTreeMap<NodeId, usize>,
    phase: Phase,
    started: BTreeSet<StepPath>,
    /// Nodes of which a step failed.
    failing: BTreeSet<NodeId>,
}

impl Told {
    fn of(nodes: Vec<Node>) -> Self {
        let numbers = nodes.iter().enumerate().map(|(number, node)| (node.id.clone(), number)).collect();
        Self { nodes, numbers, phase: Phase::Main, started: BTreeSet::new(), failing: BTreeSet::new() }
    }

    fn hear(&mut self, entry: &Entry) {
        match entry {
            Entry::Run(RunEntry::MainEnded { .. }) => self.phase = Phase::Finally,
            Entry::Run(RunEntry::Retried { nodes, left, .. }) => {
                // What failed before begins again, which says nothing of how failed items are taken.
                self.phase = Phase::Main;
                self.started.retain(|step| !nodes.contains(step.node()));
                self.failing.retain(|node| !nodes.contains(node));
                for node in nodes.iter().chain(left) {
                    self.node(node);
                }
            }
            Entry::Run(
                RunEntry::Started(_)
                | RunEntry::Resumed
                | RunEntry::Interrupted
                | RunEntry::AdmissionAsked(_)
                | RunEntry::Admitted
                | RunEntry::Ended { .. },
            ) => {}
            Entry::Node(node, entry) => self.hear_of_node(node, entry),
            Entry::Step(step, entry) => self.hear_of_step(step, entry),
            // They are of steps that have begun.
            Entry::Effect(..) | Entry::Timer(..) | Entry::Signal(_) => {}
        }
    }

    fn hear_of_node(&mut self, id: &NodeId, entry: &NodeEntry) {
        match entry {
            NodeEntry::Started { items: Some(_) } => {
                self.node(id).for_each.get_or_insert_with(|| ForEach::outline(OnFailure::Stop));
            }
            NodeEntry::Started { items: None } => self.node(id).for_each = None,
            NodeEntry::Cancelled => self.goes_on(id),
            NodeEntry::Skipped { .. } | NodeEntry::Failed { .. } => drop(self.node(id)),
        }
    }

    fn hear_of_step(&mut self, step: &StepPath, entry: &StepEntry) {
        match entry {
            StepEntry::Started { .. } => self.begins(step),
            StepEntry::Failed { .. } => {
                // One whose inputs could not be evaluated begins with its failure.
                self.begins(step);
                self.failing.insert(step.node().clone());
            }
            StepEntry::AttemptStarted { .. }
            | StepEntry::AttemptFailed { .. }
            | StepEntry::AttemptInterrupted { .. }
            | StepEntry::AttemptParked { .. }
            | StepEntry::StillParked { .. }
            | StepEntry::Unparked
            | StepEntry::Completed { .. }
            | StepEntry::Cancelled => {}
        }
    }

    fn begins(&mut self, step: &StepPath) {
        if self.started.insert(step.clone()) {
            self.goes_on(step.node());
        }
    }

    /// A node goes on: if a step of it had failed, that did not stop it.
    fn goes_on(&mut self, id: &NodeId) {
        let had_failed = self.failing.contains(id);
        if let (Some(for_each), true) = (&mut self.node(id).for_each, had_failed) {
            for_each.on_item_failure = OnFailure::Continue;
        }
    }

    /// The node `id`. The journal names it, so there is one.
    fn node(&mut self, id: &NodeId) -> &mut Node {
        let number = *self.numbers.entry(id.clone()).or_insert_with(|| {
            self.nodes.push(Node::outline(id.clone(), self.phase));
            self.nodes.len() - 1
        });
        &mut self.nodes[number]
    }
}
