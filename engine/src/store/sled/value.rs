//! How a value is kept: a version, then the bytes, or where their chunks are.
//!
//! sled moves a leaf of more than 128 KiB out of its `db` file, into `blobs/`, where `sync_data` on `db` does not reach it.
//! Hence nothing above [`CHUNK`] bytes is ever given to it. Chunks are kept under the hash of the whole: the same
//! definition, started a thousand times, is there once.

use super::keys::{self, Hash};

/// The most that one key holds of a payload.
pub(super) const CHUNK: usize = 4096;

const VERSION: u8 = 1;
const INLINE: u8 = 0;
const CHUNKED: u8 = 1;

/// A key, and what to keep there.
pub(super) type Write = (Vec<u8>, Vec<u8>);

/// What lies at a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stored<'bytes> {
    /// The value itself.
    Inline(&'bytes [u8]),
    /// The value lies in chunks.
    Chunked {
        /// The hash of the whole.
        hash: Hash,
        /// How many bytes it has.
        length: u64,
    },
}

/// A value that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// It was written by something else.
    #[error("a value has the unknown form {0:?}")]
    Form(Option<[u8; 2]>),
    /// It has too few bytes.
    #[error("a value is cut short")]
    Short,
    /// Its chunks are not those that were written.
    #[error("the parts of a value do not fit together")]
    Hash,
}

/// What to keep at a value's key, and the chunks to keep besides.
pub(super) fn encode(value: &[u8]) -> (Vec<u8>, Vec<Write>) {
    if value.len() <= CHUNK {
        return ([&[VERSION, INLINE], value].concat(), Vec::new());
    }
    let hash = keys::hash(value);
    let chunks = (0_u32..).zip(value.chunks(CHUNK)).map(|(index, part)| (keys::chunk(&hash, index), part.to_vec()));
    let length = value.len() as u64;
    ([&[VERSION, CHUNKED], &hash[..], &length.to_be_bytes()].concat(), chunks.collect())
}

/// Reads what lies at a value's key.
pub(super) fn decode(stored: &[u8]) -> Result<Stored<'_>, Unreadable> {
    match stored {
        [VERSION, INLINE, value @ ..] => Ok(Stored::Inline(value)),
        [VERSION, CHUNKED, rest @ ..] => {
            let (hash, rest) = rest.split_first_chunk().ok_or(Unreadable::Short)?;
            let length = rest.try_into().map_err(|_| Unreadable::Short)?;
            Ok(Stored::Chunked { hash: *hash, length: u64::from_be_bytes(length) })
        }
        _ => Err(Unreadable::Form(stored.first_chunk().copied())),
    }
}

/// Joins chunks, and checks that they are what was written.
pub(super) fn join(hash: &Hash, length: u64, chunks: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, Unreadable> {
    let whole = chunks.iter().map(AsRef::as_ref).collect::<Vec<_>>().concat();
    let same = whole.len() as u64 == length && keys::hash(&whole) == *hash;
    same.then_some(whole).ok_or(Unreadable::Hash)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(length in 0_usize..3 * CHUNK, seed: u8) {
            let value: Vec<u8> = (0..length).map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed)).collect();
            let (stored, chunks) = encode(&value);
            prop_assert!(chunks.iter().all(|(_, part)| part.len() <= CHUNK));
            let parts: Vec<_> = chunks.into_iter().map(|(_, part)| part).collect();
            let back = match decode(&stored).unwrap() {
                Stored::Inline(value) => value.to_vec(),
                Stored::Chunked { hash, length } => join(&hash, length, &parts).unwrap(),
            };
            prop_assert_eq!(back, value);
        }
    }

    #[test]
    fn a_lost_chunk_is_noticed() {
        let (stored, chunks) = encode(&[7; 2 * CHUNK]);
        let Ok(Stored::Chunked { hash, length }) = decode(&stored) else { panic!("{stored:?}") };
        let parts: Vec<_> = chunks.into_iter().map(|(_, part)| part).skip(1).collect();
        assert_eq!(join(&hash, length, &parts), Err(Unreadable::Hash));
    }

    #[test]
    fn other_forms_are_refused() {
        assert_eq!(decode(&[]), Err(Unreadable::Form(None)));
        assert_eq!(decode(&[9, 0, 1]), Err(Unreadable::Form(Some([9, 0]))));
        assert_eq!(decode(&[VERSION, CHUNKED, 1, 2]), Err(Unreadable::Short));
    }
}
