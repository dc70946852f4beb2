//! Opening a store: the lock, a look at whether it is whole, its format. A damaged store is never deleted, and never
//! taken for an empty one.

use std::{fs::File, io, path::Path, thread, time::Duration};

use super::{
    SledStore, disk,
    fault::Fault,
    files, groups,
    guard::guarded,
    index::{self, Index},
    keys,
    log::{self, Log},
    look::{self, Look},
    memory,
    piece::Head,
    snapshot,
    value::Write,
};

const FORMAT: u32 = SledStore::FORMAT;

/// sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 32 << 20;

// The lock of a process that was killed falls a moment after the process.
const LOCK_TRIES: usize = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// An open store.
pub(super) struct Opened {
    /// Where things lie in it.
    pub(super) index: Index,
    /// The newest group that the index on the disk has.
    pub(super) indexed: u64,
    /// The newest piece.
    pub(super) head: Head,
    /// The log, to write to.
    pub(super) log: Log,
    /// What the user should know.
    pub(super) notices: Vec<String>,
}

impl Opened {
    /// Closes a store that no writer has.
    pub(super) fn close(self) {
        let Self { index, log, .. } = self;
        // The log has the last handle, which it drops with care.
        drop(index);
        log.close();
    }
}

/// Opens the store in `store`, or makes it, in the name of `owner`.
pub(super) fn open(store: &Path, owner: &str) -> Result<Opened, Fault> {
    opening(files::create_directory(store))?;
    let (database, look, mut notices) = patiently(|| open_database(store))?;
    let begun = guarded("opening it", || {
        let is_new = !has_format(&database)?;
        let indexed = index::newest_group(&database)?;
        let (recent, head) = groups::recover(&database, indexed)?;
        look::agree_with_groups(&look.found, |group| groups::newest(&database, group))?;
        notices.extend(look::notices(&look.found, head.number.group > 0));
        if is_new {
            create(store, &database, &look)?;
        } else {
            say_format(store, &database)?;
        }
        // The note comes last: it says that the store was complete.
        let log = Log::open(store, database.clone(), &head, look.found)?;
        Ok(Opened { index: Index::new(database.clone(), recent, head.number.group), indexed, head, log, notices })
    });
    let opened = match begun {
        Ok(opened) => opened,
        Err(fault) => return Err(let_go(database, fault)),
    };
    drop(database);
    opening(files::write_owner(store, owner))?;
    opened.notices.iter().for_each(|notice| tracing::warn!("{notice}"));
    Ok(opened)
}

/// Drops a database that is not used after all: that can panic, too.
pub(super) fn let_go(database: ::sled::Db, fault: Fault) -> Fault {
    let _ = guarded("closing", || {
        drop(database);
        Ok(())
    });
    fault
}

/// Looks at the store in `store` and changes nothing; whether there is one.
pub(super) fn look_only(store: &Path) -> Result<bool, Fault> {
    patiently(|| {
        let (_lock, look) = look_locked(store)?;
        Ok(look.was_complete)
    })
}

/// Tries again while another process has the lock, for a moment.
pub(super) fn patiently<T>(mut attempt: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
    for _ in 1..LOCK_TRIES {
        match attempt() {
            Err(Fault::Locked) => thread::sleep(LOCK_PAUSE),
            other => return other,
        }
    }
    attempt()
}

fn open_database(store: &Path) -> Result<(::sled::Db, Look, Vec<String>), Fault> {
    let (lock, look) = look_locked(store)?;
    let mut notices = Vec::new();
    if let Some(db) = &lock {
        opening(snapshot::remove_unfinished(store))?;
        // sled makes a snapshot of the log as it reads it, and syncs that: the log must not be less durable.
        opening(db.sync_all())?;
    }
    if look.snapshot_is_broken {
        let aside = opening(files::copy_beside(store, "damaged"))?;
        opening(snapshot::remove_all(store))?;
        notices.push(format!("the store was repaired from its log; as it was it is kept in `{}`", aside.display()));
    }
    drop(lock);
    Ok((open_sled(store)?, look, notices))
}

/// Looks at the files before sled does, which changes what it does not understand; with the lock on the log.
fn look_locked(store: &Path) -> Result<(Option<File>, Look), Fault> {
    let Some(db) = opening(files::open_db(store))? else { return Ok((None, look::look(store, None)?)) };
    // A store that was put in its place meanwhile is another one.
    if !opening(files::try_lock(&db))? || !opening(files::is_db_of(&db, store))? {
        return Err(Fault::Locked);
    }
    let look = look::look(store, Some(&db))?;
    Ok((Some(db), look))
}

/// sled's own opening, which is not a question but an action: it cuts off what it cannot read.
pub(super) fn open_sled(store: &Path) -> Result<::sled::Db, Fault> {
    memory::suffices()?;
    let config = ::sled::Config::new().path(store).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    guarded("opening it", || config.open().map_err(|error| Fault::sled("opening it", &error)))
}

/// Whether a database has the format that is read; it may have none yet.
pub(super) fn has_format(database: &::sled::Db) -> Result<bool, Fault> {
    let Some(stored) = disk::get(database, keys::FORMAT)? else { return Ok(false) };
    let format = stored.as_ref().try_into().map(u32::from_be_bytes);
    match format.map_err(|_| Fault::Damaged("its format cannot be read".to_owned()))? {
        SledStore::OLDEST_FORMAT..=FORMAT => Ok(true),
        newer if newer > FORMAT => Err(Fault::Newer(newer)),
        older => Err(Fault::Older(older)),
    }
}

/// What is written from now on, an earlier version cannot read. What its index lacks is made first: the list of runs that are due.
fn say_format(store: &Path, database: &::sled::Db) -> Result<(), Fault> {
    let said = disk::get(database, keys::FORMAT)?;
    if said.as_deref() == Some(&FORMAT.to_be_bytes()[..]) {
        return Ok(());
    }
    let due = index::missing_due(database)?;
    let writes: Vec<Write> = due.map(|key| (key, Vec::new())).chain([format()]).collect();
    log::write(database, &opening(File::open(store.join(files::DB)))?, &writes).map(drop)
}

fn format() -> Write {
    (keys::FORMAT.to_vec(), FORMAT.to_be_bytes().to_vec())
}

/// Makes an empty database a store, durably. An interrupted creation is done again; a store that lost its content is not.
fn create(store: &Path, database: &::sled::Db, look: &Look) -> Result<(), Fault> {
    if look.was_complete || !database.is_empty() {
        return Err(Fault::Damaged("it has lost its content".to_owned()));
    }
    log::write(database, &opening(File::open(store.join(files::DB)))?, &[format()])?;
    opening(files::sync_new(store))
}

fn opening<T>(result: io::Result<T>) -> Result<T, Fault> {
    result.map_err(|error| Fault::io("opening it", &error))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::store::{DueRun, Store, sled::closed};

    #[test]
    fn a_store_of_the_format_before_is_read_and_is_of_this_one_then() {
        let directory = tempfile::TempDir::new().unwrap();
        drop(open(directory.path(), "a test").unwrap());
        let database = open_sled(directory.path()).unwrap();
        database.insert(keys::FORMAT, &SledStore::OLDEST_FORMAT.to_be_bytes()).unwrap();
        drop(database);
        drop(open(directory.path(), "a test").unwrap());
        let database = open_sled(directory.path()).unwrap();
        assert_eq!(database.get(keys::FORMAT).unwrap().as_deref(), Some(&FORMAT.to_be_bytes()[..]));
    }

    #[tokio::test]
    async fn runs_of_a_store_of_the_format_before_are_due() {
        let directory = tempfile::TempDir::new().unwrap();
        let summary = closed::written(directory.path()).await;
        let (format, due) = (SledStore::OLDEST_FORMAT, DueRun { at: summary.started_at, run: summary.run });
        let database = open_sled(directory.path()).unwrap();
        database.insert(keys::FORMAT, &format.to_be_bytes()).unwrap();
        database.remove(keys::due(due)).unwrap().unwrap();
        drop(database);
        let store = SledStore::open(directory.path(), "a test").unwrap();
        store.check().await.unwrap();
        assert_eq!(store.due(Timestamp::MAX, 2).await.unwrap(), [due]);
    }

    #[test]
    #[ignore = "writes the fixture `tests/fixtures/newer-store`"]
    fn a_store_of_the_next_format_is_made() {
        let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/newer-store");
        std::fs::remove_dir_all(&store).unwrap();
        let database = open_sled(&store).unwrap();
        database.insert(keys::FORMAT, &(FORMAT + 1).to_be_bytes()).unwrap();
        database.insert("x", "what this version cannot know").unwrap();
        drop(database);
        std::fs::remove_dir(store.join("blobs")).unwrap();
        snapshot::remove_all(&store).unwrap();
    }
}
