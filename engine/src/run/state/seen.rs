//! What expressions see of nodes and steps: fields that are read where the state keeps them, each when it is asked for.

use serde_json::Value;

use super::{
    node::NodeState,
    step::{StepState, error_value},
};
use crate::{
    definition::Node,
    expression::{Bound, Fields, Items, types::Type},
    run::edge::NodeOutcome,
};

/// What `nodes.<id>` is: empty until the node has ended.
#[derive(Clone, Copy, Debug)]
pub(in crate::run) struct NodeFields<'a> {
    state: &'a NodeState,
    output: &'a Type,
}

/// `results` of a node with `for_each`, one for each item.
#[derive(Clone, Copy, Debug)]
struct Results<'a>(NodeFields<'a>);

/// `{outcome, output, error}` of an item; without a step it never began.
#[derive(Clone, Copy, Debug)]
struct StepFields<'a> {
    step: Option<&'a StepState>,
    output: &'a Type,
}

impl<'a> NodeFields<'a> {
    /// What a node is to expressions.
    pub(in crate::run) fn of(node: &'a Node, state: &'a NodeState) -> Self {
        Self { state, output: node.kind.kind().output_type().get() }
    }
}

impl<'a> Fields<'a> for NodeFields<'a> {
    fn field(&self, name: &str) -> Option<Bound<'a>> {
        let outcome = self.state.outcome()?;
        match name {
            "outcome" => Some(Bound::text(word(outcome))),
            "error" => Some(self.state.failure.as_ref().map_or_else(Bound::null, |it| Bound::made(&error_value(it)))),
            "results" if self.state.items.is_some() => Some(Bound::items(Results(*self))),
            _ => {
                let output = self.state.output()?.get(name)?;
                Some(Bound::typed(output, self.output.field_type(name)))
            }
        }
    }

    fn names(&self) -> Vec<&'a str> {
        if self.state.outcome().is_none() {
            return Vec::new();
        }
        let own = ["outcome", "error"].into_iter().chain(self.state.items.as_ref().map(|_| "results"));
        let output = self.state.output().and_then(Value::as_object);
        let fields = output.into_iter().flat_map(|fields| fields.keys().map(String::as_str));
        own.chain(fields.filter(|name| !matches!(*name, "outcome" | "error"))).collect()
    }
}

impl<'a> Items<'a> for Results<'a> {
    fn len(&self) -> usize {
        self.0.state.items.as_ref().map_or(0, |items| items.len())
    }

    fn item(&self, index: usize) -> Option<Bound<'a>> {
        let step = self.0.state.steps.get(index);
        (index < self.len()).then(|| Bound::fields(StepFields { step, output: self.0.output }))
    }
}

impl<'a> Fields<'a> for StepFields<'a> {
    fn field(&self, name: &str) -> Option<Bound<'a>> {
        let (step, output) = (self.step, self.output);
        match name {
            "outcome" => Some(Bound::text(step.map_or("skipped", StepState::outcome))),
            "output" => {
                let given = step.and_then(|step| step.output.as_deref());
                Some(given.map_or_else(Bound::null, |given| Bound::typed(given, output)))
            }
            "error" => {
                let failure = step.and_then(|step| step.failure.as_ref());
                Some(failure.map_or_else(Bound::null, |failure| Bound::made(&error_value(failure))))
            }
            _ => None,
        }
    }

    fn names(&self) -> Vec<&'a str> {
        vec!["outcome", "output", "error"]
    }
}

fn word(outcome: NodeOutcome) -> &'static str {
    match outcome {
        NodeOutcome::Completed => "completed",
        NodeOutcome::Failed | NodeOutcome::FailedButContinued => "failed",
        NodeOutcome::Skipped(_) => "skipped",
        NodeOutcome::Cancelled => "cancelled",
    }
}
