//! What expressions see of a run, and what it means when one of them fails.

use serde_json::{Value, json};

use super::state::{Life, NodeFields, RunState, error_value};
use crate::{
    activity::Failure,
    definition::{Node, Phase},
    diagnostic::Code,
    expression::{Bindings, Bound, EvaluationError, Expression, Fields, Template},
    journal::{RunError, RunOutcome, SkipReason},
    run::edge::NodeOutcome,
};

/// A run as a node of it sees it, or an item of a node.
#[derive(Clone, Copy)]
pub(super) struct StepBindings<'a> {
    pub(super) state: &'a RunState,
    /// The node that looks; none for `outputs`.
    pub(super) node: Option<&'a Node>,
    /// The item and its index, inside a `for_each`.
    pub(super) item: Option<(&'a Value, usize)>,
}

/// Why a node cannot begin.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Unresolved {
    /// It needs an output that a node does not have, because that node failed or was skipped.
    Missing { reason: SkipReason, because: String },
    /// An expression is wrong.
    Broken(Failure),
}

impl Bindings for StepBindings<'_> {
    fn root(&self, name: &str) -> Option<Bound<'_>> {
        match name {
            "inputs" => Some(Bound::object(self.state.inputs(), self.state.definition().input_type.get())),
            "run" => Some(Bound::fields(RunFields { state: self.state, ended: self.ended() })),
            "index" => self.item.map(|(_, index)| Bound::integer(i64::try_from(index).unwrap_or(i64::MAX))),
            _ => {
                let for_each = self.node.and_then(|node| node.for_each.as_ref()).filter(|each| each.name == name)?;
                self.item.map(|(item, _)| Bound::typed(item, for_each.item_type.get()))
            }
        }
    }

    fn node(&self, id: &str) -> Option<Bound<'_>> {
        let number = self.state.number(id)?;
        Some(Bound::fields(NodeFields::of(self.state.node(number), self.state.node_state(number))))
    }
}

/// What `run` is.
#[derive(Debug)]
struct RunFields<'a> {
    state: &'a RunState,
    /// How `nodes` ended, where that can be seen.
    ended: Option<&'a (RunOutcome, Option<RunError>)>,
}

impl<'a> Fields<'a> for RunFields<'a> {
    fn field(&self, name: &str) -> Option<Bound<'a>> {
        match (name, self.ended) {
            ("id", _) => Some(Bound::made_text(self.state.run().to_string())),
            ("started_at", _) => Some(Bound::timestamp(self.state.started_at())),
            ("outcome", Some((outcome, _))) => Some(Bound::text(outcome.as_str())),
            ("error", Some((_, None))) => Some(Bound::null()),
            ("error", Some((_, Some(error)))) => {
                let mut value = error_value(&error.failure);
                value["node"] = json!(error.node);
                Some(Bound::made(&value))
            }
            _ => None,
        }
    }

    fn names(&self) -> Vec<&'a str> {
        let names = ["id", "started_at", "outcome", "error"];
        names[..if self.ended.is_some() { 4 } else { 2 }].to_vec()
    }
}

impl StepBindings<'_> {
    /// Evaluates a bare expression of the node.
    pub(super) fn evaluate(&self, expression: &Expression, key: &str) -> Result<Value, Unresolved> {
        expression.evaluate(self).map_err(|error| self.unresolved(key, &error))
    }

    /// Evaluates what a step of the node is given.
    pub(super) fn arguments(&self, node: &Node) -> Result<Value, Unresolved> {
        let (key, arguments) = node.kind.kind().arguments();
        self.fill(arguments, key)
    }

    /// Evaluates a value that is written under `key`.
    pub(super) fn fill(&self, template: &Template, key: &str) -> Result<Value, Unresolved> {
        template.evaluate(self).map_err(|error| self.unresolved(key, &error))
    }

    fn unresolved(&self, key: &str, error: &EvaluationError) -> Unresolved {
        let missing = error.missing_output.as_ref().and_then(|path| self.missing(path));
        missing.unwrap_or_else(|| {
            let failure = Failure { code: error.code, ..broken(key, &error.message) };
            Unresolved::Broken(failure)
        })
    }

    /// What it means that a node does not have the output at `path`: `None` if it completed, so that it should have it.
    fn missing(&self, path: &[String]) -> Option<Unresolved> {
        let state = self.state.node_state(self.state.number(path.get(1)?)?);
        let Life::Ended(outcome) = state.life else { return None };
        let reason = match outcome {
            NodeOutcome::Completed => return None,
            NodeOutcome::Failed | NodeOutcome::FailedButContinued => SkipReason::Upstream,
            NodeOutcome::Skipped(reason) => reason,
            NodeOutcome::Cancelled => SkipReason::RunFailed,
        };
        Some(Unresolved::Missing { reason, because: path.join(".") })
    }

    /// How `nodes` ended: `finally` and `outputs` see it.
    fn ended(&self) -> Option<&(RunOutcome, Option<RunError>)> {
        let in_finally = self.node.is_none_or(|node| node.phase == Phase::Finally);
        self.state.frame(Phase::Main).ended.as_ref().filter(|_| in_finally)
    }
}

/// The failure of a node whose `key` cannot be evaluated.
pub(super) fn broken(key: &str, message: &str) -> Failure {
    Failure::permanent(Code::EXPRESSION_FAILED, format!("`{key}` cannot be evaluated: {message}")).with_field(key)
}
