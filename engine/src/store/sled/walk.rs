//! A walk over sled's log as its recovery goes, which writes nothing: where would the log end, and what would be lost?
//!
//! sled goes over the log twice. The first time it looks for the end: it takes the segments from the newest position
//! that any header calls stable on, as far as they follow each other, and stops at the first message that is not right.
//! The second time it takes what lies before that end; there it passes over what is not right, to the next segment,
//! without a word.

#[cfg(test)]
pub(super) mod crafted;
mod hole;
#[cfg(test)]
mod logs;
mod message;
mod pass;
pub(super) mod segment;

use std::{collections::BTreeMap, fs::File, io, path::Path};

pub(super) use self::message::number;
use self::{
    hole::Walked,
    message::LONGEST_HEAD,
    pass::Pass,
    segment::{Header, SEGMENT},
};
use super::snapshot::Snapshot;

/// What a walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogWalk {
    /// Where sled's recovery would end; `None` for an empty log.
    pub(super) stable: Option<i64>,
    /// The place of the segment it would go on in; `None` if in a new one.
    pub(super) segment: Option<u64>,
    /// Whether the log ends with a segment that is closed, and whose successor is not there yet.
    pub(super) capped: bool,
    /// Places of the file, before the end, that sled would pass over without a word.
    pub(super) holes: Vec<u64>,
}

impl LogWalk {
    /// Where sled will write on.
    pub(super) fn end(&self) -> i64 {
        match (self.stable, self.segment) {
            (None, _) => 0,
            (Some(stable), Some(_)) => stable,
            (Some(stable), None) => segment::round_up(stable),
        }
    }

    /// Up to here the log is whole. sled counts a closed segment as written to its last byte, and its recovery goes on
    /// at the mark that closes it: a position that a running sled told may be that much higher.
    pub(super) fn whole(&self) -> i64 {
        if self.capped { segment::round_up(self.end()) } else { self.end() }
    }
}

/// Why there is no walk.
#[derive(Debug)]
pub(super) enum Failure {
    /// The disk said no.
    Io(io::Error),
    /// sled would not find its way; in words.
    Damaged(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Walks the log `log` of the store in `store` from its newest snapshot on, if it has one.
pub(super) fn walk(store: &Path, log: &File, snapshot: Option<Snapshot>) -> Result<LogWalk, Failure> {
    let floor = segment::round_down(snapshot.map_or(0, |snapshot| snapshot.end));
    let Headers { segments, stable, headless } = headers(log, floor)?;
    let blobs = store.join("blobs");

    let (tail, bound) = contiguous(&segments, stable);
    let mut first = Pass::to_the_first_fault(log, &blobs, tail, bound);
    first.run()?;
    let mut second = Pass::over_all(log, &blobs, segments.clone(), first.at.unwrap_or(0) - 1);
    second.run()?;

    let (stable, segment) = end(&second, snapshot)?;
    let capped = first.capped && first.at == second.at;
    let mut walk = LogWalk { stable, segment, capped, holes: Vec::new() };
    let (end, passed_over) = (walk.end(), &second.passed_over);
    walk.holes = hole::find(&Walked { log, floor, end, segments: &segments, headless: &headless, passed_over })?;
    Ok(walk)
}

/// What the headers tell.
struct Headers {
    /// Position → place, of all segments from the floor on.
    segments: BTreeMap<i64, u64>,
    /// The newest position that one of them calls stable.
    stable: i64,
    /// The places without a header.
    headless: Vec<u64>,
}

fn headers(log: &File, floor: i64) -> Result<Headers, Failure> {
    let mut headers = Headers { segments: BTreeMap::new(), stable: floor, headless: Vec::new() };
    for place in segment::places(log.metadata()?.len()) {
        match Header::at(log, place)? {
            None => headers.headless.push(place),
            Some(header) if header.position < floor => {}
            Some(header) => {
                headers.stable = headers.stable.max(header.stable);
                if headers.segments.insert(header.position, place).is_some() {
                    return Err(Failure::Damaged("two parts of `db` claim the same place in its log".to_owned()));
                }
            }
        }
    }
    Ok(headers)
}

/// The segments that follow each other from the one of `stable` on, and where one is missing.
fn contiguous(segments: &BTreeMap<i64, u64>, stable: i64) -> (BTreeMap<i64, u64>, Option<i64>) {
    let mut expected = segment::round_down(stable).max(0);
    let mut tail = BTreeMap::new();
    for (&position, &place) in segments.range(expected..) {
        if position != expected {
            return (tail, Some(expected));
        }
        tail.insert(position, place);
        expected += SEGMENT as i64;
    }
    (tail, None)
}

/// Where sled's recovery would end, and in which segment.
fn end(pass: &Pass<'_>, snapshot: Option<Snapshot>) -> Result<(Option<i64>, Option<u64>), Failure> {
    let old = snapshot.map(|snapshot| snapshot.end);
    let Some(at) = pass.at.filter(|at| old.is_some() || *at > 0) else {
        return Ok((old, snapshot.and_then(|snapshot| snapshot.segment)));
    };
    let (stable, segment) = match segment::inside(at) + LONGEST_HEAD >= SEGMENT {
        true => (segment::round_down(at) + SEGMENT as i64, None),
        false => (at, pass.place()),
    };
    if old.is_some_and(|old| stable < old) {
        return Err(Failure::Damaged("its log ends before its snapshot".to_owned()));
    }
    Ok((Some(stable), segment))
}
