//! Whether all that was written is there: everything is read, and compared with the numbers that were kept with it.

use std::collections::BTreeSet;

use super::{
    change,
    fault::Fault,
    group::Group,
    keys,
    read::{self, Source},
};
use crate::{
    id::RunId,
    journal::{Entry, Record, RunEntry},
};

/// What a store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreCounts {
    /// How many runs.
    pub runs: u64,
    /// How many records, of all runs together.
    pub records: u64,
}

/// Reads everything; `newest` is the newest group, if groups were counted.
pub(super) fn check(database: &::sled::Db, newest: Option<&Group>) -> Result<StoreCounts, Fault> {
    let counts = read_all(database)?;
    let written = newest.map_or(0, |group| group.records);
    if counts.records < written {
        return Err(Fault::Damaged(format!("{} of its {written} records are missing", written - counts.records)));
    }
    Ok(counts)
}

/// Reads every journal, and what is kept beside it; counts runs and records.
fn read_all(database: &::sled::Db) -> Result<StoreCounts, Fault> {
    let mut effects = BTreeSet::new();
    let (mut runs, mut records) = (0, 0);
    for run in read::runs(database)? {
        let journal = read::journal(database, run)?;
        check_run(database, run, &journal)?;
        journal.iter().for_each(|record| change::follow_effects(run, record, &mut effects));
        runs += 1;
        records += journal.len() as u64;
    }
    if read::keys_of_open_effects(database)? != effects {
        return Err(Fault::Damaged("its list of open effects is not that of its journals".to_owned()));
    }
    Ok(StoreCounts { runs, records })
}

fn check_run(database: &::sled::Db, run: RunId, journal: &[Record]) -> Result<(), Fault> {
    let lost = |what: &str| Fault::Damaged(format!("run {run} has lost its {what}"));
    let summary = read::summary(database, run)?.ok_or_else(|| lost("summary"))?;
    let is_over = journal
        .iter()
        .flat_map(|record| &record.entries)
        .any(|entry| matches!(entry, Entry::Run(RunEntry::Ended { .. })));
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
