//! Who is admitted: at most so many runs of a process with one key at a time, in the order in which they asked.
//!
//! Nothing is counted. A run counts among the admitted from the record that says so until the one that says that it has ended, as the
//! summaries tell which are written with both; whether anybody drives it does not matter, since what it did may be half done. Of
//! those that wait only such count that somebody drives: one that nobody drives keeps its place for when it is taken up again, and keeps
//! nobody else from going on.
//!
//! A store asks [`decide`] before it takes a record by which a run would be admitted, while nobody else can write.

use jiff::Timestamp;

use super::{DueRun, RunSummary, StoreError};
use crate::{concurrency::Admission, id::RunId, status::RunStatus};

/// So many runs are named of those that are ahead, and of those that must end first all.
const MOST_NAMED: usize = 64;

/// A place in the line for a key: those that were admitted come first, then those that wait, each in the order in which they asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlaceInLine {
    /// Whether the run waits.
    pub waits: bool,
    /// When it asked.
    pub asked_at: Timestamp,
    /// The run.
    pub run: RunId,
}

impl PlaceInLine {
    /// The place of a run; `None` if it is in no line, as one that has ended, or that waits and is paused: it has its place again once it is
    /// resumed.
    pub fn of(summary: &RunSummary) -> Option<Self> {
        let Admission { asked_at, is_admitted, .. } = summary.admission.as_ref()?;
        if summary.ended_at.is_some() || (summary.status == RunStatus::Paused && !is_admitted) {
            return None;
        }
        Some(Self { waits: !is_admitted, asked_at: *asked_at, run: summary.run })
    }
}

/// Whether a record with the summary `new` admits its run, of which `before` is the summary as it is kept.
pub fn admits(before: Option<&RunSummary>, new: &RunSummary) -> bool {
    let is_admitted = |summary: &RunSummary| PlaceInLine::of(summary).is_some_and(|place| !place.waits);
    is_admitted(new) && !before.is_some_and(is_admitted)
}

/// Whether a run may be admitted, by the `line` for its key in order; its own place need not be in it. `is_driven` says whether somebody
/// has the claim of a run.
///
/// # Errors
/// [`StoreError::NotAdmitted`] if it may not, and what reading the line fails with.
pub fn decide<E: From<StoreError>>(
    new: &RunSummary,
    line: impl Iterator<Item = Result<PlaceInLine, E>>,
    is_driven: impl Fn(RunId) -> bool,
) -> Result<(), E> {
    let Some(Admission { key, limit, asked_at, .. }) = &new.admission else { return Ok(()) };
    let own = PlaceInLine { waits: true, asked_at: *asked_at, run: new.run };
    let limit = limit.get() as usize;
    let mut ahead = Vec::new();
    for place in line {
        let place = place?;
        if place > own || ahead.len() >= limit.max(MOST_NAMED) {
            break;
        }
        if is_ahead(&place, new.run, &is_driven) {
            ahead.push(place.run);
        }
    }
    if ahead.len() < limit {
        return Ok(());
    }
    Err(StoreError::NotAdmitted { key: key.clone(), ahead }.into())
}

fn is_ahead(place: &PlaceInLine, of: RunId, is_driven: impl Fn(RunId) -> bool) -> bool {
    place.run != of && (!place.waits || is_driven(place.run))
}

/// The runs that a run which waits to be admitted waits for, by the line for its key in order. None for any other run.
pub fn ahead(
    summary: &RunSummary,
    line: impl Iterator<Item = PlaceInLine>,
    is_driven: impl Fn(RunId) -> bool,
) -> impl Iterator<Item = RunId> {
    let own = PlaceInLine::of(summary).filter(|own| own.waits);
    let before = line.take_while(move |place| own.is_some_and(|own| *place < own));
    let of = summary.run;
    before.filter(move |place| is_ahead(place, of, &is_driven)).map(|place| place.run)
}

/// The runs of a line, in order, whose turn has come: they would be admitted if they asked now. `limit_of` says what a run asked for.
///
/// # Errors
/// What reading the line fails with.
pub fn due<E>(
    line: impl Iterator<Item = Result<PlaceInLine, E>>,
    limit_of: impl Fn(RunId) -> Result<Option<u32>, E>,
) -> Result<Vec<DueRun>, E> {
    let mut found = Vec::new();
    for (ahead, place) in line.enumerate() {
        let PlaceInLine { waits, asked_at, run } = place?;
        if !waits {
            continue;
        }
        if limit_of(run)?.is_none_or(|limit| ahead >= limit as usize) {
            break;
        }
        found.push(DueRun { at: asked_at, run });
    }
    Ok(found)
}
