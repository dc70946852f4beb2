//! Where what is done of a run is not what a corrected definition says. What is not done yet may change freely.
//!
//! A node is compared by what its text means; where that is another, by what it comes to: a step that would be given the very values that it
//! was done with is what the new text says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    RunState,
    binding::StepBindings,
    edge::NodeOutcome,
    state::{NodeState, StepProgress, StepState, step_path},
};
use crate::{
    definition::{KeyPlaces, Node, Phase, phase_key},
    diagnostic::{Code, Diagnostic},
    id::NodeId,
};

const STAYS: &str = "what is done stays done: write this as it was, or start a new run";

/// So many characters of a value are shown.
const LONGEST_SHOWN: usize = 60;

/// All that contradicts what is done: `before` is the run under the definition that it had, `corrected` the same under the new one, and `again`
/// are the nodes that would go again.
pub(super) fn contradictions(
    (before, corrected): (&RunState, &RunState),
    again: &[NodeId],
    finally_only: bool,
) -> Vec<Diagnostic> {
    let places = KeyPlaces::of(&corrected.definition().source);
    let comparison = Comparison { before, corrected, again: again.iter().collect(), finally_only, places };
    let mut found: Vec<Diagnostic> = comparison.of_process().into_iter().collect();
    for number in 0..before.definition().nodes.len() {
        found.extend(comparison.of_node(number));
    }
    found.extend(comparison.that_come_too_late());
    found.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
    found
}

struct Comparison<'a> {
    before: &'a RunState,
    corrected: &'a RunState,
    again: BTreeSet<&'a NodeId>,
    finally_only: bool,
    places: KeyPlaces,
}

/// What is done of a node.
struct DoneWork<'a> {
    node: &'a Node,
    state: &'a NodeState,
    /// The places of steps that completed, and of those that had an effect, or perhaps had one.
    steps: Vec<usize>,
    /// It completed, and does not go again.
    is_settled: bool,
}

impl Comparison<'_> {
    fn of_process(&self) -> Option<Diagnostic> {
        let (had, has) = (&self.before.definition().process, &self.corrected.definition().process);
        let told = format!("the run is one of the process `{had}`, and this is `{has}`");
        (had != has).then(|| self.problem(&["process"], told).with_help("a run stays one of its process"))
    }

    /// What contradicts what is done of a node.
    fn of_node(&self, number: usize) -> Vec<Diagnostic> {
        let Some(done) = self.done(number) else { return Vec::new() };
        let id = done.node.id.as_str();
        let Some(node) = self.corrected.definition().node(id) else {
            let told = format!("{}, and the new text has no node `{id}`", done.told());
            return vec![self.problem(&[phase_key(done.node.phase)], told).with_help(STAYS).of_node(id)];
        };
        let keys = done.node.keys_otherwise(node);
        let (arguments, _) = node.kind.kind().arguments();
        let told = keys.into_iter().flat_map(|key| match key {
            "nodes" | "finally" => vec![self.told(node, &[], &done, &format!("it stands in `{key}` now"))],
            "activity" | "signal" | "after" | "join" => vec![self.told(node, &[key], &done, &otherwise(key))],
            "if" if !self.lets_it_run(node) => vec![self.told(node, &[key], &done, &otherwise(key))],
            "for_each" => {
                let items = self.of_items(node, &done).into_iter();
                items
                    .map(|told| self.problem(&[phase_key(node.phase), id, key], told).with_help(STAYS).of_node(id))
                    .collect()
            }
            key if key == arguments => self.of_arguments(node, &done),
            _ => Vec::new(),
        });
        told.collect()
    }

    /// What is done of a node of the run as it was; `None` where it is nothing that could be contradicted.
    fn done(&self, number: usize) -> Option<DoneWork<'_>> {
        let (node, state) = (self.before.node(number), self.before.node_state(number));
        // All of `finally` goes again at the new end, what completed too.
        let is_anew = node.phase == Phase::Finally && !self.finally_only;
        let is_done = |step: &StepState| match step.progress {
            StepProgress::Completed => !is_anew,
            _ => !step.results.is_empty() || step.open_effect().is_some(),
        };
        let steps: Vec<usize> = (0..state.steps.len()).filter(|place| is_done(&state.steps[*place])).collect();
        let completed = state.outcome() == Some(NodeOutcome::Completed);
        let is_settled = completed && !is_anew && !self.again.contains(&node.id);
        (is_settled || !steps.is_empty()).then_some(DoneWork { node, state, steps, is_settled })
    }

    /// Whether the node's `if` holds, as the run is now.
    fn lets_it_run(&self, node: &Node) -> bool {
        let scope = StepBindings { state: self.corrected, node: Some(node), item: None };
        let holds = |condition| matches!(scope.evaluate(condition, "if"), Ok(Value::Bool(true)));
        node.condition.as_ref().is_none_or(holds)
    }

    /// What contradicts the items that are done: they must be in their places, and alone where all are done.
    fn of_items(&self, node: &Node, done: &DoneWork<'_>) -> Option<String> {
        let otherwise = || Some(format!("{}, and {}", done.told(), otherwise("for_each")));
        let (Some(for_each), Some(had)) = (&node.for_each, &done.state.items) else { return otherwise() };
        let scope = StepBindings { state: self.corrected, node: Some(node), item: None };
        let items = match scope.evaluate(&for_each.list, "for_each") {
            Ok(Value::Array(items)) => items,
            Ok(Value::Null) => Vec::new(),
            Ok(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) | Err(_) => return otherwise(),
        };
        if let Some(item) = done.state.contradiction(&items) {
            return Some(format!("`{}`: {}", node.id, item.told()));
        }
        let is_more = done.is_settled && items.len() > had.len();
        is_more.then(|| format!("{}, and `for_each` gives further items now", done.told()))
    }

    /// The fields of what steps are given that are others now where they are done, each once.
    fn of_arguments(&self, node: &Node, done: &DoneWork<'_>) -> Vec<Diagnostic> {
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for place in &done.steps {
            for field in self.fields_otherwise(node, done, *place) {
                places.entry(field).or_default().push(*place);
            }
        }
        let key = node.kind.kind().arguments().0;
        let told = places.into_iter().filter_map(|(field, places)| {
            let first = *places.first()?;
            let step = step_path(&node.id, done.state.items.is_some(), first);
            let (more, verb) = match places.len() {
                1 => (String::new(), "is"),
                count => (format!(" and {} more", count - 1), "are"),
            };
            let extent = if done.is_whole() { "done" } else { "done, at least in part" };
            let told = format!("`{step}`{more} {verb} {extent}, and `{field}` is another now");
            let path = [phase_key(node.phase), node.id.as_str(), key, field.as_str()];
            let help = match done.given(first, &field) {
                Some(value) => format!("it was done with {value}: write that, or start a new run"),
                None => format!("it was done without `{field}`: leave that out, or start a new run"),
            };
            Some(self.problem(&path, told).with_help(help).of_node(node.id.as_str()))
        });
        told.collect()
    }

    /// The fields of what a step is given that are not what it was done with. The value for which it failed was done with nothing: that may be
    /// another.
    fn fields_otherwise(&self, node: &Node, done: &DoneWork<'_>, place: usize) -> Vec<String> {
        let step = &done.state.steps[place];
        let item = done.state.items.as_ref().and_then(|items| items.get(place));
        let scope = StepBindings { state: self.corrected, node: Some(node), item: item.map(|item| (item, place)) };
        let Ok(Value::Object(now)) = scope.arguments(node) else {
            return done.node.kind.kind().arguments().1.fields_otherwise(node.kind.kind().arguments().1);
        };
        let had = step.attempted_input().as_object().cloned().unwrap_or_default();
        let to_blame = step.failure.as_ref().filter(|_| step.open_effect().is_none());
        let to_blame = to_blame.and_then(|failure| failure.field.as_deref());
        let names: BTreeSet<&String> = had.keys().chain(now.keys()).collect();
        let is_other = |name: &&String| without(&had, name, to_blame) != without(&now, name, to_blame);
        names.into_iter().filter(is_other).cloned().collect()
    }

    /// Nodes that would go again only since they are written otherwise, although what is done went by how they had ended.
    fn that_come_too_late(&self) -> Vec<Diagnostic> {
        let by_itself: BTreeSet<&NodeId> = [Phase::Main, Phase::Finally]
            .iter()
            .flat_map(|phase| self.before.undone(*phase, &BTreeSet::new()))
            .map(|number| &self.before.node(number).id)
            .collect();
        let had_ended = |node: &&Node| {
            let is_anew = node.phase == Phase::Finally && !self.finally_only;
            let is_known = self.before.definition().node(node.id.as_str()).is_some();
            is_known && !is_anew && self.again.contains(&node.id) && !by_itself.contains(&node.id)
        };
        let nodes = self.corrected.definition().nodes.iter().filter(had_ended);
        nodes.filter_map(|node| Some(self.too_late(node, self.done_after(node)?))).collect()
    }

    /// A node that is done and waits for this one.
    fn done_after(&self, node: &Node) -> Option<&NodeId> {
        let neighbours = self.corrected.neighbours(self.corrected.number(node.id.as_str())?);
        let waiting = neighbours.dependents.iter().map(|(number, _)| number).chain(&neighbours.mentioned_by);
        let mut waiting = waiting.map(|number| &self.corrected.node(*number).id);
        waiting.find(|id| self.before.number(id.as_str()).is_some_and(|number| self.done(number).is_some()))
    }

    fn too_late(&self, node: &Node, done: &NodeId) -> Diagnostic {
        let id = node.id.as_str();
        let was = self.before.node_status(id).map(|status| status.to_string()).unwrap_or_default();
        let told =
            format!("`{id}` was {was}, and `{done}` went on from that, which is done: `{id}` comes too late now");
        self.problem(&[phase_key(node.phase), id], told).with_help(STAYS).of_node(id)
    }

    fn told(&self, node: &Node, keys: &[&str], done: &DoneWork<'_>, what: &str) -> Diagnostic {
        let id = node.id.as_str();
        let path = [&[phase_key(node.phase), id], keys].concat();
        self.problem(&path, format!("{}, and {what}", done.told())).with_help(STAYS).of_node(id)
    }

    fn problem(&self, path: &[&str], message: String) -> Diagnostic {
        Diagnostic::error(Code::DONE_DIFFERS, self.places.at(path), message)
    }
}

impl DoneWork<'_> {
    fn is_whole(&self) -> bool {
        self.is_settled || self.steps.iter().all(|place| self.state.steps[*place].progress == StepProgress::Completed)
    }

    /// What a step was given for a field, short.
    fn given(&self, place: usize, field: &str) -> Option<String> {
        let value = self.state.steps[place].attempted_input().get(field)?.to_string();
        let is_long = value.chars().count() > LONGEST_SHOWN;
        let shown: String = value.chars().take(LONGEST_SHOWN).collect();
        Some(format!("`{shown}{}`", if is_long { "…" } else { "" }))
    }

    fn told(&self) -> String {
        let completed = self.state.outcome() == Some(NodeOutcome::Completed);
        let extent = if completed { "done" } else { "done in part" };
        format!("`{}` is {extent}", self.node.id)
    }
}

fn otherwise(key: &str) -> String {
    format!("`{key}` is another now")
}

/// A field's value without what a failure names in it: `comments[1]`.
fn without(fields: &Map<String, Value>, name: &str, to_blame: Option<&str>) -> Option<Value> {
    let mut value = fields.get(name).cloned();
    let mut parts = to_blame.unwrap_or_default().split(['.', '[']).map(|part| part.trim_end_matches(']'));
    if parts.next() != Some(name) {
        return value;
    }
    let mut parts = parts.peekable();
    parts.peek()?;
    let mut rest = value.as_mut();
    for part in parts {
        rest = match rest {
            Some(Value::Object(inner)) => Some(inner.entry(part).or_insert(Value::Null)),
            Some(Value::Array(items)) => part.parse().ok().and_then(|index: usize| items.get_mut(index)),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => None,
        };
    }
    if let Some(to_blame) = rest {
        *to_blame = Value::Null;
    }
    value
}
