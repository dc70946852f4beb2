//! Writes to a store until it is killed, and says what was acknowledged; or checks that all of that is there.
//!
//! `powercut write STORE WRITER` prints a line for each acknowledged record: the run, its number, its length.
//! `powercut check STORE ACKNOWLEDGED` reads such lines. `tests/powercut/run.sh` pulls the plug in between.
#![expect(clippy::print_stdout, reason = "what was acknowledged has to leave the process at once")]

use std::{collections::BTreeMap, error::Error, fs, io::Write as _, path::Path, sync::Arc};

use flowrun_engine::{
    id::{DefinitionHash, DriverId, NodeId, RunId, StepPath},
    journal::{Entry, Record, StepEntry},
    run::RunStatus,
    store::{Barrier, Claim, RunSummary, SledStore, Store, StoreError},
};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// Of one writer; they wait at once, so that the store makes groups of them.
const RUNS: u128 = 4;

/// Of records: which, and how long.
type Numbers = Vec<(u64, usize)>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", store, writer] => write(Path::new(store), writer.parse()?).await,
        ["check", store, acknowledged] => check(Path::new(store), Path::new(acknowledged)).await,
        _ => Err("usage: powercut write STORE WRITER | powercut check STORE ACKNOWLEDGED".into()),
    }
}

/// Ends with the store's first error, of its own accord never.
async fn write(store: &Path, writer: u128) -> Result<(), Box<dyn Error>> {
    let store = Arc::new(SledStore::open(store, "the power cut test")?);
    let runs: Vec<_> = (0..RUNS).map(|run| tokio::spawn(fill(Arc::clone(&store), writer * RUNS + run))).collect();
    for run in runs {
        run.await??;
    }
    Ok(())
}

/// Begins a run and appends to it for ever.
async fn fill(store: Arc<SledStore>, number: u128) -> Result<(), StoreError> {
    let run = run_id(number);
    store.create(&summary(run), &definition(number), &record(0, length(0)), None, Barrier::Now).await?;
    acknowledge(number, 0, length(0));
    for sequence in 1.. {
        let length = length(sequence);
        // Now and then the run changes its status, and now and then a record may ride.
        let status = if sequence % 14 == 0 { RunStatus::Waiting } else { RunStatus::Running };
        let summary = (sequence % 7 == 0).then(|| RunSummary { status, ..summary(run) });
        let barrier = if sequence % 3 == 0 { Barrier::Rides } else { Barrier::Now };
        store
            .append(
                &Claim::first(run, DriverId::new(Uuid::from_u128(1))),
                &record(sequence, length),
                summary.as_ref(),
                barrier,
            )
            .await?;
        acknowledge(number, sequence, length);
    }
    Ok(())
}

fn acknowledge(number: u128, sequence: u64, length: usize) {
    let mut out = std::io::stdout().lock();
    // Without a reader there is nothing to prove.
    let _ = writeln!(out, "{number} {sequence} {length}").and_then(|()| out.flush());
}

async fn check(store: &Path, acknowledged: &Path) -> Result<(), Box<dyn Error>> {
    let store = SledStore::open(store, "the power cut test")?;
    let acknowledged = read_acknowledged(&fs::read_to_string(acknowledged)?)?;
    for (number, records) in &acknowledged {
        let journal = whole_run(&store, run_id(*number)).await?;
        for (sequence, length) in records {
            if journal.get(*sequence as usize) != Some(&record(*sequence, *length)) {
                return Err(format!("record {sequence} of run {number} is lost").into());
            }
        }
    }
    println!("{} acknowledged records are there", acknowledged.values().map(Vec::len).sum::<usize>());
    Ok(())
}

/// The numbers and lengths of records, by run.
fn read_acknowledged(text: &str) -> Result<BTreeMap<u128, Numbers>, Box<dyn Error>> {
    let mut acknowledged: BTreeMap<u128, Numbers> = BTreeMap::new();
    // The last line may be cut in two by the kill.
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let [number, sequence, length] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(format!("not an acknowledgement: {line}").into());
        };
        acknowledged.entry(number.parse()?).or_default().push((sequence.parse()?, length.parse()?));
    }
    Ok(acknowledged)
}

async fn whole_run(store: &SledStore, run: RunId) -> Result<Vec<Record>, Box<dyn Error>> {
    let summary = store.summary(run).await?.ok_or("a run lost its summary")?;
    store.definition(&summary.definition).await?.ok_or("a run lost its definition")?;
    Ok(store.journal(run).await?)
}

/// Mostly small ones, as journals have; one in five has an output of 30 KiB.
fn length(sequence: u64) -> usize {
    if sequence % 5 == 4 { 30 << 10 } else { 300 }
}

/// Digits that cannot be packed: the same for the same number.
fn digits(number: u64, length: usize) -> String {
    let part = |part: u64| (number << 32 | part).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (0..length as u64 / 16).map(|place| format!("{:016x}", part(place))).collect()
}

fn record(sequence: u64, length: usize) -> Record {
    let output = Value::String(digits(sequence, length));
    let step = StepPath::of(NodeId::from("file"));
    Record {
        sequence,
        at: Timestamp::UNIX_EPOCH,
        entries: vec![Entry::Step(step, StepEntry::Completed { output: output.into() })],
    }
}

fn definition(number: u128) -> String {
    format!("process: powercut-{number}\n").repeat(400)
}

fn summary(run: RunId) -> RunSummary {
    RunSummary {
        run,
        key: None,
        definition: DefinitionHash::new(format!("of-{run}")),
        process: "powercut".to_owned(),
        version: "1.0.0".to_owned(),
        status: RunStatus::Running,
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
        due: None,
        admission: None,
        failure: None,
    }
}

fn run_id(number: u128) -> RunId {
    RunId::new(Uuid::from_u128(number))
}
