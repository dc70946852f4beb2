//! Whether all that was written is there: every group is read and held to the chain, and the index to what the groups say.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    content::Content,
    disk,
    fault::Fault,
    groups, keys,
    piece::Head,
    read,
    recent::{Recent, RecentRun},
    view::View,
};
use crate::{
    id::RunId,
    journal::{Entry, RunEntry},
};

/// What a store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreCounts {
    /// How many runs.
    pub runs: u64,
    /// How many records, of all runs together.
    pub records: u64,
}

/// Reads everything.
pub(super) fn check(view: View<'_>) -> Result<StoreCounts, Fault> {
    let written = Written::read(view.database())?;
    for (run, recent) in &written.index.runs {
        check_run(view, *run, recent, written.over.contains(run))?;
    }
    for (key, run) in &written.index.keys {
        if view.by_key(key)? != Some(*run) {
            return Err(lost(*run, "key"));
        }
    }
    for (hash, place) in &written.index.definitions {
        if view.definition(hash)? != Some(*place) {
            return Err(Fault::Damaged(format!("its index has lost the definition {hash}")));
        }
        read::definition(view.database(), hash, *place)?;
    }
    check_lists(view, &written.index.runs)?;
    check_who_is_heard(view, &written.index)?;
    let records = written.index.runs.values().map(RecentRun::count).sum();
    Ok(StoreCounts { runs: written.index.runs.len() as u64, records })
}

/// What the groups say.
#[derive(Default)]
struct Written {
    /// As the index should be.
    index: Recent,
    /// The runs that are over.
    over: BTreeSet<RunId>,
}

impl Written {
    fn read(database: &::sled::Db) -> Result<Self, Fault> {
        let mut written = Self::default();
        for piece in groups::after(database, Head::default()) {
            piece?.each(|place, content| {
                groups::learn(database, &mut written.index, place, content)?;
                if let Content::Record { run, record, .. } = *content
                    && ends_run(&read::decode(database, record)?.entries)
                {
                    written.over.insert(run);
                }
                Ok(())
            })?;
        }
        Ok(written)
    }
}

fn ends_run(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| matches!(entry, Entry::Run(RunEntry::Ended { .. })))
}

fn check_run(view: View<'_>, run: RunId, written: &RecentRun, is_over: bool) -> Result<(), Fault> {
    if written.first != 0 || view.places(run)? != written.places {
        return Err(lost(run, "records in the index"));
    }
    let summary = written.summary.as_ref().ok_or_else(|| lost(run, "summary"))?;
    if view.summary(run)?.as_ref() != Some(summary) || is_over != summary.ended_at.is_some() {
        return Err(lost(run, "newest summary"));
    }
    match view.definition(&summary.definition)? {
        Some(_) => Ok(()),
        None => Err(lost(run, "definition")),
    }
}

/// Lists may have runs that left them, and lack none.
fn check_lists(view: View<'_>, runs: &BTreeMap<RunId, RecentRun>) -> Result<(), Fault> {
    for (run, written) in runs.iter().filter(|(run, _)| !view.has_recent_summary(**run)) {
        for key in written.summary.iter().flat_map(keys::lists_of) {
            disk::get(view.database(), &key)?.ok_or_else(|| lost(*run, "place in a list"))?;
        }
    }
    for run in view.newest_first(keys::summaries(), keys::end_of(&keys::summaries(), None), None) {
        let run = run?;
        if !runs.contains_key(&run) {
            return Err(lost(run, "records"));
        }
    }
    Ok(())
}

/// Of a run that has ended neither claim nor messages need be there.
fn check_who_is_heard(view: View<'_>, written: &Recent) -> Result<(), Fault> {
    for (run, claim) in written.claims.iter().filter(|(run, _)| !written.has_ended(**run)) {
        if view.claim(*run)?.as_ref() != Some(claim) {
            return Err(lost(*run, "newest claim"));
        }
    }
    for (run, messages) in written.messages.iter().filter(|(run, _)| !written.has_ended(**run)) {
        if view.messages(*run, 0)? != *messages {
            return Err(lost(*run, "messages"));
        }
        read::messages(view, *run, 0)?;
    }
    Ok(())
}

fn lost(run: RunId, what: &str) -> Fault {
    Fault::Damaged(format!("run {run} has lost its {what}"))
}
