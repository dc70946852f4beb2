//! Where things lie in the database: one letter says what, the rest says which. Numbers are big-endian, so that the
//! order of keys is the order of numbers.
//!
//! Texts that people choose are in keys as hashes: their length is then nobody's concern.

use crate::{
    id::{DefinitionHash, OperationId, RunId, RunKey},
    run::RunStatus,
    store::RunSummary,
};

/// The format's own key.
pub(super) const FORMAT: &[u8] = b"format";

/// The newest group's own key.
pub(super) const GROUP: &[u8] = b"group";

/// The SHA-256 of something.
pub(super) type Hash = [u8; 32];

const RUN_LENGTH: usize = 16;
const CHUNK: u8 = b'c';
const DEFINITION: u8 = b'd';
const JOURNAL: u8 = b'j';
const RUN_KEY: u8 = b'k';
const OPEN_EFFECT: u8 = b'o';
const PROCESS: u8 = b'p';
const SUMMARY: u8 = b'r';
const STATUS: u8 = b's';
const STATUS_AND_PROCESS: u8 = b't';

/// Part `index` of a payload.
pub(super) fn chunk(payload: &Hash, index: u32) -> Vec<u8> {
    key(CHUNK, &[payload, &index.to_be_bytes()])
}

/// The text of a definition.
pub(super) fn definition(of: &DefinitionHash) -> Vec<u8> {
    key(DEFINITION, &[&hash(of.as_str().as_bytes())])
}

/// All records of all runs.
pub(super) fn journals() -> Vec<u8> {
    key(JOURNAL, &[])
}

/// The run that a record is of.
pub(super) fn run_of_record(key: &[u8]) -> Option<RunId> {
    run_at_end(key.split_last_chunk::<8>()?.0)
}

/// All records of a run.
pub(super) fn journal(run: RunId) -> Vec<u8> {
    key(JOURNAL, &[run.as_bytes()])
}

/// One record of a run.
pub(super) fn record(run: RunId, sequence: u64) -> Vec<u8> {
    key(JOURNAL, &[run.as_bytes(), &sequence.to_be_bytes()])
}

/// The run with this key.
pub(super) fn run_key(run_key: &RunKey) -> Vec<u8> {
    key(RUN_KEY, &[&hash(run_key.as_str().as_bytes())])
}

/// All effects whose end is not known.
pub(super) fn open_effects() -> Vec<u8> {
    key(OPEN_EFFECT, &[])
}

/// An effect whose end is not known; the value is the number of the record that intended it.
pub(super) fn open_effect(operation: &OperationId) -> Vec<u8> {
    key(OPEN_EFFECT, &[operation.run.as_bytes(), &hash(operation.to_string().as_bytes())])
}

/// All summaries, in the order in which their runs began.
pub(super) fn summaries() -> Vec<u8> {
    key(SUMMARY, &[])
}

/// The summary of a run.
pub(super) fn summary(run: RunId) -> Vec<u8> {
    key(SUMMARY, &[run.as_bytes()])
}

/// The keys under which lists find a run, besides [`summary`].
pub(super) fn index(of: &RunSummary) -> [Vec<u8>; 3] {
    let lists = [(Some(of.status), None), (None, Some(&*of.process)), (Some(of.status), Some(&*of.process))];
    lists.map(|(status, process)| listed(&list(status, process), of.run))
}

/// All runs of this status and process, in the order in which they began.
pub(super) fn list(status: Option<RunStatus>, process: Option<&str>) -> Vec<u8> {
    let status = status.map(|status| hash(status.as_str().as_bytes()));
    let process = process.map(|process| hash(process.as_bytes()));
    match (status, process) {
        (None, None) => summaries(),
        (Some(status), None) => key(STATUS, &[&status]),
        (None, Some(process)) => key(PROCESS, &[&process]),
        (Some(status), Some(process)) => key(STATUS_AND_PROCESS, &[&status, &process]),
    }
}

/// The place of a run in a [`list`].
pub(super) fn listed(list: &[u8], run: RunId) -> Vec<u8> {
    [list, run.as_bytes()].concat()
}

/// The run that a key of a list ends with.
pub(super) fn run_at_end(key: &[u8]) -> Option<RunId> {
    key.last_chunk::<RUN_LENGTH>().map(|bytes| RunId::new(uuid::Uuid::from_bytes(*bytes)))
}

/// The SHA-256 of `bytes`.
pub(super) fn hash(bytes: &[u8]) -> Hash {
    hmac_sha256::Hash::hash(bytes)
}

fn key(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![kind];
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_in_the_order_of_their_numbers() {
        let run = RunId::new(uuid::Uuid::from_u128(7));
        let numbers = [0, 1, 255, 256, 65_536, u64::MAX];
        assert!(numbers.map(|number| record(run, number)).is_sorted());
    }

    #[test]
    fn no_kind_is_the_beginning_of_a_key_of_its_own() {
        let kinds = [CHUNK, DEFINITION, JOURNAL, RUN_KEY, OPEN_EFFECT, PROCESS, SUMMARY, STATUS, STATUS_AND_PROCESS];
        assert!(!kinds.contains(&FORMAT[0]) && !kinds.contains(&GROUP[0]));
        assert!(kinds.is_sorted_by(|one, next| one < next), "one of them is there twice");
    }
}
