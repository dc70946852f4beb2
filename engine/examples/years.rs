//! What a store costs that is kept for years: opening it, a page of fifty runs, pruning nine of ten, and compacting.
//!
//! `cargo run --release -p flowrun-engine --example fill -- STORE 1000000 512` makes a store of 1,000,000 runs;
//! `cargo run --release -p flowrun-engine --example years -- STORE` measures it, and leaves a tenth of it.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement needs a clock")]

use std::{error::Error, fs, path::Path, time::Instant};

use flowrun_engine::{
    id::RunId,
    run::RunStatus,
    store::{RunFilter, SledStore, Store},
};
use futures_util::future::join_all;

const AT_ONCE: usize = 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: years STORE")?;
    let path = Path::new(&path);
    let store = open(path)?;
    pages(&store).await?;
    let began = Instant::now();
    let (kept, pruned) = prune(&store).await?;
    println!("pruned {pruned} runs and kept {kept} in {:.1?}", began.elapsed());
    let began = Instant::now();
    drop(store);
    println!("closed in {:.1?}; `db` has {} bytes", began.elapsed(), fs::metadata(path.join("db"))?.len());
    let began = Instant::now();
    let compacted = SledStore::compact(path, "the measurement")?;
    let share = compacted.after as f64 / compacted.before as f64;
    println!("compacted in {:.1?}: {compacted:?}, {share:.3} of the disk", began.elapsed());
    let store = open(path)?;
    pages(&store).await?;
    let began = Instant::now();
    let counts = store.check().await?;
    println!("checked in {:.1?}: {counts:?}", began.elapsed());
    Ok(())
}

fn open(path: &Path) -> Result<SledStore, Box<dyn Error>> {
    let began = Instant::now();
    let store = SledStore::open(path, "the measurement")?;
    println!("opened in {:.1?}", began.elapsed());
    Ok(store)
}

/// Pages of fifty: the newest, one far behind, and of a status and a process.
async fn pages(store: &SledStore) -> Result<(), Box<dyn Error>> {
    let (status, process) = (Some(RunStatus::Completed), Some("fill".to_owned()));
    let all = RunFilter { status: None, process: None, before: None, limit: 50 };
    let middle = RunId::new(uuid::Uuid::from_u128(500_000_u128 << 80));
    let filters = [
        ("the newest", all.clone()),
        ("far behind", RunFilter { before: Some(middle), ..all.clone() }),
        ("by status", RunFilter { status, ..all.clone() }),
        ("by status and process", RunFilter { status, process, ..all }),
    ];
    for (name, filter) in filters {
        let began = Instant::now();
        let page = store.list(&filter).await?;
        println!("a page of {} runs, {name}: {:.1?}", page.runs.len(), began.elapsed());
    }
    Ok(())
}

/// Prunes nine of ten.
async fn prune(store: &SledStore) -> Result<(u64, u64), Box<dyn Error>> {
    let (mut kept, mut pruned) = (0, 0);
    let mut filter = RunFilter { status: None, process: None, before: None, limit: AT_ONCE };
    loop {
        let page = store.list(&filter).await?;
        let (keep, go): (Vec<_>, Vec<_>) = (0..).zip(&page.runs).partition(|(number, _)| number % 10 == 0);
        for answer in join_all(go.iter().map(|(_, summary)| store.prune(summary.run))).await {
            answer?;
        }
        kept += keep.len() as u64;
        pruned += go.len() as u64;
        filter.before = page.next;
        if filter.before.is_none() {
            return Ok((kept, pruned));
        }
    }
}
