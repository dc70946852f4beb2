//! Expressions: CEL, bare or inside `${{ … }}`. The only module that knows the crate `cel`.
//!
//! An expression is compiled once, when its definition is loaded. What it reads is known from its syntax tree
//! ([`Expression::references`]); what it is given comes through [`Bindings`].

pub(crate) mod check;
mod evaluate;
mod parse;
mod place;
mod reference;
mod syntax;
mod template;
mod token;
mod tree;
pub(crate) mod types;
mod value;

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use serde_json::Value;

pub use evaluate::EvaluationError;
pub use parse::SyntaxError;
pub use reference::{Reference, ReferencePath};
pub use template::{Part, Scalar, Template};

/// Building an environment costs far more than an evaluation: one for all. `a.?b` and the like are left out: `has()` does.
static ENVIRONMENT: LazyLock<Arc<cel::Env>> =
    LazyLock::new(|| Arc::new(cel::Env::stdlib().with_optional_support(false)));

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expression {
    source: Arc<str>,
    tree: Arc<tree::Tree>,
    references: Arc<[Reference]>,
    /// How many loops are inside one another.
    loops: usize,
}

/// What an expression can see. Paths start at a root: `inputs`, `nodes`, `item` (or its `as`), `index`, `run`, `result`.
pub trait Bindings {
    /// The value of a root other than `nodes`. Lent where it can be: inputs may be large, and items many.
    fn root(&self, name: &str) -> Option<Cow<'_, Value>>;

    /// What `nodes.<id>` is: the output's fields, `outcome`, `error`, and `results` for a `for_each`.
    fn node(&self, id: &str) -> Option<Cow<'_, Value>>;
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
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}
