//! A store that is kept for years: pruned, backed up while it is written, restored, and its index made anew.

use std::{fs, sync::Arc};

use flowrun_engine::{
    journal::{Entry, Record, RunEntry, RunOutcome},
    run::RunStatus,
    store::{Barrier, RunSummary, SledStore, Store, StoreCounts, StoreError},
};
use futures_util::future::join_all;
use jiff::Timestamp;
use tempfile::tempdir;

use crate::{
    files::contents,
    model,
    sample::{self, DEFINITION, claim, everything, large, record, run, small, summary, with_key},
};

/// Runs 1 to `count`, of three records each, with keys; all have ended.
async fn filled(store: &SledStore, count: u128) {
    let mut last = None;
    for number in 1..=count {
        let (run, key) = (run(number), format!("key {number}"));
        // What is asked for first is done first: whoever waits for the last waits for all.
        drop(store.create(&with_key(run, &key), DEFINITION, &small(0), None, Barrier::Rides));
        drop(store.append(&claim(run), &output(number), None, Barrier::Rides));
        let ended_at = Some(Timestamp::UNIX_EPOCH);
        let ended = RunSummary { status: RunStatus::Completed, ended_at, ..with_key(run, &key) };
        last = Some(store.append(&claim(run), &end(), Some(&ended), Barrier::Rides));
        store.release(&claim(run));
    }
    last.expect("there is one").await.unwrap();
}

/// The second record of a run, which no other has.
fn output(number: u128) -> Record {
    Record { sequence: 1, ..large(number as u64, 3 << 10) }
}

fn end() -> Record {
    let end = RunEntry::Ended { outcome: RunOutcome::Completed, error: None, outputs: None };
    record(2, vec![Entry::Run(end)])
}

#[tokio::test]
async fn what_was_pruned_stays_so_through_checkpoints_and_openings() {
    let directory = tempdir().unwrap();
    let store = sample::open(&directory);
    filled(&store, 300).await;
    // One by one: each is a group of its own.
    for number in (1..=300).filter(|number| number % 3 > 0) {
        assert_eq!(store.prune(run(number)).await.unwrap(), 3);
    }
    let kept = StoreCounts { runs: 100, records: 300 };
    assert_eq!(store.check().await.unwrap(), kept);
    drop(store);
    for _ in 0..2 {
        let store = sample::open(&directory);
        assert_eq!(store.check().await.unwrap(), kept);
        assert_eq!(store.list(&everything()).await.unwrap().runs.len(), 100);
        assert_eq!(store.by_key(&"key 1".into()).await.unwrap(), None);
        assert_eq!(store.by_key(&"key 3".into()).await.unwrap(), Some(run(3)));
    }
}

#[tokio::test]
async fn pruned_runs_give_their_room_back_when_the_store_is_compacted() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("store");
    let store = sample::open(&directory);
    filled(&store, 2_000).await;
    let pruned = (1..=2_000).filter(|number| number % 10 > 0).map(|number| store.prune(run(number)));
    assert!(join_all(pruned).await.iter().all(|pruned| matches!(pruned, Ok(3))));
    drop(store);
    let compacted = SledStore::compact(&path, "a test").unwrap();
    assert_eq!(compacted.counts, StoreCounts { runs: 200, records: 600 });
    let share = compacted.after as f64 / compacted.before as f64;
    // sled takes half a MiB at a time, which weighs in a store as small as this.
    assert!(share <= 0.2, "{share:.3} of the disk: {compacted:?}");
    let store = sample::open(&directory);
    assert_eq!(store.journal(run(10)).await.unwrap(), [small(0), output(10), end()]);
    // It goes on like any other.
    filled(&store, 1).await;
    assert_eq!(store.check().await.unwrap().runs, 201);
}

/// Whatever is acknowledged before the backup begins is in it, and it is a store.
#[tokio::test]
async fn a_backup_is_made_while_runs_go_on() {
    let directory = tempdir().unwrap();
    let store = model::written(&directory.path().join("store"), 7, 60).await;
    let before = store.list(&everything()).await.unwrap().runs;
    let mut journals = Vec::new();
    for summary in &before {
        journals.push(store.journal(summary.run).await.unwrap());
    }
    let to = directory.path().join("backup/runs");
    fs::create_dir(directory.path().join("backup")).unwrap();
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            let mut history = model::History::after(7, 60);
            for _ in 0..40 {
                history.write(&store).await.unwrap();
            }
        }
    });
    let counts = store.backup(&to).await.unwrap();
    writing.await.unwrap();
    assert_eq!(store.backup(&to).await.unwrap_err().to_string().matches("is there already").count(), 1);
    drop(store);
    let backup = model::open(&to).unwrap();
    assert_eq!(backup.check().await.unwrap(), counts);
    for (summary, journal) in before.iter().zip(&journals) {
        let there = backup.journal(summary.run).await.unwrap();
        assert!(there.starts_with(journal), "a run has lost records that were acknowledged");
    }
}

#[tokio::test]
async fn a_backup_is_restored_and_what_was_there_is_kept_aside() {
    let directory = tempdir().unwrap();
    let (path, backup) = (directory.path().join("store"), directory.path().join("backup"));
    let store = sample::open(&directory);
    filled(&store, 3).await;
    store.backup(&backup).await.unwrap();
    filled_later(&store).await;
    drop(store);
    let before = contents(&path);
    let refused = SledStore::restore(&backup, &path, false).unwrap_err();
    assert!(refused.to_string().contains("is there already"), "{refused}");
    assert!(contents(&path) == before);
    let restored = SledStore::restore(&backup, &path, true).unwrap();
    assert_eq!(restored.counts, StoreCounts { runs: 3, records: 9 });
    let aside = restored.aside.unwrap();
    assert_eq!(aside, directory.path().join("store.replaced-1"));
    assert!(contents(&aside) == before);
    assert_eq!(sample::open(&directory).check().await.unwrap().runs, 3);
    let elsewhere = directory.path().join("elsewhere/runs");
    assert_eq!(SledStore::restore(&backup, &elsewhere, false).unwrap().aside, None);
    assert_eq!(model::open(&elsewhere).unwrap().check().await.unwrap().records, 9);
}

async fn filled_later(store: &SledStore) {
    store.create(&summary(run(9)), DEFINITION, &small(0), None, Barrier::Now).await.unwrap();
}

#[tokio::test]
async fn a_damaged_backup_is_refused_and_nothing_is_changed() {
    let directory = tempdir().unwrap();
    let (path, backup) = (directory.path().join("store"), directory.path().join("backup"));
    let store = sample::open(&directory);
    filled(&store, 3).await;
    store.backup(&backup).await.unwrap();
    drop(store);
    let before = contents(&path);
    let db = backup.join("db");
    let length = fs::metadata(&db).unwrap().len();
    fs::File::options().write(true).open(&db).unwrap().set_len(length / 2).unwrap();
    let refused = SledStore::restore(&backup, &path, true).unwrap_err();
    assert!(matches!(refused, StoreError::Damaged(_)), "{refused}");
    assert!(contents(&path) == before);
    assert_eq!(SledStore::leftovers(&path), Vec::<std::path::PathBuf>::new());
}
