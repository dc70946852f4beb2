//! What of a run would be lost where a problem of an expression were passed over. Whatever else is wrong with one, it says itself when it is
//! evaluated.

use std::collections::BTreeSet;

use super::{Mention, index::Index};
use crate::{
    definition::Phase,
    diagnostic::{Code, Diagnostic},
};

/// What is lost, and where.
pub(super) struct Lost<'a> {
    /// The nodes that name one which there is not, or which begins only after them: they would not wait as they did.
    waits: BTreeSet<&'a str>,
    /// Whether an output names a node that there is not.
    outputs: bool,
    /// Where fragments of a kind are in no text of it, so that they would stand there as any text.
    out_of_place: BTreeSet<usize>,
}

impl<'a> Lost<'a> {
    /// What is lost of a draft whose nodes and outputs have these mentions.
    pub(super) fn of(
        index: &Index<'a>,
        (of_nodes, of_outputs): (&[Vec<Mention>], &[Mention]),
        out_of_place: BTreeSet<usize>,
    ) -> Self {
        let is_late =
            |phase: Phase, awaited: usize| phase == Phase::Main && index.node(awaited).phase == Phase::Finally;
        let cannot_wait =
            |phase: Phase, mention: &Mention| index.number(&mention.node).is_none_or(|awaited| is_late(phase, awaited));
        let nodes = index.draft.nodes.iter().zip(of_nodes);
        let losing = nodes.filter(|(node, mentions)| mentions.iter().any(|mention| cannot_wait(node.phase, mention)));
        let outputs = of_outputs.iter().any(|mention| index.number(&mention.node).is_none());
        Self { waits: losing.map(|(node, _)| node.id).collect(), outputs, out_of_place }
    }

    /// Whether a problem tells of something that is lost.
    pub(super) fn is_told_by(&self, problem: &Diagnostic) -> bool {
        match problem.code {
            Code::UNKNOWN_NAME | Code::NOT_HERE => match &problem.node {
                Some(node) => self.waits.contains(node.as_str()),
                None => self.outputs,
            },
            Code::TEXT_KIND => problem.span.as_ref().is_some_and(|span| self.out_of_place.contains(&span.start)),
            _ => false,
        }
    }
}
