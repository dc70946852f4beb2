//! A store that forgets with the process: for tests, simulations and embedders without a disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use jiff::Timestamp;

use super::{Acknowledged, Barrier, DueRun, RunFilter, RunPage, RunSummary, Store, StoreError, Watch, watch::Watches};
use crate::{
    id::{DefinitionHash, RunId, RunKey},
    journal::Record,
};

/// Keeps runs in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    contents: Mutex<Contents>,
    watches: Watches,
}

#[derive(Debug, Default)]
struct Contents {
    definitions: BTreeMap<DefinitionHash, String>,
    runs: BTreeMap<RunId, (RunSummary, Vec<Record>)>,
    keys: BTreeMap<RunKey, RunId>,
    due: BTreeSet<DueRun>,
}

impl Contents {
    /// Puts a run where it is due by its summary, and takes it away from where it was by the one before.
    fn set_due(&mut self, before: Option<&RunSummary>, summary: &RunSummary) {
        let due = |summary: &RunSummary| summary.due.map(|at| DueRun { at, run: summary.run });
        if let Some(before) = before.and_then(due) {
            self.due.remove(&before);
        }
        self.due.extend(due(summary));
    }
}

impl MemoryStore {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        // A panic elsewhere leaves no half of a change behind: each is one insertion.
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, run: RunId, summary: Option<&RunSummary>) {
        self.watches.tell_run(run);
        if summary.is_some_and(|summary| summary.due.is_some()) {
            self.watches.tell_due();
        }
    }

    fn keep_run(&self, summary: &RunSummary, definition: &str, record: &Record) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let journal = contents.runs.get(&summary.run).map(|(_, journal)| journal);
        if journal.and_then(|journal| journal.first()) == Some(record) {
            return Ok(());
        }
        let expected = journal.map_or(0, Vec::len) as u64;
        if expected > 0 || record.sequence > 0 {
            return Err(StoreError::Sequence { run: summary.run, expected, found: record.sequence });
        }
        if let Some(key) = &summary.key {
            if contents.keys.contains_key(key) {
                return Err(StoreError::KeyTaken(key.clone()));
            }
            contents.keys.insert(key.clone(), summary.run);
        }
        contents.definitions.insert(summary.definition.clone(), definition.to_owned());
        contents.set_due(None, summary);
        contents.runs.insert(summary.run, (summary.clone(), vec![record.clone()]));
        Ok(())
    }

    fn keep_record(&self, run: RunId, record: &Record, summary: Option<&RunSummary>) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let missing = StoreError::Sequence { run, expected: 0, found: record.sequence };
        let (kept_summary, journal) = contents.runs.get_mut(&run).ok_or(missing)?;
        let expected = journal.len() as u64;
        let place = usize::try_from(record.sequence).ok();
        if place.and_then(|place| journal.get(place)).is_some_and(|kept| kept == record) {
            return Ok(());
        }
        if record.sequence != expected {
            return Err(StoreError::Sequence { run, expected, found: record.sequence });
        }
        journal.push(record.clone());
        if let Some(summary) = summary {
            let before = std::mem::replace(kept_summary, summary.clone());
            contents.set_due(Some(&before), summary);
        }
        Ok(())
    }
}

/// Nothing is more durable later.
#[async_trait]
impl Store for MemoryStore {
    fn create(&self, summary: &RunSummary, definition: &str, record: &Record, _: Barrier) -> Acknowledged {
        let kept = self.keep_run(summary, definition, record);
        self.tell(summary.run, Some(summary));
        Box::pin(ready(kept))
    }

    fn append(&self, run: RunId, record: &Record, summary: Option<&RunSummary>, _: Barrier) -> Acknowledged {
        let kept = self.keep_record(run, record, summary);
        self.tell(run, summary);
        Box::pin(ready(kept))
    }

    async fn journal(&self, run: RunId) -> Result<Vec<Record>, StoreError> {
        Ok(self.contents().runs.get(&run).map(|(_, journal)| journal.clone()).unwrap_or_default())
    }

    async fn records(&self, run: RunId, sequence: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        let contents = self.contents();
        let journal = contents.runs.get(&run).map(|(_, journal)| journal.as_slice()).unwrap_or_default();
        let from = usize::try_from(sequence).unwrap_or(usize::MAX);
        Ok(journal.iter().skip(from).take(limit).cloned().collect())
    }

    fn watch(&self, run: RunId) -> Watch {
        self.watches.run(run)
    }

    fn watch_due(&self) -> Watch {
        self.watches.due()
    }

    async fn definition(&self, hash: &DefinitionHash) -> Result<Option<String>, StoreError> {
        Ok(self.contents().definitions.get(hash).cloned())
    }

    async fn summary(&self, run: RunId) -> Result<Option<RunSummary>, StoreError> {
        Ok(self.contents().runs.get(&run).map(|(summary, _)| summary.clone()))
    }

    async fn list(&self, filter: &RunFilter) -> Result<RunPage, StoreError> {
        let contents = self.contents();
        let wanted = |summary: &&RunSummary| {
            filter.status.is_none_or(|status| summary.status == status)
                && filter.process.as_ref().is_none_or(|process| summary.process == *process)
                && filter.before.is_none_or(|before| summary.run < before)
        };
        let mut found = contents.runs.values().rev().map(|(summary, _)| summary).filter(wanted).cloned();
        let runs: Vec<RunSummary> = found.by_ref().take(filter.limit).collect();
        let next = found.next().and_then(|_| runs.last()).map(|last| last.run);
        Ok(RunPage { runs, next })
    }

    async fn by_key(&self, key: &RunKey) -> Result<Option<RunId>, StoreError> {
        Ok(self.contents().keys.get(key).copied())
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<DueRun>, StoreError> {
        let contents = self.contents();
        Ok(contents.due.iter().take_while(|due| due.at <= until).take(limit).copied().collect())
    }

    async fn by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        let contents = self.contents();
        let found = contents.runs.keys().rev().filter(|run| run.to_string().starts_with(prefix));
        Ok(found.take(limit).copied().collect())
    }
}
