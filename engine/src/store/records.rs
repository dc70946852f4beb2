//! A run's journal, record by record: what is durable, and then what becomes so, until the run's end.

use std::{collections::VecDeque, fmt, sync::Arc};

use super::{Store, StoreError, watch::Watch};
use crate::{id::RunId, journal::Record};

/// So many are read at a time, and are in memory.
const PAGE: usize = 32;

/// The journal of a run from record number `sequence` on, which goes on as records become durable, and ends with the run. Of a run that
/// is not there it is empty.
pub fn journal_from(store: Arc<dyn Store>, run: RunId, sequence: u64) -> Records {
    let watch = store.watch(run);
    Records { store, run, next: sequence, watch, page: VecDeque::new(), has_ended: false }
}

/// Records of a run, in order. They end with the run, or with the first error.
///
/// Nothing is kept for a reader that is slow: it reads the store when it asks for more.
pub struct Records {
    store: Arc<dyn Store>,
    run: RunId,
    /// The number of the record to read next.
    next: u64,
    watch: Watch,
    page: VecDeque<Record>,
    has_ended: bool,
}

impl Records {
    /// The next record, once it is durable; `None` after the run's last one, and after an error. A future that is dropped has taken none.
    pub async fn next(&mut self) -> Option<Result<Record, StoreError>> {
        if self.has_ended {
            return None;
        }
        let next = self.read().await.transpose();
        self.has_ended = !matches!(next, Some(Ok(_)));
        next
    }

    async fn read(&mut self) -> Result<Option<Record>, StoreError> {
        while self.page.is_empty() {
            // Before the records: those of an ended run are all there then.
            let summary = self.store.summary(self.run).await?;
            self.page = self.store.records(self.run, self.next, PAGE).await?.into();
            let ends = summary.is_none_or(|summary| summary.status.is_ended());
            if self.page.is_empty() && (ends || !self.watch.changed().await) {
                return Ok(None);
            }
            self.next += self.page.len() as u64;
        }
        Ok(self.page.pop_front())
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Records").field("run", &self.run).field("next", &self.next).finish_non_exhaustive()
    }
}
