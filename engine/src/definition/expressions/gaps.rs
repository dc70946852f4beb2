//! Which outputs may be missing when they are read, because the node failed or was skipped and the run went on.
//!
//! It errs on the side of silence: along an ordinary chain of `completed` edges nothing is ever missing, since what needs a
//! skipped or failed node is skipped itself.

use std::collections::BTreeSet;

use super::{Mention, index::Index};
use crate::definition::{Join, OnFailure, Phase, WaitsFor, draft::DraftNode};

/// How many nodes a search backwards goes through before it takes an output to be there.
const LONGEST_SEARCH: usize = 250;

/// What is known of missing outputs.
pub(super) struct Gaps<'a> {
    index: &'a Index<'a>,
    mentions: &'a [Vec<Mention>],
    /// Why a node may not run though the run goes on.
    skipped: Vec<Option<String>>,
}

impl<'a> Gaps<'a> {
    pub(super) fn of(index: &'a Index<'a>, mentions: &'a [Vec<Mention>]) -> Self {
        Self { index, mentions, skipped: skips(index) }
    }

    /// Why the output of `source` may be missing when `reader` reads it.
    pub(super) fn between(&self, reader: usize, source: usize) -> Option<String> {
        let (reading, read) = (self.index.node(reader), self.index.node(source));
        if reading.phase == Phase::Finally && read.phase == Phase::Main {
            return Some(format!("`finally` runs even when `{}` did not complete", read.id));
        }
        let is_one_of_several = reading.edges.len() > 1 && reading.edges.iter().any(|edge| edge.node == read.id);
        if reading.join == Join::Any && is_one_of_several {
            return Some(format!("`{}` starts at the first edge taken, without waiting for `{}`", reading.id, read.id));
        }
        // The results of a `for_each` are there when it failed, too.
        if read.for_each.is_none() && self.follows_failure(reader, source) {
            return Some(format!("`{}` runs also when `{}` failed", reading.id, read.id));
        }
        let tolerated = read.on_failure == OnFailure::Continue && read.for_each.is_none();
        let why = match tolerated {
            true => format!("`{}` may fail, and the run goes on", read.id),
            false => self.skipped[source].clone()?,
        };
        (!self.is_ensured(reader, source)).then_some(why)
    }

    /// Whether `reader` is reached by an edge that is taken when `source` failed.
    fn follows_failure(&self, reader: usize, source: usize) -> bool {
        let id = self.index.node(source).id;
        let mut pending = vec![reader];
        let mut seen = BTreeSet::from([reader]);
        while let Some(number) = pending.pop() {
            let mut edges = self.index.node(number).edges.iter().filter(|edge| edge.node == id);
            if edges
                .any(|edge| edge.waits_for.iter().any(|outcome| matches!(outcome, WaitsFor::Failed | WaitsFor::Any)))
            {
                return true;
            }
            if seen.len() < LONGEST_SEARCH {
                pending.extend(
                    self.certain(number)
                        .into_iter()
                        .map(|(earlier, _)| earlier)
                        .filter(|earlier| seen.insert(*earlier)),
                );
            }
        }
        false
    }

    /// Whether `reader` runs only where `source` completed.
    fn is_ensured(&self, reader: usize, source: usize) -> bool {
        let mut pending = vec![reader];
        let mut seen = BTreeSet::from([reader]);
        while let Some(number) = pending.pop() {
            if seen.len() > LONGEST_SEARCH {
                return true;
            }
            for (earlier, completed) in self.certain(number) {
                let has_output = completed && self.index.node(earlier).on_failure == OnFailure::Stop;
                if has_output && (earlier == source || self.needs(earlier, source)) {
                    return true;
                }
                if seen.insert(earlier) {
                    pending.push(earlier);
                }
            }
        }
        false
    }

    /// The nodes that ran for certain when `number` runs, and whether they completed.
    fn certain(&self, number: usize) -> Vec<(usize, bool)> {
        let node = self.index.node(number);
        let alone = node.edges.len() == 1;
        if node.join == Join::Any && !alone {
            return Vec::new();
        }
        let edges = node.edges.iter().filter_map(|edge| {
            let earlier = self.index.number(edge.node)?;
            match edge.waits_for.as_slice() {
                [WaitsFor::Completed] => (alone || self.skipped[earlier].is_none()).then_some((earlier, true)),
                [WaitsFor::Failed] => Some((earlier, false)),
                _ => None,
            }
        });
        edges.collect()
    }

    /// Whether `number` reads an output of `source` without a guard.
    fn needs(&self, number: usize, source: usize) -> bool {
        let id = self.index.node(source).id;
        let is_output = |field: &String| !matches!(field.as_str(), "outcome" | "error");
        self.mentions[number].iter().any(|mention| mention.node == id && mention.needs.as_ref().is_some_and(is_output))
    }
}

/// Skipped nodes skip what follows only them; so this goes round until nothing is added.
fn skips(index: &Index<'_>) -> Vec<Option<String>> {
    let nodes = &index.draft.nodes;
    let mut skipped: Vec<Option<String>> = nodes.iter().map(own_skip).collect();
    let mut waiting: Vec<usize> = Vec::new();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut unskipped_edges: Vec<usize> = nodes.iter().map(|node| node.edges.len()).collect();
    for (number, node) in nodes.iter().enumerate() {
        for edge in &node.edges {
            if let Some(earlier) = index.number(edge.node) {
                followers[earlier].push(number);
            }
        }
        if skipped[number].is_some() {
            waiting.push(number);
        }
    }
    while let Some(number) = waiting.pop() {
        for &follower in &followers[number] {
            unskipped_edges[follower] = unskipped_edges[follower].saturating_sub(1);
            if unskipped_edges[follower] == 0 && skipped[follower].is_none() {
                skipped[follower] = Some(format!("`{}` is skipped when `{}` is", nodes[follower].id, nodes[number].id));
                waiting.push(follower);
            }
        }
    }
    skipped
}

/// Why a node may be skipped on its own account.
fn own_skip(node: &DraftNode<'_>) -> Option<String> {
    let is_true =
        |condition: &serde_json::Value| condition.as_bool() == Some(true) || condition.as_str() == Some("true");
    if node.condition.as_ref().is_some_and(|condition| !is_true(condition.value)) {
        return Some(format!("`{}` has an `if`", node.id));
    }
    let branches = node
        .edges
        .iter()
        .find(|edge| !edge.waits_for.iter().any(|outcome| matches!(outcome, WaitsFor::Completed | WaitsFor::Any)));
    branches.map(|edge| format!("`{}` runs only for some outcomes of `{}`", node.id, edge.node))
}
