//! A store that forgets with the process: for tests, simulations and embedders without a disk.

use std::{
    collections::BTreeMap,
    future::ready,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Acknowledged, Barrier, RunFilter, RunPage, RunSummary, Store, StoreError};
use crate::{
    id::{DefinitionHash, RunId, RunKey},
    journal::Record,
};

/// Keeps runs in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    definitions: BTreeMap<DefinitionHash, String>,
    runs: BTreeMap<RunId, (RunSummary, Vec<Record>)>,
    keys: BTreeMap<RunKey, RunId>,
}

impl MemoryStore {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // A panic elsewhere leaves no half of a change behind: each is one insertion.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_run(&self, summary: &RunSummary, definition: &str, record: &Record) -> Result<(), StoreError> {
        let mut kept = self.kept();
        if let Some((_, journal)) = kept.runs.get(&summary.run) {
            let again =
                StoreError::Sequence { run: summary.run, expected: journal.len() as u64, found: record.sequence };
            return if journal.first() == Some(record) { Ok(()) } else { Err(again) };
        }
        if let Some(key) = &summary.key {
            if kept.keys.contains_key(key) {
                return Err(StoreError::KeyTaken(key.clone()));
            }
            kept.keys.insert(key.clone(), summary.run);
        }
        kept.definitions.insert(summary.definition.clone(), definition.to_owned());
        kept.runs.insert(summary.run, (summary.clone(), vec![record.clone()]));
        Ok(())
    }

    fn keep_record(&self, run: RunId, record: &Record, summary: Option<&RunSummary>) -> Result<(), StoreError> {
        let mut kept = self.kept();
        let missing = StoreError::Sequence { run, expected: 0, found: record.sequence };
        let (kept_summary, journal) = kept.runs.get_mut(&run).ok_or(missing)?;
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
            *kept_summary = summary.clone();
        }
        Ok(())
    }
}

/// Nothing is more durable later.
#[async_trait]
impl Store for MemoryStore {
    fn create(&self, summary: &RunSummary, definition: &str, record: &Record, _: Barrier) -> Acknowledged {
        Box::pin(ready(self.keep_run(summary, definition, record)))
    }

    fn append(&self, run: RunId, record: &Record, summary: Option<&RunSummary>, _: Barrier) -> Acknowledged {
        Box::pin(ready(self.keep_record(run, record, summary)))
    }

    async fn journal(&self, run: RunId) -> Result<Vec<Record>, StoreError> {
        Ok(self.kept().runs.get(&run).map(|(_, journal)| journal.clone()).unwrap_or_default())
    }

    async fn definition(&self, hash: &DefinitionHash) -> Result<Option<String>, StoreError> {
        Ok(self.kept().definitions.get(hash).cloned())
    }

    async fn summary(&self, run: RunId) -> Result<Option<RunSummary>, StoreError> {
        Ok(self.kept().runs.get(&run).map(|(summary, _)| summary.clone()))
    }

    async fn list(&self, filter: &RunFilter) -> Result<RunPage, StoreError> {
        let kept = self.kept();
        let wanted = |summary: &&RunSummary| {
            filter.status.is_none_or(|status| summary.status == status)
                && filter.process.as_ref().is_none_or(|process| summary.process == *process)
                && filter.before.is_none_or(|before| summary.run < before)
        };
        let mut found = kept.runs.values().rev().map(|(summary, _)| summary).filter(wanted).cloned();
        let runs: Vec<RunSummary> = found.by_ref().take(filter.limit).collect();
        let next = found.next().and_then(|_| runs.last()).map(|last| last.run);
        Ok(RunPage { runs, next })
    }

    async fn by_key(&self, key: &RunKey) -> Result<Option<RunId>, StoreError> {
        Ok(self.kept().keys.get(key).copied())
    }

    async fn by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        let kept = self.kept();
        let found = kept.runs.keys().rev().filter(|run| run.to_string().starts_with(prefix));
        Ok(found.take(limit).copied().collect())
    }
}
