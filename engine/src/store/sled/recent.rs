//! What was written lately: the index in memory, until a checkpoint takes it to the disk.

use std::collections::{BTreeMap, BTreeSet};

use super::{keys, place::Place};
use crate::{
    id::{DefinitionHash, RunId, RunKey},
    store::{Claim, DueRun, RunSummary, admission::PlaceInLine},
};

/// Where the newest records lie, and what they changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    pub(super) runs: BTreeMap<RunId, RecentRun>,
    pub(super) keys: BTreeMap<RunKey, RunId>,
    pub(super) definitions: BTreeMap<DefinitionHash, Place>,
    /// The newest claims.
    pub(super) claims: BTreeMap<RunId, Claim>,
    /// Where messages lie, by their numbers.
    pub(super) messages: BTreeMap<RunId, BTreeMap<u64, Place>>,
    /// The runs of which there is a summary here, that are due, by the newest of these.
    pub(super) due: BTreeSet<DueRun>,
    /// The places of runs of which there is a summary here, by the newest of these, by the keys of their lines.
    pub(super) lines: BTreeMap<Vec<u8>, BTreeSet<PlaceInLine>>,
    /// The runs of which nothing counts that is older than what is here.
    pub(super) pruned: BTreeSet<RunId>,
}

/// What is new of a run.
#[derive(Clone, Debug)]
pub(super) struct RecentRun {
    /// The number of the first record that is in `places`; all after it are there too.
    pub(super) first: u64,
    pub(super) places: Vec<Place>,
    /// The run's summary, if that has changed.
    pub(super) summary: Option<RunSummary>,
}

impl RecentRun {
    /// How many records the run has.
    pub(super) fn count(&self) -> u64 {
        self.first + self.places.len() as u64
    }

    /// Where a record lies; `None` if it is not new.
    pub(super) fn place(&self, sequence: u64) -> Option<Place> {
        let index = usize::try_from(sequence.checked_sub(self.first)?).ok()?;
        self.places.get(index).copied()
    }
}

impl Recent {
    /// A run's next record lies at `place`. Whether it follows the one before, as far as that is here.
    pub(super) fn add_record(&mut self, run: RunId, sequence: u64, place: Place) -> bool {
        let none = RecentRun { first: sequence, places: Vec::new(), summary: None };
        let recent = self.runs.entry(run).or_insert(none);
        let follows = recent.count() == sequence;
        recent.places.push(place);
        follows
    }

    /// The newest summary of a run that has a record here.
    pub(super) fn set_summary(&mut self, summary: RunSummary) {
        if let Some(key) = &summary.key {
            self.keys.insert(key.clone(), summary.run);
        }
        if let Some(recent) = self.runs.get_mut(&summary.run) {
            let (due, place) = (due(&summary), keys::place_in_line(&summary));
            let before = recent.summary.replace(summary);
            self.set_lists(before, due);
            if let Some((line, place)) = place {
                self.lines.entry(line).or_default().insert(place);
            }
        }
    }

    /// A run leaves the lists that it was in, and is due `now`.
    fn set_lists(&mut self, before: Option<RunSummary>, now: Option<DueRun>) {
        if let Some(before) = before.as_ref().and_then(due) {
            self.due.remove(&before);
        }
        self.due.extend(now);
        if let Some((line, place)) = before.as_ref().and_then(keys::place_in_line)
            && let Some(places) = self.lines.get_mut(&line)
        {
            places.remove(&place);
            if places.is_empty() {
                self.lines.remove(&line);
            }
        }
    }

    /// The newest summary of a run, if it is new.
    pub(super) fn summary(&self, run: RunId) -> Option<&RunSummary> {
        self.runs.get(&run)?.summary.as_ref()
    }

    /// Whether a run has ended, by a summary that is new.
    pub(super) fn has_ended(&self, run: RunId) -> bool {
        self.summary(run).is_some_and(|summary| summary.ended_at.is_some())
    }

    /// A definition lies at `place`.
    pub(super) fn add_definition(&mut self, hash: DefinitionHash, place: Place) {
        self.definitions.insert(hash, place);
    }

    /// The newest claim of a run.
    pub(super) fn add_claim(&mut self, claim: Claim) {
        self.claims.insert(claim.run, claim);
    }

    /// A message of a run lies at `place`.
    pub(super) fn add_message(&mut self, run: RunId, number: u64, place: Place) {
        self.messages.entry(run).or_default().insert(number, place);
    }

    /// A run is forgotten.
    pub(super) fn prune(&mut self, run: RunId) {
        if let Some(summary) = self.runs.remove(&run).and_then(|recent| recent.summary) {
            self.set_lists(Some(summary.clone()), None);
            if let Some(key) = summary.key.filter(|key| self.keys.get(key) == Some(&run)) {
                self.keys.remove(&key);
            }
        }
        self.claims.remove(&run);
        self.messages.remove(&run);
        self.pruned.insert(run);
    }

    /// Takes in what is newer than all that is here.
    pub(super) fn take_in(&mut self, newer: Self) {
        // In which lists those are that have a newer summary `newer` says: its own are all of them.
        let Self { runs, keys, definitions, claims, messages, due: newly_due, lines, pruned } = newer;
        pruned.into_iter().for_each(|run| self.prune(run));
        for (run, newer) in runs {
            match self.runs.get_mut(&run) {
                None => drop(self.runs.insert(run, newer)),
                Some(known) => {
                    known.places.extend(newer.places);
                    if let Some(summary) = newer.summary {
                        let before = known.summary.replace(summary);
                        self.set_lists(before, None);
                    }
                }
            }
        }
        self.due.extend(newly_due);
        for (line, places) in lines {
            self.lines.entry(line).or_default().extend(places);
        }
        self.keys.extend(keys);
        self.definitions.extend(definitions);
        self.claims.extend(claims);
        for (run, places) in messages {
            self.messages.entry(run).or_default().extend(places);
        }
    }
}

fn due(summary: &RunSummary) -> Option<DueRun> {
    summary.due.map(|at| DueRun { at, run: summary.run })
}
