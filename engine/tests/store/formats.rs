//! A store of each format that is read opens, has what it had, and is of today's format then.
//!
//! `cargo test -p flowrun-engine --test store a_store_of_this_format -- --ignored` writes the fixture of today's format, before the next one
//! comes.

use std::{fs, path::PathBuf};

use flowrun_engine::{
    activity::Failure,
    diagnostic::Code,
    journal::{Entry, RunEntry, RunError, RunOutcome, Signal},
    run::RunStatus,
    store::{Barrier, RunSummary, SledStore, Store},
};
use jiff::Timestamp;
use tempfile::tempdir;

use crate::{
    files,
    sample::{self, DEFINITION, claim, large, record, run, small, summary, with_key},
};

/// Those of which a store is kept.
const FORMATS: [u32; 5] = [2, 3, 4, 5, 6];

const FIRST_WITH_MESSAGES: u32 = 5;

fn fixture(format: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/store-of-format-{format}"))
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn ended(run: flowrun_engine::id::RunId, status: RunStatus) -> RunSummary {
    RunSummary { status, ended_at: Some(later(60)), ..summary(run) }
}

fn failed() -> Entry {
    let failure = Failure::permanent(Code::REFUSED, "Jira refused it");
    let error = Some(RunError { node: Some("file".into()), failure });
    Entry::Run(RunEntry::Ended { outcome: RunOutcome::Failed, error, outputs: None })
}

/// A run that completed, one that failed, and one that goes on and has been told something.
async fn write(store: &SledStore) {
    store.create(&with_key(run(1), "nightly"), DEFINITION, &small(0), None, Barrier::Now).await.unwrap();
    let end = RunEntry::Ended { outcome: RunOutcome::Completed, error: None, outputs: None };
    let completed = RunSummary { key: Some("nightly".into()), ..ended(run(1), RunStatus::Completed) };
    store.append(&claim(run(1)), &large(1, 6 << 10), None, Barrier::Now).await.unwrap();
    let end = record(2, vec![Entry::Run(end)]);
    store.append(&claim(run(1)), &end, Some(&completed), Barrier::Now).await.unwrap();
    store.create(&summary(run(2)), DEFINITION, &small(0), None, Barrier::Now).await.unwrap();
    let end = record(1, vec![failed()]);
    store.append(&claim(run(2)), &end, Some(&ended(run(2), RunStatus::Failed)), Barrier::Now).await.unwrap();
    let waits = RunSummary { status: RunStatus::Waiting, due: Some(later(90)), ..summary(run(3)) };
    store.create(&summary(run(3)), DEFINITION, &small(0), None, Barrier::Now).await.unwrap();
    store.append(&claim(run(3)), &small(1), Some(&waits), Barrier::Now).await.unwrap();
    store.post(run(3), &Signal::Cancel).await.unwrap();
}

#[tokio::test]
#[ignore = "writes the fixture of today's format"]
async fn a_store_of_this_format_is_made() {
    let directory = tempdir().unwrap();
    let store = sample::open(&directory);
    write(&store).await;
    drop(store);
    let fixture = fixture(SledStore::FORMAT);
    let _ = fs::remove_dir_all(&fixture);
    files::copy(&directory.path().join("store"), &fixture);
    fs::remove_dir(fixture.join("blobs")).unwrap();
}

#[test]
fn a_store_is_kept_of_each_earlier_format_that_is_read() {
    let is_kept = |format| FORMATS.contains(&format);
    assert!((SledStore::OLDEST_FORMAT..SledStore::FORMAT).all(is_kept), "{FORMATS:?}");
}

#[tokio::test]
async fn a_store_of_each_kept_format_has_all_that_it_had() {
    for format in FORMATS {
        let directory = tempdir().unwrap();
        files::copy(&fixture(format), &directory.path().join("store"));
        let store = sample::open(&directory);
        assert_eq!(store.notices(), [""; 0], "format {format}");
        let counts = store.check().await.unwrap();
        assert_eq!((counts.runs, counts.records), (3, 7), "format {format}");
        let newest = store.list(&sample::everything()).await.unwrap().runs;
        let statuses: Vec<_> = newest.iter().map(|summary| summary.status).collect();
        assert_eq!(statuses, [RunStatus::Waiting, RunStatus::Failed, RunStatus::Completed]);
        assert_eq!(store.journal(run(1)).await.unwrap()[1], large(1, 6 << 10));
        assert_eq!(store.by_key(&"nightly".into()).await.unwrap(), Some(run(1)));
        assert_eq!(store.due(Timestamp::MAX, 9).await.unwrap().len(), 1);
        let messages = if format < FIRST_WITH_MESSAGES { vec![] } else { vec![(1, Signal::Cancel)] };
        assert_eq!(store.inbox(run(3), 0).await.unwrap(), messages);
        store.append(&claim(run(3)), &small(2), None, Barrier::Now).await.unwrap();
        assert_eq!(store.post(run(3), &Signal::Cancel).await.unwrap(), messages.len() as u64 + 1);
        drop(store);
        let store = sample::open(&directory);
        assert_eq!(store.check().await.unwrap().records, 8, "format {format}");
        assert_eq!(store.journal(run(3)).await.unwrap().len(), 3);
        drop(store);
        let rebuilt = SledStore::rebuild_index(&directory.path().join("store"), "a test").unwrap();
        assert_eq!(rebuilt.faults, [], "format {format}");
    }
}
