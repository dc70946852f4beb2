//! What a crash can leave of a log is a beginning of it: whatever that is, its groups and its index agree.

use std::{fs, path::Path};

use super::*;
use crate::{
    id::{DefinitionHash, RunKey},
    journal::{Correction, Entry, Record, RunEntry, Signal},
    status::RunStatus,
    store::{RunSummary, Store},
};

const RUNS: u128 = 12;
/// One checkpoint, and some groups after it.
const GROUPS: u64 = 300;

/// Writes a group for each record, to one run after the other; every third changes a summary, some come after a message, and some bring
/// another definition.
async fn write(path: &Path) -> SledStore {
    let store = SledStore::open(path, "a test").unwrap();
    for group in 0..u128::from(GROUPS) {
        let (run, sequence) = (RunId::new(uuid::Uuid::from_u128(group % RUNS)), (group / RUNS) as u64);
        let brings = sequence > 0 && group % 10 == 9;
        let other = DefinitionHash::new(format!("other {}", group % 7));
        let entries = if brings { vec![corrected(&other)] } else { Vec::new() };
        let record = Record { sequence, at: Timestamp::UNIX_EPOCH, entries };
        let status = RunStatus::ALL[group as usize % RunStatus::ALL.len()];
        let summary = RunSummary {
            run,
            key: Some(RunKey::new(run.to_string())),
            definition: DefinitionHash::new((run.as_bytes()[15] / 4).to_string()),
            process: "sample".to_owned(),
            version: "1.0.0".to_owned(),
            status,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            due: None,
            admission: None,
            failure: None,
        };
        if sequence > 0 && group.is_multiple_of(7) {
            store.post(run, &Signal::Cancel).await.unwrap();
        }
        let claim = Claim::first(run, DriverId::new(uuid::Uuid::from_u128(1)));
        let asked = match sequence {
            _ if brings => {
                let summary = RunSummary { definition: other, ..summary };
                store.append_with_definition(&claim, &record, &summary, "process: other\n")
            }
            0 => store.create(&summary, "process: sample\n", &record, None, Barrier::Now),
            _ => store.append(&claim, &record, group.is_multiple_of(3).then_some(&summary), Barrier::Now),
        };
        asked.await.unwrap();
    }
    store
}

/// What gives a run another definition.
fn corrected(definition: &DefinitionHash) -> Entry {
    let correction = Correction {
        definition: definition.clone(),
        source_name: "sample.yaml".to_owned(),
        source_path: None,
        version: "1.0.0".to_owned(),
    };
    let (nodes, left, inputs) = (Vec::new(), Vec::new(), None);
    Entry::Run(RunEntry::Retried { nodes, left, finally_only: false, inputs, correction: Some(correction) })
}

/// How many records a log has that ends after so many bytes, if its groups and its index agree.
fn records_in(store: &Path, end: usize, log: &[u8]) -> Result<u64, Fault> {
    fs::write(store.join(files::DB), &log[..end]).unwrap();
    snapshot::remove_all(store).unwrap();
    let database = open::patiently(|| open::open_sled(store))?;
    let (recent, head) = groups::recover(&database, index::newest_group(&database)?)?;
    let index = Index::new(database, recent, 0);
    let before = index.read(check::check)?;
    // The next checkpoint mends what the one that was cut left.
    index.checkpoint(head.number.group)?;
    assert_eq!(index.read(check::check)?, before);
    Ok(before.records)
}

#[tokio::test]
async fn a_log_that_is_cut_anywhere_has_an_index_that_agrees_with_its_groups() {
    let directory = tempfile::tempdir().unwrap();
    let (open, cut) = (directory.path().join("open"), directory.path().join("cut"));
    let store = write(&open).await;
    fs::create_dir_all(cut.join("blobs")).unwrap();
    fs::copy(open.join("conf"), cut.join("conf")).unwrap();
    let log = fs::read(open.join(files::DB)).unwrap();
    drop(store);

    let indexed = log.windows(keys::INDEXED.len()).position(|bytes| bytes == keys::INDEXED).unwrap();
    let around_checkpoint = (indexed.saturating_sub(12_000)..indexed + 400).step_by(300);
    let mut ends: Vec<usize> = (1..=40).map(|part| log.len() * part / 40).chain(around_checkpoint).collect();
    ends.sort_unstable();
    let records: Vec<u64> = ends.iter().map(|end| records_in(&cut, *end, &log).unwrap()).collect();
    assert!(records.is_sorted(), "{records:?}");
    assert_eq!((records[0] < GROUPS, records[records.len() - 1]), (true, GROUPS));
}
