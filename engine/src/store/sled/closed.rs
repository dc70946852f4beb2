//! What a store that was closed has on the disk.

use std::{fs::File, num::NonZeroU32, path::Path};

use super::*;
use crate::{
    concurrency::Admission,
    id::DefinitionHash,
    journal::{Record, Signal},
    status::RunStatus,
    store::{RunSummary, Store},
};

/// Makes a store with a run of two records, and closes it.
pub(super) async fn written(path: &Path) -> RunSummary {
    let store = SledStore::open(path, "a test").unwrap();
    let record = |sequence| Record { sequence, at: Timestamp::UNIX_EPOCH, entries: Vec::new() };
    let summary = RunSummary {
        run: RunId::new(uuid::Uuid::from_u128(7)),
        key: None,
        definition: DefinitionHash::new("0a"),
        process: "sample".to_owned(),
        version: "1.0.0".to_owned(),
        status: RunStatus::Running,
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
        due: Some(Timestamp::UNIX_EPOCH),
        admission: Some(Admission {
            key: "OPS".to_owned(),
            limit: NonZeroU32::MAX,
            asked_at: Timestamp::UNIX_EPOCH,
            is_admitted: true,
        }),
        failure: None,
    };
    store.create(&summary, "process: sample\n", &record(0), None, Barrier::Now).await.unwrap();
    store
        .append(&Claim::first(summary.run, DriverId::new(uuid::Uuid::from_u128(1))), &record(1), None, Barrier::Now)
        .await
        .unwrap();
    summary
}

#[tokio::test]
async fn who_claimed_a_run_and_what_was_said_to_it_is_forgotten_once_it_has_ended() {
    let directory = tempfile::tempdir().unwrap();
    let summary = written(directory.path()).await;
    let (run, driver) = (summary.run, DriverId::new(uuid::Uuid::from_u128(2)));
    let store = SledStore::open(directory.path(), "a test").unwrap();
    let claim = store.claim(run, driver).await.unwrap();
    assert_eq!(claim.number, 2);
    assert_eq!(store.post(run, &Signal::Cancel).await.unwrap(), 1);
    let record = |sequence| Record { sequence, at: Timestamp::UNIX_EPOCH, entries: Vec::new() };
    store.append(&claim, &record(2), None, Barrier::Now).await.unwrap();
    drop(store);

    let kept = |database: &::sled::Db| [keys::claim(run), keys::message(run, 1)].map(|key| database.get(key).unwrap());
    let database = open::open_sled(directory.path()).unwrap();
    assert!(kept(&database).iter().all(Option::is_some));
    drop(database);

    let store = SledStore::open(directory.path(), "a test").unwrap();
    let older = Claim::first(run, DriverId::new(uuid::Uuid::from_u128(1)));
    let refused = store.append(&older, &record(3), None, Barrier::Now).await.unwrap_err();
    assert!(matches!(refused, StoreError::Superseded { number: 1, .. }), "{refused}");
    store.check().await.unwrap();
    let ended =
        RunSummary { status: RunStatus::Completed, ended_at: Some(Timestamp::UNIX_EPOCH), due: None, ..summary };
    store.append(&claim, &record(3), Some(&ended), Barrier::Now).await.unwrap();
    drop(store);

    let database = open::open_sled(directory.path()).unwrap();
    let [of_claim, of_message] = kept(&database);
    assert_eq!((of_claim, of_message.is_some()), (None, true), "the newest message says where numbers go on");
    drop(database);

    // It is retried: nothing that is asked for from now on is taken for something of before.
    let store = SledStore::open(directory.path(), "a test").unwrap();
    let newer = store.claim(run, driver).await.unwrap();
    assert!(newer.number > claim.number, "{newer:?}");
    let open = RunSummary { status: RunStatus::Interrupted, ended_at: None, ..ended };
    store.append(&newer, &record(4), Some(&open), Barrier::Now).await.unwrap();
    let refused = store.append(&claim, &record(5), None, Barrier::Now).await.unwrap_err();
    assert!(matches!(refused, StoreError::Superseded { number: 2, .. }), "{refused}");
    assert_eq!(store.post(run, &Signal::Cancel).await.unwrap(), 2);
    drop(store);
    let store = SledStore::open(directory.path(), "a test").unwrap();
    assert_eq!(store.inbox(run, 1).await.unwrap(), [(2, Signal::Cancel)]);
    let refused = store.append(&claim, &record(5), None, Barrier::Now).await.unwrap_err();
    assert!(matches!(refused, StoreError::Superseded { number: 2, .. }), "{refused}");
}

/// Else opening a store would take as long as all that was ever written.
#[tokio::test]
async fn no_group_has_to_be_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let summary = written(directory.path()).await;
    let database = open::open_sled(directory.path()).unwrap();
    let (recent, head) = groups::recover(&database, index::newest_group(&database).unwrap()).unwrap();
    assert_eq!((head.number.group, recent.runs.len()), (2, 0));
    let index = Index::new(database, recent, 0);
    assert_eq!(index.read(|view| view.record_count(summary.run)).unwrap(), 2);
    assert_eq!(index.read(|view| view.summary(summary.run)).unwrap(), Some(summary));
}

#[tokio::test]
async fn a_place_in_a_list_that_it_has_lost_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let summary = written(directory.path()).await;
    let database = open::open_sled(directory.path()).unwrap();
    let (recent, _) = groups::recover(&database, index::newest_group(&database).unwrap()).unwrap();
    let index = Index::new(database.clone(), recent, 0);
    index.read(check::check).unwrap();
    for key in keys::lists_of(&summary) {
        database.remove(&key).unwrap();
        let lost = Fault::Damaged(format!("run {} has lost its place in a list", summary.run));
        assert_eq!(index.read(check::check), Err(lost));
        database.insert(&key, b"").unwrap();
    }
}

/// Else nobody would notice that what was written last is damaged.
#[tokio::test]
async fn the_end_of_its_log_is_noted() {
    let directory = tempfile::tempdir().unwrap();
    written(directory.path()).await;
    let note::Found::Note { note, whole: true } = note::read(directory.path()).unwrap() else { panic!("no note") };
    let log = File::open(directory.path().join(files::DB)).unwrap();
    let walk = walk::walk(directory.path(), &log, None).unwrap();
    assert_eq!((note.end, note.length), (walk.end(), log.metadata().unwrap().len()));
}

/// A process that finds the store in use is told who has it.
#[tokio::test]
async fn nobody_has_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path(), "a test").unwrap();
    assert_eq!(files::read_owner(directory.path()), "a test");
    drop(store);
    assert_eq!(files::read_owner(directory.path()), "another process");
}
