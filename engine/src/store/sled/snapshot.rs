//! sled's snapshots: a shortcut for opening, made of what the log holds. A broken one makes `open` fail, though nothing is lost.

use std::{fs, io, path::Path};

use super::{files, walk};

/// sled ends a snapshot with the length of its content, 8 bytes, and a checksum of it, 4 bytes.
const TRAILER: usize = 12;

/// Where a snapshot ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// A position in the log.
    pub(super) end: i64,
    /// The place in the file of the segment that was in use.
    pub(super) segment: Option<u64>,
}

/// The snapshot that sled would read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Newest {
    /// There is none.
    None,
    /// It is as it was written.
    Whole(Snapshot),
    /// It is not: then the log alone has everything.
    Broken,
}

/// Looks at the newest snapshot that was finished.
pub(super) fn newest(store: &Path) -> io::Result<Newest> {
    let Some(newest) = files::snapshots(store)?.into_iter().rfind(|path| !is_unfinished(path)) else {
        return Ok(Newest::None);
    };
    Ok(parse(&fs::read(newest)?).map_or(Newest::Broken, Newest::Whole))
}

/// Removes snapshots that were never finished. sled does not: it takes them for the newest, and fails.
pub(super) fn remove_unfinished(store: &Path) -> io::Result<()> {
    files::snapshots(store)?.iter().filter(|path| is_unfinished(path)).try_for_each(fs::remove_file)
}

/// Removes all snapshots.
pub(super) fn remove_all(store: &Path) -> io::Result<()> {
    files::snapshots(store)?.iter().try_for_each(fs::remove_file)
}

fn is_unfinished(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "generating")
}

fn parse(bytes: &[u8]) -> Option<Snapshot> {
    let (content, trailer) = bytes.split_at_checked(bytes.len().checked_sub(TRAILER)?)?;
    if content.is_empty() || trailer[8..] != crc32fast::hash(content).to_le_bytes() {
        return None;
    }
    // Both are one more than they mean, and 0 for none; a position below 0 is written as it is.
    let end = i64::from_le_bytes(*content.first_chunk()?);
    let (segment, _) = walk::number(&content[8..])?;
    Some(Snapshot { end: if end < 0 { end } else { end.checked_sub(1)? }, segment: segment.checked_sub(1) })
}
