//! Runs, records and effects to write.

use flowrun_engine::{
    activity::{Effect, Settlement},
    id::{DefinitionHash, DriverId, EffectId, NodeId, OperationId, RunId, RunKey, StepPath},
    journal::{EffectEntry, Entry, Record, StepEntry},
    run::RunStatus,
    store::{Claim, RunFilter, RunSummary, SledStore},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const DEFINITION: &str = "process: sample\n";

pub(crate) fn open(directory: &tempfile::TempDir) -> SledStore {
    SledStore::open(&directory.path().join("store"), "a test").unwrap()
}

/// A UUIDv7; `number` is below 4096.
pub(crate) fn run(number: u128) -> RunId {
    RunId::new(Uuid::from_u128(number << 64 | 0x7000_8000_0000_0000_0000))
}

/// The first claim of a run, that of the one driver here.
pub(crate) fn claim(run: RunId) -> Claim {
    Claim::first(run, DriverId::new(Uuid::from_u128(1)))
}

pub(crate) fn summary(run: RunId) -> RunSummary {
    RunSummary {
        run,
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

pub(crate) fn with_key(run: RunId, key: &str) -> RunSummary {
    RunSummary { key: Some(RunKey::new(key)), ..summary(run) }
}

pub(crate) fn record(sequence: u64, entries: Vec<Entry>) -> Record {
    Record { sequence, at: Timestamp::UNIX_EPOCH, entries }
}

/// A record with an output of about `length` bytes, a different one for each number.
pub(crate) fn large(sequence: u64, length: usize) -> Record {
    let output = json!({ "text": noise(sequence, length) });
    record(sequence, vec![Entry::Step(step("file"), StepEntry::Completed { output: output.into() })])
}

/// A text that cannot be packed to speak of: the same for the same number.
fn noise(mut number: u64, length: usize) -> String {
    const LETTERS: &[u8; 64] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    let letter = |_| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[(number >> 58) as usize])
    };
    (0..length).map(letter).collect()
}

pub(crate) fn small(sequence: u64) -> Record {
    started(sequence, json!({ "number": sequence }))
}

pub(crate) fn started(sequence: u64, input: Value) -> Record {
    record(sequence, vec![Entry::Step(step("file"), StepEntry::Started { input: input.into() })])
}

pub(crate) fn operation(run: RunId, node: &str, attempt: u32) -> OperationId {
    OperationId { run, effect: EffectId { step: step(node), name: "0".into(), attempt } }
}

pub(crate) fn intended(operation: &OperationId) -> Entry {
    let Effect { intent, .. } = Effect::new("create", "project OPS", "create a Bug in project OPS", Value::Null);
    Entry::Effect(operation.effect.clone(), EffectEntry::Intended { intent })
}

pub(crate) fn settled(operation: &OperationId) -> Entry {
    Entry::Effect(
        operation.effect.clone(),
        EffectEntry::Settled { settlement: Settlement::DidNotHappen, evidence: None },
    )
}

pub(crate) fn everything() -> RunFilter {
    RunFilter { status: None, process: None, before: None, limit: 1000 }
}

fn step(node: &str) -> StepPath {
    StepPath::of(NodeId::from(node))
}
