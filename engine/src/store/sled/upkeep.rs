//! What is done to a store that nobody has open: its index made anew, its room given back, a backup put in its place.

use std::path::{Path, PathBuf};

use super::{
    SledStore,
    check::Inspection,
    compact::{self, Compacted},
    files, rebuild,
    restore::{self, Restored},
};
use crate::store::StoreError;

impl SledStore {
    /// Makes the index of the store in the directory `path` anew from its groups of records, and says what is wrong then. Nobody may have
    /// the store open.
    ///
    /// # Errors
    /// As [`SledStore::open`].
    pub fn rebuild_index(path: &Path, owner: &str) -> Result<Inspection, StoreError> {
        rebuild::rebuild(path, owner).map_err(|fault| fault.into_error(|| files::read_owner(path)))
    }

    /// Makes a new store of the runs that are kept beside the one in the directory `path`, compares them record by record, and puts the new
    /// one in its place. Nobody may have the store open. At each moment a whole store is in place.
    ///
    /// # Errors
    /// As [`SledStore::open`]; [`StoreError::Damaged`] if the store has a fault, or the new one differs. The store is as it was then.
    pub fn compact(path: &Path, owner: &str) -> Result<Compacted, StoreError> {
        let compacted = compact::compact(path, owner, &mut |_| Ok(()));
        compacted.map_err(|fault| fault.into_error(|| files::read_owner(path)))
    }

    /// Puts a copy of the store in the directory `from` to `path`, after all of it was read; one that is there is put aside, if
    /// `replaces`. Nobody may have either open.
    ///
    /// # Errors
    /// [`StoreError::Io`] if there is a store at `path` and `replaces` is false; [`StoreError::Damaged`] if the copy is not whole. The
    /// store at `path` is as it was then.
    pub fn restore(from: &Path, path: &Path, replaces: bool) -> Result<Restored, StoreError> {
        let restored = restore::restore(from, path, replaces);
        restored.map_err(|fault| fault.into_error(|| files::read_owner(path)))
    }

    /// What an interrupted [`SledStore::compact`] or [`SledStore::restore`] left beside the store in `path`: it is of no use.
    pub fn leftovers(path: &Path) -> Vec<PathBuf> {
        [compact::beside(path), restore::beside(path)].into_iter().filter(|path| path.exists()).collect()
    }
}
