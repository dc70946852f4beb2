//! The nodes of a draft by name: a definition may have ten thousand.

use std::collections::HashMap;

use crate::definition::draft::{Draft, DraftNode};

/// A draft whose nodes can be found by name. Of two with the same name, the first is found.
pub(in crate::definition) struct Index<'a> {
    /// The draft.
    pub(in crate::definition) draft: &'a Draft<'a>,
    /// Only looked up, never iterated.
    numbers: HashMap<&'a str, usize>,
}

impl<'a> Index<'a> {
    /// The index of a draft.
    pub(in crate::definition) fn of(draft: &'a Draft<'a>) -> Self {
        let mut numbers = HashMap::with_capacity(draft.nodes.len());
        for (number, node) in draft.nodes.iter().enumerate() {
            numbers.entry(node.id).or_insert(number);
        }
        Self { draft, numbers }
    }

    /// The number of the node `id`.
    pub(in crate::definition) fn number(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// A node by number.
    pub(in crate::definition) fn node(&self, number: usize) -> &'a DraftNode<'a> {
        &self.draft.nodes[number]
    }

    /// The names of all nodes.
    pub(in crate::definition) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.draft.nodes.iter().map(|node| node.id)
    }
}
