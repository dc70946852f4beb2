//! Kinds of node: what a node does. Each has a folder here: how it is written, what is checked of it, what a step of it does.
//!
//! `definition` asks about a kind as it is written (`Written`), a run about one that is checked (`Kind`). What steps are made of
//! (attempts with their effects, waiting for an answer or a time) the machine has for all kinds. ARCHITECTURE.md says how a kind is
//! added.
//!
//! ```
//! # use std::collections::BTreeMap;
//! use flowrun_engine::{activity::Catalogue, definition::{self, Source}, kind::NodeKind};
//!
//! # let greet = |who: BTreeMap<String, String>, _| async move { Ok(who) };
//! # let catalogue = Catalogue::default().function("example.greet", "Makes a greeting.", greet);
//! let text = "process: hello\nversion: 1.0.0\nnodes:\n  greet: { activity: example.greet, with: {}, retry: { attempts: 7 } }\n";
//! let definition = definition::load(&Source::new("hello.yaml", text), &catalogue).definition.unwrap();
//! match &definition.nodes[0].kind {
//!     NodeKind::Activity(node) => assert_eq!((node.activity.as_str(), node.retry.attempts.get()), ("example.greet", 7)),
//!     other => panic!("{other:?}"),
//! }
//! ```

mod activity;
#[cfg(test)]
mod signal;

use serde_json::Value;

pub use self::activity::{ActivityNode, OnUnknown, Retry};
pub(crate) use self::activity::{Keys, WrittenActivity, WrittenRetry};
#[cfg(test)]
pub(crate) use self::signal::{SignalNode, WrittenSignal};
use crate::{
    activity::{Catalogue, Failure},
    expression::{Template, ValueType, types::Type},
    form::Form,
    text::Shape,
};

/// The keys of which a node has exactly one: its kind. Some are of the language, and not of this version.
pub(crate) const KEYS: &[&str] = &[
    "activity",
    "approval",
    "wait",
    "process",
    "nodes",
    #[cfg(test)]
    "signal",
];

/// What a node does: exactly one thing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NodeKind {
    /// Work.
    Activity(ActivityNode),
    /// It waits until it is told something.
    #[cfg(test)]
    Signal(SignalNode),
}

/// What a run asks of the kind of a node.
pub(crate) trait Kind {
    /// The key that a step's inputs are written under, and what is written: its expressions are evaluated when the step begins.
    fn arguments(&self) -> (&'static str, &Template);

    /// The type of what a step gives: expressions read numbers by it.
    fn output_type(&self) -> &ValueType;

    /// What a step does.
    fn doing(&self) -> Doing<'_>;
}

/// What a step does until it ends.
#[derive(Clone, Copy)]
pub(crate) enum Doing<'a> {
    /// It has attempts of an activity made.
    Attempts(&'a ActivityNode),
    /// It waits for an answer.
    #[cfg_attr(not(test), expect(dead_code, reason = "no kind of the language waits for an answer yet"))]
    Awaits(&'a dyn Awaits),
}

/// A kind whose steps wait for an answer.
pub(crate) trait Awaits {
    /// Checks the evaluated inputs of a step, before it waits.
    ///
    /// # Errors
    /// What does not fit.
    fn check(&self, input: &Value) -> Result<(), Failure>;

    /// What an answer makes of a step with this input: its output.
    ///
    /// # Errors
    /// Why it is not an answer to this step; the step waits on.
    fn answered(&self, input: &Value, answer: &Value) -> Result<Value, String>;
}

impl NodeKind {
    /// What a run asks.
    pub(crate) fn kind(&self) -> &dyn Kind {
        match self {
            Self::Activity(node) => node,
            #[cfg(test)]
            Self::Signal(node) => node,
        }
    }

    /// The activity of a node that has one.
    pub fn activity(&self) -> Option<&ActivityNode> {
        match self.kind().doing() {
            Doing::Attempts(node) => Some(node),
            Doing::Awaits(_) => None,
        }
    }
}

/// The kind of a node as it is written, with all that a catalogue knows of it.
#[derive(Clone, Copy)]
pub(crate) enum WrittenKind<'a> {
    /// `activity`
    Activity(WrittenActivity<'a>),
    /// `signal`
    #[cfg(test)]
    Signal(WrittenSignal),
}

/// What a definition's checks ask of the kind of a node.
pub(crate) trait Written<'a> {
    /// The key that says the kind.
    fn key(&self) -> &'static str;

    /// The key that a step's inputs are written under: the kind's own, or one beside it.
    fn arguments(&self) -> &'static str;

    /// The keys beside these two that apply to nodes of this kind, of those that do not apply to all.
    fn keys(&self) -> &'static [&'static str];

    /// Whether a key may not stand here after all: what is wrong, and the help.
    fn does_not_apply(&self, key: &str) -> Option<(String, &'static str)>;

    /// The JSON Schema of a step's inputs, where it depends on more than the kind.
    fn schema(&self) -> Option<&'a Value>;

    /// What is checked of them where they are written, if that is not part of the definition's own form.
    fn form(&self) -> Option<&'a Form>;

    /// Whether there is no node of this kind without them.
    fn must_have_arguments(&self) -> bool;

    /// The type of a step's inputs.
    fn input_type(&self) -> &'a Type;

    /// What expressions see of a node, with or without `for_each`.
    fn node_type(&self, has_items: bool) -> &'a Type;

    /// Where texts of a kind are in a step's inputs, and in what it gives.
    fn shapes(&self) -> Option<&'a (Shape, Shape)>;
}

impl<'a> WrittenKind<'a> {
    /// The kind of a node whose keys `get` gives. None where there is none, or where this version does not have it.
    pub(crate) fn of<'n>(get: impl Fn(&str) -> Option<&'n Value>, catalogue: &'a Catalogue) -> Option<Self> {
        if let Some(name) = get("activity") {
            return Some(Self::Activity(WrittenActivity::of(name, catalogue)));
        }
        #[cfg(test)]
        if get("signal").is_some() {
            return Some(Self::Signal(WrittenSignal));
        }
        None
    }

    /// What the checks ask.
    pub(crate) fn written(&self) -> &dyn Written<'a> {
        match self {
            Self::Activity(written) => written,
            #[cfg(test)]
            Self::Signal(written) => written,
        }
    }
}

/// The key of a node's inputs, whatever is known of its kind.
pub(crate) fn arguments_of(kind: Option<&WrittenKind<'_>>) -> &'static str {
    kind.map_or("with", |kind| kind.written().arguments())
}

/// The keys that only some kinds have, beside the one that says the kind.
pub(crate) const KEYS_OF_SOME: [&str; 4] = ["with", "retry", "timeout", "on_unknown"];
