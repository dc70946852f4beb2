//! The disk of a world: a store in memory, which each process that opens it finds as the last one left it.

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    id::{DriverId, RunId},
    store::{Claim, Inspection, MemoryStore, StoreError, watch::Watches},
};
use tokio::sync::oneshot;

use crate::place::ServedStore;

#[async_trait]
impl ServedStore for MemoryStore {
    fn notices(&self) -> &[String] {
        &[]
    }

    async fn hold(&self, claim: &Claim) -> Result<(), StoreError> {
        Self::hold(self, claim)
    }

    async fn newest_claim(&self, run: RunId) -> Result<Option<Claim>, StoreError> {
        Ok(Self::newest_claim(self, run))
    }

    fn claims_of(&self, driver: DriverId) -> Vec<Claim> {
        Self::claims_of(self, driver)
    }

    async fn inspect(&self) -> Result<Inspection, StoreError> {
        Err(StoreError::Unsuitable("nothing lies on a disk".to_owned()))
    }

    fn close(self: Box<Self>, closed: oneshot::Sender<()>) {
        // Whoever does not wait need not be told.
        let _ = closed.send(());
    }
}

/// Opens it.
pub(super) fn open(disk: &MemoryStore, watches: Arc<Watches>) -> Box<dyn ServedStore> {
    Box::new(disk.reopened(watches))
}
