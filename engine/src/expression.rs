//! Expressions: CEL, bare or inside `${{ … }}`. The only module that knows the crate `cel`.
//!
//! An expression is compiled once, when its definition is loaded; the crate parses, and its tree is evaluated here. What it reads is
//! known from that tree ([`Expression::references`]); what it is given comes through [`Bindings`], and is read where it lies.
//!
//! ```
//! use flowrun_engine::expression::{Bindings, Bound, Expression};
//! use serde_json::{Value, json};
//!
//! struct Inputs(Value);
//! impl Bindings for Inputs {
//!     fn root(&self, name: &str) -> Option<Bound<'_>> {
//!         (name == "inputs").then(|| Bound::json(&self.0))
//!     }
//!     fn node(&self, _: &str) -> Option<Bound<'_>> { None }
//! }
//! let expression = Expression::parse("size(inputs.people) > 1 ? 'many' : inputs.people[0]")?;
//! assert_eq!(expression.references().len(), 2);
//! assert_eq!(expression.evaluate(&Inputs(json!({ "people": ["Ada"] })))?, json!("Ada"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod check;
#[cfg(test)]
mod conformance;
pub(crate) mod declared;
mod evaluate;
mod function;
mod meaning;
mod parse;
mod reference;
mod span;
mod syntax;
mod template;
mod token;
mod tree;
pub(crate) mod types;
mod value;

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

pub use evaluate::EvaluationError;
pub use parse::SyntaxError;
pub use reference::{Reference, ReferencePath};
pub use template::{Converted, Part, Scalar, Template};
pub use types::ValueType;
pub use value::Bound;

/// Building an environment costs far more than a parse: one for all. Only its parser is used.
static ENVIRONMENT: LazyLock<Arc<cel::Env>> = LazyLock::new(|| Arc::new(cel::Env::stdlib()));

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expression {
    source: Arc<str>,
    tree: Arc<tree::Tree>,
    references: Arc<[Reference]>,
}

/// What an expression can see. Paths start at a root: `inputs`, `nodes`, `item` (or its `as`), `index`, `run`, `result`.
pub trait Bindings {
    /// The value of a root other than `nodes`.
    fn root(&self, name: &str) -> Option<Bound<'_>>;

    /// What `nodes.<id>` is: the output's fields, `outcome`, `error`, and `results` for a `for_each`.
    fn node(&self, id: &str) -> Option<Bound<'_>>;
}

/// An object whose fields are looked up when an expression asks for them.
pub trait Fields<'a>: fmt::Debug {
    /// A field.
    fn field(&self, name: &str) -> Option<Bound<'a>>;

    /// The names of all fields, in any order.
    fn names(&self) -> Vec<&'a str>;
}

/// A list whose elements are looked up when an expression asks for them.
pub trait Items<'a>: fmt::Debug {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at an index.
    fn item(&self, index: usize) -> Option<Bound<'a>>;
}

impl Expression {
    /// Its text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether evaluating it takes no time to speak of, whatever it is given.
    pub(crate) fn is_quick(&self) -> bool {
        self.tree.is_quick()
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
