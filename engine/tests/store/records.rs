//! A journal record by record, on the disk and in memory: it goes on as records become durable, and ends with the run.

use std::sync::Arc;

use flowrun_engine::{
    journal::Record,
    run::RunStatus,
    store::{Barrier, MemoryStore, Records, RunSummary, Store, StoreError, journal_from},
};
use futures_util::FutureExt;

use crate::sample::{self, DEFINITION, run, small, summary};

/// A store of each sort.
fn stores() -> (tempfile::TempDir, [Arc<dyn Store>; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let on_disk = sample::open(&directory);
    (directory, [Arc::new(on_disk), Arc::new(MemoryStore::default())])
}

async fn append(store: &Arc<dyn Store>, sequence: u64, status: RunStatus) {
    let summary = RunSummary { status, ..summary(run(1)) };
    let written = match sequence {
        0 => store.create(&summary, DEFINITION, &small(0), None, Barrier::Now),
        _ => store.append(&sample::claim(run(1)), &small(sequence), Some(&summary), Barrier::Now),
    };
    written.await.unwrap();
}

async fn next(records: &mut Records) -> Record {
    records.next().await.unwrap().unwrap()
}

/// All that are left.
async fn rest(mut records: Records) -> Vec<Record> {
    let mut rest = Vec::new();
    while let Some(record) = records.next().await {
        rest.push(record.unwrap());
    }
    rest
}

#[tokio::test]
async fn a_stream_goes_on_with_its_run_and_ends_with_it() {
    let (_directory, stores) = stores();
    for store in stores {
        append(&store, 0, RunStatus::Running).await;
        append(&store, 1, RunStatus::Running).await;
        let mut records = journal_from(store.clone(), run(1), 1);
        assert_eq!(next(&mut records).await, small(1));
        for sequence in 2..80 {
            let mut waiting = Box::pin(records.next());
            assert!((&mut waiting).now_or_never().is_none(), "record {sequence} is not there yet");
            append(&store, sequence, RunStatus::Running).await;
            assert_eq!(waiting.await.unwrap().unwrap(), small(sequence));
        }
        append(&store, 80, RunStatus::Completed).await;
        assert_eq!(rest(records).await, [small(80)]);
    }
}

#[tokio::test]
async fn of_a_run_that_has_ended_all_is_there_and_of_none_nothing() {
    let (_directory, stores) = stores();
    for store in stores {
        for sequence in 0..100 {
            append(&store, sequence, if sequence == 99 { RunStatus::Failed } else { RunStatus::Running }).await;
        }
        for from in [0, 1, 98, 99, 100, 1000] {
            let records = rest(journal_from(store.clone(), run(1), from)).await;
            assert_eq!(records, (from..100).map(small).collect::<Vec<_>>());
        }
        assert!(journal_from(store, run(2), 0).next().await.is_none());
    }
}

#[tokio::test]
async fn a_stream_of_a_run_that_was_retried_goes_on_past_the_end_that_was_not_the_last() {
    let (_directory, stores) = stores();
    for store in stores {
        append(&store, 0, RunStatus::Running).await;
        append(&store, 1, RunStatus::Failed).await;
        assert_eq!(rest(journal_from(store.clone(), run(1), 0)).await, [small(0), small(1)]);
        append(&store, 2, RunStatus::Interrupted).await;
        let mut records = journal_from(store.clone(), run(1), 0);
        for sequence in 0..3 {
            assert_eq!(next(&mut records).await, small(sequence));
        }
        let mut waiting = Box::pin(records.next());
        assert!((&mut waiting).now_or_never().is_none());
        append(&store, 3, RunStatus::Completed).await;
        assert_eq!(waiting.await.unwrap().unwrap(), small(3));
        assert_eq!(rest(records).await, []);
    }
}

#[tokio::test]
async fn a_slow_reader_keeps_no_writer_from_writing_and_misses_nothing() {
    let (_directory, stores) = stores();
    for store in stores {
        append(&store, 0, RunStatus::Running).await;
        let mut slow = journal_from(store.clone(), run(1), 0);
        assert_eq!(next(&mut slow).await, small(0));
        for sequence in 1..300 {
            append(&store, sequence, if sequence == 299 { RunStatus::Completed } else { RunStatus::Running }).await;
        }
        assert_eq!(rest(slow).await, (1..300).map(small).collect::<Vec<_>>());
    }
}

/// Whoever waits would wait for ever.
#[tokio::test]
async fn who_waits_for_a_store_that_fails_is_woken_and_told() {
    let directory = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(sample::open(&directory));
    append(&store, 0, RunStatus::Running).await;
    let (mut watch, mut due) = (store.watch(run(1)), store.watch_due());
    let mut records = journal_from(store.clone(), run(1), 1);
    std::fs::remove_dir_all(directory.path().join("store")).unwrap();
    let gone = store.append(&sample::claim(run(1)), &small(1), None, Barrier::Now).await.unwrap_err();
    assert!(matches!(gone, StoreError::Gone(_)), "{gone}");
    assert_eq!([watch.changed().now_or_never(), due.changed().now_or_never()], [Some(true); 2]);
    let told = records.next().await.unwrap().unwrap_err();
    assert!(matches!(told, StoreError::Gone(_)), "{told}");
    assert!(records.next().await.is_none());
}
