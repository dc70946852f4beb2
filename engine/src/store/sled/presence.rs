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
