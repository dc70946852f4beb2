//! The way out where a store is refused though only what no longer counts is damaged: sled keeps old states of its pages until
//! it uses their place anew. A copy is opened as sled would; it is a store again if all of it can be read and nothing is missing.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    check,
    fault::Fault,
    files, groups,
    guard::guarded,
    index::{self, Index},
    log::Log,
    look,
    note::{self, Found},
    open,
    piece::Head,
    snapshot,
};
use crate::store::StoreCounts;

/// A copy of a damaged store that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MendedStore {
    /// Where the copy is.
    pub path: PathBuf,
    /// What it has, all of which was read.
    pub counts: StoreCounts,
}

/// Makes a copy of the store in `store` that can be opened, if nothing that counts is missing in it.
pub(super) fn mend(store: &Path) -> Result<MendedStore, Fault> {
    let lock = open::patiently(|| {
        let db =
            mending(files::open_db(store))?.ok_or_else(|| Fault::Damaged("its file `db` is missing".to_owned()))?;
        if mending(files::try_lock(&db))? { Ok(db) } else { Err(Fault::Locked) }
    })?;
    let copy = mending(files::copy_beside(store, "mended"))?;
    drop(lock);
    let mended = mend_copy(&copy);
    if mended.is_err() {
        // It is of no use to anybody. If it cannot be removed, it does no harm.
        let _ = fs::remove_dir_all(&copy);
    }
    mended.map(|counts| MendedStore { path: copy, counts })
}

/// Makes a store of the copy.
fn mend_copy(copy: &Path) -> Result<StoreCounts, Fault> {
    if mending(snapshot::newest(copy))? == snapshot::Newest::Broken {
        mending(snapshot::remove_all(copy))?;
    }
    mending(snapshot::remove_unfinished(copy))?;
    let found = mending(note::read(copy))?;
    let database = open::open_sled(copy)?;
    let checked = guarded("reading it", || compare(&database, &found));
    let (head, counts) = match checked {
        Ok(checked) => checked,
        Err(fault) => return Err(open::let_go(database, fault)),
    };
    Log::open(copy, database, &head, found)?.close();
    Ok(counts)
}

/// Whether everything that was written is there, as far as the numbers that were kept with it tell.
fn compare(database: &::sled::Db, found: &Found) -> Result<(Head, StoreCounts), Fault> {
    open::has_format(database)?;
    if !matches!(found, Found::Note { .. }) {
        return Err(Fault::Damaged("without its note of the log's end it cannot be told what is missing".to_owned()));
    }
    let (recent, head) = groups::recover(database, index::newest_group(database)?)?;
    look::agree_with_groups(found, |group| groups::newest(database, group))?;
    let counts = Index::new(database.clone(), recent, head.number.group).read(check::check)?;
    Ok((head, counts))
}

fn mending<T>(result: io::Result<T>) -> Result<T, Fault> {
    result.map_err(|error| Fault::io("copying it", &error))
}
