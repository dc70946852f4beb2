//! The segments that sled's file is cut into: their headers, and reading them.

use std::{fs::File, io};

/// How long a segment is: what sled takes if it is not told otherwise. A store cannot change it later.
pub(in crate::store::sled) const SEGMENT: usize = 512 << 10;

/// checksum, position, what was stable when it was written; 4 + 8 + 8 bytes.
pub(in crate::store::sled) const HEADER: usize = 20;

/// A segment's header whose checksum is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::sled) struct Header {
    /// The position of the segment's first byte in the log.
    pub(in crate::store::sled) position: i64,
    /// Up to here the log was stable then.
    pub(in crate::store::sled) stable: i64,
}

impl Header {
    /// Reads one; `None` if it is none, or damaged.
    pub(in crate::store::sled) fn read(bytes: &[u8; HEADER]) -> Option<Self> {
        let (checksum, content) = bytes.split_at(4);
        let (position, stable) = content.split_at(8);
        let number = |bytes: &[u8]| i64::from_le_bytes(bytes.try_into().expect("half of 16 bytes")) ^ i64::MAX;
        let right = checksum == (!crc32fast::hash(content)).to_le_bytes();
        right.then(|| Self { position: number(position), stable: number(stable) })
    }

    /// The header of the segment at `place` of the file; `None` if there is none.
    pub(in crate::store::sled) fn at(file: &File, place: u64) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEADER];
        let there = read_at(file, &mut bytes, place)?;
        Ok((there == HEADER).then(|| Self::read(&bytes)).flatten())
    }
}

/// The places in a file of this length at which a segment begins and has a header.
pub(in crate::store::sled) fn places(length: u64) -> impl Iterator<Item = u64> {
    (0..length).step_by(SEGMENT).filter(move |place| length - place >= HEADER as u64)
}

/// Reads what the file has of the segment at `place`.
pub(super) fn read(file: &File, place: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.resize(SEGMENT, 0);
    let there = read_at(file, bytes, place)?;
    bytes.truncate(there);
    Ok(())
}

/// Fills `bytes` from the file, as far as it goes, and says how far.
pub(in crate::store::sled) fn read_at(file: &File, bytes: &mut [u8], place: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match read_once(file, &mut bytes[filled..], place + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_once(file: &File, bytes: &mut [u8], place: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, place)
}

#[cfg(windows)]
fn read_once(file: &File, bytes: &mut [u8], place: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, place)
}

/// The number of the segment that `position` lies in.
pub(super) fn number(position: i64) -> u64 {
    (position / SEGMENT as i64).unsigned_abs()
}

/// The first position of the segment that `position` lies in.
pub(in crate::store::sled) fn round_down(position: i64) -> i64 {
    position / SEGMENT as i64 * SEGMENT as i64
}

/// The first position of the next segment, unless `position` begins one.
pub(super) fn round_up(position: i64) -> i64 {
    round_down(position + SEGMENT as i64 - 1)
}

/// How far `position` is from the beginning of its segment.
pub(in crate::store::sled) fn inside(position: i64) -> usize {
    position.rem_euclid(SEGMENT as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::{
        super::crafted::{LENGTH, SECOND},
        *,
    };

    #[test]
    fn positions_lie_in_segments() {
        let table = [
            (0, (0, 0, 0, 0)),
            (1, (0, 0, LENGTH, 1)),
            (LENGTH - 1, (0, 0, LENGTH, SEGMENT - 1)),
            (LENGTH, (1, LENGTH, LENGTH, 0)),
            (3 * LENGTH + 7, (3, 3 * LENGTH, 4 * LENGTH, 7)),
        ];
        for (position, (number, down, up, inside)) in table {
            let found = (super::number(position), round_down(position), round_up(position), super::inside(position));
            assert_eq!(found, (number, down, up, inside), "{position}");
        }
        let places = |length| super::places(length).collect::<Vec<_>>();
        assert_eq!(places(0), [0; 0]);
        assert_eq!(places(HEADER as u64 - 1), [0; 0]);
        assert_eq!(places(HEADER as u64), [0]);
        assert_eq!(places(SECOND + HEADER as u64 - 1), [0]);
        assert_eq!(places(2 * SECOND), [0, SECOND]);
    }
}
