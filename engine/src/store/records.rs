//! A run's journal as a stream: what is durable, and then what becomes so, until the run's end.

use std::{collections::VecDeque, pin::Pin, sync::Arc};

use futures_util::{Stream, stream};

use super::{Store, StoreError, watch::Watch};
use crate::{id::RunId, journal::Record};

/// Records of a run, in order. It ends with the run, or with its first error.
pub type Records = Pin<Box<dyn Stream<Item = Result<Record, StoreError>> + Send>>;

/// So many are read at a time, and are in memory.
const PAGE: usize = 32;

/// The journal of a run from record number `sequence` on, as a stream that goes on as records become durable, and ends with the run.
/// Of a run that is not there it is empty.
///
/// Nothing is kept for a reader that is slow: it reads the store when it asks for more.
pub fn journal_from(store: Arc<dyn Store>, run: RunId, sequence: u64) -> Records {
    let watch = store.watch(run);
    let reader = Some(Reader { store, run, next: sequence, watch, page: VecDeque::new() });
    Box::pin(stream::unfold(reader, async |reader| {
        let mut reader = reader?;
        match reader.next().await {
            Ok(Some(record)) => Some((Ok(record), Some(reader))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    }))
}

/// Where a stream is.
struct Reader {
    store: Arc<dyn Store>,
    run: RunId,
    /// The number of the record to read next.
    next: u64,
    watch: Watch,
    page: VecDeque<Record>,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Record>, StoreError> {
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
