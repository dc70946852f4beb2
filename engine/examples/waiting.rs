//! What waiting runs cost: runs whose service is busy for an hour, driven by one `drive_all`, kept in a store on the disk.
//!
//!     cargo build --release -p flowrun-engine --example waiting
//!     waiting begin STORE RUNS # starts them, and says what they cost once all of them wait
//!     waiting go-on STORE      # another process, which finds them waiting
//!
//! Says how many tasks there are, and how much memory the process has taken since the store was opened, in all and for each run: sled's
//! cache is part of that.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::{
    error::Error,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use flowrun_engine::{
    activity::{Catalogue, Context, Failure, Recovery},
    clock::{Clock, SystemClock},
    definition::{self, Source},
    diagnostic::Code,
    id::RunId,
    journal::{Entry, Record, StepEntry},
    random::SystemRandom,
    requirement::NoAuthority,
    run::{CancellationToken, Engine, EngineParts, NewRun, Observer, RunStatus},
    store::{RunFilter, SledStore, Store},
};
use jiff::ToSpan;
use serde_json::{Map, Value};
use tokio::runtime::Handle;

type Failed = Box<dyn Error + Send + Sync>;

const DEFINITION: &str = "process: waiting
version: 1.0.0
nodes:
  ask: { activity: example.busy }
  then: { after: ask, activity: example.busy }
";

/// So many runs are driven at a time.
const MOST: usize = 64;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["begin", store, runs] => begin(Path::new(store), runs.parse()?).await,
        ["go-on", store] => go_on(Path::new(store)).await,
        _ => Err("usage: waiting begin STORE RUNS | waiting go-on STORE".into()),
    }
}

/// Counts the attempts that failed.
struct Waiting {
    wanted: usize,
    waiting: AtomicUsize,
    all: CancellationToken,
}

impl Observer for Waiting {
    fn recorded(&self, _: RunId, record: &Record, _: RunStatus) {
        let waits = |entry: &Entry| matches!(entry, Entry::Step(_, StepEntry::AttemptFailed { .. }));
        if record.entries.iter().any(waits) && self.waiting.fetch_add(1, Ordering::Relaxed) + 1 == self.wanted {
            self.all.cancel();
        }
    }
}

async fn begin(path: &Path, runs: usize) -> Result<(), Failed> {
    let store = Arc::new(SledStore::open(path, "the measurement")?);
    let all = CancellationToken::new();
    let engine = engine(store.clone(), Waiting { wanted: runs, waiting: AtomicUsize::new(0), all: all.clone() });
    let source = Source::new("waiting.yaml", DEFINITION);
    let loaded = definition::load(&source, &catalogue());
    let definition = Arc::new(loaded.definition.ok_or("the definition is wrong")?);
    let before = memory()?;
    let stop = CancellationToken::new();
    let driven = tokio::spawn({
        let (engine, stop) = (engine.clone(), stop.clone());
        async move { engine.drive_all(MOST, stop).await }
    });
    for _ in 0..runs {
        let inputs = definition.bind_inputs(Map::new()).map_err(|_| "the inputs are wrong")?;
        let new = NewRun { source: &source, definition: definition.clone(), inputs, key: None, context: Value::Null };
        engine.start(new).await?;
    }
    all.cancelled().await;
    tell(&*store, before).await?;
    stop.cancel();
    driven.await??;
    Ok(())
}

async fn go_on(path: &Path) -> Result<(), Failed> {
    let store = Arc::new(SledStore::open(path, "the measurement")?);
    let never = Waiting { wanted: usize::MAX, waiting: AtomicUsize::new(0), all: CancellationToken::new() };
    let engine = engine(store.clone(), never);
    let before = memory()?;
    let stop = CancellationToken::new();
    let driven = tokio::spawn({
        let stop = stop.clone();
        async move { engine.drive_all(MOST, stop).await }
    });
    // It looks once, and then waits for the first of them.
    tokio::time::sleep(Duration::from_secs(1)).await;
    tell(&*store, before).await?;
    stop.cancel();
    driven.await??;
    Ok(())
}

fn engine(store: Arc<SledStore>, observer: Waiting) -> Arc<Engine> {
    Arc::new(Engine::new(EngineParts {
        store,
        catalogue: catalogue(),
        authority: Arc::new(NoAuthority),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        observer: Arc::new(observer),
        max_in_flight: 8,
    }))
}

/// An activity whose service is busy for an hour.
fn catalogue() -> Catalogue {
    let busy = |_: Map<String, Value>, _: Context| async {
        let not_before = Some(SystemClock.now() + 1.hour());
        let failure = Failure::transient(Code::UNAVAILABLE, "the service is busy");
        Err::<Map<String, Value>, _>(Failure { recovery: Recovery::Transient { not_before }, ..failure })
    };
    Catalogue::default().function("example.busy", "Asks a service that is busy.", busy)
}

async fn tell(store: &dyn Store, before: usize) -> Result<(), Failed> {
    // Those that were let go end in a moment.
    while Handle::current().metrics().num_alive_tasks() > 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let tasks = Handle::current().metrics().num_alive_tasks();
    let taken = memory()?.saturating_sub(before);
    let filter = RunFilter { status: Some(RunStatus::Waiting), process: None, before: None, limit: usize::MAX };
    let runs = store.list(&filter).await?.runs.len();
    println!("{runs} runs wait; tasks: {tasks}; {} KiB taken, {} bytes a run", taken / 1024, taken / runs.max(1));
    Ok(())
}

/// Of this process, in bytes, as Linux tells it.
fn memory() -> Result<usize, Failed> {
    let status = fs::read_to_string("/proc/self/status")?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("its memory is not known")?;
    let kibibytes: usize = resident.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes * 1024)
}
