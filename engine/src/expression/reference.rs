//! What an expression reads: paths such as `nodes.file.key`, found by a walk over its syntax tree.

use std::{collections::BTreeMap, ops::Range};

use serde_json::{Map, Value};

use super::Bindings;

/// The names of a path, root first.
pub type ReferencePath = Vec<String>;

/// One path that an expression reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// `["nodes", "file", "key"]`
    pub path: ReferencePath,
    /// Where it stands, in bytes of the expression's text.
    pub at: Option<Range<usize>>,
    /// Whether `has(…)` guards it, or is all that is asked of it.
    pub guarded: bool,
}

impl Reference {
    /// The node it names: `file` of `nodes.file.key`.
    pub fn node(&self) -> Option<&str> {
        (self.path.first()? == "nodes").then(|| self.path.get(1).map(String::as_str)).flatten()
    }

    /// The field of that node it names: `key` of `nodes.file.key`.
    pub fn node_field(&self) -> Option<&str> {
        self.node().and(self.path.get(2)).map(String::as_str)
    }
}

/// The roots that these references need, with only the nodes that they name: a definition may have thousands.
pub(super) fn bound(references: &[Reference], bindings: &dyn Bindings) -> BTreeMap<String, Value> {
    let mut roots = BTreeMap::new();
    let mut nodes = Map::new();
    for reference in references {
        match (reference.path.first().map(String::as_str), reference.node()) {
            (_, Some(node)) if !nodes.contains_key(node) => {
                nodes.extend(bindings.node(node).map(|value| (node.to_owned(), value)))
            }
            (Some("nodes") | None, _) => {}
            (Some(root), _) if !roots.contains_key(root) => {
                roots.extend(bindings.root(root).map(|value| (root.to_owned(), value)))
            }
            _ => {}
        }
    }
    if !nodes.is_empty() {
        roots.insert("nodes".to_owned(), Value::Object(nodes));
    }
    roots
}
