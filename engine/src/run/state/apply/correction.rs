//! A run goes on under another definition: each node keeps, by its name, how far it is.

use std::{mem, sync::Arc};

use serde_json::{Map, Value};

use super::super::{Graph, NodeState, RunState};
use crate::definition::{Definition, Phase};

impl RunState {
    /// Has a definition at hand that an entry may give the run.
    pub(in crate::run) fn know(&mut self, definition: &Arc<Definition>) {
        self.corrections.insert(definition.hash.clone(), definition.clone());
    }

    /// The same run, which has ended, under another definition.
    pub(in crate::run) fn corrected(&self, definition: &Arc<Definition>) -> Self {
        let mut state = self.clone();
        state.correct(definition.clone());
        state
    }

    /// The same run, which has ended, with these inputs: for a look at what its expressions come to.
    pub(in crate::run) fn seeing(&self, inputs: &Map<String, Value>) -> Self {
        let mut state = self.clone();
        state.retry(self.last_at, &[], (Some(inputs), None));
        state
    }

    /// It has another definition from now on. A node that is new waits, as at the beginning; what is known of one that is there no more is kept
    /// for the case that it comes back.
    pub(super) fn correct(&mut self, definition: Arc<Definition>) {
        let before = mem::replace(&mut self.definition, definition);
        let graph = mem::replace(&mut self.graph, Arc::new(Graph::of(&self.definition)));
        let ids: Vec<_> = before.nodes.iter().map(|node| node.id.clone()).collect();
        let mut had: Vec<Option<NodeState>> = mem::take(&mut self.nodes).into_iter().map(Some).collect();
        let nodes = self.definition.nodes.clone();
        self.nodes = Vec::with_capacity(nodes.len());
        for node in &nodes {
            let number = graph.number(node.id.as_str());
            let state =
                number.and_then(|number| had[number].take()).unwrap_or_else(|| match self.gone.remove(&node.id) {
                    Some(mut state) => {
                        state.begin_again(node, node.phase == Phase::Finally);
                        state
                    }
                    None => NodeState::waiting_for(node),
                });
            self.nodes.push(state);
        }
        let gone = ids.iter().zip(had).filter_map(|(id, state)| Some((id.clone(), state?)));
        self.gone.extend(gone);
        let number_of = |number: usize| self.graph.number(ids[number].as_str());
        self.frames.iter_mut().for_each(|frame| frame.renumber(number_of));
        (0..self.nodes.len()).for_each(|number| self.hear_again(number));
        self.work = self.work_from_scratch();
    }
}
