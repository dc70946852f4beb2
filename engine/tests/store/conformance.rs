//! The stores of the engine keep the contract, and the suite that says so finds stores that don't.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
    num::NonZeroU32,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use flowrun_engine::{
    concurrency::Admission,
    id::{DefinitionHash, DriverId, RunId, RunKey},
    journal::{Record, Signal},
    store::{
        Acknowledged, Barrier, Claim, DueRun, MemoryStore, RunFilter, RunPage, RunSummary, SledStore, Store,
        StoreError, Watch,
        conformance::{Stores, Violations, conformance, rules},
    },
};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::sample;

/// Stores in memory.
struct InMemory;

#[async_trait]
impl Stores for InMemory {
    type Store = MemoryStore;

    async fn fresh(&self) -> Result<MemoryStore, StoreError> {
        Ok(MemoryStore::default())
    }
}

/// Stores on the disk: one at a time, each in a directory of its own.
#[derive(Default)]
struct OnDisk(Mutex<Option<TempDir>>);

impl OnDisk {
    fn open(&self) -> Result<SledStore, StoreError> {
        let directory = self.0.lock().unwrap();
        SledStore::open(directory.as_ref().unwrap().path(), "a test")
    }
}

#[async_trait]
impl Stores for OnDisk {
    type Store = SledStore;

    async fn fresh(&self) -> Result<SledStore, StoreError> {
        *self.0.lock().unwrap() = Some(tempfile::tempdir().unwrap());
        self.open()
    }

    async fn reopened(&self, store: SledStore) -> Result<Option<SledStore>, StoreError> {
        drop(store);
        self.open().map(Some)
    }
}

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    conformance(&InMemory).await.unwrap();
}

#[tokio::test]
async fn the_store_on_the_disk_keeps_the_contract() {
    conformance(&OnDisk::default()).await.unwrap();
}

/// What a store does wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    TakesTwoRunsForOneKey,
    KeepsAGap,
    RefusesWhatIsRepeated,
    BringsOldSummariesBack,
    LosesWhatNobodyWaitsFor,
    ShowsSummariesEarly,
    NeverEndsAList,
    ListsTheOldestFirst,
    MatchesPrefixesAnywhere,
    ForgetsWhenClosed,
    LosesSummariesWhenClosed,
    TakesAJournalThatNobodyCreated,
    KnowsNoTimers,
    WakesEverybody,
    WakesNobody,
    SkipsARecord,
    LetsTwoDrive,
    TakesAnOldClaim,
    KeepsWhatItShouldLetGo,
    SaysThatNobodyDrives,
    TellsNobodyWhoDrivesAll,
    LosesAMessage,
    TakesMessagesTooLate,
    PrunesNothing,
    NumbersMessagesAnew,
    KeepsNoOtherDefinition,
    AdmitsWhoeverAsks,
    AdmitsTheLastFirst,
    KeepsTurnsToItself,
}

impl Fault {
    /// All of them, each with a rule that it breaks.
    const ALL: [(Self, &'static str); 29] = [
        (Self::TakesTwoRunsForOneKey, "a key names one run, and nothing is kept of another that wants it"),
        (Self::KeepsAGap, "records follow one another without a gap"),
        (Self::RefusesWhatIsRepeated, "appending a record again is harmless, and brings no old summary back"),
        (Self::BringsOldSummariesBack, "appending a record again is harmless, and brings no old summary back"),
        (Self::LosesWhatNobodyWaitsFor, "what nobody waits for is kept all the same"),
        (Self::ShowsSummariesEarly, "a record and its summary become visible together"),
        (Self::NeverEndsAList, "lists are newest first, and pages of one follow one another"),
        (Self::ListsTheOldestFirst, "lists are newest first, and pages of one follow one another"),
        (Self::MatchesPrefixesAnywhere, "runs are found by the beginning of their id"),
        (Self::ForgetsWhenClosed, "a run that was created is there"),
        (Self::LosesSummariesWhenClosed, "whatever changes in a summary is kept"),
        (Self::TakesAJournalThatNobodyCreated, "only creating a run begins its journal"),
        (Self::KnowsNoTimers, "runs are due when their summaries say, the first first"),
        (Self::WakesEverybody, "runs are due when their summaries say, the first first"),
        (Self::WakesNobody, "who watches a run is told of its records before they are acknowledged"),
        (Self::SkipsARecord, "records are read from any number on, as many as are asked for"),
        (Self::LetsTwoDrive, "a run is claimed by one driver at a time"),
        (Self::TakesAnOldClaim, "nothing is appended under an older claim"),
        (Self::KeepsWhatItShouldLetGo, "whoever creates a run to drive it has its first claim"),
        (Self::SaysThatNobodyDrives, "it is told who has which run"),
        (Self::TellsNobodyWhoDrivesAll, "it is told whether anybody drives all runs"),
        (Self::LosesAMessage, "messages are read in the order in which they came"),
        (Self::TakesMessagesTooLate, "a run that has ended takes no message, and keeps the newest that it had"),
        (Self::NumbersMessagesAnew, "a run that was retried takes messages, with numbers above those of before"),
        (Self::KeepsNoOtherDefinition, "a run has the text of each definition that it had"),
        (Self::AdmitsWhoeverAsks, "no more runs with one key are admitted than may be, and nothing is kept of another"),
        (Self::AdmitsTheLastFirst, "of runs that wait and are driven, who asked first is admitted first"),
        (Self::KeepsTurnsToItself, "a run that waits is due once its turn has come"),
        (Self::PrunesNothing, "a run that was pruned is nowhere any more, and its key is free"),
    ];
}

#[tokio::test]
async fn each_planted_fault_is_found() {
    for (fault, rule) in Fault::ALL {
        let Err(Violations(found)) = conformance(&Planted(fault)).await else { panic!("{fault:?} was not found") };
        assert!(found.iter().any(|violation| violation.rule == rule), "{fault:?} is not told by its rule: {found:?}");
        assert!(found.iter().all(|violation| rules().contains(&violation.rule)));
        assert!(found.len() < rules().len(), "{fault:?} breaks every rule, which says nothing");
    }
}

/// Stores in memory with a fault.
struct Planted(Fault);

#[async_trait]
impl Stores for Planted {
    type Store = Wrong;

    async fn fresh(&self) -> Result<Wrong, StoreError> {
        Ok(Wrong::of(self.0, Arc::default()))
    }

    async fn reopened(&self, store: Wrong) -> Result<Option<Wrong>, StoreError> {
        let kept = match self.0 {
            Fault::ForgetsWhenClosed => Arc::default(),
            Fault::LosesSummariesWhenClosed => Arc::new(with_first_summaries(&store.kept).await?),
            _ => store.kept.clone(),
        };
        Ok(Some(Wrong::of(self.0, kept)))
    }
}

/// A copy in which each run has the name that it began with.
async fn with_first_summaries(store: &MemoryStore) -> Result<MemoryStore, StoreError> {
    let copy = MemoryStore::default();
    let all = RunFilter { status: None, process: None, before: None, limit: usize::MAX };
    for summary in store.list(&all).await?.runs {
        let text = store.definition(&summary.definition).await?.unwrap();
        let before = RunSummary { process: "sample".to_owned(), ended_at: None, ..summary };
        for record in store.journal(before.run).await? {
            match record.sequence {
                0 => copy.create(&before, &text, &record, None, Barrier::Now).await?,
                _ => copy.append(&sample::claim(before.run), &record, None, Barrier::Now).await?,
            }
        }
    }
    Ok(copy)
}

/// A store with a fault.
struct Wrong {
    fault: Fault,
    kept: Arc<MemoryStore>,
    /// What was asked to be appended.
    asked: Mutex<BTreeSet<(RunId, u64)>>,
    /// Summaries that are shown in place of those that are kept.
    shown: Mutex<BTreeMap<RunId, RunSummary>>,
    /// The last claim that was given.
    newest: Mutex<Option<Claim>>,
}

impl Wrong {
    fn of(fault: Fault, kept: Arc<MemoryStore>) -> Self {
        Self { fault, kept, asked: Mutex::default(), shown: Mutex::default(), newest: Mutex::default() }
    }

    /// What a run asked for, as this store takes it.
    fn asked_wrongly(&self, summary: &RunSummary) -> Option<Admission> {
        let asked = summary.admission.clone()?;
        Some(match self.fault {
            Fault::AdmitsWhoeverAsks => Admission { limit: NonZeroU32::MAX, ..asked },
            Fault::AdmitsTheLastFirst => {
                let since = asked.asked_at.duration_since(Timestamp::UNIX_EPOCH);
                Admission { asked_at: Timestamp::UNIX_EPOCH - since, ..asked }
            }
            _ => asked,
        })
    }

    /// Keeps something as soon as somebody waits for it.
    fn lazily(&self, keep: impl FnOnce(&MemoryStore) -> Acknowledged + Send + 'static) -> Acknowledged {
        let kept = self.kept.clone();
        Box::pin(async move { keep(&kept).await })
    }
}

#[async_trait]
impl Store for Wrong {
    fn create(
        &self,
        summary: &RunSummary,
        definition: &str,
        record: &Record,
        driver: Option<DriverId>,
        barrier: Barrier,
    ) -> Acknowledged {
        let key = summary.key.clone().filter(|_| self.fault != Fault::TakesTwoRunsForOneKey);
        let summary = RunSummary { key, admission: self.asked_wrongly(summary), ..summary.clone() };
        let (text, record) = (definition.to_owned(), record.clone());
        let keep = move |kept: &MemoryStore| kept.create(&summary, &text, &record, driver, barrier);
        if self.fault == Fault::LosesWhatNobodyWaitsFor { self.lazily(keep) } else { keep(&self.kept) }
    }

    async fn claim(&self, run: RunId, driver: DriverId) -> Result<Claim, StoreError> {
        let claimed = self.kept.claim(run, driver).await;
        match claimed {
            Err(StoreError::Claimed { .. }) if self.fault == Fault::LetsTwoDrive => {
                Ok(Claim { number: 9, ..Claim::first(run, driver) })
            }
            claimed => {
                *self.newest.lock().unwrap() = claimed.as_ref().ok().cloned();
                claimed
            }
        }
    }

    fn release(&self, claim: &Claim) {
        if self.fault != Fault::KeepsWhatItShouldLetGo {
            self.kept.release(claim);
        }
    }

    async fn drivers(&self, runs: &[RunId]) -> Result<Vec<Option<DriverId>>, StoreError> {
        let mut drivers = self.kept.drivers(runs).await?;
        if self.fault == Fault::SaysThatNobodyDrives {
            drivers.fill(None);
        }
        Ok(drivers)
    }

    fn set_drives_all(&self, driver: DriverId, drives_all: bool) -> Result<(), StoreError> {
        self.kept.set_drives_all(driver, drives_all && self.fault != Fault::TellsNobodyWhoDrivesAll)
    }

    fn has_driver_of_all(&self) -> Result<bool, StoreError> {
        self.kept.has_driver_of_all()
    }

    fn append(&self, claim: &Claim, record: &Record, summary: Option<&RunSummary>, barrier: Barrier) -> Acknowledged {
        let run = claim.run;
        let newest = self.newest.lock().unwrap().clone().filter(|newest| newest.run == run);
        let claim = newest.filter(|_| self.fault == Fault::TakesAnOldClaim).unwrap_or_else(|| claim.clone());
        let wrong = |summary: &RunSummary| RunSummary { admission: self.asked_wrongly(summary), ..summary.clone() };
        let (mut record, summary) = (record.clone(), summary.map(wrong));
        let is_repeated = !self.asked.lock().unwrap().insert((run, record.sequence));
        let show = |summary: &RunSummary| drop(self.shown.lock().unwrap().insert(run, summary.clone()));
        match self.fault {
            Fault::ShowsSummariesEarly => summary.iter().for_each(show),
            Fault::BringsOldSummariesBack if is_repeated => summary.iter().for_each(show),
            Fault::RefusesWhatIsRepeated if is_repeated => {
                let found = record.sequence;
                return Box::pin(ready(Err(StoreError::Sequence { run, expected: found + 1, found })));
            }
            Fault::TakesAJournalThatNobodyCreated if record.sequence == 0 => {
                return self.kept.create(&summary.unwrap(), "", &record, None, barrier);
            }
            Fault::KeepsAGap if record.sequence == 3 => record.sequence = 2,
            _ => {}
        }
        let is_lazy = self.fault == Fault::LosesWhatNobodyWaitsFor
            || (self.fault == Fault::ShowsSummariesEarly && barrier == Barrier::Rides);
        let keep = move |kept: &MemoryStore| kept.append(&claim, &record, summary.as_ref(), barrier);
        if is_lazy { self.lazily(keep) } else { keep(&self.kept) }
    }

    fn append_with_definition(
        &self,
        claim: &Claim,
        record: &Record,
        summary: &RunSummary,
        definition: &str,
    ) -> Acknowledged {
        match self.fault {
            Fault::KeepsNoOtherDefinition => self.kept.append(claim, record, Some(summary), Barrier::Now),
            _ => self.kept.append_with_definition(claim, record, summary, definition),
        }
    }

    async fn post(&self, run: RunId, signal: &Signal) -> Result<u64, StoreError> {
        match self.kept.post(run, signal).await {
            Err(StoreError::NotOpen(_)) if self.fault == Fault::TakesMessagesTooLate => Ok(1),
            Ok(3) if self.fault == Fault::NumbersMessagesAnew => Ok(1),
            posted => posted,
        }
    }

    async fn inbox(&self, run: RunId, after: u64) -> Result<Vec<(u64, Signal)>, StoreError> {
        let mut inbox = self.kept.inbox(run, after).await?;
        inbox.retain(|(number, _)| self.fault != Fault::LosesAMessage || *number != 2);
        Ok(inbox)
    }

    async fn journal(&self, run: RunId) -> Result<Vec<Record>, StoreError> {
        self.kept.journal(run).await
    }

    async fn records(&self, run: RunId, sequence: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        let skipped = u64::from(self.fault == Fault::SkipsARecord && sequence > 0);
        self.kept.records(run, sequence + skipped, limit).await
    }

    fn watch(&self, run: RunId) -> Watch {
        if self.fault == Fault::WakesNobody { MemoryStore::default().watch(run) } else { self.kept.watch(run) }
    }

    fn watch_inbox(&self, run: RunId) -> Watch {
        self.kept.watch_inbox(run)
    }

    fn watch_due(&self) -> Watch {
        self.kept.watch_due()
    }

    async fn definition(&self, hash: &DefinitionHash) -> Result<Option<String>, StoreError> {
        self.kept.definition(hash).await
    }

    async fn summary(&self, run: RunId) -> Result<Option<RunSummary>, StoreError> {
        let shown = self.shown.lock().unwrap().get(&run).cloned();
        if shown.is_some() { Ok(shown) } else { self.kept.summary(run).await }
    }

    async fn list(&self, filter: &RunFilter) -> Result<RunPage, StoreError> {
        let mut page = self.kept.list(filter).await?;
        match self.fault {
            Fault::ListsTheOldestFirst => page.runs.reverse(),
            Fault::NeverEndsAList => page.next = page.runs.last().map(|last| last.run).or(filter.before),
            _ => {}
        }
        Ok(page)
    }

    async fn by_key(&self, key: &RunKey) -> Result<Option<RunId>, StoreError> {
        self.kept.by_key(key).await
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<DueRun>, StoreError> {
        let mut due = self.kept.due(until, limit).await?;
        match self.fault {
            Fault::KnowsNoTimers => due.retain(|due| due.at == Timestamp::UNIX_EPOCH),
            Fault::KeepsTurnsToItself => {
                let mut kept = Vec::new();
                for due in due {
                    let summary = self.kept.summary(due.run).await?;
                    kept.extend(summary.and_then(|summary| summary.due).map(|_| due));
                }
                due = kept;
            }
            Fault::WakesEverybody => due = self.kept.due(Timestamp::MAX, limit).await?,
            _ => {}
        }
        Ok(due)
    }

    async fn prune(&self, run: RunId) -> Result<u64, StoreError> {
        if self.fault == Fault::PrunesNothing { Ok(2) } else { self.kept.prune(run).await }
    }

    async fn ahead(&self, run: RunId, limit: usize) -> Result<Vec<RunId>, StoreError> {
        self.kept.ahead(run, limit).await
    }

    async fn by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        if self.fault != Fault::MatchesPrefixesAnywhere {
            return self.kept.by_prefix(prefix, limit).await;
        }
        let all = self.kept.by_prefix("", usize::MAX).await?;
        Ok(all.into_iter().filter(|run| run.to_string().contains(prefix)).take(limit).collect())
    }
}
