//! A store in memory with somebody before it, who counts, delays, or loses what is to be kept.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    id::{DefinitionHash, DriverId, RunId, RunKey},
    journal::{Record, Signal},
    store::{
        Acknowledged, Barrier, Claim, DueRun, MemoryStore, RunFilter, RunPage, RunSummary, Store, StoreCounts,
        StoreError, Watch,
    },
};

/// Keeps a record, if it is called.
pub type Keep<'a> = &'a dyn Fn() -> Acknowledged;

type Intercept = Box<dyn Fn(&Record, Barrier, Keep<'_>) -> Acknowledged + Send + Sync>;

/// A store in memory, of which somebody decides what becomes of each record.
pub struct WatchedStore {
    kept: Arc<MemoryStore>,
    watch: Intercept,
    is_full: AtomicBool,
}

impl WatchedStore {
    /// A store of which each record goes through `watch`. A run's first record has the number 0.
    pub fn new(watch: impl Fn(&Record, Barrier, Keep<'_>) -> Acknowledged + Send + Sync + 'static) -> Self {
        Self::before(Arc::default(), watch)
    }

    /// The same, before a store that others know, too.
    pub fn before(
        kept: Arc<MemoryStore>,
        watch: impl Fn(&Record, Barrier, Keep<'_>) -> Acknowledged + Send + Sync + 'static,
    ) -> Self {
        Self { kept, watch: Box::new(watch), is_full: AtomicBool::new(false) }
    }

    /// Has no room for what follows from effects any more, or has it again.
    pub fn fill(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }
}

impl fmt::Debug for WatchedStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WatchedStore").field("kept", &self.kept).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for WatchedStore {
    fn create(
        &self,
        summary: &RunSummary,
        definition: &str,
        record: &Record,
        driver: Option<DriverId>,
        barrier: Barrier,
    ) -> Acknowledged {
        (self.watch)(record, barrier, &|| self.kept.create(summary, definition, record, driver, barrier))
    }

    async fn claim(&self, run: RunId, driver: DriverId) -> Result<Claim, StoreError> {
        self.kept.claim(run, driver).await
    }

    fn release(&self, claim: &Claim) {
        self.kept.release(claim);
    }

    async fn drivers(&self, runs: &[RunId]) -> Result<Vec<Option<DriverId>>, StoreError> {
        self.kept.drivers(runs).await
    }

    fn set_drives_all(&self, driver: DriverId, drives_all: bool) -> Result<(), StoreError> {
        self.kept.set_drives_all(driver, drives_all)
    }

    fn has_driver_of_all(&self) -> Result<bool, StoreError> {
        self.kept.has_driver_of_all()
    }

    fn append(&self, claim: &Claim, record: &Record, summary: Option<&RunSummary>, barrier: Barrier) -> Acknowledged {
        (self.watch)(record, barrier, &|| self.kept.append(claim, record, summary, barrier))
    }

    fn append_with_definition(
        &self,
        claim: &Claim,
        record: &Record,
        summary: &RunSummary,
        definition: &str,
    ) -> Acknowledged {
        let keep = || self.kept.append_with_definition(claim, record, summary, definition);
        (self.watch)(record, Barrier::Now, &keep)
    }

    async fn post(&self, run: RunId, signal: &Signal) -> Result<u64, StoreError> {
        self.kept.post(run, signal).await
    }

    async fn inbox(&self, run: RunId, after: u64) -> Result<Vec<(u64, Signal)>, StoreError> {
        self.kept.inbox(run, after).await
    }

    async fn journal(&self, run: RunId) -> Result<Vec<Record>, StoreError> {
        self.kept.journal(run).await
    }

    async fn records(&self, run: RunId, sequence: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.kept.records(run, sequence, limit).await
    }

    fn watch(&self, run: RunId) -> Watch {
        self.kept.watch(run)
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
        self.kept.summary(run).await
    }

    async fn list(&self, filter: &RunFilter) -> Result<RunPage, StoreError> {
        self.kept.list(filter).await
    }

    async fn by_key(&self, key: &RunKey) -> Result<Option<RunId>, StoreError> {
        self.kept.by_key(key).await
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<DueRun>, StoreError> {
        self.kept.due(until, limit).await
    }

    fn room(&self) -> Result<(), StoreError> {
        let full = || StoreError::Full { directory: "memory".into(), free: 0, least: 64 << 20 };
        if self.is_full.load(Ordering::SeqCst) { Err(full()) } else { Ok(()) }
    }

    async fn backup(&self, to: &std::path::Path) -> Result<StoreCounts, StoreError> {
        self.kept.backup(to).await
    }

    async fn prune(&self, run: RunId) -> Result<u64, StoreError> {
        self.kept.prune(run).await
    }

    async fn ahead(&self, run: RunId, limit: usize) -> Result<Vec<RunId>, StoreError> {
        self.kept.ahead(run, limit).await
    }

    async fn by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        self.kept.by_prefix(prefix, limit).await
    }
}
