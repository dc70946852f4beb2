//! What a store that was closed has on the disk.

use std::{fs::File, path::Path};

use super::*;
use crate::status::RunStatus;

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
    };
    store.create(&summary, "process: sample\n", &record(0), Barrier::Now).await.unwrap();
    store.append(summary.run, &record(1), None, Barrier::Now).await.unwrap();
    summary
}

/// Else opening a store would take as long as all that was ever written.
#[tokio::test]
async fn no_group_has_to_be_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let summary = written(directory.path()).await;
    let database = open::open_sled(directory.path()).unwrap();
    let (recent, head) = groups::recover(&database, index::newest_group(&database).unwrap()).unwrap();
    assert_eq!((head.number.group, recent.runs.len()), (2, 0));
    let index = Index::new(database, recent);
    assert_eq!(index.read(|view| view.record_count(summary.run)).unwrap(), 2);
    assert_eq!(index.read(|view| view.summary(summary.run)).unwrap(), Some(summary));
}

#[tokio::test]
async fn a_place_in_a_list_that_it_has_lost_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let summary = written(directory.path()).await;
    let database = open::open_sled(directory.path()).unwrap();
    let (recent, _) = groups::recover(&database, index::newest_group(&database).unwrap()).unwrap();
    let index = Index::new(database.clone(), recent);
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
