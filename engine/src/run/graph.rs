//! A definition's graph turned round: who waits for a node. Built once a run, so that a settled node finds its
//! neighbours without a search.

use std::collections::BTreeMap;

use crate::{
    definition::{Definition, WaitsFor},
    id::NodeId,
};

/// The graph of a definition, by the numbers of its nodes in `Definition::nodes`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Graph {
    numbers: BTreeMap<NodeId, usize>,
    nodes: Vec<Neighbours>,
}

/// Where a node stands in the graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Neighbours {
    /// Where each of its edges comes from, in the order of `Node::edges`.
    pub(super) sources: Vec<usize>,
    /// The edges that wait for it: whose, and which of that node's edges.
    pub(super) dependents: Vec<(usize, usize)>,
    /// The nodes that mention it.
    pub(super) mentioned_by: Vec<usize>,
    /// The nodes with an edge that waits for its failure.
    pub(super) handlers: Vec<usize>,
}

impl Graph {
    pub(super) fn of(definition: &Definition) -> Self {
        let numbered = definition.nodes.iter().enumerate();
        let numbers: BTreeMap<NodeId, usize> = numbered.map(|(number, node)| (node.id.clone(), number)).collect();
        let mut nodes = vec![Neighbours::default(); definition.nodes.len()];
        for (number, node) in definition.nodes.iter().enumerate() {
            for (edge, written) in node.edges.iter().enumerate() {
                let source = find(&numbers, &written.from);
                nodes[number].sources.push(source);
                nodes[source].dependents.push((number, edge));
                if written.waits_for.contains(&WaitsFor::Failed) {
                    nodes[source].handlers.push(number);
                }
            }
            for mention in &node.mentions {
                nodes[find(&numbers, mention)].mentioned_by.push(number);
            }
        }
        Self { numbers, nodes }
    }

    /// The number of a node.
    pub(super) fn number(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// Where a node stands.
    pub(super) fn neighbours(&self, number: usize) -> &Neighbours {
        &self.nodes[number]
    }
}

fn find(numbers: &BTreeMap<NodeId, usize>, id: &NodeId) -> usize {
    *numbers.get(id).expect("a definition without errors names only its own nodes")
}
