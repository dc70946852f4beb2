//! How much room the disk has: what an effect leads to must be recorded, so none begins where there is hardly any.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::store::StoreError;

/// So much is kept for the ends of effects that are under way, and for closing the store.
const LEAST: u64 = 64 << 20;

/// The room on the disk of a store. For whoever shares a store among processes, which each look for themselves.
#[derive(Debug)]
pub struct Room {
    directory: PathBuf,
    least: AtomicU64,
}

impl Room {
    /// That of the store in `directory`.
    pub fn of(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), least: AtomicU64::new(LEAST) }
    }

    /// How many bytes must be free.
    pub fn require(&self, bytes: u64) {
        self.least.store(bytes, Ordering::SeqCst);
    }

    /// Whether so many are. Where the system does not tell there is nothing to say.
    ///
    /// # Errors
    /// [`StoreError::Full`] if not.
    pub fn check(&self) -> Result<(), StoreError> {
        let least = self.least.load(Ordering::SeqCst);
        match free(&self.directory) {
            Some(free) if free < least => Err(StoreError::Full { directory: self.directory.clone(), free, least }),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(unix)]
fn free(directory: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(directory).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_with_less_room_is_told_with_its_directory() {
        let room = Room::of(&std::env::temp_dir());
        room.require(0);
        room.check().unwrap();
        room.require(u64::MAX);
        let StoreError::Full { directory, free, least } = room.check().unwrap_err() else { panic!("another error") };
        assert_eq!((directory, least), (std::env::temp_dir(), u64::MAX));
        assert!(free > 0);
        let nowhere = Room::of(Path::new("/nowhere/at/all"));
        nowhere.require(u64::MAX);
        nowhere.check().unwrap();
    }
}
