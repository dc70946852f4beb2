//! Restoring: a backup is copied beside the store, read through, and put in its place; the store that was there is kept aside.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{backup, fault::Fault, files, look, open};
use crate::store::StoreCounts;

/// What restoring gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What the store has now.
    pub counts: StoreCounts,
    /// Where the store is that was there before.
    pub aside: Option<PathBuf>,
}

/// Puts a copy of the store in `from` to `store`, in the place of one that is there only if `replaces`.
pub(super) fn restore(from: &Path, store: &Path, replaces: bool) -> Result<Restored, Fault> {
    let is_there = store.exists();
    if is_there && !replaces {
        let message = format!("restoring: `{}` is there already", store.display());
        return Err(Fault::Io { kind: std::io::ErrorKind::AlreadyExists, message });
    }
    let new = beside(store);
    restoring(files::remove_if_there(&new))?;
    if let Some(parent) = store.parent() {
        restoring(files::create_directory(parent))?;
    }
    copy(from, &new)?;
    let counts = backup::read_through(&new).inspect_err(|_| drop(fs::remove_dir_all(&new)))?;
    if !is_there {
        restoring(fs::rename(&new, store).and_then(|()| files::sync_parent(store)))?;
        return Ok(Restored { counts, aside: None });
    }
    let lock = lock(store)?;
    // The copy has the name under which the old store is kept before they are exchanged: a kill in between loses neither.
    let aside = restoring(files::put_aside(&new, store, "replaced"))?;
    restoring(files::exchange(store, &aside))?;
    drop(lock);
    Ok(Restored { counts, aside: Some(aside) })
}

/// Where the copy is made.
pub(super) fn beside(store: &Path) -> PathBuf {
    files::beside(store, "restoring")
}

/// Copies a whole store that nobody has open.
fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    open::patiently(|| {
        let missing = || Fault::Damaged(format!("there is no store in `{}`", from.display()));
        let db = restoring(files::open_db(from))?.ok_or_else(missing)?;
        if !restoring(files::try_lock(&db))? {
            return Err(Fault::Locked);
        }
        look::look(from, Some(&db))?;
        restoring(files::copy(from, to))
    })
}

/// Whoever has the store open goes on with it, so nobody may. A damaged one can be replaced.
fn lock(store: &Path) -> Result<Option<fs::File>, Fault> {
    open::patiently(|| {
        let Some(db) = restoring(files::open_db(store))? else { return Ok(None) };
        if restoring(files::try_lock(&db))? { Ok(Some(db)) } else { Err(Fault::Locked) }
    })
}

fn restoring<T>(result: std::io::Result<T>) -> Result<T, Fault> {
    result.map_err(|error| Fault::io("restoring", &error))
}
