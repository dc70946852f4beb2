//! A definition that may still have faults, as far as it can be made out: what the checks of expressions and of the graph
//! work on, so that all problems of a file are reported at once.
//!
//! `load` makes it, then calls `expressions::compile`, which gives the templates and expressions of each node
//! and what is wrong with them, and `graph::check`. Their diagnostics come in any order.
//!
//! What is misshapen is left out here, since the schema check reports it; so nothing is reported twice.

mod build;

use std::ops::Range;

use serde_json::Value;

use super::{Join, OnFailure, Phase, WaitsFor};
use crate::{kind::WrittenKind, yaml::Span};

/// A definition as far as it can be made out.
pub(crate) struct Draft<'a> {
    /// The inputs, in the order of the file.
    pub(crate) inputs: Vec<DraftInput<'a>>,
    /// The nodes in the order of the file; those of `finally` after the others.
    pub(crate) nodes: Vec<DraftNode<'a>>,
    /// The key of `concurrency`, a text.
    pub(crate) concurrency_key: Option<Spanned<'a>>,
    /// The outputs by name.
    pub(crate) outputs: Vec<(&'a str, Spanned<'a>)>,
}

/// A value and where it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spanned<'a> {
    /// The value.
    pub(crate) value: &'a Value,
    /// Its place; [`Spans::field`](crate::yaml::Places::field) and `item` lead further in.
    pub(crate) span: Span,
}

/// An input.
pub(crate) struct DraftInput<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its JSON Schema; `None` where that has a fault, so that nothing is known of the input.
    pub(crate) schema: Option<&'a Value>,
}

/// A node.
pub(crate) struct DraftNode<'a> {
    /// Its name.
    pub(crate) id: &'a str,
    /// Its place: the key is its name.
    pub(crate) span: Span,
    /// Whether it belongs to `nodes` or to `finally`.
    pub(crate) phase: Phase,
    /// Its kind; `None` where it has none that this version knows, so that nothing is known of its output.
    pub(crate) kind: Option<WrittenKind<'a>>,
    /// What a step of it is given.
    pub(crate) arguments: Option<Spanned<'a>>,
    /// `if`: a text, or `true` or `false`.
    pub(crate) condition: Option<Spanned<'a>>,
    /// `for_each`, a text.
    pub(crate) for_each: Option<Spanned<'a>>,
    /// What an item is called inside the node.
    pub(crate) item_name: &'a str,
    /// What a failed item does to it.
    pub(crate) on_item_failure: OnFailure,
    /// What it waits for by `after`.
    pub(crate) edges: Vec<DraftEdge<'a>>,
    /// How its edges go together.
    pub(crate) join: Join,
    /// What its failure does to the run.
    pub(crate) on_failure: OnFailure,
}

/// One `after`.
pub(crate) struct DraftEdge<'a> {
    /// The name of the node that is waited for; there may be none of this name.
    pub(crate) node: &'a str,
    /// Where that name is written.
    pub(crate) at: Range<usize>,
    /// The outcomes that are waited for.
    pub(crate) waits_for: Vec<WaitsFor>,
}
