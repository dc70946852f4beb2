//! How many records a second become durable: `cargo run --release -p flowrun-engine --example commits -- DIRECTORY`.
//!
//! Each waiter appends to a run of its own, 300 bytes at a time, and waits for each record before the next.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]

use std::{
    error::Error,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use flowrun_engine::{
    id::{DefinitionHash, DriverId, NodeId, RunId, StepPath},
    journal::{Entry, Record, StepEntry},
    run::RunStatus,
    store::{Barrier, Claim, RunSummary, SledStore, Store, StoreError},
};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

const RECORDS: usize = 20_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: commits DIRECTORY")?;
    for waiters in [1, 8, 64] {
        measure(&Path::new(&directory).join(format!("store-{waiters}")), waiters).await?;
    }
    Ok(())
}

async fn measure(store: &Path, waiters: usize) -> Result<(), Box<dyn Error>> {
    let store = Arc::new(SledStore::open(store, "the measurement")?);
    let began = Instant::now();
    let append = |number| tokio::spawn(append(Arc::clone(&store), number as u128, RECORDS / waiters));
    let waiting: Vec<_> = (0..waiters).map(append).collect();
    let mut waits = Vec::new();
    for waiter in waiting {
        waits.append(&mut waiter.await??);
    }
    let rate = waits.len() as f64 / began.elapsed().as_secs_f64();
    waits.sort_unstable();
    let [half, most] = [50, 99].map(|percent| waits[waits.len() * percent / 100]);
    println!(
        "{waiters:>2} waiting: {rate:>6.0} records/s; half wait less than {half:.2?}, 99 of 100 less than {most:.2?}"
    );
    Ok(())
}

async fn append(store: Arc<SledStore>, number: u128, records: usize) -> Result<Vec<Duration>, StoreError> {
    let summary = summary(RunId::new(Uuid::from_u128(number)));
    store.create(&summary, "process: commits\n", &record(0), None, Barrier::Now).await?;
    let mut waits = Vec::with_capacity(records);
    for sequence in 1..=records as u64 {
        let began = Instant::now();
        store
            .append(
                &Claim::first(summary.run, DriverId::new(Uuid::from_u128(1))),
                &record(sequence),
                None,
                Barrier::Now,
            )
            .await?;
        waits.push(began.elapsed());
    }
    Ok(waits)
}

/// Digits that cannot be packed: the same for the same number.
fn digits(number: u64, length: usize) -> String {
    let part = |part: u64| (number << 32 | part).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (0..length as u64 / 16).map(|place| format!("{:016x}", part(place))).collect()
}

fn record(sequence: u64) -> Record {
    let step = StepPath::of(NodeId::from("file"));
    let output = Value::String(digits(sequence, 192));
    Record {
        sequence,
        at: Timestamp::UNIX_EPOCH,
        entries: vec![Entry::Step(step, StepEntry::Completed { output: output.into() })],
    }
}

fn summary(run: RunId) -> RunSummary {
    RunSummary {
        run,
        key: None,
        definition: DefinitionHash::new("commits"),
        process: "commits".to_owned(),
        version: "1.0.0".to_owned(),
        status: RunStatus::Running,
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
        due: None,
        admission: None,
        failure: None,
    }
}
