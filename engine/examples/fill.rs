//! Fills a store with finished runs, ten records of some 400 bytes each, and closes it:
//! `cargo run --release -p flowrun-engine --example fill -- STORE RUNS`. What opening costs then, `flowrun runs list` shows.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use flowrun_engine::{
    id::{DefinitionHash, NodeId, RunId, RunKey, StepPath},
    journal::{Entry, Record, StepEntry},
    run::RunStatus,
    store::{Barrier, RunSummary, SledStore, Store, StoreError},
};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

const RECORDS: u64 = 10;
const WAITERS: u128 = 256;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [store, runs] = &arguments[..] else { return Err("usage: fill STORE RUNS".into()) };
    let (path, runs) = (Path::new(store), runs.parse()?);
    let store = Arc::new(SledStore::open(path, "the measurement")?);
    let began = Instant::now();
    let fill = |waiter| tokio::spawn(fill(Arc::clone(&store), waiter, runs));
    for waiter in (0..WAITERS).map(fill).collect::<Vec<_>>() {
        waiter.await??;
    }
    println!("{runs} runs were written in {:.1?}", began.elapsed());
    let began = Instant::now();
    drop(store);
    println!("closed in {:.1?}", began.elapsed());
    Ok(())
}

/// Writes the runs that this waiter has: every so many.
async fn fill(store: Arc<SledStore>, waiter: u128, runs: u128) -> Result<(), StoreError> {
    for number in (waiter..runs).step_by(WAITERS as usize) {
        let run = RunId::new(Uuid::from_u128(number << 64 | 0x7000_8000_0000_0000_0000));
        store.create(&summary(run, RunStatus::Running), "process: fill\n", &record(0), Barrier::Now).await?;
        for sequence in 1..RECORDS {
            let summary = (sequence == RECORDS - 1).then(|| summary(run, RunStatus::Completed));
            store.append(run, &record(sequence), summary.as_ref(), Barrier::Now).await?;
        }
    }
    Ok(())
}

fn record(sequence: u64) -> Record {
    let step = StepPath::of(NodeId::from("file"));
    let output = Arc::new(Value::String("x".repeat(280)));
    Record { sequence, at: Timestamp::UNIX_EPOCH, entries: vec![Entry::Step(step, StepEntry::Completed { output })] }
}

fn summary(run: RunId, status: RunStatus) -> RunSummary {
    RunSummary {
        run,
        key: Some(RunKey::new(run.to_string())),
        definition: DefinitionHash::new("fill"),
        process: "fill".to_owned(),
        version: "1.0.0".to_owned(),
        status,
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
    }
}
