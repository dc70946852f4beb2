//! Definitions for tests, written as short as the tests want them.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use flowrun_engine::{
    definition::{Definition, Edge, ForEach, Join, Node, OnFailure, Phase, Source, WaitsFor},
    expression::{Expression, Part, Template, ValueType},
    id::{DefinitionHash, NodeId},
    kind::{ActivityNode, NodeKind, OnUnknown, Retry},
};
use serde_json::{Value, json};

/// A definition with these nodes; mentions are found in their expressions.
pub(crate) fn define<const COUNT: usize>(nodes: [Build; COUNT]) -> Arc<Definition> {
    define_all(nodes.into(), &[])
}

/// The same, of any number of nodes and with outputs.
pub(crate) fn define_all(nodes: Vec<Build>, outputs: &[(&str, &str)]) -> Arc<Definition> {
    let mut nodes: Vec<Node> = nodes.into_iter().map(|build| with_mentions(build.0)).collect();
    nodes.sort_by_key(|node| node.phase);
    let outputs = outputs.iter().map(|(name, text)| ((*name).to_owned(), template(&json!(text)))).collect();
    Arc::new(Definition {
        hash: DefinitionHash::new(format!("{nodes:?}")),
        source: Source::new("test.yaml", ""),
        process: "test".to_owned(),
        version: "1.0.0".to_owned(),
        description: None,
        access_token: None,
        concurrency: None,
        inputs: Vec::new(),
        input_type: ValueType::default(),
        nodes,
        outputs,
        passed_over: Vec::new(),
    })
}

/// A node that is being written.
#[derive(Clone)]
pub(crate) struct Build(Node);

/// A node whose activity does what the service's script says, and completes otherwise.
pub(crate) fn node(id: &str) -> Build {
    Build(Node {
        id: NodeId::new(id),
        phase: Phase::Main,
        description: None,
        kind: NodeKind::Activity(ActivityNode {
            retry: Retry { jitter: false, ..Retry::default() },
            ..ActivityNode::new("test.act".into(), Template::Literal(json!({})))
        }),
        edges: Vec::new(),
        mentions: Vec::new(),
        join: Join::All,
        condition: None,
        for_each: None,
        deadline: Duration::from_secs(24 * 60 * 60),
        on_failure: OnFailure::Stop,
        span: 0..0,
        input_spans: Vec::new(),
    })
}

/// A node of `finally`.
pub(crate) fn last(id: &str) -> Build {
    Build(Node { phase: Phase::Finally, ..node(id).0 })
}

impl Build {
    /// An edge that waits for `completed`.
    pub(crate) fn after(self, from: &str) -> Self {
        self.after_being(from, &[WaitsFor::Completed])
    }

    pub(crate) fn after_being(mut self, from: &str, waits_for: &[WaitsFor]) -> Self {
        self.0.edges.push(Edge { from: NodeId::new(from), waits_for: waits_for.to_vec() });
        self
    }

    pub(crate) fn join_any(mut self) -> Self {
        self.0.join = Join::Any;
        self
    }

    pub(crate) fn only_if(mut self, condition: &str) -> Self {
        self.0.condition = Some(Expression::parse(condition).unwrap());
        self
    }

    /// A `with`, whose texts are expressions where they are `${{ … }}` as a whole.
    pub(crate) fn with(mut self, with: &Value) -> Self {
        self.activity().with = template(with);
        self
    }

    pub(crate) fn for_each(mut self, list: &str, max_parallel: u32) -> Self {
        self.0.for_each = Some(ForEach {
            list: Expression::parse(list).unwrap(),
            name: "item".to_owned(),
            max_parallel: NonZeroU32::new(max_parallel).unwrap(),
            on_item_failure: OnFailure::Stop,
            item_type: ValueType::default(),
        });
        self
    }

    pub(crate) fn item_called(mut self, name: &str) -> Self {
        self.0.for_each.as_mut().unwrap().name = name.to_owned();
        self
    }

    pub(crate) fn items_continue(mut self) -> Self {
        self.0.for_each.as_mut().unwrap().on_item_failure = OnFailure::Continue;
        self
    }

    pub(crate) fn continues(mut self) -> Self {
        self.0.on_failure = OnFailure::Continue;
        self
    }

    pub(crate) fn attempts(mut self, attempts: u32) -> Self {
        self.activity().retry.attempts = NonZeroU32::new(attempts).unwrap();
        self
    }

    pub(crate) fn timeout(mut self, seconds: u64) -> Self {
        self.activity().timeout = Some(Duration::from_secs(seconds));
        self
    }

    pub(crate) fn deadline(mut self, seconds: u64) -> Self {
        self.0.deadline = Duration::from_secs(seconds);
        self
    }

    fn activity(&mut self) -> &mut ActivityNode {
        let NodeKind::Activity(node) = &mut self.0.kind else { panic!("nodes of tests have activities") };
        node
    }

    pub(crate) fn retries_unknown(mut self) -> Self {
        self.activity().on_unknown = OnUnknown::Retry;
        self
    }
}

fn with_mentions(mut node: Node) -> Node {
    let bare = node.condition.iter().chain(node.for_each.iter().map(|for_each| &for_each.list));
    let references = bare.flat_map(Expression::references).chain(node.kind.activity().unwrap().with.references());
    let mut mentions: Vec<NodeId> = references.filter_map(|reference| reference.node().map(NodeId::new)).collect();
    mentions.retain(|mention| node.edges.iter().all(|edge| edge.from != *mention));
    mentions.sort();
    mentions.dedup();
    node.mentions = mentions;
    node
}

fn template(value: &Value) -> Template {
    match value {
        Value::String(text) => text_template(text),
        Value::Object(fields) => {
            Template::Object(fields.iter().map(|(name, field)| (name.clone(), template(field))).collect())
        }
        Value::Array(items) => Template::List(items.iter().map(template).collect()),
        other => Template::Literal(other.clone()),
    }
}

fn text_template(text: &str) -> Template {
    let Some((before, rest)) = text.split_once("${{") else { return Template::Literal(json!(text)) };
    let (source, after) = rest.split_once("}}").expect("a test closes its expressions");
    let expression = Expression::parse(source.trim()).unwrap();
    if before.is_empty() && after.is_empty() {
        return Template::Expression(expression);
    }
    let parts = [Part::Literal(before.to_owned()), Part::Expression(expression), Part::Literal(after.to_owned())];
    Template::Text(parts.into())
}
