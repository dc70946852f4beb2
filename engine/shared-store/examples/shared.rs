//! What sharing a store costs: `cargo run --release -p flowrun-shared-store --example shared -- DIRECTORY RUNS`. It fills the store of
//! DIRECTORY with finished runs of ten records, and measures with two processes: a page of a list beside somebody who writes at full rate,
//! the start of a run through the socket and in the process, and taking the store over after a kill.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs a clock, and another process")]

use std::{
    error::Error,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use flowrun_engine::{
    id::{DefinitionHash, DriverId, NodeId, RunId, StepPath},
    journal::{Entry, Record, StepEntry},
    run::RunStatus,
    store::{Barrier, Claim, RunFilter, RunSummary, Store, StoreError},
};
use flowrun_shared_store::SharedStore;
use futures_util::future::join_all;
use jiff::Timestamp;
use uuid::Uuid;

const RECORDS: u64 = 10;
const AT_ONCE: u128 = 256;
const LISTS: usize = 500;
/// In turn in the process and through the socket, so many times so many.
const ROUNDS: u128 = 40;
const STARTS: u128 = 50;
const TAKE_OVERS: u32 = 5;

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [directory, runs] => measure(Path::new(directory), runs.parse()?).await,
        [directory, _, _] => hold(Path::new(directory)).await,
        _ => Err("usage: shared DIRECTORY RUNS".into()),
    }
}

/// Another process: it has the store, and writes at full rate until it is killed.
async fn hold(directory: &Path) -> Outcome {
    let store = SharedStore::open(directory, "the holder")?;
    println!("{}", store.is_holder());
    for number in (1_u128 << 40).. {
        keep(&store, number + u128::from(std::process::id()) * (1 << 20)).await?;
    }
    Ok(())
}

async fn measure(directory: &Path, runs: u128) -> Outcome {
    let store = Arc::new(SharedStore::open(directory, "the measurement")?);
    let began = Instant::now();
    let fill = |first: u128| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in (first..runs).step_by(AT_ONCE as usize) {
                keep(&store, number).await?;
            }
            Ok::<_, StoreError>(())
        })
    };
    for filled in join_all((0..AT_ONCE).map(fill)).await {
        filled??;
    }
    println!("{runs} runs were written in {:.1?}", began.elapsed());
    drop(store);

    let mut holder = start_holder(directory)?;
    let client = SharedStore::open(directory, "the measurement")?;
    let lists = lists(&client).await?;
    println!("a page of 20 runs beside a writer at full rate: {}", percentiles(lists));
    holder.kill()?;
    holder.wait()?;
    drop(client);
    for _ in 0..TAKE_OVERS {
        take_over(directory).await?;
    }
    compare_starts(directory).await
}

/// Starts runs in the process that has the store, and through the socket.
async fn compare_starts(directory: &Path) -> Outcome {
    let holder = SharedStore::open(directory, "the other")?;
    let client = SharedStore::open(directory, "the measurement")?;
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let first = (1 << 50) + 2 * round * STARTS;
        here.extend(starts(&holder, first).await?);
        there.extend(starts(&client, first + STARTS).await?);
    }
    let ratio = median(&there).as_secs_f64() / median(&here).as_secs_f64();
    println!("the start of a run in the process: {}", percentiles(here));
    println!("through the socket: {}: {ratio:.2} times as long", percentiles(there));
    Ok(())
}

/// Kills whoever has the store, and asks.
async fn take_over(directory: &Path) -> Outcome {
    let mut holder = start_holder(directory)?;
    let client = SharedStore::open(directory, "the next")?;
    client.list(&page()).await?;
    holder.kill()?;
    let began = Instant::now();
    client.list(&page()).await?;
    println!("taken over after a kill, and answered, in {:.1?}", began.elapsed());
    holder.wait()?;
    Ok(())
}

fn start_holder(directory: &Path) -> Result<Child, Box<dyn Error>> {
    let mut child = Command::new(std::env::current_exe()?);
    let mut child = child.arg(directory).args(["as", "holder"]).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("it is piped")?).read_line(&mut line)?;
    if line == "true\n" { Ok(child) } else { Err("another process has the store".into()) }
}

async fn lists(store: &SharedStore) -> Result<Vec<Duration>, StoreError> {
    let mut took = Vec::new();
    for _ in 0..LISTS {
        let began = Instant::now();
        store.list(&page()).await?;
        took.push(began.elapsed());
    }
    Ok(took)
}

/// Starts runs one after the other.
async fn starts(store: &SharedStore, first: u128) -> Result<Vec<Duration>, StoreError> {
    let mut took = Vec::new();
    for number in first..first + STARTS {
        let began = Instant::now();
        let summary = summary(number, RunStatus::Running);
        store.create(&summary, "process: fill\n", &record(0), Some(driver()), Barrier::Now).await?;
        took.push(began.elapsed());
        store.release(&Claim::first(summary.run, driver()));
    }
    Ok(took)
}

/// Writes a run, whole.
async fn keep(store: &SharedStore, number: u128) -> Result<(), StoreError> {
    let begun = summary(number, RunStatus::Running);
    let claim = Claim::first(begun.run, driver());
    store.create(&begun, "process: fill\n", &record(0), Some(driver()), Barrier::Now).await?;
    for sequence in 1..RECORDS {
        let ended = (sequence == RECORDS - 1).then(|| summary(number, RunStatus::Completed));
        store.append(&claim, &record(sequence), ended.as_ref(), Barrier::Now).await?;
    }
    store.release(&claim);
    Ok(())
}

fn page() -> RunFilter {
    RunFilter { status: None, process: None, before: None, limit: 20 }
}

fn driver() -> DriverId {
    DriverId::new(Uuid::from_u128(u128::from(std::process::id())))
}

fn summary(number: u128, status: RunStatus) -> RunSummary {
    RunSummary {
        run: RunId::new(Uuid::from_u128(number << 64 | 0x7000_8000_0000_0000)),
        key: None,
        definition: DefinitionHash::new("0a"),
        process: "fill".to_owned(),
        version: "1.0.0".to_owned(),
        status,
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: status.is_ended().then_some(Timestamp::UNIX_EPOCH),
        due: None,
        admission: None,
        failure: None,
    }
}

/// A record of some 400 bytes.
fn record(sequence: u64) -> Record {
    let output = serde_json::json!({ "number": sequence, "text": "0123456789".repeat(32) });
    let entry = Entry::Step(StepPath::of(NodeId::from("file")), StepEntry::Completed { output: Arc::new(output) });
    Record { sequence, at: Timestamp::UNIX_EPOCH, entries: vec![entry] }
}

fn median(took: &[Duration]) -> Duration {
    let mut took = took.to_vec();
    took.sort();
    took[took.len() / 2]
}

fn percentiles(mut took: Vec<Duration>) -> String {
    took.sort();
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    format!("p50 {:.2?}, p99 {:.2?}, longest {:.2?}", at(50), at(99), at(100))
}
