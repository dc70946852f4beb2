//! How large a document may be, aliases counted as what they stand for. All is checked before the work is done.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};

/// The most bytes of a file: 8 MiB, room for the most nodes of a graph.
pub(crate) const FILE: usize = 8 << 20;
/// The deepest nesting of lists and mappings.
const DEPTH: usize = 64;
/// The most keys, scalars, lists and mappings.
const NODES: u64 = 500_000;
/// The most bytes of text: aliases can repeat a long one.
const TEXT: u64 = 16 << 20;

/// What a node and everything in it comes to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight {
    nodes: u64,
    text: u64,
    /// How deep lists and mappings are nested in it.
    pub(super) height: usize,
}

impl Weight {
    /// A scalar of so many bytes.
    pub(super) fn scalar(length: usize) -> Self {
        Self { nodes: 1, text: length as u64, height: 0 }
    }

    /// A list or a mapping with nothing in it yet.
    pub(super) fn collection() -> Self {
        Self { nodes: 1, text: 0, height: 1 }
    }

    /// Puts another into it.
    pub(super) fn put(&mut self, inner: Self) {
        self.nodes = self.nodes.saturating_add(inner.nodes);
        self.text = self.text.saturating_add(inner.text);
        self.height = self.height.max(inner.height + 1);
    }
}

/// Refuses a document that has grown too large.
pub(super) fn check(total: &Weight, at: &Range<usize>) -> Result<(), Diagnostic> {
    let message = if total.nodes > NODES {
        "the file has more than 500,000 values, aliases counted as what they stand for"
    } else if total.text > TEXT {
        "the file has more than 16 MiB of text, aliases counted as what they stand for"
    } else {
        return Ok(());
    };
    let help = "split the definition, or use fewer aliases";
    Err(Diagnostic::error(Code::TOO_MANY_YAML_NODES, at.clone(), message).with_help(help))
}

/// Refuses what is nested too deeply.
pub(super) fn check_depth(depth: usize, at: &Range<usize>) -> Result<(), Diagnostic> {
    if depth <= DEPTH {
        return Ok(());
    }
    Err(too_deep(at.clone()))
}

/// The fault of what is nested too deeply.
pub(super) fn too_deep(at: Range<usize>) -> Diagnostic {
    let fault = Diagnostic::error(Code::TOO_DEEP, at, format!("nested more than {DEPTH} deep"));
    fault.with_help("a definition needs a few levels only: look for a bracket that is not closed")
}
