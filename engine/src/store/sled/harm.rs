//! Damage to what lies under keys, for tests of whoever checks and repairs stores. Damage to files needs no help of this module.

use std::path::Path;

use super::{disk, fault::Fault, files, guard::guarded, index, keys, open};
use crate::{
    id::{RunId, RunKey},
    status::RunStatus,
    store::{RunSummary, StoreError},
};

/// What is damaged in a store that nobody has open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreDamage {
    /// The index has lost a run's summary.
    LostSummary,
    /// The index has lost where a run's records lie.
    LostRecords,
    /// A list of the index has lost a run.
    LostPlaceInAList,
    /// The index has a key of a run that there is not.
    Stranger,
    /// The index says that a run failed which did not.
    WrongStatus,
    /// A summary of the index cannot be read.
    GarbledSummary,
    /// A group of records was changed.
    GarbledRecords,
}

impl StoreDamage {
    /// Does it to the store in the directory `path`, to the newest run where it is done to one.
    ///
    /// # Errors
    /// As opening the store, and where it has nothing that can be damaged so.
    pub fn done_to(self, path: &Path) -> Result<(), StoreError> {
        let damaged = guarded("damaging it", || {
            let database = open::open_sled(path)?;
            let damaged = self.done_in(&database);
            database.flush().map_err(|error| Fault::sled("writing", &error))?;
            damaged
        });
        damaged.map_err(|fault| fault.into_error(|| files::read_owner(path)))
    }

    fn done_in(self, database: &::sled::Db) -> Result<(), Fault> {
        let (run, newest) = newest_run(database)?;
        let list = || keys::listed(&keys::list(None, Some(&newest.process)), run);
        match self {
            Self::LostSummary => remove(database, &keys::summary(run)),
            Self::LostRecords => remove(database, &last(database, keys::records(run))?.0),
            Self::LostPlaceInAList => remove(database, &list()),
            Self::Stranger => insert(database, &keys::run_key(&RunKey::new("stranger")), &[7; 16]),
            Self::WrongStatus => index::write_summary(database, &RunSummary { status: RunStatus::Failed, ..newest }),
            Self::GarbledSummary => insert(database, &keys::summary(run), b"garbled"),
            Self::GarbledRecords => {
                let (key, mut group) = last(database, keys::pieces())?;
                let middle = group.len() / 2;
                group[middle] ^= 1;
                insert(database, &key, &group)
            }
        }
    }
}

fn newest_run(database: &::sled::Db) -> Result<(RunId, RunSummary), Fault> {
    let (key, _) = last(database, keys::summaries())?;
    let run = keys::run_at_end(&key).ok_or_else(|| Fault::Damaged("a summary is of no run".to_owned()))?;
    let newest = disk::summary(database, run)?.ok_or_else(|| Fault::Damaged(format!("run {run} is gone")))?;
    Ok((run, newest))
}

fn last(database: &::sled::Db, prefix: Vec<u8>) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    let nothing = || Fault::Damaged("there is nothing to damage".to_owned());
    let (key, value) = disk::scan(database, prefix).next_back().ok_or_else(nothing)??;
    Ok((key.to_vec(), value.to_vec()))
}

fn remove(database: &::sled::Db, key: &[u8]) -> Result<(), Fault> {
    database.remove(key).map(drop).map_err(|error| Fault::sled("writing", &error))
}

fn insert(database: &::sled::Db, key: &[u8], value: &[u8]) -> Result<(), Fault> {
    database.insert(key, value).map(drop).map_err(|error| Fault::sled("writing", &error))
}
