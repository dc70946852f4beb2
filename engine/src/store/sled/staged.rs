//! Writes that wait for a batch, and what is there when they are counted in.

use super::{fault::Fault, group::Writes, read::Source, sequences::Sequences, value};
use crate::id::RunId;

/// Writes that will become one batch, over what the database holds.
#[derive(Debug)]
pub(super) struct Staged<'writer> {
    database: &'writer ::sled::Db,
    sequences: &'writer mut Sequences,
    writes: Writes,
    records: u64,
}

impl<'writer> Staged<'writer> {
    /// Nothing staged yet.
    pub(super) fn new(database: &'writer ::sled::Db, sequences: &'writer mut Sequences) -> Self {
        Self { database, sequences, writes: Writes::new(), records: 0 }
    }

    /// What is to be written, and how many new records are in it.
    pub(super) fn into_writes(self) -> (Writes, u64) {
        (self.writes, self.records)
    }

    /// How many records the run has.
    pub(super) fn next_sequence(&mut self, run: RunId) -> Result<u64, Fault> {
        self.sequences.next(self.database, run)
    }

    /// Stages the run's next record.
    pub(super) fn put_record(&mut self, run: RunId, sequence: u64, key: Vec<u8>, bytes: &[u8]) -> Result<(), Fault> {
        self.put_value(key, bytes)?;
        self.sequences.went_on(run, sequence);
        self.records += 1;
        Ok(())
    }

    /// Stages a value with its chunks; what is there under the same hash is not written again.
    pub(super) fn put_value(&mut self, key: Vec<u8>, bytes: &[u8]) -> Result<(), Fault> {
        let (stored, chunks) = value::encode(bytes);
        if self.get(&key)?.is_some_and(|there| *there == stored) {
            return Ok(());
        }
        for (place, part) in chunks {
            if self.get(&place)?.is_none() {
                self.put(place, part);
            }
        }
        self.put(key, stored);
        Ok(())
    }

    /// Stages a write.
    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.writes.insert(key, Some(value));
    }

    /// Stages that nothing lies at `key`.
    pub(super) fn remove(&mut self, key: Vec<u8>) {
        self.writes.insert(key, None);
    }
}

impl Source for Staged<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<::sled::IVec>, Fault> {
        match self.writes.get(key) {
            Some(staged) => Ok(staged.as_deref().map(Into::into)),
            None => Source::get(self.database, key),
        }
    }
}
