//! The log of an open store: groups become durable here, and what is known of the log's end is noted.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::{
    fault::Fault,
    files,
    guard::guarded,
    note::{Found, Note, Notebook},
    piece::Head,
    presence::Presence,
    value::Write,
};

// sled's threads may hold its file for a moment after the last handle is gone.
const CLOSE_TRIES: usize = 100;
const CLOSE_PAUSE: Duration = Duration::from_millis(5);

const WRITING: &str = "writing";
const CLOSING: &str = "closing";

/// What is written to, and where its end is noted. One thread has it.
#[derive(Debug)]
pub(super) struct Log {
    store: PathBuf,
    database: ::sled::Db,
    /// sled's `db`, to sync.
    file: File,
    note: Note,
    notebook: Notebook,
    presence: Presence,
}

impl Log {
    /// Goes on after `head`; `found` is the note that was there.
    pub(super) fn open(store: &Path, database: ::sled::Db, head: &Head, found: Found) -> Result<Self, Fault> {
        let opening = |error| Fault::io("opening it", &error);
        let file = File::open(store.join(files::DB)).map_err(opening)?;
        // What sled recovered may be more than was synced.
        file.sync_data().map_err(opening)?;
        let turn = if let Found::Note { note, .. } = found { note.turn } else { 0 };
        let mut note = Note::of(head, turn, end(&database));
        let notebook = Notebook::open(store, found, &mut note).map_err(opening)?;
        let presence = Presence::of(store, &file, notebook.file(), note.end).map_err(opening)?;
        Ok(Self { store: store.to_owned(), database, file, note, notebook, presence })
    }

    /// Writes a group, durably; `head` is its newest piece. A crash may leave a beginning of it, and whole pieces only. Where the
    /// store is not there any more, nobody is told that it was written.
    pub(super) fn commit(&mut self, writes: &[Write], head: &Head) -> Result<(), Fault> {
        let end = write(&self.database, &self.file, writes)?;
        self.presence.check(end)?;
        self.note = Note::of(head, self.note.turn, end);
        self.notebook.write(&mut self.note).map_err(|error| Fault::io(WRITING, &error))
    }

    /// Lets the store go, and notes how long its file is. There is nobody left to tell that it failed.
    pub(super) fn close(mut self) {
        let settled = guarded(CLOSING, || self.settle());
        let Self { store, database, file, mut note, notebook, presence, .. } = self;
        let dropped = guarded(CLOSING, || {
            drop(database);
            Ok(())
        });
        let complete = settled.and(dropped);
        if let Err(fault) = &complete {
            tracing::debug!(?fault, "the store was closed without a note of its length");
        }
        if presence.is_there() {
            let left = leave(&store, &file, complete.is_ok().then_some((&notebook, &mut note)));
            let _ =
                left.inspect_err(|error| tracing::warn!(%error, "the store was closed without a note of its length"));
        }
    }

    /// Lets the store go after a fault: nothing more is written to it.
    pub(super) fn abandon(self) {
        let Self { store, database, file, presence, .. } = self;
        let dropped = guarded(CLOSING, || {
            drop(database);
            Ok(())
        });
        if dropped.is_ok() && presence.is_there() {
            // The next to come says so itself.
            let _ = leave(&store, &file, None);
        }
    }

    /// Notes where the log ends, now that nothing more is written.
    fn settle(&mut self) -> Result<(), Fault> {
        self.database.flush().map_err(|error| Fault::sled(CLOSING, &error))?;
        self.note.end = end(&self.database);
        let noted = self.file.sync_data().and_then(|()| self.notebook.write(&mut self.note));
        noted.map_err(|error| Fault::io(CLOSING, &error))
    }
}

/// Leaves the store as one that nobody has, with a note of its length.
fn leave(store: &Path, file: &File, note: Option<(&Notebook, &mut Note)>) -> io::Result<()> {
    for _ in 0..CLOSE_TRIES {
        // With the lock, what is noted is not another process's.
        if files::try_lock(file)? {
            if let Some((notebook, note)) = note {
                note.length = file.metadata()?.len();
                notebook.write_both(note)?;
            }
            return files::remove_owner(store);
        }
        thread::sleep(CLOSE_PAUSE);
    }
    Ok(())
}

/// Writes, in this order, durably, and says where the log ends then.
///
/// sled's `flush` hands the data to the kernel, which may keep it for a while; `sync_data` has the disk take it.
pub(super) fn write(database: &::sled::Db, file: &File, writes: &[Write]) -> Result<i64, Fault> {
    let insert = |(key, value): &Write| database.insert(key, &value[..]).map(drop);
    let written = writes.iter().try_for_each(insert).and_then(|()| database.flush());
    written.map_err(|error| Fault::sled(WRITING, &error))?;
    // Before the sync: of what comes later it is not known whether it is on the disk.
    let end = end(database);
    file.sync_data().map_err(|error| Fault::io(WRITING, &error))?;
    Ok(end)
}

/// The position behind the last byte that sled gave to the kernel. What `flush` returns is less: other threads write too.
fn end(database: &::sled::Db) -> i64 {
    database.context.pagecache.log.stable_offset() + 1
}
