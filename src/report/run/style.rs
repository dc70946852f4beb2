//! Statuses as words and colours.

use flowrun_engine::run::{NodeStatus, RunStatus};

use crate::screen::{StyleMark, styles};

/// The colour of a run's status.
pub(in crate::report) fn run_style(status: RunStatus) -> StyleMark {
    match status {
        RunStatus::Completed => styles::GOOD,
        RunStatus::Failed | RunStatus::Cancelled => styles::BAD,
        RunStatus::Running
        | RunStatus::Waiting
        | RunStatus::NeedsDecision
        | RunStatus::NeedsGrant
        | RunStatus::Paused
        | RunStatus::Interrupted => styles::CARE,
    }
}

/// The colour of a node's status.
pub(super) fn node_style(status: NodeStatus) -> StyleMark {
    match status {
        NodeStatus::Completed => styles::GOOD,
        NodeStatus::Failed | NodeStatus::Cancelled => styles::BAD,
        NodeStatus::Pending | NodeStatus::Skipped | NodeStatus::Undone => styles::FAINT,
        NodeStatus::Running | NodeStatus::Waiting | NodeStatus::NeedsDecision => styles::CARE,
    }
}

/// A status as it is said.
pub(super) fn spoken(word: &str) -> String {
    word.replace('_', " ")
}

pub(super) fn painted(style: StyleMark, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
