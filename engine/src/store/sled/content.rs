//! What lies in a slot of a piece: a record of a run, with what it changes in the run's summary, a claim or a message of a run, or a
//! definition.
//!
//! Records and messages are opaque here: the run and the number stand beside them.

use super::{
    fault::Fault,
    number,
    value::{self, LARGEST, Stored, Write},
};
use crate::{
    id::{DefinitionHash, DriverId, RunId},
    store::Claim,
};

// Together with what stands beside them the longest fit into a piece.
const LONGEST_RECORD: usize = LARGEST - 640;
/// Of a summary, or of what changes in one, that stands beside a record.
pub(super) const LONGEST_SUMMARY: usize = 512;

const RECORD: u8 = 1;
const RECORD_WITH_SUMMARY: u8 = 2;
const RECORD_WITH_STANDING: u8 = 3;
const DEFINITION: u8 = 4;
const CLAIM: u8 = 5;
const MESSAGE: u8 = 6;
const PRUNED: u8 = 7;

const ID_LENGTH: usize = 16;

/// What lies in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content<'bytes> {
    /// A record.
    Record {
        /// Of which run.
        run: RunId,
        /// Its number in the run's journal.
        sequence: u64,
        /// Its bytes.
        record: Stored<'bytes>,
        /// What it changes in the run's summary.
        change: SummaryChange<'bytes>,
    },
    /// A claim of a run.
    Claim(Claim),
    /// A message to a run.
    Message {
        /// Which.
        run: RunId,
        /// Its number in the run's inbox.
        number: u64,
        /// Its bytes.
        message: Stored<'bytes>,
    },
    /// A run is forgotten: what was written of it before counts no more.
    Pruned {
        /// Which.
        run: RunId,
        /// How many records it had.
        records: u64,
    },
    /// The text of a definition.
    Definition {
        /// What it is called by.
        hash: &'bytes str,
        /// The text.
        text: Stored<'bytes>,
    },
}

/// What a record changes in its run's summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SummaryChange<'bytes> {
    /// Nothing.
    None,
    /// All of it.
    Whole(Stored<'bytes>),
    /// How far the run is.
    Standing(&'bytes [u8]),
}

/// The same, to be written.
#[derive(Clone, Debug)]
pub(super) enum NewSummary {
    /// Nothing.
    None,
    /// All of it.
    Whole(Vec<u8>),
    /// How far the run is.
    Standing(Vec<u8>),
}

impl<'bytes> Content<'bytes> {
    /// The values in it, which may lie in parts elsewhere.
    pub(super) fn values(&self) -> impl Iterator<Item = Stored<'bytes>> + use<'bytes> {
        let (first, second) = match *self {
            Self::Record { record, change: SummaryChange::Whole(summary), .. } => (Some(record), Some(summary)),
            Self::Record { record: value, .. }
            | Self::Message { message: value, .. }
            | Self::Definition { text: value, .. } => (Some(value), None),
            Self::Claim(_) | Self::Pruned { .. } => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// The bytes of a record's slot, and the parts to keep besides.
pub(super) fn encode_record(run: RunId, sequence: u64, record: &[u8], summary: &NewSummary) -> (Vec<u8>, Vec<Write>) {
    let (stored, mut parts) = value::encode(record, LONGEST_RECORD);
    let (kind, beside) = match summary {
        NewSummary::None => (RECORD, Vec::new()),
        NewSummary::Standing(standing) => (RECORD_WITH_STANDING, standing.clone()),
        NewSummary::Whole(summary) => {
            let (stored, more) = value::encode(summary, LONGEST_SUMMARY);
            parts.extend(more);
            (RECORD_WITH_SUMMARY, stored)
        }
    };
    let mut bytes = about(kind, run, sequence);
    number::put_counted(&mut bytes, &stored);
    bytes.extend(beside);
    (bytes, parts)
}

/// The bytes of a definition's slot, and the parts to keep besides.
pub(super) fn encode_definition(hash: &DefinitionHash, text: &str) -> (Vec<u8>, Vec<Write>) {
    let (stored, parts) = value::encode(text.as_bytes(), LONGEST_RECORD);
    let mut bytes = vec![DEFINITION];
    number::put_counted(&mut bytes, hash.as_str().as_bytes());
    bytes.extend(stored);
    (bytes, parts)
}

/// The bytes of a claim's slot.
pub(super) fn encode_claim(claim: &Claim) -> Vec<u8> {
    let mut bytes = about(CLAIM, claim.run, claim.number);
    bytes.extend_from_slice(claim.driver.as_bytes());
    bytes
}

/// The bytes of a message's slot, and the parts to keep besides.
pub(super) fn encode_message(run: RunId, number: u64, message: &[u8]) -> (Vec<u8>, Vec<Write>) {
    let (stored, parts) = value::encode(message, LONGEST_RECORD);
    let mut bytes = about(MESSAGE, run, number);
    bytes.extend(stored);
    (bytes, parts)
}

/// The bytes of the slot that says that a run is forgotten.
pub(super) fn encode_pruned(run: RunId, records: u64) -> Vec<u8> {
    about(PRUNED, run, records)
}

fn about(kind: u8, run: RunId, number: u64) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend_from_slice(run.as_bytes());
    number::put(&mut bytes, number);
    bytes
}

/// How a record is kept, to compare.
pub(super) fn stored_record(record: &[u8]) -> Vec<u8> {
    value::encode(record, LONGEST_RECORD).0
}

/// Reads a slot.
pub(super) fn decode(bytes: &[u8]) -> Result<Content<'_>, Fault> {
    parse(bytes).ok_or_else(|| Fault::Damaged("something in a group of records cannot be read".to_owned()))
}

fn parse(mut bytes: &[u8]) -> Option<Content<'_>> {
    let kind = *bytes.split_off_first()?;
    if kind == DEFINITION {
        let hash = std::str::from_utf8(number::take_counted(&mut bytes)?).ok()?;
        return Some(Content::Definition { hash, text: value::decode(bytes).ok()? });
    }
    let run = RunId::new(take_id(&mut bytes)?);
    let number = number::take(&mut bytes)?;
    match kind {
        CLAIM => {
            let driver = DriverId::new(take_id(&mut bytes)?);
            bytes.is_empty().then_some(Content::Claim(Claim { run, number, driver }))
        }
        MESSAGE => Some(Content::Message { run, number, message: value::decode(bytes).ok()? }),
        PRUNED => bytes.is_empty().then_some(Content::Pruned { run, records: number }),
        _ => parse_record(kind, run, number, bytes),
    }
}

fn take_id(bytes: &mut &[u8]) -> Option<uuid::Uuid> {
    uuid::Uuid::from_slice(bytes.split_off(..ID_LENGTH)?).ok()
}

fn parse_record(kind: u8, run: RunId, sequence: u64, mut bytes: &[u8]) -> Option<Content<'_>> {
    let record = value::decode(number::take_counted(&mut bytes)?).ok()?;
    let change = match kind {
        RECORD if bytes.is_empty() => SummaryChange::None,
        RECORD_WITH_SUMMARY => SummaryChange::Whole(value::decode(bytes).ok()?),
        RECORD_WITH_STANDING => SummaryChange::Standing(bytes),
        _ => return None,
    };
    Some(Content::Record { run, sequence, record, change })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> RunId {
        RunId::new(uuid::Uuid::from_u128(7))
    }

    #[test]
    fn a_claim_and_a_message_come_back() {
        let claim = Claim { run: run(), number: 300, driver: DriverId::new(uuid::Uuid::from_u128(9)) };
        let bytes = encode_claim(&claim);
        assert_eq!(decode(&bytes), Ok(Content::Claim(claim)));
        decode(&bytes[..bytes.len() - 1]).unwrap_err();
        decode(&[&bytes[..], &[0]].concat()).unwrap_err();
        assert_eq!(decode(&encode_pruned(run(), 300)), Ok(Content::Pruned { run: run(), records: 300 }));
        let (bytes, parts) = encode_message(run(), 2, b"a message");
        let message = Content::Message { run: run(), number: 2, message: Stored::Inline(b"a message") };
        assert_eq!((decode(&bytes), parts.len()), (Ok(message), 0));
        let (bytes, parts) = encode_message(run(), 2, &[7; 2 * LARGEST]);
        assert!(matches!(decode(&bytes), Ok(Content::Message { message: Stored::InParts { .. }, .. })));
        assert_eq!(parts.len(), 2);
    }

    #[test]
    fn a_record_comes_back_with_what_stands_beside_it() {
        let cases = [
            (NewSummary::None, SummaryChange::None),
            (NewSummary::Whole(b"whole".to_vec()), SummaryChange::Whole(Stored::Inline(b"whole"))),
            (NewSummary::Standing(b"done".to_vec()), SummaryChange::Standing(b"done")),
        ];
        for (new, change) in cases {
            let (bytes, parts) = encode_record(run(), 300, b"a record", &new);
            let record = Stored::Inline(b"a record");
            assert_eq!(decode(&bytes), Ok(Content::Record { run: run(), sequence: 300, record, change }));
            assert_eq!(parts, []);
        }
        let (bytes, _) = encode_definition(&DefinitionHash::new("0a"), "process: sample");
        assert_eq!(decode(&bytes), Ok(Content::Definition { hash: "0a", text: Stored::Inline(b"process: sample") }));
    }

    #[test]
    fn the_longest_fits_into_a_piece_and_what_is_longer_lies_in_parts() {
        for (record, summary) in [(LONGEST_RECORD, LONGEST_SUMMARY), (1 << 20, 0), (0, 1 << 20)] {
            let (record, summary) = (vec![1; record], vec![2; summary]);
            let (bytes, _) = encode_record(run(), u64::MAX, &record, &NewSummary::Whole(summary));
            assert!(bytes.len() + 64 <= LARGEST, "{} bytes", bytes.len());
        }
        let (_, parts) = encode_record(run(), 1, &[1; 2 * LARGEST], &NewSummary::Whole(vec![2; LARGEST]));
        assert_eq!(parts.len(), 3);
    }

    #[test]
    fn what_is_no_content_is_told() {
        let (whole, _) = encode_record(run(), 1, b"a record", &NewSummary::None);
        for cut in 0..whole.len() {
            decode(&whole[..cut]).unwrap_err();
        }
        decode(&[&whole[..], b"more"].concat()).unwrap_err();
        decode(&[9; 40]).unwrap_err();
    }
}
