//! Reading what was written. Each function is one question of the store's.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::{
    OpenEffect,
    fault::Fault,
    keys,
    value::{self, CHUNK, Stored},
};
use crate::{
    id::{DefinitionHash, OperationId, RunId, RunKey},
    journal::{self, EffectEntry, Entry, Record},
    store::{RunFilter, RunPage, RunSummary},
};

/// Where keys can be looked up: the database, or the writes that are to come over it.
pub(super) trait Source {
    /// What lies at `key`.
    fn get(&self, key: &[u8]) -> Result<Option<::sled::IVec>, Fault>;
}

impl Source for ::sled::Db {
    fn get(&self, key: &[u8]) -> Result<Option<::sled::IVec>, Fault> {
        (**self).get(key).map_err(|error| failed(&error))
    }
}

/// The journal of a run, in order and without a gap.
pub(super) fn journal(database: &::sled::Db, run: RunId) -> Result<Vec<Record>, Fault> {
    let mut records = Vec::new();
    for item in database.scan_prefix(keys::journal(run)) {
        let (_, stored) = item.map_err(|error| failed(&error))?;
        let record = record(&whole(database, &stored)?)?;
        if record.sequence != records.len() as u64 {
            return Err(Fault::Damaged(format!("run {run} has no record {}", records.len())));
        }
        records.push(record);
    }
    Ok(records)
}

/// How many records a run has.
pub(super) fn record_count(database: &::sled::Db, run: RunId) -> Result<u64, Fault> {
    match database.scan_prefix(keys::journal(run)).next_back() {
        Some(last) => Ok(sequence_at_end(&last.map_err(|error| failed(&error))?.0)? + 1),
        None => Ok(0),
    }
}

/// How many records all runs have.
pub(super) fn count_records(database: &::sled::Db) -> Result<u64, Fault> {
    let keys = database.scan_prefix(keys::journals()).keys();
    keys.map(|key| key.map_err(|error| failed(&error))).try_fold(0, |count, key| key.map(|_| count + 1))
}

/// The runs that have records, oldest first.
pub(super) fn runs(database: &::sled::Db) -> Result<Vec<RunId>, Fault> {
    let mut runs = Vec::new();
    for key in database.scan_prefix(keys::journals()).keys() {
        let run = keys::run_of_record(&key.map_err(|error| failed(&error))?);
        runs.push(run.ok_or_else(|| Fault::Damaged("a record is of no run".to_owned()))?);
    }
    // All records of a run follow each other.
    runs.dedup();
    Ok(runs)
}

/// The number that a record's key ends with.
pub(super) fn sequence_at_end(key: &[u8]) -> Result<u64, Fault> {
    let number = key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes));
    number.ok_or_else(|| Fault::Damaged("a record has no number".to_owned()))
}

/// The text of a definition.
pub(super) fn definition(database: &::sled::Db, hash: &DefinitionHash) -> Result<Option<String>, Fault> {
    let text = value(database, &keys::definition(hash))?.map(String::from_utf8).transpose();
    text.map_err(|_| Fault::Damaged(format!("the definition {hash} is no text")))
}

/// The summary of a run.
pub(super) fn summary(database: &::sled::Db, run: RunId) -> Result<Option<RunSummary>, Fault> {
    json(database, &keys::summary(run))
}

/// A page of runs, newest first.
pub(super) fn list(database: &::sled::Db, filter: &RunFilter) -> Result<RunPage, Fault> {
    let list = keys::list(filter.status, filter.process.as_deref());
    let end = keys::listed(&list, filter.before.unwrap_or(RunId::new(uuid::Uuid::max())));
    // The greatest id is no run's: the end can be left out.
    let mut found = database.range(list..end).rev();
    let mut runs: Vec<RunSummary> = Vec::new();
    while runs.len() < filter.limit {
        let Some(item) = found.next() else { return Ok(RunPage { runs, next: None }) };
        let (key, _) = item.map_err(|error| failed(&error))?;
        let run = keys::run_at_end(&key).ok_or_else(|| Fault::Damaged("a list has a key of no run".to_owned()))?;
        runs.extend(summary(database, run)?.filter(|summary| fits(summary, filter)));
    }
    let next = found.next().and_then(|_| runs.last()).map(|summary| summary.run);
    Ok(RunPage { runs, next })
}

/// The run with this key.
pub(super) fn by_key(database: &::sled::Db, key: &RunKey) -> Result<Option<RunId>, Fault> {
    let stored = Source::get(database, &keys::run_key(key))?;
    let run = stored.map(|bytes| keys::run_at_end(&bytes));
    run.map(|run| run.ok_or_else(|| Fault::Damaged(format!("the key `{key}` names no run")))).transpose()
}

/// The runs whose id begins so, newest first.
pub(super) fn by_prefix(database: &::sled::Db, prefix: &str, limit: usize) -> Result<Vec<RunId>, Fault> {
    let mut runs = Vec::new();
    // Whole bytes of the prefix narrow the range; the rest of it is compared as text.
    let start = [keys::summaries(), whole_bytes(prefix)].concat();
    for item in database.scan_prefix(start).rev() {
        if runs.len() == limit {
            break;
        }
        let (key, _) = item.map_err(|error| failed(&error))?;
        runs.extend(keys::run_at_end(&key).filter(|run| run.to_string().starts_with(prefix)));
    }
    Ok(runs)
}

/// All effects whose end is not known.
pub(super) fn open_effects(database: &::sled::Db) -> Result<Vec<OpenEffect>, Fault> {
    let mut effects = Vec::new();
    for item in database.scan_prefix(keys::open_effects()) {
        let (place, sequence) = item.map_err(|error| failed(&error))?;
        effects.push(open_effect(database, &place, &sequence)?);
    }
    Ok(effects)
}

/// The places of all effects whose end is not known.
pub(super) fn keys_of_open_effects(database: &::sled::Db) -> Result<BTreeSet<Vec<u8>>, Fault> {
    let keys = database.scan_prefix(keys::open_effects()).keys();
    keys.map(|key| key.map(|key| key.to_vec()).map_err(|error| failed(&error))).collect()
}

/// The value at `key`, read as JSON.
pub(super) fn json<T: DeserializeOwned>(source: &impl Source, key: &[u8]) -> Result<Option<T>, Fault> {
    value(source, key)?.map(|bytes| parse(&bytes)).transpose()
}

fn open_effect(database: &::sled::Db, place: &[u8], sequence: &[u8]) -> Result<OpenEffect, Fault> {
    let lost = || Fault::Damaged("an open effect has no record".to_owned());
    // The place is a letter, the run, and a hash.
    let run = place.split_last_chunk::<32>().and_then(|(run, _)| keys::run_at_end(run)).ok_or_else(lost)?;
    let record = keys::record(run, sequence_at_end(sequence)?);
    let record = self::record(&value(database, &record)?.ok_or_else(lost)?)?;
    let at = record.at;
    let intended = record.entries.into_iter().find_map(|entry| match entry {
        Entry::Effect(effect, EffectEntry::Intended { intent }) => {
            let operation = OperationId { run, effect };
            (keys::open_effect(&operation) == place).then_some(OpenEffect { operation, intent, at })
        }
        _ => None,
    });
    intended.ok_or_else(lost)
}

fn value(source: &impl Source, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    source.get(key)?.map(|stored| whole(source, &stored)).transpose()
}

fn whole(source: &impl Source, stored: &[u8]) -> Result<Vec<u8>, Fault> {
    let (hash, length) = match value::decode(stored)? {
        Stored::Inline(bytes) => return Ok(bytes.to_vec()),
        Stored::Chunked { hash, length } => (hash, length),
    };
    let mut chunks = Vec::new();
    for index in 0..u32::try_from(length.div_ceil(CHUNK as u64)).unwrap_or(u32::MAX) {
        let chunk = source.get(&keys::chunk(&hash, index))?;
        chunks.push(chunk.ok_or_else(|| Fault::Damaged("a part of a value is missing".to_owned()))?);
    }
    Ok(value::join(&hash, length, &chunks)?)
}

fn record(bytes: &[u8]) -> Result<Record, Fault> {
    journal::decode(bytes).map_err(|error| Fault::Damaged(format!("a record cannot be read: {error}")))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| Fault::Damaged(format!("a value cannot be read: {error}")))
}

/// A list and its summaries are read one after the other: a run may have moved on in between.
fn fits(summary: &RunSummary, filter: &RunFilter) -> bool {
    filter.status.is_none_or(|status| status == summary.status)
        && filter.process.as_ref().is_none_or(|process| *process == summary.process)
}

fn whole_bytes(prefix: &str) -> Vec<u8> {
    let digits: Vec<char> = prefix.chars().filter(|character| *character != '-').collect();
    let pairs = digits.chunks_exact(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16));
    pairs.map_while(Result::ok).take(16).collect()
}

fn failed(error: &::sled::Error) -> Fault {
    Fault::sled("reading", error)
}
