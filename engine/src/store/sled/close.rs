//! Letting a store go: a note of how long its log is, so that a log that was cut short since is noticed at the next `open`.

use std::{io, path::Path, thread, time::Duration};

use super::files;

// sled's threads may hold its file for a moment after the last handle is gone.
const TRIES: usize = 100;
const PAUSE: Duration = Duration::from_millis(5);

/// Leaves the store as one that nobody has. `complete` says whether its log is to be trusted.
///
/// All of it is a help to whoever comes next; there is nobody left to tell that it failed.
pub(super) fn close(store: &Path, complete: bool) {
    if let Err(error) = try_close(store, complete) {
        tracing::warn!(%error, "the store was closed without a note of its length");
    }
}

fn try_close(store: &Path, complete: bool) -> io::Result<()> {
    for _ in 0..TRIES {
        let Some(db) = files::open_db(store)? else { return Ok(()) };
        // With the lock, what is noted is not another process's.
        if let Some(db) = files::lock(db)? {
            if complete {
                files::write_length(store, db.metadata()?.len())?;
            }
            return files::remove_owner(store);
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}
