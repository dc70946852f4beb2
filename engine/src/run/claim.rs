//! A run that this engine may write to, until that is dropped: it has the run here, and the store's claim of it.

use super::{
    EngineError,
    live::{LiveRun, LiveRuns},
};
use crate::{
    id::{DriverId, RunId},
    store::{Claim, Store, StoreError},
};

/// A run that nobody else has.
pub(super) struct TakenRun<'engine> {
    // In this order: who takes it here as soon as it is let go can claim it.
    claim: HeldClaim<'engine>,
    /// That it is had here, and what is said to whoever drives it.
    pub(super) live: LiveRun<'engine>,
}

/// A claim, which is released when it is dropped.
struct HeldClaim<'store> {
    store: &'store dyn Store,
    claim: Claim,
}

impl<'engine> TakenRun<'engine> {
    /// Takes a run to drive it, or to record what was said to it.
    ///
    /// # Errors
    /// [`EngineError::AlreadyDriven`] if somebody drives it, here or elsewhere, and when the store fails.
    pub(super) async fn take(
        (live, run): (&'engine LiveRuns, RunId),
        (store, driver): (&'engine dyn Store, DriverId),
        is_driver: bool,
    ) -> Result<Self, EngineError> {
        let live = live.take(run, is_driver).await?;
        match store.claim(run, driver).await {
            Ok(claim) => Ok(Self { claim: HeldClaim { store, claim }, live }),
            Err(StoreError::Claimed { run, .. }) => Err(EngineError::AlreadyDriven(run)),
            Err(error) => Err(error.into()),
        }
    }

    /// A run that is about to be made under the first claim of it.
    pub(super) fn new(live: LiveRun<'engine>, (store, driver): (&'engine dyn Store, DriverId), run: RunId) -> Self {
        Self { claim: HeldClaim { store, claim: Claim::first(run, driver) }, live }
    }

    /// The claim of it.
    pub(super) fn claim(&self) -> &Claim {
        &self.claim.claim
    }
}

impl Drop for HeldClaim<'_> {
    fn drop(&mut self) {
        self.store.release(&self.claim);
    }
}
