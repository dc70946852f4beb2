//! Who may append to a run's journal: one driver at a time. A claim never expires by time. It ends when it is released, which whoever has
//! it does when it lets the run go, and whoever keeps the store does when a driver's process is gone.

use std::collections::{BTreeMap, btree_map::Entry};

use super::StoreError;
use crate::id::{DriverId, RunId};

/// The right to append to a run's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The run.
    pub run: RunId,
    /// It rises with each claim of the run, from 1: what is asked for under an older one is refused.
    pub number: u64,
    /// Who has it.
    pub driver: DriverId,
}

impl Claim {
    /// That of whoever makes a run and drives it.
    pub fn first(run: RunId, driver: DriverId) -> Self {
        Self { run, number: 1, driver }
    }
}

/// The claims that are held. For whoever writes a store, which keeps the newest claim of each run besides, as long as the run goes on.
#[derive(Debug, Default)]
pub struct Claims {
    held: BTreeMap<RunId, Claim>,
    /// Who drives all runs that go on by themselves, and how many times over.
    of_all: BTreeMap<DriverId, usize>,
}

impl Claims {
    /// A new claim of a run, of which `newest` is the newest that was kept.
    ///
    /// # Errors
    /// [`StoreError::Claimed`] while somebody holds one.
    pub fn claim(&mut self, run: RunId, driver: DriverId, newest: Option<&Claim>) -> Result<Claim, StoreError> {
        if let Some(held) = self.held.get(&run) {
            return Err(StoreError::Claimed { run, driver: held.driver });
        }
        let claim = Claim { run, number: newest.map_or(0, |newest| newest.number) + 1, driver };
        self.held.insert(run, claim.clone());
        Ok(claim)
    }

    /// Whether something may be appended under a claim. It is held then: its driver may have kept it while the store was opened anew.
    ///
    /// # Errors
    /// [`StoreError::Superseded`] if there is a newer one.
    pub fn check(&mut self, claim: &Claim, newest: Option<&Claim>) -> Result<(), StoreError> {
        let is_held = self.held.get(&claim.run).map(|held| held == claim);
        let is_newest = newest.is_none_or(|newest| newest.number < claim.number || newest == claim);
        if !is_held.unwrap_or(is_newest) {
            return Err(StoreError::Superseded { run: claim.run, number: claim.number });
        }
        if is_held.is_none() {
            self.held.insert(claim.run, claim.clone());
        }
        Ok(())
    }

    /// The claim of a run that is held.
    pub fn held(&self, run: RunId) -> Option<&Claim> {
        self.held.get(&run)
    }

    /// Who holds a run's claim.
    pub fn driver(&self, run: RunId) -> Option<DriverId> {
        self.held(run).map(|held| held.driver)
    }

    /// The claims that a driver holds.
    pub fn of(&self, driver: DriverId) -> Vec<Claim> {
        self.held.values().filter(|held| held.driver == driver).cloned().collect()
    }

    /// A driver drives all runs that go on by themselves, once more or once less.
    pub fn set_drives_all(&mut self, driver: DriverId, drives_all: bool) {
        match self.of_all.entry(driver) {
            entry if drives_all => *entry.or_default() += 1,
            Entry::Occupied(entry) if *entry.get() == 1 => drop(entry.remove()),
            Entry::Occupied(mut entry) => *entry.get_mut() -= 1,
            Entry::Vacant(_) => {}
        }
    }

    /// Whether any driver drives all runs that go on by themselves.
    pub fn has_driver_of_all(&self) -> bool {
        !self.of_all.is_empty()
    }

    /// A claim ends. Whether it was held.
    pub fn release(&mut self, claim: &Claim) -> bool {
        let is_held = self.held.get(&claim.run) == Some(claim);
        if is_held {
            self.held.remove(&claim.run);
        }
        is_held
    }
}
