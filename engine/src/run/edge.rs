//! What an edge says of the node it leads to, once the node it comes from has settled: design's table, and rules 1 to 3.

#![deny(clippy::wildcard_enum_match_arm)]

use crate::{
    definition::{Join, WaitsFor},
    journal::SkipReason,
};

/// How a node settled, as far as edges tell such ways apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeOutcome {
    /// It completed.
    Completed,
    /// It failed.
    Failed,
    /// It failed with `on_failure: continue`: both a completed and a failed node to those that wait for it.
    FailedButContinued,
    /// It was skipped.
    Skipped(SkipReason),
    /// It had begun when the run ended.
    Cancelled,
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeVerdict {
    /// The edge lets the node run.
    Taken,
    /// What the node needs will not come.
    Blocked,
    /// The edge neither asks for the node nor forbids it.
    Neutral,
    /// The edge leads along another branch.
    NotTaken,
}

impl EdgeVerdict {
    /// What an edge that waits for one of `waits_for` says of a node that settled so.
    pub fn of(waits_for: &[WaitsFor], outcome: NodeOutcome) -> Self {
        if waits_for.iter().any(|one| cell(*one, outcome) == Self::Taken) {
            Self::Taken
        } else if waits_for.contains(&WaitsFor::Completed) {
            cell(WaitsFor::Completed, outcome)
        } else {
            Self::NotTaken
        }
    }
}

fn cell(waits_for: WaitsFor, outcome: NodeOutcome) -> EdgeVerdict {
    use EdgeVerdict::{Blocked, Neutral, NotTaken, Taken};
    use NodeOutcome::{Cancelled, Completed, Failed, FailedButContinued, Skipped};
    match (waits_for, outcome) {
        (WaitsFor::Any, _) => Taken,
        (WaitsFor::Completed, Completed | FailedButContinued) => Taken,
        (WaitsFor::Completed, Skipped(SkipReason::Condition)) => Neutral,
        (WaitsFor::Completed, Failed | Cancelled | Skipped(SkipReason::Upstream | SkipReason::RunFailed)) => Blocked,
        (WaitsFor::Failed, Failed | FailedButContinued) => Taken,
        (WaitsFor::Failed, Completed | Cancelled | Skipped(_)) => NotTaken,
        (WaitsFor::Skipped, Skipped(_)) => Taken,
        (WaitsFor::Skipped, Completed | Failed | FailedButContinued | Cancelled) => NotTaken,
    }
}

/// What the edges into a node have said so far. Counted, since a node may have thousands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Edges from nodes that have not settled.
    pub(super) open: usize,
    taken: usize,
    blocked: usize,
    neutral: usize,
    not_taken: usize,
    /// Taken edges that wait for `any`: those that count when the run is failing.
    pub(super) any_taken: usize,
}

/// What the edges of a node come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// They are still awaited.
    Wait,
    /// The node may run.
    Run,
    /// Rule 1.
    Blocked,
    /// Rules 2 and 3.
    Condition,
}

impl Tally {
    /// A node with so many edges, none of which has said anything.
    pub(super) fn of(edges: usize) -> Self {
        Self { open: edges, ..Self::default() }
    }

    /// One edge has spoken.
    pub(super) fn count(&mut self, verdict: EdgeVerdict, waits_for: &[WaitsFor]) {
        self.open -= 1;
        match verdict {
            EdgeVerdict::Taken => self.taken += 1,
            EdgeVerdict::Blocked => self.blocked += 1,
            EdgeVerdict::Neutral => self.neutral += 1,
            EdgeVerdict::NotTaken => self.not_taken += 1,
        }
        self.any_taken += usize::from(waits_for.contains(&WaitsFor::Any));
    }

    /// Rules 1 to 3.
    pub(super) fn says(&self, join: Join) -> Said {
        let edges = self.taken + self.blocked + self.neutral + self.not_taken;
        match join {
            Join::Any if self.taken > 0 => Said::Run,
            Join::All | Join::Any if self.open > 0 => Said::Wait,
            Join::All | Join::Any if self.blocked > 0 => Said::Blocked,
            Join::All | Join::Any if self.not_taken > 0 => Said::Condition,
            Join::All | Join::Any if edges > 0 && self.neutral == edges => Said::Condition,
            Join::All | Join::Any => Said::Run,
        }
    }
}
