//! What happens to nodes, and what their neighbours hear of it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::super::{Life, RunState, node::failed};
use crate::{
    definition::{Phase, WaitsFor},
    id::NodeId,
    journal::NodeEntry,
    run::edge::{EdgeVerdict, NodeOutcome, Said},
};

impl RunState {
    pub(super) fn note_of_node(&mut self, at: Timestamp, node: &NodeId, entry: &NodeEntry) {
        let number = self.known(node.as_str());
        match entry {
            NodeEntry::Skipped { reason, because } => {
                self.nodes[number].because.clone_from(because);
                self.end_node(number, NodeOutcome::Skipped(*reason), at);
            }
            NodeEntry::Started { items } => self.start_node(number, items.clone(), at),
            NodeEntry::Failed { failure } => {
                self.nodes[number].failure = Some(failure.clone());
                self.end_node(number, failed(self.node(number)), at);
            }
            NodeEntry::Cancelled => self.end_node(number, NodeOutcome::Cancelled, at),
        }
    }

    fn start_node(&mut self, number: usize, items: Option<Arc<Vec<Value>>>, at: Timestamp) {
        let started_while_draining = self.is_draining(number);
        self.work.ready.remove(&number);
        let state = &mut self.nodes[number];
        state.started_while_draining = started_while_draining;
        state.begin(items);
        if state.unbegun_steps() == 0 {
            self.end_node(number, NodeOutcome::Completed, at);
        } else {
            self.expand(number);
        }
    }

    /// Keeps the list of nodes right that may begin a further item.
    pub(super) fn expand(&mut self, number: usize) {
        if self.nodes[number].has_room(&self.definition.nodes[number]) {
            self.work.expanding.insert(number);
        } else {
            self.work.expanding.remove(&number);
        }
    }

    /// A node has ended: its neighbours hear of it.
    pub(super) fn end_node(&mut self, number: usize, outcome: NodeOutcome, at: Timestamp) {
        self.nodes[number].life = Life::Ended(outcome);
        self.nodes[number].ended_at = Some(at);
        for list in [&mut self.work.blocked, &mut self.work.ready, &mut self.work.expanding] {
            list.remove(&number);
        }
        self.frame_mut(self.node(number).phase).open_nodes -= 1;
        self.count_failure(number, outcome);
        let graph = self.graph.clone();
        for &(dependent, edge) in &graph.neighbours(number).dependents {
            let waits_for = &self.definition.nodes[dependent].edges[edge].waits_for;
            self.nodes[dependent].tally.count(EdgeVerdict::of(waits_for, outcome), waits_for);
            self.consider(dependent);
        }
        for &dependent in &graph.neighbours(number).mentioned_by {
            self.nodes[dependent].open_mentions -= 1;
            self.consider(dependent);
        }
    }

    fn count_failure(&mut self, number: usize, outcome: NodeOutcome) {
        let graph = self.graph.clone();
        let phase = self.node(number).phase;
        if outcome == NodeOutcome::Failed {
            // A node of `finally` comes too late to handle a failure in `nodes`.
            let handlers = graph.neighbours(number).handlers.iter().copied();
            let handlers = handlers.filter(|handler| self.node(*handler).phase == phase);
            let outcomes = handlers.map(|handler| self.nodes[handler].outcome());
            let is_handled = outcomes.clone().any(|outcome| outcome == Some(NodeOutcome::Completed));
            let left = outcomes.filter(Option::is_none).count();
            if !is_handled {
                self.frame_mut(phase).failures.add(number, left);
            }
        }
        for (edge, source) in graph.neighbours(number).sources.iter().enumerate() {
            if self.node(number).edges[edge].waits_for.contains(&WaitsFor::Failed) {
                self.frame_mut(phase).failures.handler_ended(*source, outcome == NodeOutcome::Completed);
            }
        }
    }

    /// Puts a node on a worklist once everything it waits for has ended.
    pub(super) fn consider(&mut self, number: usize) {
        let (node, state) = (&self.definition.nodes[number], &self.nodes[number]);
        let is_its_time = node.phase == Phase::Main || self.frame(Phase::Main).ended.is_some();
        if state.life != Life::Pending || state.open_mentions > 0 || !is_its_time {
            return;
        }
        match state.tally.says(node.join) {
            Said::Wait => {}
            Said::Run => {
                self.work.ready.insert(number);
            }
            Said::Blocked | Said::Condition => {
                self.work.blocked.insert(number);
            }
        }
    }
}
