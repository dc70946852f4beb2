//! The records that are on their way to the disk, in order: whoever watches is told of each once it is durable.

use std::{collections::VecDeque, future::pending};

use crate::{
    id::RunId,
    journal::Record,
    run::{RunStatus, engine::EngineParts},
    store::{Acknowledged, StoreError},
};

/// The records of one run that are not known to be durable.
pub(super) struct Riding {
    run: RunId,
    records: VecDeque<(Record, RunStatus, Acknowledged)>,
}

impl Riding {
    /// None yet.
    pub(super) fn of(run: RunId) -> Self {
        Self { run, records: VecDeque::new() }
    }

    /// One more; with the status that it leads to.
    pub(super) fn add(&mut self, record: Record, status: RunStatus, acknowledged: Acknowledged) {
        self.records.push_back((record, status, acknowledged));
    }

    /// Whether the run itself is not known to be kept: nothing of it was sent then.
    pub(super) fn has_first(&self) -> bool {
        self.records.front().is_some_and(|(record, ..)| record.sequence == 0)
    }

    /// Whether the oldest of them became durable, once that is known; [`Self::acknowledge`] is to be told. Never, if there is none.
    pub(super) async fn next(&mut self) -> Result<(), StoreError> {
        match self.records.front_mut() {
            Some((_, _, acknowledged)) => acknowledged.await,
            None => pending().await,
        }
    }

    /// Tells whoever watches of the oldest.
    ///
    /// # Errors
    /// When it did not become durable.
    pub(super) fn acknowledge(
        &mut self,
        durable: Result<(), StoreError>,
        parts: &EngineParts,
    ) -> Result<(), StoreError> {
        durable?;
        if let Some((record, status, _)) = self.records.pop_front() {
            parts.observer.recorded(self.run, &record, status);
        }
        Ok(())
    }

    /// Waits until all of them are durable.
    ///
    /// # Errors
    /// When one of them did not become so.
    pub(super) async fn all(&mut self, parts: &EngineParts) -> Result<(), StoreError> {
        while !self.records.is_empty() {
            let durable = self.next().await;
            self.acknowledge(durable, parts)?;
        }
        Ok(())
    }
}
