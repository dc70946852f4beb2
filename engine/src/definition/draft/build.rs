//! Makes a draft of a document. A misspelt key is taken for what it was meant to be, so that what depends on it is not
//! reported as well.

use std::{collections::BTreeSet, ops::Range};

use serde_json::{Map, Value};

use super::{Draft, DraftEdge, DraftInput, DraftNode, Spanned};
use crate::{
    activity::Catalogue,
    definition::{Join, OnFailure, Phase, WaitsFor, other_tools, written::NODE_KEYS},
    kind::{WrittenKind, arguments_of},
    suggestion::similar,
    yaml::{Document, Span, Spans},
};

/// What a list is taken for that is not an expression: its fault has been reported.
static NO_LIST: Value = Value::Array(Vec::new());

impl<'a> Draft<'a> {
    /// As much of a document as can be made out; of the inputs in `unusable` nothing is known.
    pub(crate) fn of(document: &'a Document, catalogue: &'a Catalogue, unusable: &BTreeSet<String>) -> Self {
        let root = Mapping::of(&document.value, document.spans.root(), &document.spans, &ROOT_KEYS);
        let section =
            |name: &str| root.as_ref().and_then(|root| root.get(name)).map(|located| entries(located, &document.spans));
        let inputs = section("inputs").unwrap_or_default().into_iter().map(|(name, located)| {
            let usable = located.value.is_object() && !unusable.contains(name);
            DraftInput { name, schema: usable.then_some(located.value) }
        });
        let concurrency = root.as_ref().and_then(|root| root.get("concurrency"));
        let concurrency = concurrency
            .and_then(|located| Mapping::of(located.value, located.span, &document.spans, &CONCURRENCY_KEYS));
        let node = |phase| move |(id, located)| node(id, located, phase, (&document.spans, catalogue));
        let main = section("nodes").unwrap_or_default().into_iter().map(node(Phase::Main));
        let last = section("finally").unwrap_or_default().into_iter().map(node(Phase::Finally));
        Self {
            inputs: inputs.collect(),
            nodes: main.chain(last).collect(),
            concurrency_key: concurrency.and_then(|keys| keys.get("key")).filter(|key| key.value.is_string()),
            outputs: section("outputs").unwrap_or_default(),
        }
    }
}

const CONCURRENCY_KEYS: [&str; 3] = ["key", "limit", "on_conflict"];

const ROOT_KEYS: [&str; 10] = [
    "process",
    "version",
    "description",
    "access_token",
    "concurrency",
    "inputs",
    "defaults",
    "nodes",
    "finally",
    "outputs",
];

/// A mapping, read by the keys that it can have.
struct Mapping<'a> {
    fields: &'a Map<String, Value>,
    span: Span,
    spans: &'a Spans,
    /// Its other keys that are like one that it can have, each with that one.
    misspelt: Vec<(&'static str, &'a String)>,
}

impl<'a> Mapping<'a> {
    fn of(value: &'a Value, span: Span, spans: &'a Spans, known: &'static [&'static str]) -> Option<Self> {
        let fields = value.as_object()?;
        let unknown = fields.keys().filter(|key| !known.contains(&key.as_str()));
        let near = |key: &str| similar(key, known.iter().copied()).or_else(|| other_tools::key(key));
        let misspelt = unknown.filter_map(|key| Some((near(key)?, key))).collect();
        Some(Self { fields, span, spans, misspelt })
    }

    /// The value of a key, or of one that was most likely meant to be it.
    fn get(&self, name: &str) -> Option<Spanned<'a>> {
        let key = match self.fields.get_key_value(name) {
            Some((key, _)) => key,
            None => self.misspelt.iter().find(|(meant, _)| *meant == name)?.1,
        };
        Some(Spanned { value: self.fields.get(key)?, span: self.spans.field(self.span, key)? })
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.value.as_str()
    }
}

fn entries<'a>(located: Spanned<'a>, spans: &Spans) -> Vec<(&'a str, Spanned<'a>)> {
    let fields = located.value.as_object().into_iter().flatten();
    let entry = |(name, value): (&'a String, &'a Value)| {
        Some((name.as_str(), Spanned { value, span: spans.field(located.span, name)? }))
    };
    fields.filter_map(entry).collect()
}

fn node<'a>(
    id: &'a str,
    located: Spanned<'a>,
    phase: Phase,
    (spans, catalogue): (&'a Spans, &'a Catalogue),
) -> DraftNode<'a> {
    let mapping = Mapping::of(located.value, located.span, spans, NODE_KEYS);
    let get = |name: &str| mapping.as_ref().and_then(|mapping| mapping.get(name));
    let text = |name: &str| mapping.as_ref().and_then(|mapping| mapping.text(name));
    let for_each = get("for_each").map(|located| match located.value {
        Value::String(_) => located,
        _ => Spanned { value: &NO_LIST, ..located },
    });
    let kind = WrittenKind::of(|name| get(name).map(|located| located.value), catalogue);
    let key = arguments_of(kind.as_ref());
    let arguments = get(key).filter(|arguments| key != "with" || arguments.value.is_object());
    DraftNode {
        id,
        span: located.span,
        phase,
        kind,
        arguments,
        condition: get("if").filter(|condition| condition.value.is_string() || condition.value.is_boolean()),
        for_each,
        item_name: text("as").unwrap_or("item"),
        on_item_failure: continued(text("on_item_failure")),
        edges: get("after").map(|after| edges(after, spans)).unwrap_or_default(),
        join: if text("join") == Some("any") { Join::Any } else { Join::All },
        on_failure: continued(text("on_failure")),
    }
}

fn continued(written: Option<&str>) -> OnFailure {
    if written == Some("continue") { OnFailure::Continue } else { OnFailure::Stop }
}

/// The edges of `after`, in its three forms.
fn edges<'a>(after: Spanned<'a>, spans: &Spans) -> Vec<DraftEdge<'a>> {
    let completed = |node: &'a str, at: Range<usize>| DraftEdge { node, at, waits_for: vec![WaitsFor::Completed] };
    match after.value {
        Value::String(node) => vec![completed(node, spans.value(after.span))],
        Value::Array(items) => {
            let item = |(index, item): (usize, &'a Value)| {
                Some(completed(item.as_str()?, spans.value(spans.item(after.span, index)?)))
            };
            items.iter().enumerate().filter_map(item).collect()
        }
        Value::Object(_) => {
            let edge = |(node, outcomes): (&'a str, Spanned<'a>)| DraftEdge {
                node,
                at: spans.key(outcomes.span),
                waits_for: waits_for(outcomes.value),
            };
            entries(after, spans).into_iter().map(edge).collect()
        }
        _ => Vec::new(),
    }
}

/// One outcome or a list of them; what is not an outcome has been reported.
fn waits_for(outcomes: &Value) -> Vec<WaitsFor> {
    let outcome = |value: &Value| match value.as_str()? {
        "completed" => Some(WaitsFor::Completed),
        "failed" => Some(WaitsFor::Failed),
        "skipped" => Some(WaitsFor::Skipped),
        "any" => Some(WaitsFor::Any),
        _ => None,
    };
    match outcomes {
        Value::Array(items) => items.iter().filter_map(outcome).collect(),
        one => outcome(one).into_iter().collect(),
    }
}
