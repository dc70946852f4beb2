//! A draft without faults → the definition as it is meant.

use std::{num::NonZeroU32, ops::Range, time::Duration};

use hmac_sha256::Hash;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Definition, Edge, ForEach, Input, Language, Node, Retry, Source,
    draft::{Draft, DraftNode},
    expressions::{Compiled, CompiledNode},
    graph, parse_duration, written,
};
use crate::{
    expression::ValueType,
    id::{ActivityName, DefinitionHash},
    yaml::{Document, Places},
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
    language: &Language,
) -> Result<Definition, serde_json::Error> {
    let mut written = written::Definition::deserialize(&document.value)?;
    let defaults = written.defaults;
    let mentions = graph::mentions(draft, &compiled);
    let mut nodes = Vec::with_capacity(draft.nodes.len());
    for ((draft, compiled), mentions) in draft.nodes.iter().zip(compiled.nodes).zip(mentions) {
        let Some(written) = written.nodes.remove(draft.id).or_else(|| written.finally.remove(draft.id)) else {
            continue;
        };
        let place = document.places.field(draft.place, "activity").unwrap_or(draft.place);
        let place = document.places.value(place);
        let input_places = input_places(draft, &document.places);
        let output_type = draft.activity.map_or_else(ValueType::default, |activity| language.output(activity.as_ref()));
        nodes.push(Node { mentions, place, input_places, output_type, ..node(draft, compiled, written, &defaults) });
    }
    Ok(Definition {
        hash: hash(source.text()),
        source: source.clone(),
        process: written.process,
        version: written.version,
        description: written.description,
        access_token: written.access_token,
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

fn input(name: String, schema: Value) -> Input {
    let default = schema.get("default").cloned();
    Input { name, schema, default }
}

fn node(draft: &DraftNode<'_>, compiled: CompiledNode, written: written::Node, defaults: &written::Defaults) -> Node {
    let name = written.item_name.unwrap_or_else(|| "item".to_owned());
    let max_parallel = written.max_parallel.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
    let on_item_failure = written.on_item_failure;
    let item_type = compiled.item_type.into();
    let for_each = compiled.for_each.map(|list| ForEach { list, name, max_parallel, on_item_failure, item_type });
    Node {
        id: draft.id.into(),
        phase: draft.phase,
        description: written.description,
        activity: ActivityName::new(written.activity),
        with: compiled.with,
        edges: draft
            .edges
            .iter()
            .map(|edge| Edge { from: edge.node.into(), waits_for: edge.waits_for.clone() })
            .collect(),
        mentions: Vec::new(),
        join: written.join,
        condition: compiled.condition,
        for_each,
        retry: retry(&written.retry, &defaults.retry),
        timeout: duration(&written.timeout).or_else(|| duration(&defaults.timeout)),
        deadline: duration(&written.deadline).or_else(|| duration(&defaults.deadline)).unwrap_or(DEADLINE),
        on_failure: written.on_failure,
        on_unknown: written.on_unknown,
        output_type: ValueType::default(),
        place: 0..0,
        input_places: Vec::new(),
    }
}

/// Where the fields of a node's `with` are written.
pub(super) fn input_places(node: &DraftNode<'_>, places: &Places) -> Vec<(String, Range<usize>)> {
    let Some(with) = node.with else { return Vec::new() };
    let names = with.value.as_object().into_iter().flat_map(|fields| fields.keys());
    let place = |name: &String| Some((name.clone(), places.value(places.field(with.place, name)?)));
    names.filter_map(place).collect()
}

/// The node's own, else the definition's, else the built-in, key by key.
fn retry(own: &written::Retry, defaults: &written::Retry) -> Retry {
    let builtin = Retry::default();
    Retry {
        attempts: own.attempts.or(defaults.attempts).and_then(NonZeroU32::new).unwrap_or(builtin.attempts),
        delay: duration(&own.delay).or_else(|| duration(&defaults.delay)).unwrap_or(builtin.delay),
        backoff: own.backoff.or(defaults.backoff).unwrap_or(builtin.backoff),
        max_delay: duration(&own.max_delay).or_else(|| duration(&defaults.max_delay)).unwrap_or(builtin.max_delay),
        jitter: own.jitter.or(defaults.jitter).unwrap_or(builtin.jitter),
    }
}

/// A duration that the rules have checked.
fn duration(written: &Option<String>) -> Option<Duration> {
    written.as_deref().and_then(|text| parse_duration(text).ok())
}
