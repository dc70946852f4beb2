//! Where things lie in the database: one letter says what, the rest says which. Numbers are big-endian, so that the
//! order of keys is the order of numbers.
//!
//! Pieces, and the parts of long values, are what was written. All else is the index: it can be made of them anew.
//! Texts that people choose are in keys as hashes: their length is then nobody's concern.

use jiff::Timestamp;

use super::place::PieceNumber;
use crate::{
    id::{DefinitionHash, RunId, RunKey},
    status::RunStatus,
    store::{DueRun, RunSummary, admission::PlaceInLine},
};

/// The format's own key.
pub(super) const FORMAT: &[u8] = b"format";

/// The key of the newest group that the index has.
pub(super) const INDEXED: &[u8] = b"newest";

/// The SHA-256 of something.
pub(super) type Hash = [u8; 32];

const RUN_LENGTH: usize = 16;
const LINE_LENGTH: usize = 16;
const PART: u8 = b'c';
const DEFINITION: u8 = b'd';
const PIECE: u8 = b'g';
const RECORDS: u8 = b'i';
const RUN_KEY: u8 = b'k';
const LINE: u8 = b'l';
const MESSAGE: u8 = b'm';
const CLAIM: u8 = b'o';
const PROCESS: u8 = b'p';
const SUMMARY: u8 = b'r';
const STATUS: u8 = b's';
const STATUS_AND_PROCESS: u8 = b't';
const DUE: u8 = b'w';

/// Part `index` of a long value.
pub(super) fn part(value: &Hash, index: u32) -> Vec<u8> {
    key(PART, &[value, &index.to_be_bytes()])
}

/// All pieces of all groups.
pub(super) fn pieces() -> Vec<u8> {
    key(PIECE, &[])
}

/// A piece of a group.
pub(super) fn piece(PieceNumber { group, piece }: PieceNumber) -> Vec<u8> {
    key(PIECE, &[&group.to_be_bytes(), &piece.to_be_bytes()])
}

/// The piece that lies at `key`.
pub(super) fn piece_number(key: &[u8]) -> Option<PieceNumber> {
    let (group, piece) = key.strip_prefix(&[PIECE])?.split_first_chunk()?;
    Some(PieceNumber { group: u64::from_be_bytes(*group), piece: u16::from_be_bytes(piece.try_into().ok()?) })
}

/// Where a definition lies.
pub(super) fn definition(of: &DefinitionHash) -> Vec<u8> {
    key(DEFINITION, &[&short_hash::<16>(of.as_str())])
}

/// Where the records of a run lie.
pub(super) fn records(run: RunId) -> Vec<u8> {
    key(RECORDS, &[run.as_bytes()])
}

/// Where the records of a run lie, from this one on.
pub(super) fn records_from(run: RunId, sequence: u64) -> Vec<u8> {
    key(RECORDS, &[run.as_bytes(), &sequence.to_be_bytes()])
}

/// The number that a key of [`records_from`] or [`message`] ends with.
pub(super) fn number_at_end(key: &[u8]) -> Option<u64> {
    key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

/// The run with this key.
pub(super) fn run_key(run_key: &RunKey) -> Vec<u8> {
    key(RUN_KEY, &[&short_hash::<16>(run_key.as_str())])
}

/// All run keys.
pub(super) fn run_keys() -> Vec<u8> {
    key(RUN_KEY, &[])
}

/// Where the records of all runs lie.
pub(super) fn all_records() -> Vec<u8> {
    key(RECORDS, &[])
}

/// The run that a key of [`records_from`] is about.
pub(super) fn run_of_records(key: &[u8]) -> Option<RunId> {
    let (run, _) = key.strip_prefix(&[RECORDS])?.split_first_chunk::<RUN_LENGTH>()?;
    Some(RunId::new(uuid::Uuid::from_bytes(*run)))
}

/// The beginnings of all keys of the index, which can be made anew of the pieces.
pub(super) fn of_index() -> [Vec<u8>; 11] {
    const KINDS: [u8; 11] =
        [DEFINITION, RECORDS, RUN_KEY, LINE, MESSAGE, CLAIM, PROCESS, SUMMARY, STATUS, STATUS_AND_PROCESS, DUE];
    KINDS.map(|kind| vec![kind])
}

/// The newest claim of a run.
pub(super) fn claim(run: RunId) -> Vec<u8> {
    key(CLAIM, &[run.as_bytes()])
}

/// Where the messages of a run lie.
pub(super) fn messages(run: RunId) -> Vec<u8> {
    key(MESSAGE, &[run.as_bytes()])
}

/// Where a message of a run lies.
pub(super) fn message(run: RunId, number: u64) -> Vec<u8> {
    key(MESSAGE, &[run.as_bytes(), &number.to_be_bytes()])
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
pub(super) fn lists_of(summary: &RunSummary) -> Vec<Vec<u8>> {
    let (status, process) = (Some(summary.status), Some(&*summary.process));
    let lists = [(status, None), (None, process), (status, process)];
    let lists = lists.map(|(status, process)| listed(&list(status, process), summary.run));
    let due = summary.due.map(|at| due(DueRun { at, run: summary.run }));
    lists.into_iter().chain(due).chain(in_line(summary)).collect()
}

/// The line of a process's runs that asked to be admitted with this key.
pub(super) fn line(process: &str, admission_key: &str) -> Vec<u8> {
    key(LINE, &[&short_hash::<16>(&format!("{process}\0{admission_key}"))])
}

/// The place of a run in its [`line`]; `None` if it is in none.
pub(super) fn in_line(summary: &RunSummary) -> Option<Vec<u8>> {
    let (line, place) = place_in_line(summary)?;
    // In the order of numbers, also of those before 1970.
    let asked_at = place.asked_at.as_nanosecond().cast_unsigned() ^ (1 << 127);
    Some([&line[..], &[u8::from(place.waits)], &asked_at.to_be_bytes(), place.run.as_bytes()].concat())
}

/// The line that a run is in, and its place there.
pub(super) fn place_in_line(summary: &RunSummary) -> Option<(Vec<u8>, PlaceInLine)> {
    let asked = summary.admission.as_ref()?;
    Some((line(&summary.process, &asked.key), PlaceInLine::of(summary)?))
}

/// Where all lines are.
pub(super) fn all_lines() -> Vec<u8> {
    key(LINE, &[])
}

/// The line that a key of [`in_line`] is of.
pub(super) fn line_of(key: &[u8]) -> Option<Vec<u8>> {
    key.split_at_checked(1 + LINE_LENGTH).map(|(line, _)| line.to_vec())
}

/// Where all lines end.
pub(super) fn end_of_lines() -> Vec<u8> {
    key(LINE + 1, &[])
}

/// Where a line ends.
pub(super) fn end_of_line(line: &[u8]) -> Vec<u8> {
    [line, &[u8::MAX]].concat()
}

/// The place of a run in the list of runs that are due, the first first. Those of one microsecond are in the order of their ids.
pub(super) fn due(DueRun { at, run }: DueRun) -> Vec<u8> {
    [due_until(at), run.as_bytes().to_vec()].concat()
}

/// Where that list begins.
pub(super) fn all_due() -> Vec<u8> {
    key(DUE, &[])
}

/// Where that list comes to the runs that are due at this time.
pub(super) fn due_until(at: Timestamp) -> Vec<u8> {
    // In the order of numbers, also of those before 1970.
    let ordered = at.as_microsecond().cast_unsigned() ^ (1 << 63);
    key(DUE, &[&ordered.to_be_bytes()])
}

/// All runs of this status and process, in the order in which they began. Two texts may share a list: who reads it looks at
/// the summaries.
pub(super) fn list(status: Option<RunStatus>, process: Option<&str>) -> Vec<u8> {
    let status = status.map(|status| short_hash::<4>(status.as_str()));
    let process = process.map(short_hash::<8>);
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

/// Where a [`list`] ends, or where it comes to the run `before`.
pub(super) fn end_of(list: &[u8], before: Option<RunId>) -> Vec<u8> {
    // The greatest id is not a run's.
    listed(list, before.unwrap_or(RunId::new(uuid::Uuid::max())))
}

/// The run that a key of a list ends with.
pub(super) fn run_at_end(key: &[u8]) -> Option<RunId> {
    key.last_chunk::<RUN_LENGTH>().map(|bytes| RunId::new(uuid::Uuid::from_bytes(*bytes)))
}

/// The SHA-256 of `bytes`.
pub(super) fn hash(bytes: &[u8]) -> Hash {
    hmac_sha256::Hash::hash(bytes)
}

fn short_hash<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    *hash(text.as_bytes()).first_chunk().expect("a SHA-256 is longer")
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
    fn pieces_and_records_are_in_the_order_of_their_numbers() {
        let run = RunId::new(uuid::Uuid::from_u128(7));
        let numbers = [0, 1, 255, 256, 65_536, u64::MAX];
        assert!(numbers.map(|number| records_from(run, number)).is_sorted());
        let numbers = [(1, 0), (1, 1), (1, 256), (1, u16::MAX), (2, 0), (256, 3), (u64::MAX, u16::MAX)];
        let numbers = numbers.map(|(group, piece)| PieceNumber { group, piece });
        assert!(numbers.map(piece).is_sorted());
        assert_eq!(numbers.map(|number| piece_number(&piece(number))), numbers.map(Some));
    }

    #[test]
    fn runs_are_in_the_order_in_which_they_are_due() {
        let run = RunId::new(uuid::Uuid::from_u128(7));
        let times = [Timestamp::MIN, "-000001-01-01T00:00:00Z".parse().unwrap(), Timestamp::UNIX_EPOCH, Timestamp::MAX];
        assert!(times.map(|at| due(DueRun { at, run })).is_sorted());
    }

    #[test]
    fn no_kind_is_the_beginning_of_a_key_of_its_own() {
        let in_order = [PART, DEFINITION, PIECE, RECORDS, RUN_KEY, LINE, MESSAGE, CLAIM];
        let kinds = [&in_order[..], &[PROCESS, SUMMARY, STATUS, STATUS_AND_PROCESS, DUE]].concat();
        assert!(!kinds.contains(&FORMAT[0]) && !kinds.contains(&INDEXED[0]));
        assert!(kinds.is_sorted_by(|one, next| one < next), "one of them is there twice");
    }
}
