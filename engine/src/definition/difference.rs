//! What a text of a process says otherwise than another: by its meaning, so that comments, the order of keys and the way of writing
//! count for nothing.

use super::{Definition, Edge, Node, Phase};
use crate::{concurrency::Concurrency, id::NodeId, kind::NodeKind};

/// What a definition says otherwise than the one before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Differences {
    /// Nodes that are new, in order.
    pub added: Vec<NodeId>,
    /// Nodes that are there no more, in the order in which they were.
    pub removed: Vec<NodeId>,
    /// Nodes that are written otherwise, in order, and under which of their keys.
    pub changed: Vec<(NodeId, Vec<&'static str>)>,
    /// Inputs that are new, there no more, or declared otherwise.
    pub inputs: Vec<String>,
    /// Whether `concurrency` is written otherwise.
    pub concurrency: bool,
    /// Whether `outputs` are written otherwise.
    pub outputs: bool,
}

impl Differences {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Definition {
    /// What `other`, which comes after it, says otherwise. Descriptions say nothing of what is done.
    pub fn differences(&self, other: &Self) -> Differences {
        let is_missing = |of: &Self, node: &Node| of.node(node.id.as_str()).is_none();
        let changed = other.nodes.iter().filter_map(|node| {
            let keys = self.node(node.id.as_str())?.keys_otherwise(node);
            (!keys.is_empty()).then(|| (node.id.clone(), keys))
        });
        Differences {
            added: other.nodes.iter().filter(|node| is_missing(self, node)).map(|node| node.id.clone()).collect(),
            removed: self.nodes.iter().filter(|node| is_missing(other, node)).map(|node| node.id.clone()).collect(),
            changed: changed.collect(),
            inputs: self.inputs_otherwise(other),
            concurrency: !both(&self.concurrency, &other.concurrency, Concurrency::means),
            outputs: !self.has_outputs_of(other),
        }
    }

    fn inputs_otherwise(&self, other: &Self) -> Vec<String> {
        let differs = |name: &str| self.input(name).map(|it| &it.schema) != other.input(name).map(|it| &it.schema);
        let gone = self.inputs.iter().filter(|input| other.input(&input.name).is_none());
        let names = other.inputs.iter().chain(gone).map(|input| input.name.clone());
        names.filter(|name| differs(name)).collect()
    }

    fn has_outputs_of(&self, other: &Self) -> bool {
        let has = |(name, output): &(String, _)| self.outputs.iter().any(|(its, it)| its == name && it.means(output));
        self.outputs.len() == other.outputs.len() && other.outputs.iter().all(has)
    }
}

impl Node {
    /// The keys under which `other`, the same node of another text, is written otherwise.
    pub(crate) fn keys_otherwise(&self, other: &Self) -> Vec<&'static str> {
        let mut keys = Vec::new();
        let mut compare = |key, is_same: bool| keys.extend((!is_same).then_some(key));
        compare(phase_key(other.phase), self.phase == other.phase);
        let (key, arguments) = other.kind.kind().arguments();
        compare(key, self.kind.kind().arguments().1.means(arguments));
        match (&self.kind, &other.kind) {
            (NodeKind::Activity(one), NodeKind::Activity(other)) => {
                compare("activity", one.activity == other.activity);
                compare("retry", one.retry == other.retry);
                compare("timeout", one.timeout == other.timeout);
                compare("on_unknown", one.on_unknown == other.on_unknown);
            }
            #[cfg(test)]
            (one, other) => compare("signal", std::mem::discriminant(one) == std::mem::discriminant(other)),
        }
        compare("after", self.waits_as(other));
        compare("join", self.join == other.join);
        compare("if", both(&self.condition, &other.condition, |one, other| one.means(other)));
        let lists = (self.for_each.as_ref(), other.for_each.as_ref());
        compare("for_each", both(&lists.0, &lists.1, |one, other| one.list.means(&other.list)));
        if let (Some(one), Some(other)) = lists {
            compare("as", one.name == other.name);
            compare("max_parallel", one.max_parallel == other.max_parallel);
            compare("on_item_failure", one.on_item_failure == other.on_item_failure);
        }
        compare("deadline", self.deadline == other.deadline);
        compare("on_failure", self.on_failure == other.on_failure);
        keys
    }

    /// Whether `other` waits for the same by `after`, in whatever order that is written.
    fn waits_as(&self, other: &Self) -> bool {
        sorted(&self.edges) == sorted(&other.edges)
    }
}

/// The key of the part of a definition that a node belongs to.
pub(crate) fn phase_key(phase: Phase) -> &'static str {
    match phase {
        Phase::Main => "nodes",
        Phase::Finally => "finally",
    }
}

fn sorted(edges: &[Edge]) -> Vec<Edge> {
    let mut edges = edges.to_vec();
    edges.iter_mut().for_each(|edge| edge.waits_for.sort_unstable());
    edges.sort_by(|one, other| (&one.from, &one.waits_for).cmp(&(&other.from, &other.waits_for)));
    edges
}

fn both<T>(one: &Option<T>, other: &Option<T>, means: impl Fn(&T, &T) -> bool) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => means(one, other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{
        activity::Catalogue,
        definition::{Source, load},
    };

    fn definition(text: &str) -> Definition {
        let catalogue = Catalogue::default()
            .function("test.do", "Does.", async |_: Value, _| Ok(Value::Null))
            .function("test.other", "Does.", async |_: Value, _| Ok(Value::Null));
        let text = format!("process: p\nversion: 1.0.0\n{text}");
        let loaded = load(&Source::new("p.yaml", text), &catalogue);
        loaded.definition.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics))
    }

    const TEXT: &str = "
inputs: { who: { type: string }, old: { type: string, default: x } }
nodes:
  a: { activity: test.do, with: { who: '${{ inputs.who }}', what: 1 } }
  b: { activity: test.do, after: { a: [completed, failed] }, if: 'inputs.who != \"\"' }
  c: { activity: test.do, for_each: '[1, 2]', as: one }
finally:
  d: { activity: test.do }
outputs: { o: '${{ inputs.who }}' }
";

    #[test]
    fn the_way_of_writing_makes_no_difference() {
        let other = "
# What it is for.
outputs:
  o: ${{inputs.who}}
finally:
  d:
    description: The last.
    activity: test.do
nodes:
  c: { as: one, for_each: '[1,2]', activity: test.do }
  b: { if: 'inputs.who!=\"\"', activity: test.do, after: { a: [failed, completed] } }
  a:
    with:
      what: 1
      who: ${{ inputs.who }}
    activity: test.do
inputs: { who: { type: string }, old: { type: string, default: x } }
";
        assert_eq!(definition(TEXT).differences(&definition(other)), Differences::default());
        assert!(definition(TEXT).differences(&definition(other)).is_empty());
    }

    #[test]
    fn what_is_said_otherwise_is_named() {
        let other = "
inputs: { who: { type: integer }, new: { type: string, default: x } }
nodes:
  a: { activity: test.other, with: { who: '${{ inputs.who }}', what: 2 } }
  d: { activity: test.do }
  c: { activity: test.do, for_each: '[1, 2, 3]', as: two, retry: { attempts: 2 }, on_failure: continue }
  e: { activity: test.do, after: a }
";
        let found = definition(TEXT).differences(&definition(other));
        let names = |nodes: &[NodeId]| nodes.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!((names(&found.added), names(&found.removed)), (vec!["e".to_owned()], vec!["b".to_owned()]));
        let changed: Vec<_> = found.changed.iter().map(|(node, keys)| format!("{node}: {}", keys.join(" "))).collect();
        assert_eq!(changed, ["a: with activity", "d: nodes", "c: retry for_each as on_failure"].map(str::to_owned));
        assert_eq!((found.inputs, found.outputs), (vec!["who".into(), "new".into(), "old".into()], true));
    }
}
