//! A store in memory with somebody before it, who counts, delays, or loses what is to be kept.

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    id::{DefinitionHash, RunId, RunKey},
    journal::Record,
    store::{Acknowledged, Barrier, MemoryStore, RunFilter, RunPage, RunSummary, Store, StoreError},
};

/// Keeps a record, if it is called.
pub(crate) type Keep<'a> = &'a dyn Fn() -> Acknowledged;

type Watch = Box<dyn Fn(&Record, Barrier, Keep<'_>) -> Acknowledged + Send + Sync>;

/// The store. A run's first record has the number 0.
pub(crate) struct Watched {
    kept: MemoryStore,
    watch: Watch,
}

impl Watched {
    /// A store of which each record goes through `watch`.
    pub(crate) fn by(watch: impl Fn(&Record, Barrier, Keep<'_>) -> Acknowledged + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { kept: MemoryStore::default(), watch: Box::new(watch) })
    }
}

#[async_trait]
impl Store for Watched {
    fn create(&self, summary: &RunSummary, definition: &str, record: &Record, barrier: Barrier) -> Acknowledged {
        (self.watch)(record, barrier, &|| self.kept.create(summary, definition, record, barrier))
    }

    fn append(&self, run: RunId, record: &Record, summary: Option<&RunSummary>, barrier: Barrier) -> Acknowledged {
        (self.watch)(record, barrier, &|| self.kept.append(run, record, summary, barrier))
    }

    async fn journal(&self, run: RunId) -> Result<Vec<Record>, StoreError> {
        self.kept.journal(run).await
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

    async fn by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        self.kept.by_prefix(prefix, limit).await
    }
}
