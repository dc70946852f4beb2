//! Logs made by hand, segment by segment and message by message, for tests: what a crash, a bad disk or a later sled may leave, and what
//! hardly ever comes out of a store that is used as people use it.

use ::sled::Serialize as _;

use super::segment::{HEADER, SEGMENT};

pub(in crate::store::sled) const CAP: u8 = 2;
pub(in crate::store::sled) const BATCH: u8 = 3;
pub(in crate::store::sled) const DATA: u8 = 6;
pub(in crate::store::sled) const BLOB: u8 = 7;

/// How long a segment is, as a position.
pub(in crate::store::sled) const LENGTH: i64 = SEGMENT as i64;
/// The place of the second segment in the file.
pub(in crate::store::sled) const SECOND: u64 = SEGMENT as u64;

/// A message of the segment number `number`.
pub(in crate::store::sled) fn message(kind: u8, number: u64, body: &[u8]) -> Vec<u8> {
    let head = [&[kind][..], &(body.len() as u64).serialize(), &number.serialize(), &7_u64.serialize()].concat();
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(body);
    hasher.update(&head);
    [&(!hasher.finalize()).to_le_bytes()[..], &head, body].concat()
}

/// A message with so many bytes of data.
pub(in crate::store::sled) fn data(number: u64, length: usize) -> Vec<u8> {
    message(DATA, number, &vec![5; length])
}

/// The message that closes a segment.
pub(in crate::store::sled) fn cap(number: u64) -> Vec<u8> {
    message(CAP, number, &[])
}

/// A message that takes all the room that a segment has after `before`, but for so many bytes.
pub(in crate::store::sled) fn filling(number: u64, before: usize, room: usize) -> Vec<u8> {
    let length = SEGMENT - HEADER - before - room;
    let head = data(number, length).len() - length;
    data(number, length - head)
}

/// The same with a bit that is another.
pub(in crate::store::sled) fn broken(mut message: Vec<u8>) -> Vec<u8> {
    let last = message.len() - 1;
    message[last] ^= 4;
    message
}

/// A whole segment.
pub(in crate::store::sled) fn segment(position: i64, stable: i64, messages: &[Vec<u8>]) -> Vec<u8> {
    let content = [position, stable].map(|number| (number ^ i64::MAX).to_le_bytes()).concat();
    let checksum = (!crc32fast::hash(&content)).to_le_bytes();
    let mut bytes = [&checksum[..], &content, &messages.concat()].concat();
    assert!(bytes.len() <= SEGMENT);
    bytes.resize(SEGMENT, 0);
    bytes
}

/// Where a segment of the log ends that has these messages, counted from its beginning.
pub(in crate::store::sled) fn after(messages: &[Vec<u8>]) -> i64 {
    (HEADER + messages.concat().len()) as i64
}
