//! How a value is kept: as it is, or where its parts are.
//!
//! sled moves a leaf of more than 128 KiB out of its `db` file, into `blobs/`, where `sync_data` on `db` does not reach it.
//! Hence nothing above [`LARGEST`] bytes is ever given to it. Parts are kept under the hash of the whole: the same
//! definition, in a thousand records, is there once.

use super::keys::{self, Hash};

/// The most that one key holds.
pub(super) const LARGEST: usize = 4096;

const INLINE: u8 = 0;
const IN_PARTS: u8 = 1;

/// A key, and what to keep there.
pub(super) type Write = (Vec<u8>, Vec<u8>);

/// How a value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored<'bytes> {
    /// The value itself.
    Inline(&'bytes [u8]),
    /// The value lies in parts.
    InParts {
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
    #[error("a value has an unknown form")]
    Form(Option<u8>),
    /// It has too few bytes.
    #[error("a value is cut short")]
    Short,
    /// Its parts are not those that were written.
    #[error("the parts of a value do not fit together")]
    Hash,
}

/// How to keep a value of which at most `inline` bytes may be kept as they are, and the parts to keep besides.
pub(super) fn encode(value: &[u8], inline: usize) -> (Vec<u8>, Vec<Write>) {
    if value.len() <= inline {
        return ([&[INLINE], value].concat(), Vec::new());
    }
    let hash = keys::hash(value);
    let parts = (0_u32..).zip(value.chunks(LARGEST)).map(|(index, part)| (keys::part(&hash, index), part.to_vec()));
    let length = value.len() as u64;
    ([&[IN_PARTS], &hash[..], &length.to_be_bytes()].concat(), parts.collect())
}

/// Reads how a value is kept.
pub(super) fn decode(stored: &[u8]) -> Result<Stored<'_>, Unreadable> {
    match stored {
        [INLINE, value @ ..] => Ok(Stored::Inline(value)),
        [IN_PARTS, rest @ ..] => {
            let (hash, rest) = rest.split_first_chunk().ok_or(Unreadable::Short)?;
            let length = rest.try_into().map_err(|_| Unreadable::Short)?;
            Ok(Stored::InParts { hash: *hash, length: u64::from_be_bytes(length) })
        }
        _ => Err(Unreadable::Form(stored.first().copied())),
    }
}

/// Joins parts, and checks that they are what was written.
pub(super) fn join(hash: &Hash, length: u64, parts: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, Unreadable> {
    let whole = parts.iter().map(AsRef::as_ref).collect::<Vec<_>>().concat();
    let same = whole.len() as u64 == length && keys::hash(&whole) == *hash;
    same.then_some(whole).ok_or(Unreadable::Hash)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(length in 0_usize..3 * LARGEST, inline in 0..LARGEST, seed: u8) {
            let value: Vec<u8> = (0..length).map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed)).collect();
            let (stored, parts) = encode(&value, inline);
            prop_assert!(stored.len() <= inline.max(40) + 1);
            prop_assert!(parts.iter().all(|(_, part)| part.len() <= LARGEST));
            let parts: Vec<_> = parts.into_iter().map(|(_, part)| part).collect();
            let back = match decode(&stored).unwrap() {
                Stored::Inline(value) => value.to_vec(),
                Stored::InParts { hash, length } => join(&hash, length, &parts).unwrap(),
            };
            prop_assert_eq!(back, value);
        }
    }

    #[test]
    fn a_lost_part_is_noticed() {
        let (stored, parts) = encode(&[7; 2 * LARGEST], LARGEST);
        let Ok(Stored::InParts { hash, length }) = decode(&stored) else { panic!("{stored:?}") };
        let parts: Vec<_> = parts.into_iter().map(|(_, part)| part).skip(1).collect();
        assert_eq!(join(&hash, length, &parts), Err(Unreadable::Hash));
    }

    #[test]
    fn parts_of_another_value_and_another_length_are_noticed() {
        let (stored, parts) = encode(&[7; 2 * LARGEST], LARGEST);
        let Ok(Stored::InParts { hash, length }) = decode(&stored) else { panic!("{stored:?}") };
        let parts: Vec<_> = parts.into_iter().map(|(_, part)| part).collect();
        assert_eq!(join(&hash, length + 1, &parts), Err(Unreadable::Hash));
        assert_eq!(join(&hash, length, &[[8; 2 * LARGEST]]), Err(Unreadable::Hash));
    }

    #[test]
    fn other_forms_are_refused() {
        assert_eq!(decode(&[]), Err(Unreadable::Form(None)));
        assert_eq!(decode(&[9, 0, 1]), Err(Unreadable::Form(Some(9))));
        assert_eq!(decode(&[IN_PARTS, 1, 2]), Err(Unreadable::Short));
    }
}
