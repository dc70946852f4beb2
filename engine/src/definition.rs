//! Process definitions as they are meant: parsed, checked, ready to run.
//!
//! [`load`] makes one from YAML, or says everything that is wrong with it; [`load_kept`] makes the one that a run began with. What is written has types of its own
//! in `definition/written.rs`; here wrong states cannot be written.
//!
//! ```
//! use flowrun_engine::{activity::Catalogue, definition::{self, Source}};
//!
//! let greet = |_: (), _| async { Ok("Hello!".to_owned()) };
//! let catalogue = Catalogue::default().function("example.greet", "Greets.", greet);
//! let text = "process: hello\nversion: 1.0.0\nnodes:\n  say: { activity: example.gret }\n";
//! let loaded = definition::load(&Source::new("hello.yaml", text), &catalogue);
//!
//! // Every problem is told with its span in the text, and none is sent to a service.
//! let problem = &loaded.diagnostics[0];
//! assert!(loaded.definition.is_none());
//! assert_eq!(&text[problem.span.clone().expect("it is in the text")], "example.gret");
//! assert_eq!(problem.help.as_deref(), Some("did you mean `example.greet`?"));
//! ```

mod assemble;
mod difference;
mod draft;
mod expressions;
mod faults;
mod graph;
mod input;
mod inputs_file;
mod load;
mod numbers;
mod origin;
mod other_tools;
mod outline;
mod place;
mod plan;
mod pointer;
mod problems;
mod rules;
mod schema;
mod source;
mod spelling;
mod written;

use std::{num::NonZeroU32, ops::Range, time::Duration};

use serde::Deserialize;
use serde_json::Value;

pub use difference::Differences;
pub(crate) use difference::phase_key;
pub(crate) use faults::Problem as ValueProblem;
pub use inputs_file::read_inputs;
pub use load::{Loaded, load, load_kept};
pub(crate) use outline::outline;
pub(crate) use place::KeyPlaces;
pub(crate) use plan::Plan;
pub use schema::process_schema;
pub use source::{Position, Source};

pub use crate::duration::{DurationError, parse_duration};

use crate::{
    concurrency::Concurrency,
    diagnostic::Diagnostic,
    expression::{Expression, Template, ValueType},
    id::{DefinitionHash, NodeId},
    kind::NodeKind,
};

/// A process definition without errors, but for those that are [passed over](Self::passed_over).
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The hash of its text.
    pub hash: DefinitionHash,
    /// Its text, which places are in.
    pub source: Source,
    /// Its name: `[a-z][a-z0-9-]*`.
    pub process: String,
    /// Its version, as written.
    pub version: String,
    /// What it is for.
    pub description: Option<String>,
    /// The access token it runs with unless the caller names one.
    pub access_token: Option<String>,
    /// How many of its runs go on at a time, where that is said.
    pub concurrency: Option<Concurrency>,
    /// Its inputs, in the order of the file.
    pub inputs: Vec<Input>,
    /// The type of all of them, as an object: expressions read numbers by it.
    pub input_type: ValueType,
    /// Its nodes in the order of the file; those of `finally` after the others.
    pub nodes: Vec<Node>,
    /// What a run gives in the end.
    pub outputs: Vec<(String, Template)>,
    /// What today's rules would refuse in it, as warnings: it was accepted once ([`load_kept`]). Of one that [`load`] made, nothing.
    pub passed_over: Vec<Diagnostic>,
}

/// An input of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its JSON Schema.
    pub schema: Value,
    /// Its value when the caller gives none; an input without one is required.
    pub default: Option<Value>,
}

/// One element of the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name.
    pub id: NodeId,
    /// Whether it belongs to `nodes` or to `finally`.
    pub phase: Phase,
    /// What it is for.
    pub description: Option<String>,
    /// What it does.
    pub kind: NodeKind,
    /// What it waits for by `after`.
    pub edges: Vec<Edge>,
    /// The nodes named in its expressions and not in `after`, in order of name: they are awaited, nothing more.
    pub mentions: Vec<NodeId>,
    /// How its edges go together.
    pub join: Join,
    /// `if`
    pub condition: Option<Expression>,
    /// `for_each` and what belongs to it.
    pub for_each: Option<ForEach>,
    /// How long a step may take, waiting included.
    pub deadline: Duration,
    /// What a failure does to the run.
    pub on_failure: OnFailure,
    /// Where its kind is written: the bytes of its value.
    pub span: Range<usize>,
    /// Where a step's inputs are written: the bytes of each value.
    pub input_spans: Vec<(String, Range<usize>)>,
}

/// The part of a definition that a node belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// `nodes`
    Main,
    /// `finally`: after all others, whatever happened.
    Finally,
}

/// One `after`: a node, and the outcomes that are waited for.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The node that is waited for.
    pub from: NodeId,
    /// At least one; each at most once.
    pub waits_for: Vec<WaitsFor>,
}

/// An outcome that an edge waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitsFor {
    /// The node completed, or failed with `on_failure: continue`.
    Completed,
    /// The node failed.
    Failed,
    /// The node was skipped.
    Skipped,
    /// The node has any outcome.
    Any,
}

/// How the edges of a node go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// All are awaited; design's rules 1 to 3 decide.
    #[default]
    All,
    /// The first that is taken starts the node.
    Any,
}

/// A node that runs once for each item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// Gives the list.
    pub list: Expression,
    /// The name of an item inside the node; `item` unless `as` says otherwise.
    pub name: String,
    /// How many items run at a time.
    pub max_parallel: NonZeroU32,
    /// What a failed item does to the node.
    pub on_item_failure: OnFailure,
    /// The type of an item: expressions read numbers by it.
    pub item_type: ValueType,
}

/// What a failure does to what it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// It fails too, unless the failure is handled.
    #[default]
    Stop,
    /// It goes on.
    Continue,
}

impl Node {
    /// How many of its steps run at a time.
    pub fn max_parallel(&self) -> usize {
        self.for_each.as_ref().map_or(1, |for_each| for_each.max_parallel.get() as usize)
    }
}

impl Definition {
    /// Whether evaluating any of its expressions takes no time to speak of.
    pub(crate) fn is_quick(&self) -> bool {
        let node = |node: &Node| {
            let list = node.for_each.as_ref().map(|for_each| &for_each.list);
            node.kind.kind().arguments().1.is_quick() && node.condition.iter().chain(list).all(Expression::is_quick)
        };
        self.nodes.iter().all(node) && self.outputs.iter().all(|(_, output)| output.is_quick())
    }

    /// Where a node's value of `field` is written, such as `files[1]`; where that is not, its kind.
    pub fn position_of(&self, node: &str, field: Option<&str>) -> Option<Position> {
        let node = self.node(node)?;
        let input = field.and_then(|field| field.split(['.', '[']).next());
        let span = node.input_spans.iter().find(|(name, _)| Some(name.as_str()) == input);
        Some(self.source.position(span.map_or(&node.span, |(_, span)| span).start))
    }

    /// The inputs of the run that a node's value of `field` is made of, or its list where it is made of an item; of all its values, where no field is
    /// named. In order of name.
    pub fn inputs_behind(&self, node: &str, field: Option<&str>) -> Vec<&str> {
        let Some(node) = self.node(node) else { return Vec::new() };
        let (_, arguments) = node.kind.kind().arguments();
        let name = field.and_then(|field| field.split(['.', '[']).next());
        let fields = if let Template::Object(fields) = arguments { fields.as_slice() } else { &[] };
        let of_field = fields.iter().find(|(known, _)| Some(known.as_str()) == name).map(|(_, value)| value);
        let mut references = of_field.unwrap_or(arguments).references();
        if let Some(for_each) = &node.for_each {
            let is_of_item = references.iter().any(|of| of.path.first().is_some_and(|root| *root == for_each.name));
            references.extend(for_each.list.references().iter().filter(|_| is_of_item || name == Some("for_each")));
        }
        let inputs = references.into_iter().filter(|of| of.path.first().is_some_and(|root| root == "inputs"));
        let mut names: Vec<&str> = inputs.filter_map(|of| of.path.get(1).map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The node `id`.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id.as_str() == id)
    }
}
