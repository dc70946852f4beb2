//! At most so many runs of a process with one key go on at a time: what a definition says of that, and what a run asks for.
//!
//! A run asks once, when it begins or is retried, and is *admitted* when its turn comes. Whoever keeps the runs decides that
//! (`store/admission.rs`); who is admitted follows from the runs themselves, and nothing counts them.

use std::num::NonZeroU32;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::expression::Template;

/// `concurrency` of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Concurrency {
    /// What gives the key; it sees `inputs` and `run`.
    pub key: Template,
    /// How many runs with one key are admitted at a time.
    pub limit: NonZeroU32,
    /// What a run does that is not admitted at once.
    pub on_conflict: OnConflict,
}

impl Concurrency {
    /// Whether another one says the same.
    pub(crate) fn means(&self, other: &Self) -> bool {
        (self.limit, self.on_conflict) == (other.limit, other.on_conflict) && self.key.means(&other.key)
    }
}

/// What a run does that is not admitted at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// It waits for its turn.
    #[default]
    Wait,
    /// It does not begin.
    Refuse,
    /// It asks for the end of those that are ahead, and waits until there is room.
    CancelRunning,
}

/// What a run asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionAsked {
    /// The key, evaluated. It is one of the run's process: other processes have keys of their own.
    pub key: String,
    /// How many runs with this key may be admitted at a time, this one among them.
    pub limit: NonZeroU32,
    /// What the run does that is not admitted at once.
    pub on_conflict: OnConflict,
}

/// How far a run is with what it asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// The key.
    pub key: String,
    /// How many runs with this key may be admitted at a time, this one among them.
    pub limit: NonZeroU32,
    /// When it asked: who asked first is admitted first.
    pub asked_at: Timestamp,
    /// Whether it was admitted. It stays so until it has ended.
    pub is_admitted: bool,
}
