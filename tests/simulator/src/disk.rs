//! A store that forgets what was not synced when its process dies, as a log does: the end of it is gone, more or less of it.

use std::collections::{BTreeMap, BTreeSet};

use flowrun_engine::{
    activity::Settlement,
    id::EffectId,
    journal::{EffectEntry, Entry, Record, Signal, decode, encode},
};

use crate::{plant::Plant, random::Seeded};

/// A run, by its number.
pub(crate) type Run = u64;

/// What lies on the disk, and what is on its way there.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    durable: BTreeMap<Run, Vec<Vec<u8>>>,
    riding: Vec<(Run, Record)>,
    /// The intents on the disk.
    intents: BTreeSet<(Run, EffectId)>,
    /// The messages to each run.
    inboxes: BTreeMap<Run, Vec<Signal>>,
}

impl Disk {
    /// A record is on its way.
    pub(crate) fn append(&mut self, run: Run, record: Record) {
        self.riding.push((run, record));
    }

    /// A message to a run is on the disk.
    pub(crate) fn post(&mut self, run: Run, signal: Signal) {
        self.inboxes.entry(run).or_default().push(signal);
    }

    /// The messages to a run after number `after`, with their numbers.
    pub(crate) fn inbox(&self, run: Run, after: u64) -> impl Iterator<Item = (u64, &Signal)> {
        let messages = (1..).zip(self.inboxes.get(&run).into_iter().flatten());
        messages.filter(move |(number, _)| *number > after)
    }

    /// All that is on its way is on the disk now.
    pub(crate) fn sync(&mut self, plant: Option<Plant>) {
        for (run, record) in std::mem::take(&mut self.riding) {
            self.keep(run, record, plant);
        }
    }

    fn keep(&mut self, run: Run, mut record: Record, plant: Option<Plant>) {
        if plant == Some(Plant::ForgottenEntry) {
            let is_settled = |entry: &Entry| matches!(entry, Entry::Effect(_, EffectEntry::Settled { .. }));
            if let Some(place) = record.entries.iter().position(is_settled) {
                record.entries.remove(place);
            }
        }
        let intended = record.entries.iter().filter_map(|entry| match entry {
            Entry::Effect(effect, EffectEntry::Intended { .. }) => Some((run, effect.clone())),
            _ => None,
        });
        self.intents.extend(intended);
        self.durable.entry(run).or_default().push(encode(&record));
    }

    /// Nothing arrives of what was on its way.
    pub(crate) fn forget_riding(&mut self) {
        self.riding.clear();
    }

    /// The process dies: of what was on its way, the beginning may have arrived.
    pub(crate) fn crash(&mut self, random: &Seeded, plant: Option<Plant>) {
        let riding = std::mem::take(&mut self.riding);
        let arrived = usize::try_from(random.below(riding.len() as u64 + 1)).expect("it is no more than a length");
        let kept: Vec<_> = match plant {
            Some(Plant::ReorderedRecords) => riding.into_iter().rev().take(arrived).collect(),
            _ => riding.into_iter().take(arrived).collect(),
        };
        kept.into_iter().for_each(|(run, record)| self.keep(run, record, plant));
        if plant == Some(Plant::LyingDisk) && random.once_in(2) {
            for records in self.durable.values_mut().filter(|records| records.len() > 1) {
                records.pop();
            }
        }
    }

    /// Whether the intent of an effect is on the disk.
    pub(crate) fn has_intent(&self, run: Run, effect: &EffectId) -> bool {
        self.intents.contains(&(run, effect.clone()))
    }

    /// Whether the outcome of something newly made is on its way only.
    pub(crate) fn rides_made(&self, run: Run, creates: impl Fn(&EffectId) -> bool) -> bool {
        let of_run = self.riding.iter().filter(|(of, _)| *of == run);
        of_run.flat_map(|(_, record)| &record.entries).any(|entry| match entry {
            Entry::Effect(effect, EffectEntry::Settled { settlement: Settlement::Happened(_), .. }) => creates(effect),
            _ => false,
        })
    }

    /// The journal of a run as it lies on the disk.
    pub(crate) fn journal(&self, run: Run) -> Result<Vec<Record>, String> {
        let mut journal = Vec::new();
        for bytes in self.durable.get(&run).into_iter().flatten() {
            let record = decode(bytes).map_err(|error| format!("a record cannot be read: {error}"))?;
            if record.sequence != journal.len() as u64 {
                return Err(format!("record {} is missing", journal.len()));
            }
            journal.push(record);
        }
        Ok(journal)
    }
}
