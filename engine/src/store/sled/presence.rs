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
    walk::segment::{self, Header, SEGMENT, inside, read_at, round_down},
};

/// So many of the newest bytes are looked at again.
const TAIL: usize = 64;

/// What was seen of the log when it was last looked at.
#[derive(Debug)]
pub(super) struct Presence {
    log: Named,
    note: Named,
    length: u64,
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
    /// Watches the log `log` and the note `note` of the store in `store`.
    pub(super) fn of(store: &Path, log: &File, note: &File) -> io::Result<Self> {
        let log = Named { file: log.try_clone()?, path: store.join(files::DB) };
        let note = Named { file: note.try_clone()?, path: note::path(store) };
        Ok(Self { log, note, length: 0, newest: None })
    }

    /// Whether both files lie where they were opened.
    pub(super) fn is_there(&self) -> bool {
        self.log.check().is_ok() && self.note.check().is_ok()
    }

    /// Looks whether the store is there, with all that the log had before; it ends at position `end` now.
    pub(super) fn check(&mut self, end: i64) -> Result<(), Fault> {
        let length = self.log.check()?.len();
        self.note.check()?;
        // sled itself cuts whole segments off that it no longer needs, never all of them.
        let cut = length < self.length && (length == 0 || length % SEGMENT as u64 != 0);
        if cut || !self.has_its_newest(end, length).map_err(|error| looking(&error))? {
            return Err(Fault::Gone("its file `db` was cut or overwritten".to_owned()));
        }
        self.length = length;
        Ok(())
    }

    /// Whether the newest bytes of the last look, and the segment that is in use now, are in the file.
    fn has_its_newest(&mut self, end: i64, length: u64) -> io::Result<bool> {
        // The last byte's: a segment that is full is still the one in use.
        let position = round_down(end - 1);
        let mut place = None;
        if let Some(newest) = &self.newest {
            match Header::at(&self.log.file, newest.place)? {
                None => return Ok(false),
                Some(header) if header.position == newest.position => {
                    let mut tail = vec![0; newest.tail.len()];
                    if read_at(&self.log.file, &mut tail, newest.tail_at)? < tail.len() || tail != newest.tail {
                        return Ok(false);
                    }
                    place = (newest.position == position).then_some(newest.place);
                }
                // Its segment was freed since, and is used anew.
                Some(_) => {}
            }
        }
        let Some(place) = place.map_or_else(|| self.find(position, length), |place| Ok(Some(place)))? else {
            return Ok(false);
        };
        self.newest = Some(self.read_newest(position, place, end)?);
        Ok(true)
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

    fn read_newest(&self, position: i64, place: u64, end: i64) -> io::Result<Newest> {
        let used = inside(end - 1) + 1;
        let mut tail = vec![0; used.min(TAIL)];
        let tail_at = place + (used - tail.len()) as u64;
        let there = read_at(&self.log.file, &mut tail, tail_at)?;
        tail.truncate(there);
        Ok(Newest { position, place, tail_at, tail })
    }
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
