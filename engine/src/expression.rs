//! Expressions: CEL, bare or inside `${{ … }}`. The only module that knows the crate `cel`.
//!
//! An expression is compiled once, when its definition is loaded. What it reads is known from its syntax tree
//! ([`Expression::references`]); what it is given comes through [`Bindings`].

mod parse;
mod reference;
mod template;
mod value;

use std::sync::{Arc, LazyLock};

use serde_json::Value;

pub use parse::SyntaxError;
pub use reference::{Reference, ReferencePath};
pub use template::{Part, Template};

/// Building an environment costs far more than an evaluation: one for all.
static ENVIRONMENT: LazyLock<Arc<cel::Env>> = LazyLock::new(|| Arc::new(cel::Env::stdlib()));

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expression {
    source: Arc<str>,
    program: Arc<cel::Program>,
    references: Arc<[Reference]>,
}

/// What an expression can see. Paths start at a root: `inputs`, `nodes`, `item` (or its `as`), `index`, `run`, `result`.
pub trait Bindings {
    /// The value of a root other than `nodes`.
    fn root(&self, name: &str) -> Option<Value>;

    /// What `nodes.<id>` is: the output's fields, `outcome`, `error`, and `results` for a `for_each`.
    fn node(&self, id: &str) -> Option<Value>;
}

/// Why an evaluation gave nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct EvaluationError {
    /// The evaluator's words, without the values it was working on.
    pub message: String,
}

impl Expression {
    /// Its text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Everything it reads from its surroundings, in order of place.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// Gives its value.
    ///
    /// # Errors
    /// When something is missing or of the wrong type.
    pub fn evaluate(&self, bindings: &dyn Bindings) -> Result<Value, EvaluationError> {
        let mut context = cel::Context::with_env(ENVIRONMENT.clone());
        for (name, value) in reference::bound(&self.references, bindings) {
            context.add_variable_from_value(name, value::to_cel(&value));
        }
        let value = self.program.execute(&context).map_err(|error| EvaluationError { message: error.to_string() })?;
        value::from_cel(&value).map_err(|message| EvaluationError { message })
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}
