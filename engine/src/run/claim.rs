//! A run that this engine may write to, until that is dropped.

use std::ops::Deref;

use super::EngineError;
use crate::{
    id::{DriverId, RunId},
    store::{Claim, Store, StoreError},
};

/// A claim, which is released when it is dropped.
pub(super) struct HeldClaim<'store> {
    store: &'store dyn Store,
    claim: Claim,
}

impl<'store> HeldClaim<'store> {
    /// Claims a run.
    ///
    /// # Errors
    /// [`EngineError::AlreadyDriven`] if somebody has it, and when the store fails.
    pub(super) async fn of(store: &'store dyn Store, run: RunId, driver: DriverId) -> Result<Self, EngineError> {
        match store.claim(run, driver).await {
            Ok(claim) => Ok(Self { store, claim }),
            Err(StoreError::Claimed { run, .. }) => Err(EngineError::AlreadyDriven(run)),
            Err(error) => Err(error.into()),
        }
    }

    /// That of a run which is made under it.
    pub(super) fn of_new(store: &'store dyn Store, run: RunId, driver: DriverId) -> Self {
        Self { store, claim: Claim::first(run, driver) }
    }
}

impl Deref for HeldClaim<'_> {
    type Target = Claim;

    fn deref(&self) -> &Claim {
        &self.claim
    }
}

impl Drop for HeldClaim<'_> {
    fn drop(&mut self) {
        self.store.release(&self.claim);
    }
}
