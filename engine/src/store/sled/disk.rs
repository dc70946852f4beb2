//! What lies on the disk, found by key: the index as the last checkpoint left it, and what it points to.

use std::collections::BTreeMap;

use super::{
    content::{self, Content},
    fault::Fault,
    keys,
    place::{self, PieceNumber, Place},
    summary,
    value::{self, LARGEST, Stored},
};
use crate::{
    id::{DefinitionHash, RunId, RunKey},
    store::{Claim, RunSummary},
};

/// What lies at `key`.
pub(super) fn get(database: &::sled::Db, key: &[u8]) -> Result<Option<::sled::IVec>, Fault> {
    database.get(key).map_err(|error| failed(&error))
}

/// A key and what lies there.
pub(super) type Item = Result<(::sled::IVec, ::sled::IVec), Fault>;

/// All that lies at keys that begin so, in order.
pub(super) fn scan(database: &::sled::Db, prefix: Vec<u8>) -> impl DoubleEndedIterator<Item = Item> + use<> {
    database.scan_prefix(prefix).map(|item| item.map_err(|error| failed(&error)))
}

/// All that lies at keys from `from` on, less than `to`, in order.
pub(super) fn range(
    database: &::sled::Db,
    from: Vec<u8>,
    to: Vec<u8>,
) -> impl DoubleEndedIterator<Item = Item> + use<> {
    database.range(from..to).map(|item| item.map_err(|error| failed(&error)))
}

/// A piece.
pub(super) fn piece(database: &::sled::Db, number: PieceNumber) -> Result<::sled::IVec, Fault> {
    let missing = || Fault::Damaged(format!("its group of records {} is missing", number.group));
    get(database, &keys::piece(number))?.ok_or_else(missing)
}

/// How many records of a run the index has.
pub(super) fn record_count(database: &::sled::Db, run: RunId) -> Result<u64, Fault> {
    let Some(last) = scan(database, keys::records(run)).next_back() else { return Ok(0) };
    let (key, places) = last?;
    Ok(number_of(&key)? + places_of(&places)?.len() as u64)
}

/// Where a run's records lie, those before number `end`.
pub(super) fn places(database: &::sled::Db, run: RunId, end: u64) -> Result<Vec<Place>, Fault> {
    let mut places = Vec::new();
    for item in scan(database, keys::records(run)) {
        let (key, more) = item?;
        if number_of(&key)? != places.len() as u64 {
            return Err(Fault::Damaged(format!("run {run} has no record {}", places.len())));
        }
        places.extend(places_of(&more)?);
    }
    // What a checkpoint has that was not finished is in memory too.
    places.truncate(usize::try_from(end).unwrap_or(usize::MAX));
    Ok(places)
}

/// Where one record of a run lies.
pub(super) fn place(database: &::sled::Db, run: RunId, sequence: u64) -> Result<Option<Place>, Fault> {
    let end = [&*keys::records_from(run, sequence), &[0]].concat();
    let Some(item) = range(database, keys::records(run), end).next_back() else { return Ok(None) };
    let (key, places) = item?;
    let index = sequence.checked_sub(number_of(&key)?).and_then(|index| usize::try_from(index).ok());
    let places = places_of(&places)?;
    Ok(index.and_then(|index| places.get(index).copied()))
}

/// The summary of a run.
pub(super) fn summary(database: &::sled::Db, run: RunId) -> Result<Option<RunSummary>, Fault> {
    let Some(stored) = get(database, &keys::summary(run))? else { return Ok(None) };
    summary::decode(run, &whole(database, value::decode(&stored)?)?).map(Some)
}

/// The newest claim of a run.
pub(super) fn claim(database: &::sled::Db, run: RunId) -> Result<Option<Claim>, Fault> {
    let Some(stored) = get(database, &keys::claim(run))? else { return Ok(None) };
    match content::decode(&stored)? {
        Content::Claim(claim) if claim.run == run => Ok(Some(claim)),
        Content::Claim(_)
        | Content::Record { .. }
        | Content::Message { .. }
        | Content::Pruned { .. }
        | Content::Definition { .. } => Err(unreadable()),
    }
}

/// Where the messages of a run lie, by their numbers.
pub(super) fn messages(database: &::sled::Db, run: RunId) -> Result<BTreeMap<u64, Place>, Fault> {
    let message = |item: Item| {
        let (key, place) = item?;
        match places_of(&place)?[..] {
            [place] => Ok((number_of(&key)?, place)),
            _ => Err(unreadable()),
        }
    };
    scan(database, keys::messages(run)).map(message).collect()
}

/// The run with this key.
pub(super) fn by_key(database: &::sled::Db, key: &RunKey) -> Result<Option<RunId>, Fault> {
    let stored = get(database, &keys::run_key(key))?;
    let run = stored.map(|bytes| keys::run_at_end(&bytes));
    run.map(|run| run.ok_or_else(|| Fault::Damaged(format!("the key `{key}` names no run")))).transpose()
}

/// Where a definition lies.
pub(super) fn definition(database: &::sled::Db, hash: &DefinitionHash) -> Result<Option<Place>, Fault> {
    let Some(stored) = get(database, &keys::definition(hash))? else { return Ok(None) };
    match places_of(&stored)?[..] {
        [place] => Ok(Some(place)),
        _ => Err(Fault::Damaged(format!("it is not known where the definition {hash} lies"))),
    }
}

/// A value, joined from its parts if it lies in such.
pub(super) fn whole(database: &::sled::Db, stored: Stored<'_>) -> Result<Vec<u8>, Fault> {
    let (hash, length) = match stored {
        Stored::Inline(bytes) => return Ok(bytes.to_vec()),
        Stored::InParts { hash, length } => (hash, length),
    };
    let mut parts = Vec::new();
    for index in 0..u32::try_from(length.div_ceil(LARGEST as u64)).unwrap_or(u32::MAX) {
        let part = get(database, &keys::part(&hash, index))?;
        parts.push(part.ok_or_else(|| Fault::Damaged("a part of a value is missing".to_owned()))?);
    }
    Ok(value::join(&hash, length, &parts)?)
}

fn number_of(key: &[u8]) -> Result<u64, Fault> {
    keys::number_at_end(key).ok_or_else(unreadable)
}

fn places_of(bytes: &[u8]) -> Result<Vec<Place>, Fault> {
    place::decode(bytes).ok_or_else(unreadable)
}

fn unreadable() -> Fault {
    Fault::Damaged("its index cannot be read".to_owned())
}

fn failed(error: &::sled::Error) -> Fault {
    Fault::sled("reading", error)
}
