//! Whether all that was written is there: every group is read and held to the chain, and the index to what the groups say. All faults are
//! found, not the first alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    content::Content,
    disk,
    fault::Fault,
    groups, keys,
    piece::{self, Head},
    place::{PieceNumber, Place},
    read,
    recent::{Recent, RecentRun},
    view::View,
};
use crate::{
    id::{DefinitionHash, RunId},
    journal::{Entry, RunEntry},
    store::StoreCounts,
};

/// More faults are counted only.
const MOST_FAULTS: usize = 200;

/// Something that is wrong in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFault {
    /// Of which run; `None` if that is not known, or it is of no run.
    pub run: Option<RunId>,
    /// What, with the run and the record.
    pub what: String,
    /// Whether it is in the index only, which can be made anew.
    pub is_of_index: bool,
}

/// What was found in a store of which everything was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// What it has, as its groups of records tell.
    pub counts: StoreCounts,
    /// What is wrong, in the order in which it was found.
    pub faults: Vec<StoreFault>,
    /// How many more faults there are than are listed.
    pub more: u64,
}

impl Inspection {
    /// Whether there are faults, and making the index anew mends them all.
    pub fn only_the_index_is_wrong(&self) -> bool {
        !self.faults.is_empty() && self.more == 0 && self.faults.iter().all(|fault| fault.is_of_index)
    }

    /// Notes what is wrong; only what keeps everything from being read is given back.
    fn note(&mut self, run: Option<RunId>, is_of_index: bool, found: Result<(), Fault>) -> Result<(), Fault> {
        match found {
            Err(Fault::Damaged(_)) if self.faults.len() == MOST_FAULTS => self.more += 1,
            Err(Fault::Damaged(what)) => self.faults.push(StoreFault { run, what, is_of_index }),
            other => return other,
        }
        Ok(())
    }
}

/// Reads everything; the first fault is given back.
pub(super) fn check(view: View<'_>) -> Result<StoreCounts, Fault> {
    Ok(check_all(view)?.counts)
}

/// The same, and says which definitions are needed.
pub(super) fn check_all(view: View<'_>) -> Result<Whole, Fault> {
    let (Inspection { counts, faults, .. }, definitions) = inspect_all(view)?;
    match faults.into_iter().next() {
        Some(fault) => Err(Fault::Damaged(fault.what)),
        None => Ok(Whole { counts, definitions }),
    }
}

/// A store in which nothing is wrong.
pub(super) struct Whole {
    /// What it has.
    pub(super) counts: StoreCounts,
    /// The definitions that its runs have, and had before they were retried.
    pub(super) definitions: BTreeSet<DefinitionHash>,
}

/// Reads everything, and says all that is wrong.
pub(super) fn inspect(view: View<'_>) -> Result<Inspection, Fault> {
    Ok(inspect_all(view)?.0)
}

fn inspect_all(view: View<'_>) -> Result<(Inspection, BTreeSet<DefinitionHash>), Fault> {
    let mut found = Inspection::default();
    let written = Written::read(view.database(), &mut found)?;
    for (run, recent) in written.index.runs.iter().filter(|(run, _)| !written.broken.contains(run)) {
        found.note(Some(*run), false, check_end(*run, recent, written.over.contains(run)))?;
        found.note(Some(*run), true, check_run(view, *run, recent))?;
        let named = written.definitions.get(run).into_iter().flatten();
        found.note(Some(*run), true, check_definitions(view, *run, named))?;
    }
    for (key, run) in &written.index.keys {
        found.note(Some(*run), true, view.by_key(key).and_then(|of| is_there(of == Some(*run), *run, "key")))?;
    }
    for (hash, place) in &written.index.definitions {
        let lost = || Fault::Damaged(format!("its index has lost the definition {hash}"));
        let indexed = view.definition(hash).and_then(|at| if at == Some(*place) { Ok(()) } else { Err(lost()) });
        found.note(None, true, indexed)?;
        found.note(None, false, read::definition(view.database(), hash, *place).map(drop))?;
    }
    check_lists(view, &written.index.runs, &mut found)?;
    check_strangers(view, &written.index, &mut found)?;
    check_who_is_heard(view, &written, &mut found)?;
    let records = written.index.runs.values().map(RecentRun::count).sum();
    found.counts = StoreCounts { runs: written.index.runs.len() as u64, records };
    Ok((found, written.definitions.into_values().flatten().collect()))
}

/// What the groups say.
#[derive(Default)]
struct Written {
    /// As the index should be.
    index: Recent,
    /// The runs that are over.
    over: BTreeSet<RunId>,
    /// The runs whose records are not all there: of them nothing more is said.
    broken: BTreeSet<RunId>,
    /// The runs that were over and went on.
    retried: BTreeSet<RunId>,
    /// The definitions that records of runs name.
    definitions: BTreeMap<RunId, BTreeSet<DefinitionHash>>,
}

impl Written {
    fn read(database: &::sled::Db, found: &mut Inspection) -> Result<Self, Fault> {
        let mut written = Self::default();
        let mut head = Head::default();
        for item in disk::scan(database, keys::pieces()) {
            let (key, stored) = item?;
            let number = keys::piece_number(&key)
                .ok_or_else(|| Fault::Damaged("a group of records has no number".to_owned()))?;
            found.note(None, false, head.go_on(number, &stored).map(drop))?;
            // What follows is held to the piece as it says itself that it is.
            head = Head::told(number, &stored).unwrap_or(Head { number, ..head });
            let read = written.read_piece(database, (number, &stored), found);
            found.note(None, false, read)?;
        }
        Ok(written)
    }

    fn read_piece(
        &mut self,
        database: &::sled::Db,
        (number, stored): (PieceNumber, &[u8]),
        found: &mut Inspection,
    ) -> Result<(), Fault> {
        for (place, content) in piece::contents(number, &piece::body(stored)?)? {
            let run = run_of(&content);
            let learnt = self.learn(database, place, &content);
            if learnt.is_err() {
                self.broken.extend(run);
            }
            found.note(run, false, learnt)?;
        }
        Ok(())
    }

    fn learn(&mut self, database: &::sled::Db, place: Place, content: &Content<'_>) -> Result<(), Fault> {
        groups::learn(database, &mut self.index, place, content)?;
        match *content {
            Content::Record { run, sequence, record, .. } => {
                let record = read::decode(database, record).map_err(|fault| in_record(run, sequence, fault))?;
                self.hear(run, &record.entries);
            }
            Content::Pruned { run, .. } => {
                self.over.remove(&run);
                self.broken.remove(&run);
                self.definitions.remove(&run);
            }
            Content::Claim(_) | Content::Message { .. } | Content::Definition { .. } => {}
        }
        Ok(())
    }

    fn hear(&mut self, run: RunId, entries: &[Entry]) {
        for entry in entries {
            if matches!(entry, Entry::Run(RunEntry::Ended { .. })) {
                self.over.insert(run);
            } else if let Entry::Run(RunEntry::Retried { .. }) = entry {
                self.over.remove(&run);
                self.retried.insert(run);
            }
            if let Some(definition) = entry.names_definition() {
                self.definitions.entry(run).or_default().insert(definition.clone());
            }
        }
    }
}

fn run_of(content: &Content<'_>) -> Option<RunId> {
    match *content {
        Content::Record { run, .. } | Content::Message { run, .. } | Content::Pruned { run, .. } => Some(run),
        Content::Claim(ref claim) => Some(claim.run),
        Content::Definition { .. } => None,
    }
}

fn in_record(run: RunId, sequence: u64, fault: Fault) -> Fault {
    if let Fault::Damaged(what) = fault {
        return Fault::Damaged(format!("run {run}, record {sequence}: {what}"));
    }
    fault
}

fn in_index(run: RunId, what: &str, fault: Fault) -> Fault {
    if let Fault::Damaged(why) = fault {
        return Fault::Damaged(format!("the {what} of run {run} in the index cannot be read: {why}"));
    }
    fault
}

/// Whether the summary that was written with a run's records says of its end what these say.
fn check_end(run: RunId, written: &RecentRun, is_over: bool) -> Result<(), Fault> {
    let summary = written.summary.as_ref().ok_or_else(|| lost(run, "summary"))?;
    if written.first != 0 {
        return Err(lost(run, "first records"));
    }
    if is_over != summary.ended_at.is_some() { Err(lost(run, "newest summary")) } else { Ok(()) }
}

fn check_run(view: View<'_>, run: RunId, written: &RecentRun) -> Result<(), Fault> {
    if view.places(run).map_err(|fault| in_index(run, "records", fault))? != written.places {
        return Err(lost(run, "records in the index"));
    }
    if view.summary(run).map_err(|fault| in_index(run, "summary", fault))? != written.summary {
        return Err(lost(run, "newest summary"));
    }
    let Some(summary) = &written.summary else { return Ok(()) };
    check_definitions(view, run, [&summary.definition].into_iter())
}

fn check_definitions<'a>(
    view: View<'_>,
    run: RunId,
    mut named: impl Iterator<Item = &'a DefinitionHash>,
) -> Result<(), Fault> {
    named.try_for_each(|definition| is_there(view.definition(definition)?.is_some(), run, "definition"))
}

/// Lists may have runs that left them, and lack none.
fn check_lists(view: View<'_>, runs: &BTreeMap<RunId, RecentRun>, found: &mut Inspection) -> Result<(), Fault> {
    for (run, written) in runs.iter().filter(|(run, _)| !view.has_recent_summary(**run)) {
        for key in written.summary.iter().flat_map(keys::lists_of) {
            let listed = disk::get(view.database(), &key)?.map(drop).ok_or_else(|| lost(*run, "place in a list"));
            found.note(Some(*run), true, listed)?;
        }
    }
    for run in view.newest_first(keys::summaries(), keys::end_of(&keys::summaries(), None), None) {
        let listed = run.as_ref().ok().copied();
        let is_known = run.and_then(|run| is_there(runs.contains_key(&run), run, "records"));
        found.note(listed, true, is_known)?;
        // What cannot be read need not have an end.
        if listed.is_none() {
            break;
        }
    }
    Ok(())
}

/// What the index on the disk has of runs that no group knows. Runs that were pruned lately leave it later.
fn check_strangers(view: View<'_>, written: &Recent, found: &mut Inspection) -> Result<(), Fault> {
    let unknown = |run: &RunId| !written.runs.contains_key(run) && !view.was_pruned_lately(*run);
    let named: BTreeMap<_, _> = written.keys.iter().map(|(key, run)| (keys::run_key(key), *run)).collect();
    for item in disk::scan(view.database(), keys::run_keys()) {
        let (key, value) = item?;
        let run = keys::run_at_end(&value);
        let is_right = named.get(key.as_ref()).copied() == run || run.is_some_and(|run| view.was_pruned_lately(run));
        let stranger = || Fault::Damaged("its index has a run key that no run has".to_owned());
        found.note(run, true, if is_right { Ok(()) } else { Err(stranger()) })?;
    }
    let mut last = None;
    for item in disk::scan(view.database(), keys::all_records()) {
        let run = keys::run_of_records(&item?.0);
        if run != last
            && let Some(run) = run.filter(&unknown)
        {
            let what = format!("its index has records of run {run}, of which nothing was written");
            found.note(Some(run), true, Err(Fault::Damaged(what)))?;
        }
        last = run;
    }
    Ok(())
}

/// Of a run that has ended neither claim nor messages need be there, but for the newest message.
fn check_who_is_heard(view: View<'_>, all: &Written, found: &mut Inspection) -> Result<(), Fault> {
    let written = &all.index;
    for (run, claim) in written.claims.iter().filter(|(run, _)| !written.has_ended(**run)) {
        let newest = view.claim(*run);
        found.note(
            Some(*run),
            true,
            newest.and_then(|of| is_there(of.as_ref() == Some(claim), *run, "newest claim")),
        )?;
    }
    for (run, messages) in &written.messages {
        let has_all = |kept: &BTreeMap<u64, Place>| match written.has_ended(*run) || all.retried.contains(run) {
            false => kept == messages,
            // An earlier version kept none.
            true => kept.is_empty() || kept.last_key_value() == messages.last_key_value(),
        };
        let indexed = view.messages(*run, 0).and_then(|kept| is_there(has_all(&kept), *run, "messages"));
        if indexed.is_ok() {
            found.note(Some(*run), false, read::messages(view, *run, 0).map(drop))?;
        }
        found.note(Some(*run), true, indexed)?;
    }
    Ok(())
}

fn is_there(holds: bool, run: RunId, what: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(lost(run, what)) }
}

fn lost(run: RunId, what: &str) -> Fault {
    Fault::Damaged(format!("run {run} has lost its {what}"))
}
