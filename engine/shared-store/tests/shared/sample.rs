//! Runs and records to keep.

use std::sync::Arc;

use flowrun_engine::{
    id::{DefinitionHash, DriverId, NodeId, RunId, StepPath},
    journal::{Entry, Record, StepEntry},
    run::RunStatus,
    store::RunSummary,
};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

pub(crate) const DEFINITION: &str = "process: sample\n";

pub(crate) fn run(number: u128) -> RunId {
    RunId::new(Uuid::from_u128(number << 80 | 0x7000_8000_0000_0000_0000))
}

pub(crate) fn driver(number: u128) -> DriverId {
    DriverId::new(Uuid::from_u128(number))
}

pub(crate) fn summary(number: u128) -> RunSummary {
    RunSummary {
        run: run(number),
        key: None,
        definition: DefinitionHash::new("0a"),
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

pub(crate) fn record(sequence: u64) -> Record {
    long(sequence, 0)
}

/// A record of more than so many bytes.
pub(crate) fn long(sequence: u64, length: usize) -> Record {
    let output = json!({ "number": sequence, "text": "x".repeat(length) });
    let step = StepPath::of(NodeId::from("file"));
    let entries = vec![Entry::Step(step, StepEntry::Completed { output: Arc::new(output) })];
    Record { sequence, at: Timestamp::UNIX_EPOCH, entries }
}
