//! Writes that wait for a batch, and what is there when they are counted in.

use std::collections::BTreeMap;

use super::{
    fault::Fault,
    keys,
    read::{self, Source},
    value,
};
use crate::id::RunId;

/// Writes that will become one batch, over what the database holds.
#[derive(Debug)]
pub(super) struct Staged<'database> {
    database: &'database ::sled::Db,
    // Ordered, since the last record of a run is looked for here too.
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'database> Staged<'database> {
    /// Nothing staged yet.
    pub(super) fn new(database: &'database ::sled::Db) -> Self {
        Self { database, writes: BTreeMap::new() }
    }

    /// The batch; `None` if there is nothing to write.
    pub(super) fn into_batch(self) -> Option<::sled::Batch> {
        let mut batch = ::sled::Batch::default();
        let empty = self.writes.is_empty();
        for (key, value) in self.writes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        (!empty).then_some(batch)
    }

    /// How many records the run has.
    pub(super) fn next_sequence(&self, run: RunId) -> Result<u64, Fault> {
        let journal = keys::journal(run);
        let after = keys::record(run, u64::MAX);
        let staged = self.writes.range(journal.clone()..=after).next_back().map(|(key, _)| read::sequence_at_end(key));
        match staged {
            Some(sequence) => Ok(sequence? + 1),
            None => read::record_count(self.database, run),
        }
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
