//! What can be made out of a definition that does not load: enough to show a run by, and nothing that could run.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
    time::Duration,
};

use serde_json::{Map, Value};

use super::{
    Edge, ForEach, Join, Node, OnFailure, Phase, Source, assemble,
    draft::{Draft, DraftNode},
};
use crate::{
    activity::Catalogue,
    expression::{Expression, Template, ValueType},
    id::{ActivityName, NodeId},
    kind::{ActivityNode, NodeKind},
    yaml::{self, Document, Spans},
};

/// The nodes of a text as far as they can be made out; none of a text that cannot be read.
pub(crate) fn outline(source: &Source, catalogue: &Catalogue) -> Vec<Node> {
    yaml::read(source.text()).document.map(|document| nodes(&document, catalogue)).unwrap_or_default()
}

impl Node {
    /// A node of which only the name is known, and when its time is.
    pub(crate) fn outline(id: NodeId, phase: Phase) -> Self {
        Self {
            id,
            phase,
            description: None,
            kind: NodeKind::Activity(ActivityNode::new(
                ActivityName::new(""),
                Template::Literal(Value::Object(Map::new())),
            )),
            edges: Vec::new(),
            mentions: Vec::new(),
            join: Join::All,
            condition: None,
            for_each: None,
            deadline: Duration::MAX,
            on_failure: OnFailure::Stop,
            span: 0..0,
            input_spans: Vec::new(),
        }
    }
}

impl ForEach {
    /// A list of which only is known what a failed item does.
    pub(crate) fn outline(on_item_failure: OnFailure) -> Self {
        Self {
            list: Expression::parse("[]").expect("an empty list is an expression"),
            name: "item".to_owned(),
            max_parallel: NonZeroU32::MIN,
            on_item_failure,
            item_type: ValueType::default(),
        }
    }
}

fn nodes(document: &Document, catalogue: &Catalogue) -> Vec<Node> {
    let draft = Draft::of(document, catalogue, &BTreeSet::new());
    let phases: BTreeMap<&str, Phase> = draft.nodes.iter().rev().map(|node| (node.id, node.phase)).collect();
    let nodes = draft.nodes.iter().filter(|node| phases.get(node.id) == Some(&node.phase));
    nodes.map(|node| outlined(node, &phases, &document.spans)).collect()
}

fn outlined(node: &DraftNode<'_>, phases: &BTreeMap<&str, Phase>, spans: &Spans) -> Node {
    // Edges tell which failures are handled: by nodes of the same phase only.
    let edges = node.edges.iter().filter(|edge| phases.get(edge.node) == Some(&node.phase));
    Node {
        edges: edges.map(|edge| Edge { from: edge.node.into(), waits_for: edge.waits_for.clone() }).collect(),
        join: node.join,
        for_each: node.for_each.map(|_| ForEach::outline(node.on_item_failure)),
        on_failure: node.on_failure,
        span: assemble::kind_span(node, spans),
        input_spans: assemble::input_spans(node, spans),
        ..Node::outline(node.id.into(), node.phase)
    }
}
