//! A look at a store before sled opens it, which changes nothing: is the end of its log still there, and all before it?
//!
//! sled takes a log whose end is damaged for one that was never finished, and overwrites what it cannot read; damage
//! before the end it passes over. Neither is told. Hence the note of the end, and a walk over the log.

use std::{fs::File, io, path::Path};

use super::{
    fault::Fault,
    note::{self, Found, Note},
    piece::Head,
    snapshot::{self, Newest},
    walk::{self, Failure, LogWalk, segment},
};

/// What was seen of a store that may be opened.
#[derive(Debug)]
pub(super) struct Look {
    /// Its note.
    pub(super) found: Found,
    /// Whether it was once complete: an empty one has lost its content then.
    pub(super) was_complete: bool,
    /// Whether its snapshot is broken: the log, which is whole, has everything.
    pub(super) snapshot_is_broken: bool,
}

/// Looks at the store in `store`, whose log is `log`, if that is there.
pub(super) fn look(store: &Path, log: Option<&File>) -> Result<Look, Fault> {
    let found = looking(note::read(store))?;
    let newest = looking(snapshot::newest(store))?;
    let look = Look { found, was_complete: found != Found::Missing, snapshot_is_broken: newest == Newest::Broken };
    // A snapshot is made of a log that has something.
    let had_content = look.was_complete || newest != Newest::None;
    let Some(log) = log else {
        return if had_content { Err(damaged("its file `db` is missing")) } else { Ok(look) };
    };
    let length = looking(log.metadata())?.len();
    if let Found::Note { note: Note { length: noted, .. }, .. } = found
        && length < noted
    {
        return Err(Fault::Damaged(format!("its file `db` has {length} bytes, and had {noted} when it was closed")));
    }
    if length == 0 {
        return if had_content { Err(damaged("its file `db` is empty, and was not")) } else { Ok(look) };
    }
    if !looking(is_of_sled(log, length))? {
        return Err(damaged("its file `db` is not what flowrun writes: it was overwritten, or is another program's"));
    }
    let from = if let Newest::Whole(snapshot) = newest { Some(snapshot) } else { None };
    let walk = walk::walk(store, log, from).map_err(|failure| match failure {
        Failure::Io(error) => Fault::io("opening it", &error),
        Failure::Damaged(words) => Fault::Damaged(words),
    })?;
    agree_with_walk(&walk, &look.found)?;
    Ok(look)
}

/// Whether any segment of the file has a header.
fn is_of_sled(log: &File, length: u64) -> io::Result<bool> {
    for place in segment::places(length) {
        if segment::Header::at(log, place)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn agree_with_walk(walk: &LogWalk, found: &Found) -> Result<(), Fault> {
    if let Found::Note { note, .. } = found
        && walk.whole() < note.end
    {
        let missing = note.end - walk.whole();
        return Err(Fault::Damaged(format!(
            "its log ends {missing} bytes before the end that was noted: the newest of its {} groups of records, at \
             least, cannot be read",
            note.groups
        )));
    }
    match walk.holes[..] {
        [] => Ok(()),
        [place] => Err(Fault::Damaged(format!("its log is damaged at byte {place} of `db`, before its end"))),
        [place, ..] => {
            let more = walk.holes.len() - 1;
            Err(Fault::Damaged(format!(
                "its log is damaged at byte {place} of `db` and at {more} more places, before its end"
            )))
        }
    }
}

/// Whether the store, as sled opened it, has what the note says, or more: a group becomes durable before it is noted. `newest`
/// gives the newest piece up to a group.
pub(super) fn agree_with_groups(found: &Found, newest: impl Fn(u64) -> Result<Head, Fault>) -> Result<(), Fault> {
    let Found::Note { note: Note { groups: noted, chain, .. }, .. } = found else { return Ok(()) };
    let Head { number, chain: kept } = newest(*noted)?;
    if number.group < *noted {
        return Err(Fault::Damaged(format!("it has {} groups of records, and had {noted}", number.group)));
    }
    if kept == *chain { Ok(()) } else { Err(damaged("its records are not those that were noted last")) }
}

/// What people should know of a store that was opened all the same; `is_used` says whether it has any group.
pub(super) fn notices(found: &Found, is_used: bool) -> Vec<String> {
    let told = match found {
        Found::Note { whole: true, .. } => return Vec::new(),
        Found::Note { whole: false, .. } => "one half of its note of the log's end was damaged, and is written anew",
        Found::Broken => "its note of the log's end was damaged, and is written anew; the log has no gap",
        Found::Missing if is_used => {
            "its note of the log's end was missing, and is written anew: whether the newest records were lost with it \
             cannot be told"
        }
        // It is new.
        Found::Missing => return Vec::new(),
    };
    vec![format!("the store was repaired: {told}")]
}

fn damaged(words: &str) -> Fault {
    Fault::Damaged(words.to_owned())
}

fn looking<T>(result: io::Result<T>) -> Result<T, Fault> {
    result.map_err(|error| Fault::io("opening it", &error))
}

#[cfg(test)]
mod tests {
    use super::{super::place::PieceNumber, *};

    fn noted(groups: u64, end: i64) -> Found {
        Found::Note { note: Note { turn: 2, groups, chain: [7; 16], end, length: 0 }, whole: true }
    }

    fn walked(end: i64) -> LogWalk {
        LogWalk { stable: Some(end), segment: Some(0), capped: false, holes: Vec::new() }
    }

    #[test]
    fn a_log_that_ends_before_its_note_says_how_much_is_missing() {
        assert_eq!(agree_with_walk(&walked(100), &noted(7, 100)), Ok(()));
        assert_eq!(agree_with_walk(&walked(130), &noted(7, 100)), Ok(()), "a group is durable before it is noted");
        let words = "its log ends 10 bytes before the end that was noted: the newest of its 7 groups of records, at least, \
                     cannot be read";
        assert_eq!(agree_with_walk(&walked(90), &noted(7, 100)), Err(damaged(words)));
    }

    #[test]
    fn groups_that_are_missing_or_others_are_told() {
        let newest = |group, chain| move |_| Ok(Head { number: PieceNumber { group, piece: 0 }, chain: [chain; 16] });
        assert_eq!(agree_with_groups(&noted(7, 100), newest(7, 7)), Ok(()));
        let missing = damaged("it has 6 groups of records, and had 7");
        assert_eq!(agree_with_groups(&noted(7, 100), newest(6, 5)), Err(missing));
        let others = damaged("its records are not those that were noted last");
        assert_eq!(agree_with_groups(&noted(7, 100), newest(7, 5)), Err(others));
        assert_eq!(agree_with_groups(&Found::Missing, newest(6, 5)), Ok(()), "there is nothing to compare");
    }
}
