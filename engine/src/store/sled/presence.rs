//! Whether the files of an open store are still those that were opened. sled goes on writing to a file that nobody can find
//! any more, and to one whose beginning was cut off.

use std::{
    fs::{self, File, Metadata},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::{
    fault::Fault,
    files, note,
    walk::segment::{self, HEADER, Header, SEGMENT, inside, read_at, round_down},
};

/// So many of the newest bytes are looked at again.
const TAIL: usize = 64;

/// What was seen of the log when it was last looked at.
#[derive(Debug)]
pub(super) struct Presence {
    log: Named,
    note: Named,
    newest: Option<Newest>,
}

/// A file, and where it should lie.
#[derive(Debug)]
struct Named {
    file: File,
    path: PathBuf,
}

/// The segment in which the log ended, and its last bytes.
#[derive(Debug)]
struct Newest {
    /// The segment's first position.
    position: i64,
    /// Its place in the file.
    place: u64,
    /// Where in the file the tail begins.
    tail_at: u64,
    tail: Vec<u8>,
}

impl Presence {
    /// Watches the log `log`, which ends at position `end`, and the note `note` of the store in `store`.
    pub(super) fn of(store: &Path, log: &File, note: &File, end: i64) -> io::Result<Self> {
        let log = Named { file: log.try_clone()?, path: store.join(files::DB) };
        let note = Named { file: note.try_clone()?, path: note::path(store) };
        let mut presence = Self { log, note, newest: None };
        let length = presence.log.file.metadata()?.len();
        if let Some(place) = presence.find(round_down(end - 1), length)? {
            // The end of a segment that is used up need not have been written.
            presence.newest = Some(presence.read_newest(place, end)?);
        }
        Ok(presence)
    }

    /// Whether both files lie where they were opened.
    pub(super) fn is_there(&self) -> bool {
        self.log.check().is_ok() && self.note.check().is_ok()
    }

    /// Looks whether the store is there, with all that the log had before; it ends at position `end` now.
    pub(super) fn check(&mut self, end: i64) -> Result<(), Fault> {
        let length = self.log.check()?.len();
        self.note.check()?;
        let newest = self.look_for(end, length).map_err(|error| looking(&error))?;
        self.newest = Some(newest.ok_or_else(|| Fault::Gone("its file `db` was cut or overwritten".to_owned()))?);
        Ok(())
    }

    /// The newest bytes of the log, which ends at `end`; `None` if bytes are missing that the file had, as far as can be told.
    fn look_for(&self, end: i64, length: u64) -> io::Result<Option<Newest>> {
        // The last byte's: a segment that is full is still the one in use.
        let position = round_down(end - 1);
        let known = match &self.newest {
            Some(newest) if !self.is_there_still(newest, position, length)? => return Ok(None),
            Some(newest) if newest.position == position => Some(newest.place),
            _ => None,
        };
        let Some(place) = known.map_or_else(|| self.find(position, length), |place| Ok(Some(place)))? else {
            return Ok(None);
        };
        if self.ends_with_a_part(position, length)? {
            return Ok(None);
        }
        let newest = self.read_newest(place, end)?;
        Ok((newest.tail.len() == tail_length(end)).then_some(newest))
    }

    /// Whether what was newest at the last look is in the file, or its segment is out of use; the one in use is at `position`.
    fn is_there_still(&self, newest: &Newest, position: i64, length: u64) -> io::Result<bool> {
        match Header::at(&self.log.file, newest.place)? {
            Some(header) if header.position == newest.position => {
                let mut tail = vec![0; newest.tail.len()];
                Ok(read_at(&self.log.file, &mut tail, newest.tail_at)? == tail.len() && tail == newest.tail)
            }
            // It was freed since, and is used anew.
            Some(_) => Ok(newest.position != position),
            // sled itself cuts off what it has freed.
            None => Ok(newest.position != position && newest.place >= length),
        }
    }

    /// Whether the file ends within a segment that is older than the one at `position`: it was full, before something was cut off.
    /// Or within a header: sled writes that with what follows it.
    fn ends_with_a_part(&self, position: i64, length: u64) -> io::Result<bool> {
        let place = length - length % SEGMENT as u64;
        let is_older = Header::at(&self.log.file, place)?.is_some_and(|header| header.position < position);
        Ok(is_older || (1..HEADER as u64).contains(&(length - place)))
    }

    /// The place of the segment that begins at this position.
    fn find(&self, position: i64, length: u64) -> io::Result<Option<u64>> {
        for place in segment::places(length) {
            if Header::at(&self.log.file, place)?.is_some_and(|header| header.position == position) {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// The newest bytes of the log, which ends at `end` in the segment at `place`, as far as the file has them.
    fn read_newest(&self, place: u64, end: i64) -> io::Result<Newest> {
        let mut tail = vec![0; tail_length(end)];
        let tail_at = place + (inside(end - 1) + 1 - tail.len()) as u64;
        let there = read_at(&self.log.file, &mut tail, tail_at)?;
        tail.truncate(there);
        Ok(Newest { position: round_down(end - 1), place, tail_at, tail })
    }
}

/// How many of the newest bytes are looked at: no more than the segment has.
fn tail_length(end: i64) -> usize {
    TAIL.min(inside(end - 1) + 1)
}

impl Named {
    /// Whether the file that is open still lies at its path; what is known of it.
    fn check(&self) -> Result<Metadata, Fault> {
        let open = self.file.metadata().map_err(|error| looking(&error))?;
        let name = self.path.file_name().unwrap_or_default().display();
        match fs::metadata(&self.path) {
            Ok(there) if is_the_same(&open, &there) => Ok(open),
            Ok(_) => Err(Fault::Gone(format!("its file `{name}` was replaced by another"))),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Err(Fault::Gone(format!("its file `{name}` was removed or moved")))
            }
            Err(error) => Err(looking(&error)),
        }
    }
}

#[cfg(unix)]
fn is_the_same(open: &Metadata, there: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (open.dev(), open.ino()) == (there.dev(), there.ino()) && open.nlink() > 0
}

/// Open files can be neither removed nor moved there.
#[cfg(not(unix))]
fn is_the_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

fn looking(error: &io::Error) -> Fault {
    Fault::io("looking whether it is there", error)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{
        super::walk::crafted::{LENGTH, SECOND, after, cap, data, filling, segment},
        *,
    };

    /// A log, and where it ends.
    type Log = (Vec<u8>, i64);

    fn log(segments: &[Vec<u8>], end: i64) -> Log {
        (segments.concat(), end)
    }

    fn cut(log: &Log, length: u64) -> Log {
        (log.0[..length as usize].to_vec(), log.1)
    }

    /// Whether a store whose log was `before` is there with the log `now`.
    fn is_there(before: &Log, now: &Log) -> bool {
        let directory = tempfile::tempdir().unwrap();
        let create =
            |name: &str| File::options().create_new(true).read(true).write(true).open(directory.path().join(name));
        let (mut file, note) = (create(files::DB).unwrap(), create("note").unwrap());
        file.write_all(&before.0).unwrap();
        let mut presence = Presence::of(directory.path(), &file, &note, before.1).unwrap();
        fs::write(directory.path().join(files::DB), &now.0).unwrap();
        presence.check(now.1).is_ok()
    }

    #[test]
    fn a_log_that_went_on_is_there() {
        let (one, two) = ([data(0, 300)], [data(0, 300), data(0, 20)]);
        let closed = segment(0, 0, &[data(0, 300), cap(0)]);
        let before = log(&[segment(0, 0, &one)], after(&one));
        assert!(is_there(&before, &before));
        assert!(is_there(&before, &log(&[segment(0, 0, &two)], after(&two))), "in its segment");
        let next = [data(1, 9)];
        assert!(is_there(&before, &log(&[closed, segment(LENGTH, 0, &next)], LENGTH + after(&next))), "in the next");
    }

    #[test]
    fn a_segment_that_was_freed_is_used_anew_or_cut_off() {
        let (newest, next) = ([data(1, 300)], [data(2, 300)]);
        let before = log(&[segment(0, 0, &[cap(0)]), segment(LENGTH, 0, &newest)], LENGTH + after(&newest));
        let end = 2 * LENGTH + after(&next);
        let next = segment(2 * LENGTH, 0, &next);
        assert!(is_there(&before, &log(&[segment(0, 0, &[cap(0)]), next.clone()], end)), "used anew");
        assert!(is_there(&before, &log(std::slice::from_ref(&next), end)), "cut off");
        assert!(!is_there(&before, &log(&[next, vec![0; SEGMENT]], end)), "overwritten");
        // It is still in use.
        let cut_off = log(&[segment(0, 0, &[cap(0)])], before.1);
        assert!(!is_there(&before, &cut_off));
    }

    #[test]
    fn a_log_whose_newest_bytes_are_others_or_missing_is_gone() {
        let newest = [data(0, 300)];
        let end = after(&newest);
        let before = log(&[segment(0, 0, &newest)], end);
        let other = |at: i64| {
            let mut bytes = before.0.clone();
            bytes[at as usize] ^= 1;
            (bytes, end)
        };
        assert!(!is_there(&before, &other(end - 1)));
        assert!(!is_there(&before, &other(end - TAIL as i64)));
        assert!(!is_there(&before, &other(0)), "the header");
        assert!(is_there(&before, &other(end)), "nothing is there yet");
        assert!(is_there(&before, &cut(&before, end as u64)));
        assert!(!is_there(&before, &cut(&before, end as u64 - 1)));
        // What was written since is not there.
        assert!(!is_there(&cut(&before, end as u64), &(before.0[..end as usize].to_vec(), end + 10)));
    }

    #[test]
    fn a_segment_that_is_full_is_in_use_until_the_next_begins() {
        let full = log(&[segment(0, 0, &[filling(0, 0, 0)])], LENGTH);
        let mut other = full.clone();
        other.0[SEGMENT - 1] ^= 1;
        assert!(is_there(&full, &full));
        assert!(!is_there(&full, &other));
    }

    /// sled frees segments, and cuts its file where one begins.
    #[test]
    fn a_file_that_ends_within_an_older_segment_was_cut() {
        let newest = [data(1, 300)];
        let whole =
            log(&[segment(LENGTH, 0, &newest), segment(0, 0, &[data(0, 300), cap(0)])], LENGTH + after(&newest));
        for (length, there) in [(0, true), (1, false), (HEADER - 1, false), (HEADER, false), (SEGMENT - 1, false)] {
            assert_eq!(is_there(&whole, &cut(&whole, SECOND + length as u64)), there, "{length} bytes");
        }
        // The newest is not full yet.
        let last = log(&[segment(0, 0, &[cap(0)]), segment(LENGTH, 0, &newest)], LENGTH + after(&newest));
        assert!(is_there(&last, &cut(&last, SECOND + after(&newest) as u64)));
    }
}
