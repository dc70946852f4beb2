//! A run that had ended goes on: its nodes that go again wait for their edges as they did at first, and what was counted of nodes is counted
//! anew, from how all others ended.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::{Frame, RetriedRun, RunState};
use crate::{
    definition::Phase,
    id::NodeId,
    journal::Correction,
    run::edge::{EdgeVerdict, NodeOutcome, Tally},
};

impl RunState {
    /// Its end was not the last.
    pub(super) fn retry(
        &mut self,
        at: Timestamp,
        nodes: &[NodeId],
        (inputs, correction): (Option<&Map<String, Value>>, Option<&Correction>),
    ) {
        self.driven = false;
        // It asks again.
        (self.admission, self.cancelled_for) = (None, None);
        let (Some(end), Some(ended_at)) = (self.end.take(), self.ended_at.take()) else { return };
        self.retries.push(RetriedRun {
            ended_at,
            outcome: end.outcome,
            error: end.error,
            at,
            nodes: nodes.to_vec(),
            inputs: inputs.cloned(),
            correction: correction.cloned(),
        });
    }

    /// These nodes go again, and these are left as they are.
    pub(super) fn open_again(&mut self, (nodes, left): (&[NodeId], &[NodeId]), finally_only: bool) {
        for number in self.numbers(nodes) {
            let node = &self.definition.nodes[number];
            // `finally` is the end of all, which is another one now.
            let is_anew = node.phase == Phase::Finally && !finally_only;
            self.nodes[number].begin_again(node, is_anew);
        }
        (0..self.nodes.len()).for_each(|number| self.hear_again(number));
        let left = self.numbers(left);
        let phases: &[Phase] = if finally_only { &[Phase::Finally] } else { &[Phase::Main, Phase::Finally] };
        for phase in phases {
            *self.frame_mut(*phase) = self.frame_anew(*phase, &left);
        }
        self.work = self.work_from_scratch();
    }

    fn numbers(&self, nodes: &[NodeId]) -> Vec<usize> {
        nodes.iter().map(|node| self.known(node.as_str())).collect()
    }

    /// What a node has heard of those that it waits for.
    pub(super) fn hear_again(&mut self, number: usize) {
        let (node, sources) = (&self.definition.nodes[number], &self.graph.neighbours(number).sources);
        let mut tally = Tally::of(node.edges.len());
        for (edge, source) in node.edges.iter().zip(sources) {
            if let Some(outcome) = self.nodes[*source].outcome() {
                tally.count(EdgeVerdict::of(&edge.waits_for, outcome), &edge.waits_for);
            }
        }
        let is_open = |mention: &&NodeId| {
            let number = self.number(mention.as_str());
            number.is_none_or(|number| self.nodes[number].outcome().is_none())
        };
        let open_mentions = node.mentions.iter().filter(is_open).count();
        self.nodes[number].tally = tally;
        self.nodes[number].open_mentions = open_mentions;
    }

    /// A frame with the nodes as they are. A failure in it that somebody may still handle is open, and no other ends it early.
    fn frame_anew(&self, phase: Phase, left: &[usize]) -> Frame {
        let of_phase = |number: &usize| self.node(*number).phase == phase;
        let numbers = || (0..self.nodes.len()).filter(of_phase);
        let mut frame = Frame::of(numbers().filter(|number| self.nodes[*number].outcome().is_none()).count());
        frame.left = left.iter().copied().filter(of_phase).collect();
        for number in numbers().filter(|number| self.nodes[*number].outcome() == Some(NodeOutcome::Failed)) {
            let handlers = self.neighbours(number).handlers.iter().filter(|handler| of_phase(handler));
            let open = handlers.filter(|handler| self.nodes[**handler].outcome().is_none()).count();
            if open > 0 && !self.is_handled(number) {
                frame.failures.add(number, open);
            }
        }
        frame
    }
}
