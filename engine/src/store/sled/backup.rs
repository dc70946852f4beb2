//! A backup: the groups up to one that is durable, piece by piece as they are. Whoever writes meanwhile writes later groups.

use std::{fs, path::Path};

use super::{
    check,
    fault::Fault,
    files, groups,
    guard::guarded,
    index::Index,
    open,
    piece::{self, Head},
    replica::Replica,
};
use crate::store::StoreCounts;

/// Makes a store at `to`, where there is nothing, of what is durable in `index` now. It is made beside, read through, and put in its
/// place when it is whole.
pub(super) fn backup(index: &Index, to: &Path) -> Result<StoreCounts, Fault> {
    let newest = index.newest_group();
    if to.exists() {
        let message = format!("backing up: `{}` is there already", to.display());
        return Err(Fault::Io { kind: std::io::ErrorKind::AlreadyExists, message });
    }
    let unfinished = files::beside(to, "unfinished");
    // One that was not finished is of no use.
    backing_up(files::remove_if_there(&unfinished))?;
    let counts = copy_groups(index.database(), newest, &unfinished).and_then(|()| read_through(&unfinished));
    let counts = counts.inspect_err(|_| drop(fs::remove_dir_all(&unfinished)))?;
    backing_up(fs::rename(&unfinished, to).and_then(|()| files::sync_parent(to)))?;
    Ok(counts)
}

fn copy_groups(database: &::sled::Db, newest: u64, to: &Path) -> Result<(), Fault> {
    let mut replica = Replica::begin(to)?;
    for read in groups::after(database, Head::default()) {
        let read = read?;
        let head = read.head();
        if head.number.group > newest {
            break;
        }
        for slot in piece::slots(&piece::body(read.stored())?) {
            replica.take_parts(database, &super::content::decode(slot?)?)?;
        }
        replica.take_pieces(vec![(super::keys::piece(head.number), read.stored().to_vec())], head)?;
    }
    replica.finish()
}

/// Opens a store that is nobody's yet, reads all of it, and closes it.
pub(super) fn read_through(store: &Path) -> Result<StoreCounts, Fault> {
    let opened = open::open(store, "a copy that is read through")?;
    let counts = guarded("reading", || opened.index.read(check::check));
    opened.close();
    counts
}

fn backing_up<T>(result: std::io::Result<T>) -> Result<T, Fault> {
    result.map_err(|error| Fault::io("backing up", &error))
}
