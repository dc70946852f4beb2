//! The way out where a store is refused though only what no longer counts is damaged: sled keeps old states of its pages until
//! it uses their place anew. A copy is opened as sled would; it is a store again if all of it can be read and nothing is missing.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    change,
    fault::Fault,
    files,
    group::Group,
    guard::guarded,
    keys,
    log::Log,
    look,
    note::{self, Found},
    open,
    read::{self, Source},
    snapshot,
};
use crate::{
    id::RunId,
    journal::{Entry, Record},
};

/// A copy of a damaged store that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MendedStore {
    /// Where the copy is.
    pub path: PathBuf,
    /// How many runs it has.
    pub runs: u64,
    /// How many records, all of which were read.
    pub records: u64,
}

/// Makes a copy of the store in `store` that can be opened, if nothing that counts is missing in it.
pub(super) fn mend(store: &Path) -> Result<MendedStore, Fault> {
    let lock = open::patiently(|| {
        let db =
            mending(files::open_db(store))?.ok_or_else(|| Fault::Damaged("its file `db` is missing".to_owned()))?;
        if mending(files::try_lock(&db))? { Ok(db) } else { Err(Fault::Locked) }
    })?;
    let copy = mending(files::copy_beside(store, "mended"))?;
    drop(lock);
    let mended = mend_copy(&copy);
    if mended.is_err() {
        // It is of no use to anybody. If it cannot be removed, it does no harm.
        let _ = fs::remove_dir_all(&copy);
    }
    let (runs, records) = mended?;
    Ok(MendedStore { path: copy, runs, records })
}

/// Makes a store of the copy; how many runs and records it has.
fn mend_copy(copy: &Path) -> Result<(u64, u64), Fault> {
    if mending(snapshot::newest(copy))? == snapshot::Newest::Broken {
        mending(snapshot::remove_all(copy))?;
    }
    mending(snapshot::remove_unfinished(copy))?;
    let found = mending(note::read(copy))?;
    let database = open::open_sled(copy)?;
    let checked = guarded("reading it", || check(&database, &found));
    let (group, counts) = match checked {
        Ok(checked) => checked,
        Err(fault) => return Err(open::let_go(database, fault)),
    };
    Log::open(copy, database, group, found)?.close();
    Ok(counts)
}

/// Whether everything that was written is there, as far as the numbers that were kept with it tell.
fn check(database: &::sled::Db, found: &Found) -> Result<(Group, (u64, u64)), Fault> {
    open::format(database)?;
    if !matches!(found, Found::Note { .. }) {
        return Err(Fault::Damaged("without its note of the log's end it cannot be told what is missing".to_owned()));
    }
    let newest = Group::newest(database)?;
    look::agree_with_groups(found, newest.as_ref())?;
    let uncounted = || Fault::Damaged("an earlier version wrote it, and did not count its records".to_owned());
    let group = newest.ok_or_else(uncounted)?;
    let (runs, records) = read_all(database)?;
    if records < group.records {
        return Err(Fault::Damaged(format!(
            "{} of its {} records are missing",
            group.records - records,
            group.records
        )));
    }
    Ok((group, (runs, records)))
}

/// Reads every journal, and what is kept beside it; counts runs and records.
fn read_all(database: &::sled::Db) -> Result<(u64, u64), Fault> {
    let mut effects = BTreeSet::new();
    let (mut runs, mut records) = (0, 0);
    for run in read::runs(database)? {
        let journal = read::journal(database, run)?;
        check_run(database, run, &journal)?;
        journal.iter().for_each(|record| change::follow_effects(record, &mut effects));
        runs += 1;
        records += journal.len() as u64;
    }
    if read::keys_of_open_effects(database)? != effects {
        return Err(Fault::Damaged("its list of open effects is not that of its journals".to_owned()));
    }
    Ok((runs, records))
}

fn check_run(database: &::sled::Db, run: RunId, journal: &[Record]) -> Result<(), Fault> {
    let lost = |what: &str| Fault::Damaged(format!("run {run} has lost its {what}"));
    let summary = read::summary(database, run)?.ok_or_else(|| lost("summary"))?;
    let is_over =
        journal.iter().flat_map(|record| &record.entries).any(|entry| matches!(entry, Entry::RunEnded { .. }));
    if is_over != summary.ended_at.is_some() {
        return Err(lost("newest summary"));
    }
    read::definition(database, &summary.definition)?.ok_or_else(|| lost("definition"))?;
    if let Some(key) = &summary.key
        && read::by_key(database, key)? != Some(run)
    {
        return Err(lost("key"));
    }
    for place in keys::index(&summary) {
        Source::get(database, &place)?.ok_or_else(|| lost("place in a list"))?;
    }
    Ok(())
}

fn mending<T>(result: io::Result<T>) -> Result<T, Fault> {
    result.map_err(|error| Fault::io("copying it", &error))
}
