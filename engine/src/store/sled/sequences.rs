//! The number of each run's next record, so that appending need not look for the last one.

use std::collections::HashMap;

use super::{fault::Fault, read};
use crate::id::RunId;

/// More runs are not driven at a time; it bounds what is remembered.
const MOST: usize = 100_000;

/// What the writer knows of the runs that it has written to.
#[derive(Debug, Default)]
pub(super) struct Sequences(HashMap<RunId, u64>);

impl Sequences {
    /// The number of the run's next record.
    pub(super) fn next(&mut self, database: &::sled::Db, run: RunId) -> Result<u64, Fault> {
        if let Some(next) = self.0.get(&run) {
            return Ok(*next);
        }
        let next = read::record_count(database, run)?;
        self.remember(run, next);
        Ok(next)
    }

    /// The record with this number is the run's last now.
    pub(super) fn went_on(&mut self, run: RunId, sequence: u64) {
        self.remember(run, sequence + 1);
    }

    fn remember(&mut self, run: RunId, next: u64) {
        if self.0.len() >= MOST && !self.0.contains_key(&run) {
            // The store has them all.
            self.0.clear();
        }
        self.0.insert(run, next);
    }
}
