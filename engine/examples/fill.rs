//! Fills a store with finished runs, ten records of some 400 bytes each, closes it, and opens it some times:
//! `cargo run --release -p flowrun-engine --example fill -- STORE RUNS AT_ONCE`. With 0 runs it only opens.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]

use std::{error::Error, fs, iter::StepBy, ops::Range, path::Path, sync::Arc, time::Instant};

use flowrun_engine::{
    id::{DefinitionHash, DriverId, NodeId, RunId, RunKey, StepPath},
    journal::{Entry, Record, RunEntry, RunOutcome, StepEntry},
    run::RunStatus,
    store::{Barrier, Claim, RunFilter, RunSummary, SledStore, Store, StoreError},
};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

const RECORDS: u64 = 10;
const OPENINGS: u32 = 5;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [store, runs, at_once] = &arguments[..] else { return Err("usage: fill STORE RUNS AT_ONCE".into()) };
    let (path, runs, at_once) = (Path::new(store), runs.parse()?, at_once.parse()?);
    let store = Arc::new(SledStore::open(path, "the measurement")?);
    let began = Instant::now();
    let fill = |first| tokio::spawn(fill(Arc::clone(&store), (first..runs).step_by(at_once)));
    for waiter in (0..at_once as u128).map(fill).collect::<Vec<_>>() {
        waiter.await??;
    }
    println!("{runs} runs were written in {:.1?}; {}", began.elapsed(), memory());
    let began = Instant::now();
    drop(store);
    println!("closed in {:.1?}; `db` has {} bytes", began.elapsed(), fs::metadata(path.join("db"))?.len());
    for _ in 0..OPENINGS {
        open(path).await?;
    }
    Ok(())
}

/// Opens the store, lists the newest runs, and says how long it took and how much memory the process has then.
async fn open(path: &Path) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let store = SledStore::open(path, "the measurement")?;
    let opened = began.elapsed();
    let newest = store.list(&RunFilter { status: None, process: None, before: None, limit: 20 }).await?;
    let listed = began.elapsed();
    println!("opened in {opened:.1?}, {} runs listed after {listed:.1?}; {}", newest.runs.len(), memory());
    Ok(())
}

/// Of this process, as Linux tells it.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("its memory is not known").to_owned()
}

/// Writes these runs, one after the other.
async fn fill(store: Arc<SledStore>, numbers: StepBy<Range<u128>>) -> Result<(), StoreError> {
    for number in numbers {
        let run = RunId::new(Uuid::from_u128(number << 80 | 0x7000_8000_0000_0000_0000));
        store.create(&summary(run, RunStatus::Running), "process: fill\n", &record(0), None, Barrier::Now).await?;
        for sequence in 1..RECORDS {
            let summary = (sequence == RECORDS - 1).then(|| summary(run, RunStatus::Completed));
            store
                .append(
                    &Claim::first(run, DriverId::new(Uuid::from_u128(1))),
                    &record(sequence),
                    summary.as_ref(),
                    Barrier::Now,
                )
                .await?;
        }
    }
    Ok(())
}

/// Digits that cannot be packed: the same for the same number.
fn digits(number: u64, length: usize) -> String {
    let part = |part: u64| (number << 32 | part).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (0..length as u64 / 16).map(|place| format!("{:016x}", part(place))).collect()
}

fn record(sequence: u64) -> Record {
    let step = StepPath::of(NodeId::from("file"));
    let output = Arc::new(Value::String(digits(sequence, 288)));
    let completed = Entry::Step(step, StepEntry::Completed { output });
    let end = RunEntry::Ended { outcome: RunOutcome::Completed, error: None, outputs: None };
    let entries = [completed].into_iter().chain((sequence == RECORDS - 1).then_some(Entry::Run(end)));
    Record { sequence, at: Timestamp::UNIX_EPOCH, entries: entries.collect() }
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
        ended_at: (status == RunStatus::Completed).then_some(Timestamp::UNIX_EPOCH),
        due: None,
        admission: None,
        failure: None,
    }
}
