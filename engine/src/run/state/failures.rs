//! Which failures are handled, which may still be, and which nobody handled.
//!
//! A failure is handled when a node whose edge waits for it by `failed` completes. Where no such node is left, it is
//! unhandled.

use std::collections::BTreeMap;

/// The failures of one phase of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Failures {
    /// How many there were.
    count: usize,
    /// Failures that somebody may still handle, by node.
    open: BTreeMap<usize, Open>,
    /// Nodes whose failure nobody handled, in order of failing.
    unhandled: BTreeMap<usize, usize>,
}

/// A failure that somebody may still handle.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Open {
    order: usize,
    handlers: usize,
}

impl Failures {
    /// A node failed; so many nodes may still handle it.
    pub(super) fn add(&mut self, node: usize, handlers: usize) {
        let order = self.count;
        self.count += 1;
        if handlers == 0 {
            self.unhandled.insert(order, node);
        } else {
            self.open.insert(node, Open { order, handlers });
        }
    }

    /// A node that waits for the failure of `node` has ended.
    pub(super) fn handler_ended(&mut self, node: usize, completed: bool) {
        let Some(open) = self.open.get_mut(&node) else { return };
        open.handlers -= 1;
        let Open { order, handlers } = *open;
        if completed {
            self.open.remove(&node);
        } else if handlers == 0 {
            self.open.remove(&node);
            self.unhandled.insert(order, node);
        }
    }

    /// The nodes have other numbers, or are there no more.
    pub(super) fn renumber(&mut self, number_of: impl Fn(usize) -> Option<usize>) {
        self.open = self.open.iter().filter_map(|(node, open)| Some((number_of(*node)?, *open))).collect();
        self.unhandled = self.unhandled.iter().filter_map(|(order, node)| Some((*order, number_of(*node)?))).collect();
    }

    /// The first node whose failure nobody handled.
    pub(super) fn first_unhandled(&self) -> Option<usize> {
        self.unhandled.first_key_value().map(|(_, node)| *node)
    }
}
