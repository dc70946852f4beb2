//! The index: where each run's records lie, its summary, its key, and the lists that it is in.
//!
//! What is recent is in memory. Every some hundred groups a checkpoint takes it to the disk, by plain inserts of which the last says
//! up to which group the index goes: of a checkpoint that a crash tore the groups are read again, and what it had written already
//! is written once more, the same.

use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use super::{
    content, disk,
    fault::Fault,
    keys,
    place::{self, Place},
    recent::{Recent, RecentRun},
    summary,
    value::{self, LARGEST},
    view::View,
};
use crate::{
    id::RunId,
    status::RunStatus,
    store::{DueRun, RunSummary},
};

/// So many places are in one value, which is then no longer than [`LARGEST`].
const PLACES: usize = 256;

/// The index of an open store. Everyone reads it, the writer changes it.
#[derive(Debug)]
pub(super) struct Index {
    database: ::sled::Db,
    recent: RwLock<Recent>,
    /// The newest group that is durable.
    durable: AtomicU64,
}

impl Index {
    /// The index of `database`, of which the disk lacks `recent`; `newest` is the newest group.
    pub(super) fn new(database: ::sled::Db, recent: Recent, newest: u64) -> Self {
        Self { database, recent: RwLock::new(recent), durable: AtomicU64::new(newest) }
    }

    /// The newest group that is durable.
    pub(super) fn newest_group(&self) -> u64 {
        self.durable.load(Ordering::SeqCst)
    }

    /// The database that it is of.
    pub(super) fn database(&self) -> &::sled::Db {
        &self.database
    }

    /// Looks at it as it is at this moment: no record becomes visible while `look` goes on.
    pub(super) fn read<T>(&self, look: impl FnOnce(View<'_>) -> T) -> T {
        // A panic elsewhere leaves nothing half changed: what is taken in is complete before.
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        look(View::of(&[&recent], &self.database))
    }

    /// Looks at it with what the writer is about to write over it.
    pub(super) fn read_below<T>(&self, newer: &Recent, look: impl FnOnce(View<'_>) -> T) -> T {
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        look(View::of(&[newer, &recent], &self.database))
    }

    /// How many runs were pruned that the disk has still.
    pub(super) fn pruned(&self) -> usize {
        self.recent.read().unwrap_or_else(PoisonError::into_inner).pruned.len()
    }

    /// Takes in what became durable with `group`.
    pub(super) fn take_in(&self, newer: Recent, group: u64) {
        self.durable.store(group, Ordering::SeqCst);
        self.recent.write().unwrap_or_else(PoisonError::into_inner).take_in(newer);
    }

    /// Takes what is recent to the disk; `group` is the newest that it has something of. The next flush takes it along.
    pub(super) fn checkpoint(&self, group: u64) -> Result<(), Fault> {
        write(&self.database, &self.recent.read().unwrap_or_else(PoisonError::into_inner), group)?;
        // Whoever looked in between saw the same twice.
        *self.recent.write().unwrap_or_else(PoisonError::into_inner) = Recent::default();
        Ok(())
    }
}

/// The newest group that the index on the disk has.
pub(super) fn newest_group(database: &::sled::Db) -> Result<u64, Fault> {
    let Some(stored) = disk::get(database, keys::INDEXED)? else { return Ok(0) };
    let number = stored.as_ref().try_into().map(u64::from_be_bytes);
    number.map_err(|_| Fault::Damaged("it cannot be read up to which group its index goes".to_owned()))
}

/// The keys that are missing in the index of a store whose version knew no runs that are due.
pub(super) fn missing_due(database: &::sled::Db) -> Result<impl Iterator<Item = Vec<u8>>, Fault> {
    let mut missing = Vec::new();
    for status in [RunStatus::Running, RunStatus::Waiting, RunStatus::Interrupted] {
        for item in disk::scan(database, keys::list(Some(status), None)) {
            let run =
                keys::run_at_end(&item?.0).ok_or_else(|| Fault::Damaged("a list has a key of no run".to_owned()))?;
            let due = disk::summary(database, run)?.and_then(|summary| Some(DueRun { at: summary.due?, run }));
            missing.extend(due.map(keys::due));
        }
    }
    Ok(missing.into_iter())
}

/// Writes what is recent, up to `group`, over what the disk has.
pub(super) fn write(database: &::sled::Db, recent: &Recent, group: u64) -> Result<(), Fault> {
    recent.pruned.iter().try_for_each(|run| forget(database, *run))?;
    for (run, recent) in &recent.runs {
        write_places(database, *run, recent)?;
        if let Some(summary) = &recent.summary {
            write_summary(database, summary)?;
        }
    }
    for (key, run) in &recent.keys {
        insert(database, &keys::run_key(key), run.as_bytes())?;
    }
    write_claims(database, recent)?;
    write_messages(database, recent)?;
    for (hash, place) in &recent.definitions {
        insert(database, &keys::definition(hash), &place::encode(&[*place]))?;
    }
    insert(database, keys::INDEXED, &group.to_be_bytes())
}

fn write_places(database: &::sled::Db, run: RunId, recent: &RecentRun) -> Result<(), Fault> {
    let firsts = (recent.first..).step_by(PLACES);
    let write =
        |(first, places): (u64, &[Place])| insert(database, &keys::records_from(run, first), &place::encode(places));
    firsts.zip(recent.places.chunks(PLACES)).try_for_each(write)
}

fn write_claims(database: &::sled::Db, recent: &Recent) -> Result<(), Fault> {
    let going_on = recent.claims.iter().filter(|(run, _)| !recent.has_ended(**run));
    let mut claims = going_on.map(|(run, claim)| (keys::claim(*run), content::encode_claim(claim)));
    claims.try_for_each(|(key, claim)| insert(database, &key, &claim))
}

fn write_messages(database: &::sled::Db, recent: &Recent) -> Result<(), Fault> {
    for (run, messages) in &recent.messages {
        let mut encoded =
            messages.iter().map(|(number, place)| (keys::message(*run, *number), place::encode(&[*place])));
        encoded.try_for_each(|(key, place)| insert(database, &key, &place))?;
        if recent.has_ended(*run) {
            forget_messages(database, *run)?;
        }
    }
    Ok(())
}

/// Takes a run that was pruned out of the index. Its summary goes last: it says where else the run is.
fn forget(database: &::sled::Db, run: RunId) -> Result<(), Fault> {
    if let Some(summary) = disk::summary(database, run)? {
        keys::lists_of(&summary).iter().try_for_each(|list| remove(database, list))?;
        if let Some(key) = &summary.key
            && disk::by_key(database, key)? == Some(run)
        {
            remove(database, &keys::run_key(key))?;
        }
    }
    remove(database, &keys::claim(run))?;
    for kept in [keys::messages(run), keys::records(run)] {
        let kept: Vec<_> = disk::scan(database, kept).collect::<Result<_, _>>()?;
        kept.iter().try_for_each(|(key, _)| remove(database, key))?;
    }
    remove(database, &keys::summary(run))
}

/// Nobody has a run that has ended, or hears what was said to it.
fn forget_who_is_heard(database: &::sled::Db, run: RunId) -> Result<(), Fault> {
    remove(database, &keys::claim(run))?;
    forget_messages(database, run)
}

/// The newest stays: if the run is retried, the numbers go on from there.
fn forget_messages(database: &::sled::Db, run: RunId) -> Result<(), Fault> {
    let messages: Vec<_> = disk::scan(database, keys::messages(run)).collect::<Result<_, _>>()?;
    messages.iter().rev().skip(1).try_for_each(|(key, _)| remove(database, key))
}

/// The lists come before the summary, which says in which lists the run is; those that it left, last.
pub(super) fn write_summary(database: &::sled::Db, summary: &RunSummary) -> Result<(), Fault> {
    let before = disk::summary(database, summary.run)?;
    let old: Vec<_> = before.iter().flat_map(keys::lists_of).collect();
    let new = keys::lists_of(summary);
    new.iter().filter(|key| !old.contains(key)).try_for_each(|key| insert(database, key, &[]))?;
    let (stored, parts) = value::encode(&summary::encode(summary), LARGEST - 1);
    parts.iter().try_for_each(|(key, part)| insert(database, key, part))?;
    insert(database, &keys::summary(summary.run), &stored)?;
    old.iter().filter(|key| !new.contains(key)).try_for_each(|key| remove(database, key))?;
    if summary.ended_at.is_some() { forget_who_is_heard(database, summary.run) } else { Ok(()) }
}

fn insert(database: &::sled::Db, key: &[u8], value: &[u8]) -> Result<(), Fault> {
    database.insert(key, value).map(drop).map_err(|error| Fault::sled("writing", &error))
}

fn remove(database: &::sled::Db, key: &[u8]) -> Result<(), Fault> {
    database.remove(key).map(drop).map_err(|error| Fault::sled("writing", &error))
}
