//! Opening a store: the lock, a look at whether it is whole, its format. A damaged store is never deleted, and never
//! taken for an empty one.

use std::{fs::File, io, path::Path, thread, time::Duration};

use super::{
    SledStore,
    fault::Fault,
    files,
    group::{Group, Writes},
    guard::guarded,
    keys,
    log::{self, Log},
    look::{self, Look},
    memory,
    read::{self, Source},
    snapshot,
};

const FORMAT: u32 = SledStore::FORMAT;

/// sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 32 << 20;

// The lock of a process that was killed falls a moment after the process.
const LOCK_TRIES: usize = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// An open store.
pub(super) struct Opened {
    /// The database, to read from.
    pub(super) database: ::sled::Db,
    /// Its log, to write to.
    pub(super) log: Log,
    /// What the user should know.
    pub(super) notices: Vec<String>,
}

/// Opens the store in `store`, or makes it, in the name of `owner`.
pub(super) fn open(store: &Path, owner: &str) -> Result<Opened, Fault> {
    opening(files::create_directory(store))?;
    let (database, look, mut notices) = patiently(|| open_database(store))?;
    let begun = guarded("opening it", || {
        let format = format(&database)?;
        let newest = Group::newest(&database)?;
        look::agree_with_groups(&look.found, newest.as_ref())?;
        notices.extend(look::notices(&look.found, newest.is_some()));
        match format {
            Some(_) => begin(store, &database, &look, newest),
            None => create(store, &database, &look),
        }
    });
    let log = match begun {
        Ok(log) => log,
        Err(fault) => return Err(let_go(database, fault)),
    };
    opening(files::write_owner(store, owner))?;
    notices.iter().for_each(|notice| tracing::warn!("{notice}"));
    Ok(Opened { database, log, notices })
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
    if !opening(files::try_lock(&db))? {
        return Err(Fault::Locked);
    }
    let look = look::look(store, Some(&db))?;
    Ok((Some(db), look))
}

/// sled's own opening, which is no question but an action: it cuts off what it cannot read.
pub(super) fn open_sled(store: &Path) -> Result<::sled::Db, Fault> {
    memory::suffices()?;
    let config = ::sled::Config::new().path(store).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    guarded("opening it", || config.open().map_err(|error| Fault::sled("opening it", &error)))
}

/// The format of a database; `None` if it has none yet.
pub(super) fn format(database: &::sled::Db) -> Result<Option<u32>, Fault> {
    let Some(stored) = Source::get(database, keys::FORMAT)? else { return Ok(None) };
    let format = stored.as_ref().try_into().map(u32::from_be_bytes);
    match format.map_err(|_| Fault::Damaged("its format cannot be read".to_owned()))? {
        newer if newer > FORMAT => Err(Fault::Newer(newer)),
        known => Ok(Some(known)),
    }
}

/// Goes on with a store that is there.
fn begin(store: &Path, database: &::sled::Db, look: &Look, newest: Option<Group>) -> Result<Log, Fault> {
    let group = match newest {
        Some(group) => group,
        // An earlier version wrote it, and counted nothing.
        None => Group { records: read::count_records(database)?, ..Group::default() },
    };
    let log = Log::open(store, database.clone(), group, look.found)?;
    opening(files::remove_length(store))?;
    Ok(log)
}

/// Makes an empty database a store, durably. An interrupted creation is done again; a store that lost its content is not.
fn create(store: &Path, database: &::sled::Db, look: &Look) -> Result<Log, Fault> {
    if look.was_complete || !database.is_empty() {
        return Err(Fault::Damaged("it has lost its content".to_owned()));
    }
    let writes = Writes::from([(keys::FORMAT.to_vec(), Some(FORMAT.to_be_bytes().to_vec()))]);
    let group = Group::default().next(&writes, 0);
    log::write(database, &opening(File::open(store.join(files::DB)))?, writes, &group)?;
    opening(files::sync_new(store))?;
    // The note comes last: it says that the store was complete.
    Log::open(store, database.clone(), group, look.found)
}

fn opening<T>(result: io::Result<T>) -> Result<T, Fault> {
    result.map_err(|error| Fault::io("opening it", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "writes the fixture `tests/fixtures/newer-store`"]
    fn a_store_of_the_next_format_is_made() {
        let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/newer-store");
        let database = open_sled(&store).unwrap();
        database.insert(keys::FORMAT, &(FORMAT + 1).to_be_bytes()).unwrap();
        database.insert("x", "what this version cannot know").unwrap();
        drop(database);
        std::fs::remove_dir(store.join("blobs")).unwrap();
    }
}
