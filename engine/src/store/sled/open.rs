//! Opening a store: the lock, a look at whether it is whole, its format. A damaged store is never deleted, and never
//! taken for an empty one.

use std::{fs::File, io, path::Path, thread, time::Duration};

use super::{SledStore, fault::Fault, files, guard::guarded, keys, read::Source, snapshot, writer};

const FORMAT: u32 = SledStore::FORMAT;

/// sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 32 << 20;

// The lock of a process that was killed falls a moment after the process.
const LOCK_TRIES: usize = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// An open store.
pub(super) struct Opened {
    /// The database.
    pub(super) database: ::sled::Db,
    /// Its log, to sync.
    pub(super) file: File,
    /// What the user should know.
    pub(super) notice: Option<String>,
}

/// Opens the store in `store`, or makes it, in the name of `owner`.
pub(super) fn open(store: &Path, owner: &str) -> Result<Opened, Fault> {
    let (database, notice) = open_database(store)?;
    let file = opening(File::open(store.join(files::DB)))?;
    match format(&database)? {
        Some(found) if found > FORMAT => return Err(Fault::Newer(found)),
        Some(_) => {}
        None => create(store, &database, &file)?,
    }
    opening(files::write_length(store, 0))?;
    opening(files::write_owner(store, owner))?;
    Ok(Opened { database, file, notice })
}

fn open_database(store: &Path) -> Result<(::sled::Db, Option<String>), Fault> {
    opening(files::create_directory(store))?;
    for _ in 1..LOCK_TRIES {
        match open_once(store) {
            Err(Fault::Locked) => thread::sleep(LOCK_PAUSE),
            other => return other,
        }
    }
    open_once(store)
}

fn open_once(store: &Path) -> Result<(::sled::Db, Option<String>), Fault> {
    prepare(store)?;
    match open_sled(store) {
        Err(Fault::Damaged(_)) if opening(snapshot::is_broken(store))? => {
            let aside = opening(files::copy_aside(store))?;
            opening(snapshot::remove_all(store))?;
            let notice = format!("the store was repaired from its log; as it was it is kept in `{}`", aside.display());
            tracing::warn!("{notice}");
            Ok((open_sled(store)?, Some(notice)))
        }
        Err(fault) => Err(fault),
        Ok(database) => Ok((database, None)),
    }
}

/// Looks at the files before sled does, which changes what it does not understand.
fn prepare(store: &Path) -> Result<(), Fault> {
    let needed = opening(files::read_length(store))?;
    let Some(db) = opening(files::open_db(store))? else {
        return needed.map_or(Ok(()), |_| Err(Fault::Damaged("its file `db` is missing".to_owned())));
    };
    let db = opening(files::lock(db))?.ok_or(Fault::Locked)?;
    // Again, now that nobody changes it.
    let needed = opening(files::read_length(store))?.unwrap_or(0);
    let length = opening(db.metadata())?.len();
    if length < needed {
        let message = format!("its file `db` has {length} bytes, and had {needed} when it was closed");
        return Err(Fault::Damaged(message));
    }
    opening(snapshot::remove_unfinished(store))?;
    // sled makes a snapshot of the log as it reads it, and syncs that: the log must not be less durable.
    opening(db.sync_all())
}

fn open_sled(store: &Path) -> Result<::sled::Db, Fault> {
    let config = ::sled::Config::new().path(store).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    guarded("opening it", || config.open().map_err(|error| Fault::sled("opening it", &error)))
}

fn format(database: &::sled::Db) -> Result<Option<u32>, Fault> {
    let Some(stored) = Source::get(database, keys::FORMAT)? else { return Ok(None) };
    let format = stored.as_ref().try_into().map(u32::from_be_bytes);
    format.map(Some).map_err(|_| Fault::Damaged("its format cannot be read".to_owned()))
}

/// Makes an empty database a store, durably. An interrupted creation is done again; a store that lost its content is not.
fn create(store: &Path, database: &::sled::Db, file: &File) -> Result<(), Fault> {
    let was_complete = opening(files::read_length(store))?.is_some();
    if was_complete || !database.is_empty() {
        return Err(Fault::Damaged("it has lost its content".to_owned()));
    }
    let mut batch = ::sled::Batch::default();
    batch.insert(keys::FORMAT, &FORMAT.to_be_bytes());
    writer::commit(database, file, batch)?;
    opening(files::sync_new(store))
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
