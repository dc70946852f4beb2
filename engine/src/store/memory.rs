//! A store that forgets with the process: for tests, simulations and embedders without a disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use jiff::Timestamp;

use super::{
    Acknowledged, Barrier, Claim, Claims, DueRun, RunFilter, RunPage, RunSummary, Store, StoreError, Watch,
    admission::{self, PlaceInLine},
    watch::Watches,
};
use crate::{
    id::{DefinitionHash, DriverId, RunId, RunKey},
    journal::{Record, Signal},
};

/// Keeps runs in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    contents: Arc<Mutex<Contents>>,
    watches: Arc<Watches>,
}

#[derive(Debug, Default)]
struct Contents {
    definitions: BTreeMap<DefinitionHash, String>,
    runs: BTreeMap<RunId, KeptRun>,
    keys: BTreeMap<RunKey, RunId>,
    due: BTreeSet<DueRun>,
    /// The runs that were admitted or wait for it, by process and key.
    lines: BTreeMap<(String, String), BTreeSet<PlaceInLine>>,
    claims: Claims,
}

#[derive(Debug)]
struct KeptRun {
    summary: RunSummary,
    journal: Vec<Record>,
    claim: Option<Claim>,
    inbox: Vec<Signal>,
}

impl Contents {
    fn create(
        &mut self,
        summary: &RunSummary,
        definition: &str,
        record: &Record,
        driver: Option<DriverId>,
    ) -> Result<(), StoreError> {
        let run = summary.run;
        let journal = self.runs.get(&run).map(|kept| &kept.journal);
        if journal.and_then(|journal| journal.first()) == Some(record) {
            return Ok(());
        }
        let expected = journal.map_or(0, Vec::len) as u64;
        if expected > 0 || record.sequence > 0 {
            return Err(StoreError::Sequence { run, expected, found: record.sequence });
        }
        if let Some(key) = summary.key.as_ref().filter(|key| self.keys.contains_key(*key)) {
            return Err(StoreError::KeyTaken(key.clone()));
        }
        self.check_admission(None, summary)?;
        if let Some(key) = &summary.key {
            self.keys.insert(key.clone(), run);
        }
        let claim = driver.map(|driver| Claim::first(run, driver));
        if let Some(claim) = &claim {
            self.claims.check(claim, None)?;
        }
        self.definitions.insert(summary.definition.clone(), definition.to_owned());
        self.set_lists(None, summary);
        let kept = KeptRun { summary: summary.clone(), journal: vec![record.clone()], claim, inbox: Vec::new() };
        self.runs.insert(run, kept);
        Ok(())
    }

    fn append(&mut self, claim: &Claim, record: &Record, summary: Option<&RunSummary>) -> Result<(), StoreError> {
        let run = claim.run;
        let missing = StoreError::Sequence { run, expected: 0, found: record.sequence };
        let kept = self.runs.get(&run).ok_or(missing)?;
        let expected = kept.journal.len() as u64;
        let place = usize::try_from(record.sequence).ok();
        if place.and_then(|place| kept.journal.get(place)).is_some_and(|kept| kept == record) {
            return Ok(());
        }
        self.claims.check(claim, kept.claim.as_ref())?;
        if record.sequence != expected {
            return Err(StoreError::Sequence { run, expected, found: record.sequence });
        }
        let before = kept.summary.clone();
        if let Some(summary) = summary {
            self.check_admission(Some(&before), summary)?;
            self.set_lists(Some(&before), summary);
        }
        let kept = self.runs.get_mut(&run).expect("it was there above");
        kept.claim = Some(claim.clone());
        kept.journal.push(record.clone());
        kept.summary = summary.unwrap_or(&before).clone();
        Ok(())
    }

    fn append_with_definition(
        &mut self,
        (claim, record): (&Claim, &Record),
        summary: &RunSummary,
        definition: &str,
    ) -> Result<(), StoreError> {
        self.append(claim, record, Some(summary))?;
        self.definitions.insert(summary.definition.clone(), definition.to_owned());
        Ok(())
    }

    fn post(&mut self, run: RunId, signal: &Signal) -> Result<u64, StoreError> {
        let kept = self.runs.get_mut(&run).filter(|kept| kept.summary.ended_at.is_none());
        let inbox = &mut kept.ok_or(StoreError::NotOpen(run))?.inbox;
        inbox.push(signal.clone());
        Ok(inbox.len() as u64)
    }

    fn prune(&mut self, run: RunId) -> Result<u64, StoreError> {
        let Some(kept) = self.runs.get(&run) else { return Ok(0) };
        if kept.summary.ended_at.is_none() {
            return Err(StoreError::NotEnded(run));
        }
        if let Some(held) = self.claims.held(run) {
            return Err(StoreError::Claimed { run, driver: held.driver });
        }
        let records = kept.journal.len() as u64;
        if let Some(key) = &kept.summary.key {
            self.keys.remove(key);
        }
        self.runs.remove(&run);
        Ok(records)
    }

    /// Whether a record with this summary may be taken, where it admits the run.
    fn check_admission(&self, before: Option<&RunSummary>, summary: &RunSummary) -> Result<(), StoreError> {
        if !admission::admits(before, summary) {
            return Ok(());
        }
        admission::decide(summary, self.line(summary).map(Ok), |run| self.claims.held(run).is_some())
    }

    /// The line that a run is in, in order.
    fn line(&self, summary: &RunSummary) -> impl Iterator<Item = PlaceInLine> {
        line_of(summary).and_then(|line| self.lines.get(&line)).into_iter().flatten().copied()
    }

    fn ahead(&self, run: RunId, limit: usize) -> Vec<RunId> {
        let Some(summary) = self.runs.get(&run).map(|kept| &kept.summary) else { return Vec::new() };
        admission::ahead(summary, self.line(summary), |run| self.claims.held(run).is_some()).take(limit).collect()
    }

    /// Puts a run where its summary says that it is, and takes it away from where it was by the one before.
    fn set_lists(&mut self, before: Option<&RunSummary>, summary: &RunSummary) {
        self.set_due(before, summary);
        let place = |summary: &RunSummary| Some((line_of(summary)?, PlaceInLine::of(summary)?));
        if let Some((line, place)) = before.and_then(place)
            && let Some(known) = self.lines.get_mut(&line)
        {
            known.remove(&place);
            if known.is_empty() {
                self.lines.remove(&line);
            }
        }
        if let Some((line, place)) = place(summary) {
            self.lines.entry(line).or_default().insert(place);
        }
    }

    fn set_due(&mut self, before: Option<&RunSummary>, summary: &RunSummary) {
        let due = |summary: &RunSummary| summary.due.map(|at| DueRun { at, run: summary.run });
        if let Some(before) = before.and_then(due) {
            self.due.remove(&before);
        }
        self.due.extend(due(summary));
    }
}

fn line_of(summary: &RunSummary) -> Option<(String, String)> {
    summary.admission.as_ref().map(|asked| (summary.process.clone(), asked.key.clone()))
}

impl MemoryStore {
    /// The same store, as the next process finds it that opens it: what it keeps is there, nobody has a claim, and `watches` are told of changes.
    pub fn reopened(&self, watches: Arc<Watches>) -> Self {
        self.contents().claims = Claims::default();
        Self { contents: self.contents.clone(), watches }
    }

    /// Takes note of a claim that its driver has kept since before the store was opened.
    ///
    /// # Errors
    /// [`StoreError::Superseded`] if there is a newer one.
    pub fn hold(&self, claim: &Claim) -> Result<(), StoreError> {
        let Contents { runs, claims, .. } = &mut *self.contents();
        claims.check(claim, runs.get(&claim.run).and_then(|kept| kept.claim.as_ref()))
    }

    /// The newest claim of a run, whether it is held or not.
    pub fn newest_claim(&self, run: RunId) -> Option<Claim> {
        self.contents().runs.get(&run).and_then(|kept| kept.claim.clone())
    }

    /// The claims that a driver holds.
    pub fn claims_of(&self, driver: DriverId) -> Vec<Claim> {
        self.contents().claims.of(driver)
    }

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
}

/// Nothing is more durable later.
#[async_trait]
impl Store for MemoryStore {
    fn create(
        &self,
        summary: &RunSummary,
        definition: &str,
        record: &Record,
        driver: Option<DriverId>,
        _: Barrier,
    ) -> Acknowledged {
        let kept = self.contents().create(summary, definition, record, driver);
        if kept.is_ok() {
            self.tell(summary.run, Some(summary));
        }
        Box::pin(ready(kept))
    }

    async fn claim(&self, run: RunId, driver: DriverId) -> Result<Claim, StoreError> {
        let Contents { runs, claims, .. } = &mut *self.contents();
        claims.claim(run, driver, runs.get(&run).and_then(|kept| kept.claim.as_ref()))
    }

    fn release(&self, claim: &Claim) {
        if self.contents().claims.release(claim) {
            self.watches.tell_run(claim.run);
            self.watches.tell_due();
        }
    }

    async fn drivers(&self, runs: &[RunId]) -> Result<Vec<Option<DriverId>>, StoreError> {
        let contents = self.contents();
        Ok(runs.iter().map(|run| contents.claims.driver(*run)).collect())
    }

    fn set_drives_all(&self, driver: DriverId, drives_all: bool) -> Result<(), StoreError> {
        self.contents().claims.set_drives_all(driver, drives_all);
        Ok(())
    }

    fn has_driver_of_all(&self) -> Result<bool, StoreError> {
        Ok(self.contents().claims.has_driver_of_all())
    }

    fn append(&self, claim: &Claim, record: &Record, summary: Option<&RunSummary>, _: Barrier) -> Acknowledged {
        let kept = self.contents().append(claim, record, summary);
        if kept.is_ok() {
            self.tell(claim.run, summary);
        }
        Box::pin(ready(kept))
    }

    fn append_with_definition(
        &self,
        claim: &Claim,
        record: &Record,
        summary: &RunSummary,
        definition: &str,
    ) -> Acknowledged {
        let kept = self.contents().append_with_definition((claim, record), summary, definition);
        self.tell(claim.run, Some(summary));
        Box::pin(ready(kept))
    }

    async fn post(&self, run: RunId, signal: &Signal) -> Result<u64, StoreError> {
        let posted = self.contents().post(run, signal);
        self.watches.tell_inbox(run);
        posted
    }

    async fn inbox(&self, run: RunId, after: u64) -> Result<Vec<(u64, Signal)>, StoreError> {
        let contents = self.contents();
        let kept = contents.runs.get(&run);
        let messages = kept.into_iter().flat_map(|kept| (1..).zip(&kept.inbox));
        Ok(messages.filter(|(number, _)| *number > after).map(|(number, signal)| (number, signal.clone())).collect())
    }

    async fn journal(&self, run: RunId) -> Result<Vec<Record>, StoreError> {
        Ok(self.contents().runs.get(&run).map(|kept| kept.journal.clone()).unwrap_or_default())
    }

    async fn records(&self, run: RunId, sequence: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        let contents = self.contents();
        let journal = contents.runs.get(&run).map(|kept| kept.journal.as_slice()).unwrap_or_default();
        let from = usize::try_from(sequence).unwrap_or(usize::MAX);
        Ok(journal.iter().skip(from).take(limit).cloned().collect())
    }

    fn watch(&self, run: RunId) -> Watch {
        self.watches.run(run)
    }

    fn watch_inbox(&self, run: RunId) -> Watch {
        self.watches.inbox(run)
    }

    fn watch_due(&self) -> Watch {
        self.watches.due()
    }

    async fn definition(&self, hash: &DefinitionHash) -> Result<Option<String>, StoreError> {
        Ok(self.contents().definitions.get(hash).cloned())
    }

    async fn summary(&self, run: RunId) -> Result<Option<RunSummary>, StoreError> {
        Ok(self.contents().runs.get(&run).map(|kept| kept.summary.clone()))
    }

    async fn list(&self, filter: &RunFilter) -> Result<RunPage, StoreError> {
        let contents = self.contents();
        let wanted = |summary: &&RunSummary| {
            filter.status.is_none_or(|status| summary.status == status)
                && filter.process.as_ref().is_none_or(|process| summary.process == *process)
                && filter.before.is_none_or(|before| summary.run < before)
        };
        let mut found = contents.runs.values().rev().map(|kept| &kept.summary).filter(wanted).cloned();
        let runs: Vec<RunSummary> = found.by_ref().take(filter.limit).collect();
        let next = found.next().and_then(|_| runs.last()).map(|last| last.run);
        Ok(RunPage { runs, next })
    }

    async fn by_key(&self, key: &RunKey) -> Result<Option<RunId>, StoreError> {
        Ok(self.contents().keys.get(key).copied())
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<DueRun>, StoreError> {
        let contents = self.contents();
        let mut due: BTreeSet<DueRun> =
            contents.due.iter().take_while(|due| due.at <= until).take(limit).copied().collect();
        let limit_of = |run: RunId| {
            let admission = contents.runs.get(&run).and_then(|kept| kept.summary.admission.as_ref());
            Ok::<_, StoreError>(admission.map(|asked| asked.limit.get()))
        };
        let is_listed = |run: RunId| contents.runs.get(&run).is_some_and(|kept| kept.summary.due.is_some());
        for line in contents.lines.values() {
            let turns = admission::due(line.iter().copied().map(Ok), limit_of)?;
            due.extend(turns.into_iter().filter(|due| due.at <= until && !is_listed(due.run)));
        }
        Ok(due.into_iter().take(limit).collect())
    }

    async fn prune(&self, run: RunId) -> Result<u64, StoreError> {
        let pruned = self.contents().prune(run)?;
        self.watches.tell_run(run);
        Ok(pruned)
    }

    async fn ahead(&self, run: RunId, limit: usize) -> Result<Vec<RunId>, StoreError> {
        Ok(self.contents().ahead(run, limit))
    }

    async fn by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        let contents = self.contents();
        let found = contents.runs.keys().rev().filter(|run| run.to_string().starts_with(prefix));
        Ok(found.take(limit).copied().collect())
    }
}
