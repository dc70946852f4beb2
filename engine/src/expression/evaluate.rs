//! Expression + bindings → value, within a budget, and in words that show no values.
//!
//! The crate parses; its tree is walked here (`evaluate/walk.rs`), and values are read where their surroundings keep them.

mod access;
mod budget;
pub(super) mod compare;
mod fault;
mod fold;
pub(super) mod operator;
pub(super) mod pattern;
mod walk;

use std::ops::Range;

use serde_json::Value as Json;

pub(super) use self::{
    budget::Budget,
    fault::{Cause, Fault},
};
use super::{
    Bindings, Expression, ReferencePath,
    value::{self, Value},
};
use crate::diagnostic::Code;

/// Why an evaluation gave nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct EvaluationError {
    /// FR0702, or FR0412 where it was too much.
    pub code: Code,
    /// What is wrong, without the values that were worked on.
    pub message: String,
    /// Where, in bytes of the expression's text.
    pub at: Option<Range<usize>>,
    /// The output of a node that was read without a guard and is not there: `["nodes", "file", "key"]`.
    pub missing_output: Option<ReferencePath>,
}

impl EvaluationError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { code: Code::EXPRESSION_FAILED, message: message.into(), at: None, missing_output: None }
    }
}

impl Expression {
    /// Gives its value.
    ///
    /// # Errors
    /// When something is missing or of the wrong type, or the evaluation takes more than it may.
    pub fn evaluate(&self, bindings: &dyn Bindings) -> Result<Json, EvaluationError> {
        self.json(bindings, &mut Budget::default()).map_err(|fault| self.failed(&fault, bindings))
    }

    fn json(&self, bindings: &dyn Bindings, budget: &mut Budget) -> Result<Json, Fault> {
        let value = self.value(bindings, budget)?;
        value::to_json(&value, budget).map_err(|cause| cause.at(self.tree.root().id))
    }

    /// Its value before that leaves the expression.
    pub(super) fn value<'a>(&'a self, bindings: &'a dyn Bindings, budget: &mut Budget) -> Result<Value<'a>, Fault> {
        walk::evaluate(self.tree.root(), bindings, budget)
    }

    fn failed(&self, fault: &Fault, bindings: &dyn Bindings) -> EvaluationError {
        let missing = fault.cause.is_absence().then(|| {
            let mut references = self.references.iter();
            references.find(|reference| reference.lacks_output(bindings)).map(|reference| reference.path.clone())
        });
        let missing = missing.flatten();
        let at = self.span(fault.part);
        let message = match &missing {
            Some(path) => format!("`{}` is missing", path.join(".")),
            None => format!("`{}`: {}{}", self.source(), fault.cause, self.part_named(at.as_ref())),
        };
        EvaluationError { code: fault.cause.code(), message, at, missing_output: missing }
    }

    /// Where a part stands, found only once something is wrong with it.
    fn span(&self, part: u64) -> Option<Range<usize>> {
        self.tree.spans.of_part(part)
    }

    /// The part of a longer expression that is to blame.
    fn part_named(&self, at: Option<&Range<usize>>) -> String {
        let part = at.map_or("", |at| &self.source[at.clone()]);
        if part.is_empty() || part == self.source() { String::new() } else { format!(" (at `{part}`)") }
    }
}

#[cfg(test)]
mod tests;
