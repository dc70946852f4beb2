//! What the rules write: runs by number, and records that differ by number and length.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    id::{DefinitionHash, DriverId, NodeId, RunId, RunKey, StepPath},
    journal::{Entry, Record, StepEntry},
    status::RunStatus,
    store::{Claim, RunFilter, RunSummary},
};

pub(super) const DEFINITION: &str = "process: sample\n";

/// So many runs are asked for when a store's answers are compared.
pub(super) const RUNS: u128 = 48;

/// The run keys that rules use.
pub(super) const KEYS: [&str; 2] = ["nightly", "weekly"];

/// A run; those with a higher number began later.
pub(super) fn run(number: u128) -> RunId {
    RunId::new(Uuid::from_u128(number << 80 | 0x7000_8000_0000_0000_0000))
}

pub(super) fn driver(number: u128) -> DriverId {
    DriverId::new(Uuid::from_u128(number))
}

/// The first claim of a run, that of driver 1.
pub(super) fn claim(run: RunId) -> Claim {
    Claim::first(run, driver(1))
}

pub(super) fn summary(number: u128) -> RunSummary {
    RunSummary {
        run: run(number),
        key: None,
        definition: hash(),
        process: "sample".to_owned(),
        version: "1.0.0".to_owned(),
        status: RunStatus::Running,
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
        due: None,
        admission: None,
        failure: None,
    }
}

pub(super) fn with_key(number: u128, key: &str) -> RunSummary {
    RunSummary { key: Some(RunKey::new(key)), ..summary(number) }
}

pub(super) fn with_status(number: u128, status: RunStatus) -> RunSummary {
    let ended_at = status.is_ended().then_some(Timestamp::UNIX_EPOCH);
    RunSummary { status, ended_at, ..summary(number) }
}

/// What [`DEFINITION`] is called by; a store takes a definition's name as it is given.
pub(super) fn hash() -> DefinitionHash {
    DefinitionHash::new("0a")
}

pub(super) fn record(sequence: u64) -> Record {
    with_output(sequence, json!({ "number": sequence }))
}

/// A record of some `length` bytes.
pub(super) fn long(sequence: u64, length: usize) -> Record {
    with_output(sequence, json!({ "text": "0123456789abcdef".repeat(length / 16), "number": sequence }))
}

pub(super) fn with_output(sequence: u64, output: Value) -> Record {
    let step = StepPath::of(NodeId::from("file"));
    let entries = vec![Entry::Step(step, StepEntry::Completed { output: Arc::new(output) })];
    Record { sequence, at: Timestamp::UNIX_EPOCH, entries }
}

pub(super) fn all() -> RunFilter {
    RunFilter { status: None, process: None, before: None, limit: 1000 }
}
