//! The index as one: what is recent over what the disk has.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
};

use jiff::Timestamp;

use super::{
    disk,
    fault::Fault,
    keys,
    place::Place,
    recent::{Recent, RecentRun},
};
use crate::{
    id::{DefinitionHash, RunId, RunKey},
    store::{Claim, DueRun, RunSummary, admission::PlaceInLine},
};

/// Where things lie, at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'view> {
    /// What is in memory, the newest first.
    layers: &'view [&'view Recent],
    database: &'view ::sled::Db,
}

impl<'view> View<'view> {
    /// The layers, the newest first, over the disk.
    pub(super) fn of(layers: &'view [&'view Recent], database: &'view ::sled::Db) -> Self {
        Self { layers, database }
    }

    /// The database below.
    pub(super) fn database(&self) -> &'view ::sled::Db {
        self.database
    }

    /// How many records a run has.
    pub(super) fn record_count(&self, run: RunId) -> Result<u64, Fault> {
        match self.recent(run).next() {
            Some(recent) => Ok(recent.count()),
            None if self.is_on_disk(run) => disk::record_count(self.database, run),
            None => Ok(0),
        }
    }

    /// Where one record of a run lies.
    pub(super) fn place(&self, run: RunId, sequence: u64) -> Result<Option<Place>, Fault> {
        let recent = self.recent(run).find_map(|recent| recent.place(sequence));
        match recent {
            None if self.is_on_disk(run) => disk::place(self.database, run, sequence),
            place => Ok(place),
        }
    }

    /// Where all records of a run lie, in order.
    pub(super) fn places(&self, run: RunId) -> Result<Vec<Place>, Fault> {
        let recent: Vec<&RecentRun> = self.recent(run).collect();
        let end = recent.last().map_or(u64::MAX, |oldest| oldest.first);
        let mut places = if self.is_on_disk(run) { disk::places(self.database, run, end)? } else { Vec::new() };
        for recent in recent.into_iter().rev() {
            if recent.first != places.len() as u64 {
                return Err(Fault::Damaged(format!("run {run} has no record {}", places.len())));
            }
            places.extend(&recent.places);
        }
        Ok(places)
    }

    /// The summary of a run.
    pub(super) fn summary(&self, run: RunId) -> Result<Option<RunSummary>, Fault> {
        let recent = self.recent(run).find_map(|recent| recent.summary.clone());
        match recent {
            None if self.is_on_disk(run) => disk::summary(self.database, run),
            summary => Ok(summary),
        }
    }

    /// Whether the disk lacks a run's summary as it is now, and its lists.
    pub(super) fn has_recent_summary(&self, run: RunId) -> bool {
        self.recent(run).any(|recent| recent.summary.is_some())
    }

    /// The newest claim of a run that goes on.
    pub(super) fn claim(&self, run: RunId) -> Result<Option<Claim>, Fault> {
        match self.layers_of(run).find_map(|layer| layer.claims.get(&run)) {
            None if self.is_on_disk(run) => disk::claim(self.database, run),
            claim => Ok(claim.cloned()),
        }
    }

    /// Where the messages of a run lie, those after number `after`, by their numbers.
    pub(super) fn messages(&self, run: RunId, after: u64) -> Result<BTreeMap<u64, Place>, Fault> {
        let on_disk = self.is_on_disk(run);
        let mut messages = if on_disk { disk::messages(self.database, run)? } else { BTreeMap::new() };
        messages.extend(self.layers_of(run).filter_map(|layer| layer.messages.get(&run)).flatten());
        Ok(messages.split_off(&after.saturating_add(1)))
    }

    /// The run with this key.
    pub(super) fn by_key(&self, key: &RunKey) -> Result<Option<RunId>, Fault> {
        let keys = self.layers.iter().enumerate().filter_map(|(depth, layer)| Some((depth, *layer.keys.get(key)?)));
        let mut kept = keys.filter(|(depth, run)| !is_pruned(&self.layers[..*depth], *run));
        match kept.next() {
            Some((_, run)) => Ok(Some(run)),
            None => Ok(disk::by_key(self.database, key)?.filter(|run| self.is_on_disk(*run))),
        }
    }

    /// Where a definition lies.
    pub(super) fn definition(&self, hash: &DefinitionHash) -> Result<Option<Place>, Fault> {
        let recent = self.layers.iter().find_map(|layer| layer.definitions.get(hash));
        recent.map_or_else(|| disk::definition(self.database, hash), |place| Ok(Some(*place)))
    }

    /// The runs whose keys on the disk are in the list from `from` on, less than `to`, and all whose summary is new: newest first,
    /// before `before`. Which of them are wanted their summaries tell.
    pub(super) fn newest_first(
        &self,
        from: Vec<u8>,
        to: Vec<u8>,
        before: Option<RunId>,
    ) -> impl Iterator<Item = Result<RunId, Fault>> + use<'_, 'view> {
        let disk = disk::range(self.database, from, to).rev().map(|item| run_of(&item?.0)).peekable();
        let recent = self.layers.iter().flat_map(|layer| &layer.runs).filter(|(_, recent)| recent.summary.is_some());
        let recent = recent.map(|(run, _)| *run).filter(|run| before.is_none_or(|before| *run < before));
        let recent: BTreeSet<RunId> = recent.collect();
        let all = NewestFirst { disk, recent: recent.into_iter().rev().peekable() };
        all.filter(move |run| run.as_ref().map_or(true, |run| self.is_there(*run)))
    }

    /// The runs that are due at `until` or before by a summary that the disk lacks, the first first.
    pub(super) fn recently_due(&self, until: Timestamp) -> impl Iterator<Item = DueRun> {
        let layers = self.layers.iter().enumerate();
        let due = layers.flat_map(move |(depth, layer)| {
            let is_newest =
                move |due: &&DueRun| !self.layers[..depth].iter().any(|above| above.summary(due.run).is_some());
            layer.due.iter().take_while(move |due| due.at <= until).filter(is_newest).copied()
        });
        due.collect::<BTreeSet<_>>().into_iter()
    }

    /// The places of a line, in order.
    pub(super) fn line(&self, line: &[u8]) -> impl Iterator<Item = Result<PlaceInLine, Fault>> + use<'_, 'view> {
        let (of_line, view) = (line.to_vec(), *self);
        let on_disk =
            disk::scan(self.database, of_line.clone()).filter_map(move |item| view.place_on_disk(item).transpose());
        let in_memory = self.layers.iter().enumerate().map(move |(depth, layer)| {
            let is_newest = move |place: &&PlaceInLine| {
                !view.layers[..depth].iter().any(|above| above.summary(place.run).is_some())
            };
            layer.lines.get(&of_line).into_iter().flatten().filter(is_newest).copied().map(Ok)
        });
        let in_memory = in_memory.map(|places| Box::new(places) as Places<'view>);
        let parts = in_memory.chain([Box::new(on_disk) as Places<'view>]).map(Iterator::peekable);
        Merged { parts: parts.collect() }
    }

    /// The place that a key of a line on the disk tells of, unless memory knows better. A line may have runs that left it, of which a crash
    /// took the notice.
    fn place_on_disk(&self, item: disk::Item) -> Result<Option<PlaceInLine>, Fault> {
        let (key, _) = item?;
        let run = run_of(&key)?;
        if self.has_recent_summary(run) || !self.is_on_disk(run) {
            return Ok(None);
        }
        let summary = disk::summary(self.database, run)?;
        let is_there = |summary: &RunSummary| keys::in_line(summary).as_deref() == Some(&key);
        Ok(summary.filter(is_there).as_ref().and_then(PlaceInLine::of))
    }

    /// The keys of all lines that somebody may be in.
    pub(super) fn lines(&self) -> Result<BTreeSet<Vec<u8>>, Fault> {
        let mut found: BTreeSet<Vec<u8>> = self.layers.iter().flat_map(|layer| layer.lines.keys().cloned()).collect();
        let (mut from, end) = (keys::all_lines(), keys::end_of_lines());
        while let Some(item) = disk::range(self.database, from, end.clone()).next() {
            let line =
                keys::line_of(&item?.0).ok_or_else(|| Fault::Damaged("a list has a key of no run".to_owned()))?;
            from = keys::end_of_line(&line);
            found.insert(line);
        }
        Ok(found)
    }

    fn recent(&self, run: RunId) -> impl Iterator<Item = &'view RecentRun> {
        self.layers_of(run).filter_map(move |layer| layer.runs.get(&run))
    }

    /// The layers that say something of a run: those from which it was pruned, and below, do not.
    fn layers_of(&self, run: RunId) -> impl Iterator<Item = &'view Recent> + use<'view> {
        let pruned = self.layers.iter().position(|layer| layer.pruned.contains(&run));
        let end = pruned.map_or(self.layers.len(), |depth| depth + 1);
        self.layers[..end].iter().copied()
    }

    /// Whether what the disk has of a run counts.
    fn is_on_disk(&self, run: RunId) -> bool {
        !is_pruned(self.layers, run)
    }

    /// Whether a run was pruned, and the disk has it still.
    pub(super) fn was_pruned_lately(&self, run: RunId) -> bool {
        is_pruned(self.layers, run)
    }

    /// Whether a run that is in a list was not pruned since.
    fn is_there(&self, run: RunId) -> bool {
        self.is_on_disk(run) || self.recent(run).next().is_some()
    }
}

fn is_pruned(layers: &[&Recent], run: RunId) -> bool {
    layers.iter().any(|layer| layer.pruned.contains(&run))
}

fn run_of(key: &[u8]) -> Result<RunId, Fault> {
    keys::run_at_end(key).ok_or_else(|| Fault::Damaged("a list has a key of no run".to_owned()))
}

/// Places of a line, in order.
type Places<'view> = Box<dyn Iterator<Item = Result<PlaceInLine, Fault>> + 'view>;

/// Ascending sequences as one.
struct Merged<'view> {
    parts: Vec<Peekable<Places<'view>>>,
}

impl Iterator for Merged<'_> {
    type Item = Result<PlaceInLine, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = |part: &mut Peekable<Places<'_>>| part.peek().map(|place| place.as_ref().ok().copied());
        // A fault comes before all places.
        let (_, next) =
            self.parts.iter_mut().enumerate().filter_map(|(number, part)| Some((first(part)?, number))).min()?;
        self.parts[next].next()
    }
}

/// Two descending sequences as one, in which each run is once.
struct NewestFirst<Disk: Iterator, Memory: Iterator> {
    disk: Peekable<Disk>,
    recent: Peekable<Memory>,
}

impl<Disk, Memory> Iterator for NewestFirst<Disk, Memory>
where
    Disk: Iterator<Item = Result<RunId, Fault>>,
    Memory: Iterator<Item = RunId>,
{
    type Item = Result<RunId, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let on_disk = match self.disk.peek() {
            Some(Err(_)) => return self.disk.next(),
            Some(Ok(run)) => Some(*run),
            None => None,
        };
        let newest = on_disk.max(self.recent.peek().copied())?;
        self.disk.next_if(|run| *run == Ok(newest));
        self.recent.next_if_eq(&newest);
        Some(Ok(newest))
    }
}
