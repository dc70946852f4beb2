//! What a call of the store's changes: turned into writes against what is there, and what waits for the same batch.

use std::collections::BTreeSet;

use super::{
    fault::Fault,
    keys,
    read::{self, Source},
    staged::Staged,
    value,
};
use crate::{
    id::{DefinitionHash, OperationId, RunId},
    journal::{self, EffectEntry, Entry, Record},
    store::{RunSummary, StoreError},
};

/// One call of `create` or `append`, made ready where it was called, so that the writer has little to do.
#[derive(Debug)]
pub(super) struct Change {
    run: RunId,
    sequence: u64,
    record: Vec<u8>,
    summary: Option<RunSummary>,
    /// Of a new run only.
    definition: Option<(DefinitionHash, String)>,
    effects: Vec<EffectChange>,
}

/// Why a change was not staged.
#[derive(Debug)]
pub(super) enum Rejection {
    /// It does not fit what is there. Nothing of it was staged.
    Refused(StoreError),
    /// What is there could not be read.
    Fault(Fault),
}

#[derive(Debug)]
enum EffectChange {
    Opened(Vec<u8>),
    Ended(Vec<u8>),
}

impl Change {
    /// A new run.
    pub(super) fn create(summary: &RunSummary, definition: &str, record: &Record) -> Result<Self, Fault> {
        let definition = Some((summary.definition.clone(), definition.to_owned()));
        Ok(Self { definition, ..Self::append(summary.run, record, Some(summary))? })
    }

    /// One more record of a run.
    pub(super) fn append(run: RunId, record: &Record, summary: Option<&RunSummary>) -> Result<Self, Fault> {
        let effects = record.entries.iter().filter_map(|entry| effect_change(run, entry)).collect();
        let bytes = journal::encode(record);
        let summary = summary.cloned();
        Ok(Self { run, sequence: record.sequence, record: bytes, summary, definition: None, effects })
    }

    /// Stages the writes. Repeating a change that is there already stages nothing, and is no error.
    pub(super) fn stage(&self, staged: &mut Staged<'_>) -> Result<(), Rejection> {
        let expected = staged.next_sequence(self.run)?;
        if self.sequence < expected && self.is_there(staged)? {
            return Ok(());
        }
        // Only `create` begins a journal: a run without a summary would be in no list.
        let begins = self.definition.is_some();
        if self.sequence != expected || begins != (expected == 0) {
            let (run, found) = (self.run, self.sequence);
            return Err(Rejection::Refused(StoreError::Sequence { run, expected, found }));
        }
        if let Some((hash, text)) = &self.definition {
            self.claim_key(staged)?;
            staged.put_value(keys::definition(hash), text.as_bytes())?;
        }
        staged.put_record(self.run, self.sequence, keys::record(self.run, self.sequence), &self.record)?;
        self.stage_effects(staged);
        self.stage_summary(staged)
    }

    /// Whether the same record has been written before.
    fn is_there(&self, staged: &Staged<'_>) -> Result<bool, Fault> {
        let there = staged.get(&keys::record(self.run, self.sequence))?;
        Ok(there.is_some_and(|stored| *stored == value::encode(&self.record).0))
    }

    fn claim_key(&self, staged: &mut Staged<'_>) -> Result<(), Rejection> {
        let Some(run_key) = self.summary.as_ref().and_then(|summary| summary.key.as_ref()) else { return Ok(()) };
        let place = keys::run_key(run_key);
        if staged.get(&place)?.is_some() {
            return Err(Rejection::Refused(StoreError::KeyTaken(run_key.clone())));
        }
        staged.put(place, self.run.as_bytes().to_vec());
        Ok(())
    }

    fn stage_effects(&self, staged: &mut Staged<'_>) {
        for effect in &self.effects {
            match effect {
                EffectChange::Opened(place) => staged.put(place.clone(), self.sequence.to_be_bytes().to_vec()),
                EffectChange::Ended(place) => staged.remove(place.clone()),
            }
        }
    }

    fn stage_summary(&self, staged: &mut Staged<'_>) -> Result<(), Rejection> {
        let Some(summary) = &self.summary else { return Ok(()) };
        let place = keys::summary(self.run);
        let before: Option<RunSummary> = read::json(staged, &place)?;
        if before.as_ref() == Some(summary) {
            return Ok(());
        }
        let (old, new) = (before.iter().flat_map(keys::index).collect::<Vec<_>>(), keys::index(summary));
        old.iter().filter(|key| !new.contains(key)).for_each(|key| staged.remove(key.clone()));
        new.into_iter().filter(|key| !old.contains(key)).for_each(|key| staged.put(key, Vec::new()));
        Ok(staged.put_value(place, &to_json(summary)?)?)
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Keeps the places of the effects that are open after `record`.
pub(super) fn follow_effects(run: RunId, record: &Record, open: &mut BTreeSet<Vec<u8>>) {
    for change in record.entries.iter().filter_map(|entry| effect_change(run, entry)) {
        match change {
            EffectChange::Opened(place) => open.insert(place),
            EffectChange::Ended(place) => open.remove(&place),
        };
    }
}

/// An effect in doubt stays open: a person has yet to say how it ended.
fn effect_change(run: RunId, entry: &Entry) -> Option<EffectChange> {
    let Entry::Effect(effect, entry) = entry else { return None };
    let place = keys::open_effect(&OperationId { run, effect: effect.clone() });
    match entry {
        EffectEntry::Intended { .. } => Some(EffectChange::Opened(place)),
        EffectEntry::Settled { .. } | EffectEntry::Decided { .. } => Some(EffectChange::Ended(place)),
        EffectEntry::InDoubt { .. } => None,
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| Fault::Damaged(format!("a value has no JSON form: {error}")))
}
