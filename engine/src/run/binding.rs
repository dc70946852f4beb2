//! What expressions see of a run, and what it means when one of them fails.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::state::{Life, RunState, error_value};
use crate::{
    activity::Failure,
    definition::{Node, Phase},
    diagnostic::Code,
    expression::{Bindings, EvaluationError, Expression, Reference, Template},
    journal::SkipReason,
    run::edge::Outcome,
};

/// A run as a node of it sees it, or an item of a node.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) state: &'a RunState,
    /// The node that looks; none for `outputs`.
    pub(super) node: Option<&'a Node>,
    /// The item and its index, inside a `for_each`.
    pub(super) item: Option<(&'a Value, usize)>,
}

/// Why a node cannot begin.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Obstacle {
    /// It needs an output that a node does not have, because that node failed or was skipped.
    Missing { reason: SkipReason, because: String },
    /// An expression is wrong.
    Broken(Failure),
}

impl Bindings for Scope<'_> {
    fn root(&self, name: &str) -> Option<Cow<'_, Value>> {
        match name {
            "inputs" => Some(Cow::Borrowed(self.state.inputs())),
            "run" => Some(Cow::Owned(self.run())),
            "index" => self.item.map(|(_, index)| Cow::Owned(index.into())),
            _ => {
                let item_name =
                    self.node.and_then(|node| node.for_each.as_ref()).map(|for_each| for_each.name.as_str());
                self.item.filter(|_| item_name == Some(name)).map(|(item, _)| Cow::Borrowed(item))
            }
        }
    }

    fn node(&self, id: &str) -> Option<Cow<'_, Value>> {
        self.state.number(id).map(|number| Cow::Owned(self.state.node_state(number).value()))
    }
}

impl Scope<'_> {
    /// Evaluates a bare expression of the node.
    pub(super) fn evaluate(&self, expression: &Expression, key: &str) -> Result<Value, Obstacle> {
        expression.evaluate(self).map_err(|error| self.obstacle(expression, key, &error))
    }

    /// Evaluates the node's `with`.
    pub(super) fn fill(&self, template: &Template) -> Result<Value, Obstacle> {
        template.evaluate(self).map_err(|error| {
            let mut failed = template.expressions().into_iter();
            match failed.find(|expression| expression.evaluate(self).is_err()) {
                Some(expression) => self.obstacle(expression, "with", &error),
                None => Obstacle::Broken(broken("with", &error.message)),
            }
        })
    }

    fn obstacle(&self, expression: &Expression, key: &str, error: &EvaluationError) -> Obstacle {
        let missing = expression.references().iter().find_map(|reference| self.missing(reference));
        missing.unwrap_or_else(|| Obstacle::Broken(broken(key, &error.message)))
    }

    /// Whether a reference needs what a node does not have because it did not complete.
    fn missing(&self, reference: &Reference) -> Option<Obstacle> {
        let node = reference.node().filter(|_| !reference.guarded)?;
        let state = self.state.node_state(self.state.number(node)?);
        let Life::Settled(outcome) = state.life else { return None };
        let reason = match outcome {
            Outcome::Completed => return None,
            Outcome::Failed | Outcome::FailedButContinued => SkipReason::Upstream,
            Outcome::Skipped(reason) => reason,
            Outcome::Cancelled => SkipReason::RunFailed,
        };
        let has_it = reference.node_field().is_some_and(|field| state.value().get(field).is_some());
        (!has_it).then(|| Obstacle::Missing { reason, because: reference.path.join(".") })
    }

    fn run(&self) -> Value {
        let mut run = Map::new();
        run.insert("id".to_owned(), self.state.run().to_string().into());
        run.insert("started_at".to_owned(), self.state.started_at().to_string().into());
        let in_finally = self.node.is_none_or(|node| node.phase == Phase::Finally);
        if let Some((outcome, error)) = self.state.main_end().filter(|_| in_finally) {
            let error = error.as_ref().map(|error| {
                let mut value = error_value(&error.failure);
                value["node"] = json!(error.node);
                value
            });
            run.insert("outcome".to_owned(), outcome.as_str().into());
            run.insert("error".to_owned(), error.unwrap_or_default());
        }
        Value::Object(run)
    }
}

/// The failure of a node whose `key` cannot be evaluated.
pub(super) fn broken(key: &str, message: &str) -> Failure {
    Failure::permanent(Code::EXPRESSION_FAILED, format!("`{key}` cannot be evaluated: {message}")).with_field(key)
}
