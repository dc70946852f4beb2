//! How far runs and their nodes are: what the state of a run comes to, and what a store lists runs by.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// A process drives it: attempts run, or an effect is looked for, now or again later.
    Running,
    /// Only timers are left, such as a retry or a rate limit, or what a step waits to be told.
    Waiting,
    /// It is unknown whether an effect happened; a person decides.
    NeedsDecision,
    /// A grant went missing; a person gives it anew. Goes before a decision, since looking needs the grant too.
    NeedsGrant,
    /// Somebody asked that nothing more of it begins until somebody resumes it.
    Paused,
    /// No process drives it.
    Interrupted,
    /// It ended, every failure handled.
    Completed,
    /// It ended with a failure that nobody handled.
    Failed,
    /// It was ended on request.
    Cancelled,
}

/// How far a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeStatus {
    /// It waits for others.
    Pending,
    /// A step of it runs, or its effect is looked for, now or again later.
    Running,
    /// Its steps wait for a timer, for a grant, or to be told something.
    Waiting,
    /// An effect of it is in doubt.
    NeedsDecision,
    /// It completed.
    Completed,
    /// It failed.
    Failed,
    /// It did not run.
    Skipped,
    /// It had begun when the run ended.
    Cancelled,
    /// It completed and was undone.
    Undone,
}

impl RunStatus {
    /// Every status, in order.
    pub const ALL: [Self; 9] = [
        Self::Running,
        Self::Waiting,
        Self::NeedsDecision,
        Self::NeedsGrant,
        Self::Paused,
        Self::Interrupted,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word for it, in files, JSON and on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::NeedsDecision => "needs_decision",
            Self::NeedsGrant => "needs_grant",
            Self::Paused => "paused",
            Self::Interrupted => "interrupted",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it is over.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// Whether nothing goes on, not even time, before a person says how.
    pub fn is_up_to_a_person(self) -> bool {
        matches!(self, Self::NeedsDecision | Self::Paused)
    }

    /// How far a run is that was last written to be so far, and that nothing drives.
    pub(crate) fn undriven(self) -> Self {
        match self {
            Self::Running | Self::Waiting => Self::Interrupted,
            status => status,
        }
    }
}

impl NodeStatus {
    /// Whether nothing more will come of it.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Skipped | Self::Cancelled | Self::Undone)
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::NeedsDecision => "needs_decision",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Undone => "undone",
        }
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for NodeStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A word that is not a status.
#[derive(Debug, thiserror::Error)]
#[error("no such status: `{0}`")]
pub struct UnknownStatus(String);

impl FromStr for RunStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}
