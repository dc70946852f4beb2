//! How a piece's content is written shorter: LZ4, with what all journals repeat in a dictionary, so that one record alone is short
//! too. The dictionary is part of the format: what was packed with it is read for ever. It is never changed; another would
//! have a form of its own.

use lz4_flex::block::{compress_into_with_dict, decompress_into_with_dict, get_maximum_output_size};

use super::value::LARGEST;

/// What journals repeat, most frequent last: near things are found first.
const DICTIONARY: &[u8] = include_bytes!("dictionary.txt");

const LENGTH: usize = size_of::<u16>();

/// The content, shorter; `None` if it is not.
pub(super) fn pack(content: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(content.len()).ok()?;
    let mut packed = vec![0; LENGTH + get_maximum_output_size(content.len())];
    packed[..LENGTH].copy_from_slice(&length.to_be_bytes());
    let written = compress_into_with_dict(content, &mut packed[LENGTH..], DICTIONARY).ok()?;
    packed.truncate(LENGTH + written);
    (packed.len() < content.len()).then_some(packed)
}

/// What was packed; `None` if nothing was that gives this.
pub(super) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let (length, packed) = packed.split_first_chunk::<LENGTH>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let mut content = vec![0; Some(length).filter(|length| *length <= LARGEST)?];
    let read = decompress_into_with_dict(packed, &mut content, DICTIONARY).ok()?;
    (read == length).then_some(content)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::sled::keys;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(content in proptest::collection::vec(any::<u8>(), 0..LARGEST), seed: u8) {
            let plain: Vec<u8> = content.iter().map(|byte| byte % (seed % 7 + 1)).collect();
            for content in [content, plain] {
                if let Some(packed) = pack(&content) {
                    prop_assert!(packed.len() < content.len());
                    prop_assert_eq!(unpack(&packed), Some(content));
                }
            }
        }

        #[test]
        fn whatever_is_unpacked_is_bounded(packed in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(unpack(&packed).is_none_or(|content| content.len() <= LARGEST));
        }
    }

    /// One record alone, as most are where one run goes on.
    #[test]
    fn a_record_is_packed_to_a_third() {
        let record = br#"[5,1796032909969136622,[{"effect":["assign","assign",1,[{"settled":{"settlement":{"happened":{"key":"OPS-12","account_id":"5b10ac8d82e05b22cc7d4ef5"}}}}]]},{"step":["assign",[{"completed":{"output":{"key":"OPS-12","account_id":"5b10ac8d82e05b22cc7d4ef5"}}}]]},{"node":["start",[{"started":{}}]]},{"step":["start",[{"started":{"input":{"issue":"OPS-12","status":"In Progress"}}},{"attempt_started":{"attempt":1}}]]}]]"#;
        let packed = pack(record).unwrap();
        assert!(packed.len() * 3 < record.len() + 60, "{} of {}", packed.len(), record.len());
    }

    /// Packed by the first version that packed: it must be read for ever, and so must all that it packed with this dictionary.
    #[test]
    fn what_was_packed_once_is_read() {
        let packed = bytes("00592f5b3707030001ed020049030f030f06073201018a08142c290f906c6564225d5d7d5d5d");
        let record = br#"[7,1796000000000000001,[{"signal":["cancel_requested"]},{"step":["file",["cancelled"]]}]]"#;
        assert_eq!(unpack(&packed).as_deref(), Some(&record[..]));
        let dictionary = bytes("b77492cbb975e62af33eba01f97cdd162aedb87c9e6b8640076bafbad8140971");
        assert_eq!(keys::hash(DICTIONARY)[..], dictionary);
    }

    fn bytes(digits: &str) -> Vec<u8> {
        let pairs = digits.as_bytes().chunks(2);
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }
}
