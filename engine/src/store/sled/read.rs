//! Reading what was written. Each function is one question of the store's.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    content::Content,
    disk,
    fault::Fault,
    keys, piece,
    place::{PieceNumber, Place},
    value::Stored,
    view::View,
};
use crate::{
    id::{DefinitionHash, RunId},
    journal::{self, Record, Signal},
    store::{
        DueRun, RunFilter, RunPage, RunSummary,
        admission::{self, PlaceInLine},
    },
};

/// The records at these places, which are those of a run from number `first` on, in order and without a gap.
pub(super) fn journal(database: &::sled::Db, run: RunId, first: u64, places: &[Place]) -> Result<Vec<Record>, Fault> {
    let mut pieces = Pieces { database, last: None };
    (first..).zip(places).map(|(sequence, place)| record(&mut pieces, run, sequence, *place)).collect()
}

fn record(pieces: &mut Pieces<'_>, run: RunId, sequence: u64, place: Place) -> Result<Record, Fault> {
    let database = pieces.database;
    match pieces.content(place)? {
        Content::Record { run: of, sequence: number, record, .. } if (of, number) == (run, sequence) => {
            decode(database, record)
        }
        Content::Record { .. }
        | Content::Claim(_)
        | Content::Message { .. }
        | Content::Pruned { .. }
        | Content::Definition { .. } => Err(Fault::Damaged(format!("run {run} has no record {sequence}"))),
    }
}

/// The record that is kept so.
pub(super) fn decode(database: &::sled::Db, record: Stored<'_>) -> Result<Record, Fault> {
    Ok(match record {
        Stored::Inline(bytes) => journal::decode(bytes)?,
        in_parts @ Stored::InParts { .. } => journal::decode(&disk::whole(database, in_parts)?)?,
    })
}

/// The messages at these places, which are those of a run.
pub(super) fn messages(view: View<'_>, run: RunId, after: u64) -> Result<Vec<(u64, Signal)>, Fault> {
    let mut pieces = Pieces { database: view.database(), last: None };
    let places = view.messages(run, after)?;
    places.into_iter().map(|(number, place)| Ok((number, message(&mut pieces, run, number, place)?))).collect()
}

fn message(pieces: &mut Pieces<'_>, run: RunId, number: u64, place: Place) -> Result<Signal, Fault> {
    let database = pieces.database;
    match pieces.content(place)? {
        Content::Message { run: of, number: found, message } if (of, found) == (run, number) => {
            Ok(journal::decode_signal(&disk::whole(database, message)?)?)
        }
        Content::Message { .. }
        | Content::Record { .. }
        | Content::Claim(_)
        | Content::Pruned { .. }
        | Content::Definition { .. } => Err(Fault::Damaged(format!("run {run} has no message {number}"))),
    }
}

/// The text of the definition that lies at `place`.
pub(super) fn definition(database: &::sled::Db, hash: &DefinitionHash, place: Place) -> Result<String, Fault> {
    let piece = disk::piece(database, place.piece)?;
    let text = match piece::content(&piece::body(&piece)?, place.slot)? {
        Content::Definition { hash: of, text } if of == hash.as_str() => disk::whole(database, text)?,
        Content::Definition { .. }
        | Content::Record { .. }
        | Content::Claim(_)
        | Content::Pruned { .. }
        | Content::Message { .. } => {
            return Err(Fault::Damaged(format!("the definition {hash} is not where it was")));
        }
    };
    String::from_utf8(text).map_err(|_| Fault::Damaged(format!("the definition {hash} is not text")))
}

/// A page of runs, newest first.
pub(super) fn list(view: View<'_>, filter: &RunFilter) -> Result<RunPage, Fault> {
    let list = keys::list(filter.status, filter.process.as_deref());
    let end = keys::end_of(&list, filter.before);
    let mut runs: Vec<RunSummary> = Vec::new();
    for run in view.newest_first(list, end, filter.before) {
        let Some(summary) = view.summary(run?)?.filter(|summary| fits(summary, filter)) else { continue };
        if runs.len() == filter.limit {
            let next = runs.last().map(|last| last.run);
            return Ok(RunPage { runs, next });
        }
        runs.push(summary);
    }
    Ok(RunPage { runs, next: None })
}

/// The runs that are due at `until` or before, the first first.
pub(super) fn due(view: View<'_>, until: Timestamp, limit: usize) -> Result<Vec<DueRun>, Fault> {
    let mut due: BTreeSet<DueRun> = view.recently_due(until).take(limit).collect();
    // Times are rounded down in keys.
    let end = [keys::due_until(until), vec![u8::MAX; 17]].concat();
    let mut listed = 0;
    for item in disk::range(view.database(), keys::all_due(), end) {
        let (key, _) = item?;
        let run = keys::run_at_end(&key).ok_or_else(|| Fault::Damaged("a list has a key of no run".to_owned()))?;
        if view.has_recent_summary(run) {
            continue;
        }
        // A list may have runs that left it, of which a crash took the notice.
        let found = view.summary(run)?.and_then(|summary| Some(DueRun { at: summary.due?, run }));
        let found = found.filter(|due| due.at <= until && keys::due(*due) == key.as_ref());
        listed += usize::from(found.is_some());
        due.extend(found);
        if listed >= limit {
            break;
        }
    }
    due.extend(whose_turn_it_is(view)?.into_iter().filter(|due| due.at <= until));
    Ok(due.into_iter().take(limit).collect())
}

/// The runs that wait to be admitted and would be, but for those that are due by their summaries.
fn whose_turn_it_is(view: View<'_>) -> Result<Vec<DueRun>, Fault> {
    let limit_of = |run: RunId| {
        let summary = view.summary(run)?;
        Ok(summary.and_then(|summary| summary.admission).map(|asked| asked.limit.get()))
    };
    let mut found = Vec::new();
    for line in view.lines()? {
        for due in admission::due(view.line(&line), limit_of)? {
            if view.summary(due.run)?.is_some_and(|summary| summary.due.is_none()) {
                found.push(due);
            }
        }
    }
    Ok(found)
}

/// The places before a run's own in its line, in order. None of a run that is in no line.
pub(super) fn before_in_line(view: View<'_>, run: RunId) -> Result<Vec<PlaceInLine>, Fault> {
    let summary = view.summary(run)?;
    let Some((line, own)) = summary.as_ref().and_then(keys::place_in_line) else { return Ok(Vec::new()) };
    view.line(&line).take_while(|place| place.as_ref().map_or(true, |place| *place < own)).collect()
}

/// The runs whose id begins so, newest first.
pub(super) fn by_prefix(view: View<'_>, prefix: &str, limit: usize) -> Result<Vec<RunId>, Fault> {
    // Whole bytes of the prefix narrow the range; the rest of it is compared as text.
    let bytes = whole_bytes(prefix);
    let ending_with = |byte| keys::summary(RunId::new(uuid::Uuid::from_bytes(filled(&bytes, byte))));
    let (from, end) = (ending_with(0), [ending_with(u8::MAX), vec![0]].concat());
    let begins_so = |run: &Result<RunId, Fault>| run.as_ref().map_or(true, |run| run.to_string().starts_with(prefix));
    view.newest_first(from, end, None).filter(begins_so).take(limit).collect()
}

/// The pieces of a database, of which the last that was read is at hand.
struct Pieces<'database> {
    database: &'database ::sled::Db,
    last: Option<(PieceNumber, Vec<u8>)>,
}

impl Pieces<'_> {
    fn content(&mut self, place: Place) -> Result<Content<'_>, Fault> {
        let body = match self.last.take() {
            Some((number, body)) if number == place.piece => body,
            _ => piece::body(&disk::piece(self.database, place.piece)?)?.into_owned(),
        };
        let (_, body) = self.last.insert((place.piece, body));
        piece::content(body, place.slot)
    }
}

/// A list may have runs that left it, of which a crash took the notice.
fn fits(summary: &RunSummary, filter: &RunFilter) -> bool {
    filter.status.is_none_or(|status| status == summary.status)
        && filter.process.as_ref().is_none_or(|process| *process == summary.process)
}

fn whole_bytes(prefix: &str) -> Vec<u8> {
    let digits: Vec<char> = prefix.chars().filter(|character| *character != '-').collect();
    let pairs = digits.chunks_exact(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16));
    pairs.map_while(Result::ok).take(16).collect()
}

/// An id that begins with `bytes`, and goes on with `filler`.
fn filled(bytes: &[u8], filler: u8) -> [u8; 16] {
    let mut filled = [filler; 16];
    filled[..bytes.len()].copy_from_slice(bytes);
    filled
}
