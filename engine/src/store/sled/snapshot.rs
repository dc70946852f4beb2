//! sled's snapshots: a shortcut for opening, made of what the log holds. A broken one makes `open` fail, though nothing is lost.

use std::{fs, io, path::Path};

use super::files;

/// sled ends a snapshot with the length of its content, 8 bytes, and a checksum of it, 4 bytes.
const TRAILER: usize = 12;

/// Removes snapshots that were never finished. sled does not: it takes them for the newest, and fails.
pub(super) fn remove_unfinished(store: &Path) -> io::Result<()> {
    let snapshots = files::snapshots(store)?;
    snapshots
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "generating"))
        .try_for_each(fs::remove_file)
}

/// Whether the snapshot that sled would read is broken for certain: then the log alone has everything.
pub(super) fn is_broken(store: &Path) -> io::Result<bool> {
    let Some(newest) = files::snapshots(store)?.pop() else { return Ok(false) };
    Ok(!is_whole(&fs::read(newest)?))
}

/// Removes all snapshots.
pub(super) fn remove_all(store: &Path) -> io::Result<()> {
    files::snapshots(store)?.iter().try_for_each(fs::remove_file)
}

fn is_whole(snapshot: &[u8]) -> bool {
    let Some(length) = snapshot.len().checked_sub(TRAILER).filter(|length| *length > 0) else { return false };
    let (content, trailer) = snapshot.split_at(length);
    trailer[8..] == crc32fast::hash(content).to_le_bytes()
}
