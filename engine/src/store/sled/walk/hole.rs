//! What a walk passed over, less what a crash can leave.

use std::{collections::BTreeMap, fs::File, io, ops::Range};

use super::{
    message::{self, LONGEST_HEAD, Message},
    segment::{self, HEADER, Header, SEGMENT},
};

/// A log may speak of so many segments behind its end: those that a crash left half used anew.
const AHEAD: u64 = 1024;

/// What is known of the log when holes are looked for.
pub(super) struct Walked<'log> {
    pub(super) log: &'log File,
    /// Segments before this position are not walked.
    pub(super) floor: i64,
    /// Where the log ends.
    pub(super) end: i64,
    /// Position → place.
    pub(super) segments: &'log BTreeMap<i64, u64>,
    /// Places without a header.
    pub(super) headless: &'log [u64],
    /// What was passed over: the segment's place, and where in it.
    pub(super) passed_over: &'log [(u64, usize)],
}

/// The places of the file that should be whole and are not, before the log's end.
///
/// A segment that a crash left half used anew holds messages from behind the end where its old ones stop: that is not a hole.
pub(super) fn find(walked: &Walked<'_>) -> io::Result<Vec<u64>> {
    let first_behind = segment::number(segment::round_up(walked.end));
    let plausible = segment::number(walked.floor)..first_behind + AHEAD;
    let mut bytes = Vec::new();
    let mut holes = Vec::new();
    for &(place, at) in walked.passed_over {
        segment::read(walked.log, place, &mut bytes)?;
        let found = message::numbers_in(&bytes[at..], &plausible);
        if found.iter().all(|number| *number < first_behind) {
            holes.push(place + at as u64);
        }
    }
    for &place in walked.headless {
        segment::read(walked.log, place, &mut bytes)?;
        if has_lost_messages(&bytes, &plausible, first_behind, walked.segments) {
            holes.push(place);
        }
    }
    holes.extend(cut_short(walked)?);
    Ok(holes)
}

/// Whether a segment without a header holds messages from before the end that no other segment has.
fn has_lost_messages(bytes: &[u8], plausible: &Range<u64>, first_behind: u64, segments: &BTreeMap<i64, u64>) -> bool {
    if bytes.iter().all(|byte| *byte == 0) {
        return false;
    }
    let known = |number: u64| segments.contains_key(&(number as i64 * SEGMENT as i64));
    message::numbers_in(bytes, plausible).into_iter().any(|number| number < first_behind && !known(number))
}

/// A last segment that is shorter than its header, or than its messages, if the walk does not come there: what lay behind it
/// is gone too.
fn cut_short(walked: &Walked<'_>) -> io::Result<Option<u64>> {
    let place = walked.log.metadata()?.len() / SEGMENT as u64 * SEGMENT as u64;
    let mut bytes = Vec::new();
    segment::read(walked.log, place, &mut bytes)?;
    if (1..HEADER).contains(&bytes.len()) {
        // sled writes a header with what follows it.
        return Ok(Some(place));
    }
    let header = bytes.first_chunk().and_then(Header::read).filter(|header| header.position < walked.floor);
    let Some(header) = header else { return Ok(None) };
    let mut at = HEADER;
    while at + LONGEST_HEAD <= SEGMENT {
        match message::read(&bytes, at, segment::number(header.position), SEGMENT) {
            Message::Whole(length) | Message::Blob(_, length) | Message::Batch(_, length) => at += length,
            Message::Cap => break,
            Message::Broken | Message::Unreadable => return Ok(Some(place + at as u64)),
        }
    }
    Ok(None)
}
