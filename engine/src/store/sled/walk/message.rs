//! A message of sled 0.34's log, as its reader takes it: a head (checksum, kind, three numbers), then a body.

use std::ops::Range;

/// No message begins in the last bytes of a segment.
pub(super) const LONGEST_HEAD: usize = 32;
/// sled looks at this many bytes when it reads a head, past the end of the file too.
const PEEK: usize = 128;
/// The kinds that there are; 0 stands where nothing was written.
const KINDS: Range<u8> = 1..12;
const CAP: u8 = 2;
const BATCH: u8 = 3;
const IN_A_BLOB: [u8; 3] = [7, 9, 11];

/// What stands at a place of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// Data, or nothing of interest, of this length.
    Whole(usize),
    /// Data that is kept in a file of its own, under this number; and the length of what is here.
    Blob(i64, usize),
    /// What follows up to this position counts only as a whole; and the length of what is here.
    Batch(i64, usize),
    /// Nothing more in this segment.
    Cap,
    /// No message of this segment: damage, or what was there before.
    Broken,
    /// sled's reader fails here, which for it is not the same.
    Unreadable,
}

/// A message's head.
#[derive(Clone, Copy)]
struct Head {
    checksum: [u8; 4],
    kind: u8,
    body_length: u64,
    /// The number of the segment that it belongs to.
    segment: u64,
    /// How long the head itself is.
    length: usize,
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let checksum = *bytes.first_chunk()?;
        let kind = *bytes.get(4)?;
        let mut at = 5;
        let mut next = || {
            let (number, length) = number(bytes.get(at..)?)?;
            at += length;
            Some(number)
        };
        let (body_length, segment, _page) = (next()?, next()?, next()?);
        Some(Self { checksum, kind, body_length, segment, length: at })
    }

    fn is_right(&self, head: &[u8], body: &[u8]) -> bool {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(body);
        hasher.update(&head[4..self.length]);
        (!hasher.finalize()).to_le_bytes() == self.checksum
    }
}

/// A number as sled writes it, and how many bytes it takes: one up to 240, else a first byte says how many follow.
pub(in crate::store::sled) fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let byte = |index: usize| bytes.get(index).map(|byte| u64::from(*byte));
    Some(match *bytes.first()? {
        small @ 0..=240 => (u64::from(small), 1),
        high @ 241..=248 => (240 + 256 * u64::from(high - 241) + byte(1)?, 2),
        249 => (2288 + 256 * byte(1)? + byte(2)?, 3),
        high => {
            let count = usize::from(high) - 247;
            let mut little = [0; 8];
            little[..count].copy_from_slice(bytes.get(1..=count)?);
            (u64::from_le_bytes(little), count + 1)
        }
    })
}

/// Reads the message at `at` of segment number `segment`, of which the file has `bytes`; a whole segment has `room` bytes.
pub(super) fn read(bytes: &[u8], at: usize, segment: u64, room: usize) -> Message {
    let Some(rest) = bytes.get(at..) else { return Message::Unreadable };
    let mut peek = [0; PEEK];
    let seen = if rest.len() < PEEK {
        peek[..rest.len()].copy_from_slice(rest);
        &peek
    } else {
        rest
    };
    let head = Head::read(seen).expect("the longest head is shorter");
    let body_length = match usize::try_from(head.body_length) {
        Ok(length) if length <= room - at - head.length => length,
        _ => return Message::Broken,
    };
    if !KINDS.contains(&head.kind) {
        return Message::Broken;
    }
    let Some(body) = seen.get(head.length..head.length + body_length) else { return Message::Unreadable };
    if !head.is_right(seen, body) || head.segment != segment {
        return Message::Broken;
    }
    understood(&head, body)
}

fn understood(head: &Head, body: &[u8]) -> Message {
    let length = head.length + body.len();
    let position = body.first_chunk().map(|bytes| i64::from_le_bytes(*bytes));
    match head.kind {
        CAP => Message::Cap,
        BATCH => position.map_or(Message::Unreadable, |last| Message::Batch(last, length)),
        kind if IN_A_BLOB.contains(&kind) => position.map_or(Message::Unreadable, |blob| Message::Blob(blob, length)),
        _ => Message::Whole(length),
    }
}

/// The segment numbers of the whole messages that lie anywhere in `bytes`; of those that are `wanted`.
pub(super) fn numbers_in(bytes: &[u8], wanted: &Range<u64>) -> Vec<u64> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        match whole_message(rest, wanted) {
            Some((segment, length)) => {
                found.push(segment);
                at += length;
            }
            None => at += 1,
        }
    }
    found.dedup();
    found
}

/// The segment number and the length of the message at the beginning of `bytes`.
fn whole_message(bytes: &[u8], wanted: &Range<u64>) -> Option<(u64, usize)> {
    let head = Head::read(bytes).filter(|head| KINDS.contains(&head.kind) && wanted.contains(&head.segment))?;
    let end = usize::try_from(head.body_length).ok()?.checked_add(head.length)?;
    head.is_right(bytes, bytes.get(head.length..end)?).then_some((head.segment, end))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            crafted::{BATCH, BLOB, broken, cap, data, message},
            segment::SEGMENT,
        },
        *,
    };

    #[test]
    fn numbers_are_read_as_sled_writes_them() {
        use ::sled::Serialize;
        for expected in [0, 1, 240, 241, 2287, 2288, 67_823, 67_824, 1 << 24, (1 << 40) + 7, u64::MAX] {
            let bytes = expected.serialize();
            assert_eq!(number(&bytes), Some((expected, bytes.len())));
            assert_eq!(number(&bytes[..bytes.len() - 1]), None);
        }
    }

    #[test]
    fn a_message_is_what_it_says_only_if_every_bit_of_it_is_right() {
        let position = 77_i64.to_le_bytes();
        let table = [
            (data(3, 200), Message::Whole(data(3, 200).len())),
            (cap(3), Message::Cap),
            (message(BATCH, 3, &position), Message::Batch(77, message(BATCH, 3, &position).len())),
            (message(BATCH, 3, &position[..7]), Message::Unreadable),
            (message(BLOB, 3, &position), Message::Blob(77, message(BLOB, 3, &position).len())),
            (message(BLOB, 3, &position[..7]), Message::Unreadable),
            (message(0, 3, &position), Message::Broken),
            (message(12, 3, &position), Message::Broken),
            (data(4, 200), Message::Broken),
        ];
        for (bytes, expected) in table {
            assert_eq!(read(&[&bytes[..], &[0; 200]].concat(), 0, 3, SEGMENT), expected, "{bytes:?}");
        }
        let whole = data(3, 200);
        for bit in 0..whole.len() * 8 {
            let mut other = whole.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let found = read(&other, 0, 3, SEGMENT);
            assert!(matches!(found, Message::Broken | Message::Unreadable), "bit {bit}: {found:?}");
        }
    }

    #[test]
    fn a_message_has_no_more_room_than_its_segment() {
        let whole = data(3, 200);
        let bytes = [&[9; 10][..], &whole].concat();
        let read = |bytes: &[u8], room| super::read(bytes, 10, 3, room);
        assert_eq!(read(&bytes, bytes.len()), Message::Whole(whole.len()));
        assert_eq!(read(&bytes, bytes.len() - 1), Message::Broken);
        // The file ends within it.
        assert_eq!(read(&bytes[..bytes.len() - 1], SEGMENT), Message::Unreadable);
        assert_eq!(read(&bytes[..9], SEGMENT), Message::Unreadable);
    }

    #[test]
    fn messages_are_found_wherever_they_lie() {
        let noise = vec![6; 50];
        let bytes = [noise.clone(), data(5, 30), data(5, 400), broken(data(6, 30)), noise, data(9, 0)].concat();
        assert_eq!(numbers_in(&bytes, &(0..100)), [5, 9]);
        assert_eq!(numbers_in(&bytes, &(6..100)), [9]);
        assert_eq!(numbers_in(&bytes, &(5..9)), [5]);
        assert_eq!(numbers_in(&[], &(0..100)), [0; 0]);
    }
}
