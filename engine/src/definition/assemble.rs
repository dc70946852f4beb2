//! A draft without faults → the definition as it is meant.

use std::{num::NonZeroU32, ops::Range, time::Duration};

use hmac_sha256::Hash;
use serde::{Deserialize, de::Error};
use serde_json::Value;

use super::{
    Definition, Edge, ForEach, Input, Node, Source,
    draft::{Draft, DraftNode},
    expressions::{Compiled, CompiledNode},
    graph, parse_duration, written,
};
use crate::{
    concurrency::Concurrency,
    expression::Template,
    id::DefinitionHash,
    kind::{Doing, Keys, NodeKind, WrittenKind},
    yaml::{Document, Spans},
};

/// How long a step may take where nothing is written.
const DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);

/// Puts a definition together.
///
/// # Errors
/// What the written types do not take: the schema and they say different things then, which is a mistake of the engine's.
pub(super) fn assemble(
    source: &Source,
    document: &Document,
    draft: &Draft<'_>,
    compiled: Compiled,
) -> Result<Definition, serde_json::Error> {
    let mut written = written::Definition::deserialize(&document.value)?;
    let defaults =
        Defaults { deadline: written.defaults.deadline.take(), of_activities: written.defaults.of_activities() };
    let mentions = graph::mentions(draft, &compiled);
    let concurrency = written.concurrency.zip(compiled.concurrency_key).map(concurrency);
    let mut nodes = Vec::with_capacity(draft.nodes.len());
    for ((draft, compiled), mentions) in draft.nodes.iter().zip(compiled.nodes).zip(mentions) {
        let Some(written) = written.nodes.remove(draft.id).or_else(|| written.finally.remove(draft.id)) else {
            continue;
        };
        let span = kind_span(draft, &document.spans);
        let input_spans = input_spans(draft, &document.spans);
        nodes.push(Node { mentions, span, input_spans, ..node(draft, compiled, written, &defaults)? });
    }
    Ok(Definition {
        hash: hash(source.text()),
        source: source.clone(),
        process: written.process,
        version: written.version,
        description: written.description,
        access_token: written.access_token,
        concurrency,
        inputs: written.inputs.into_iter().map(|(name, schema)| input(name, schema)).collect(),
        input_type: compiled.input_type.into(),
        nodes,
        outputs: compiled.outputs,
        passed_over: Vec::new(),
    })
}

/// The hash that names a definition's text.
fn hash(text: &str) -> DefinitionHash {
    let digits: String = Hash::hash(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    DefinitionHash::new(digits)
}

fn concurrency((written, key): (written::Concurrency, Template)) -> Concurrency {
    let limit = written.limit.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
    Concurrency { key, limit, on_conflict: written.on_conflict }
}

fn input(name: String, schema: Value) -> Input {
    let default = schema.get("default").cloned();
    Input { name, schema, default }
}

/// What nodes have that do not say otherwise.
struct Defaults {
    deadline: Option<String>,
    of_activities: Keys,
}

fn node(
    draft: &DraftNode<'_>,
    compiled: CompiledNode,
    mut written: written::Node,
    defaults: &Defaults,
) -> Result<Node, serde_json::Error> {
    let no_kind = || serde_json::Error::custom(format!("`{}` is a node of no kind", draft.id));
    let kind = kind(draft, compiled.arguments, &mut written, defaults).ok_or_else(no_kind)?;
    let name = written.item_name.unwrap_or_else(|| "item".to_owned());
    let max_parallel = written.max_parallel.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
    let on_item_failure = written.on_item_failure;
    let item_type = compiled.item_type.into();
    let for_each = compiled.for_each.map(|list| ForEach { list, name, max_parallel, on_item_failure, item_type });
    let edges = draft.edges.iter().map(|edge| Edge { from: edge.node.into(), waits_for: edge.waits_for.clone() });
    Ok(Node {
        id: draft.id.into(),
        phase: draft.phase,
        description: written.description,
        deadline: deadline(&kind, &written.deadline, defaults),
        kind,
        edges: edges.collect(),
        mentions: Vec::new(),
        join: written.join,
        condition: compiled.condition,
        for_each,
        on_failure: written.on_failure,
        span: 0..0,
        input_spans: Vec::new(),
    })
}

fn kind(
    draft: &DraftNode<'_>,
    arguments: Template,
    written: &mut written::Node,
    defaults: &Defaults,
) -> Option<NodeKind> {
    Some(match draft.kind? {
        WrittenKind::Activity(activity) => {
            NodeKind::Activity(activity.node(arguments, &written.of_activity(), &defaults.of_activities)?)
        }
        #[cfg(test)]
        WrittenKind::Signal(signal) => NodeKind::Signal(signal.node(arguments)),
    })
}

/// The definition's own deadline and the built-in one are for work: what waits for people has none but that which is written on it.
fn deadline(kind: &NodeKind, own: &Option<String>, defaults: &Defaults) -> Duration {
    duration(own).unwrap_or_else(|| match kind.kind().doing() {
        Doing::Attempts(_) => duration(&defaults.deadline).unwrap_or(DEADLINE),
        Doing::Awaits(_) => Duration::MAX,
    })
}

/// Where the kind of a node is written; where it has none, the node.
pub(super) fn kind_span(node: &DraftNode<'_>, spans: &Spans) -> Range<usize> {
    let key = node.kind.as_ref().map_or("activity", |kind| kind.written().key());
    spans.value(spans.field(node.span, key).unwrap_or(node.span))
}

/// Where the fields of what a step is given are written.
pub(super) fn input_spans(node: &DraftNode<'_>, spans: &Spans) -> Vec<(String, Range<usize>)> {
    let Some(arguments) = node.arguments else { return Vec::new() };
    let names = arguments.value.as_object().into_iter().flat_map(|fields| fields.keys());
    let span = |name: &String| Some((name.clone(), spans.value(spans.field(arguments.span, name)?)));
    names.filter_map(span).collect()
}

/// A duration that the rules have checked.
fn duration(written: &Option<String>) -> Option<Duration> {
    written.as_deref().and_then(|text| parse_duration(text).ok())
}
