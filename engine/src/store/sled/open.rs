//! Opening a store: the lock, a look at whether it is whole, its format. A damaged store is never deleted, and never
//! taken for an empty one.

use std::{
    fs::{self, File},
    io,
    path::Path,
    thread,
    time::Duration,
};

use super::{SledStore, fault::Fault, files, guard::guarded, keys, read::Source, snapshot, writer};
use crate::store::StoreError;

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
pub(super) fn open(store: &Path, owner: &str) -> Result<Opened, StoreError> {
    let into_error = |fault: Fault| fault.into_error(|| files::read_owner(store));
    let (database, notice) = open_database(store).map_err(into_error)?;
    let file = check_format(store, &database, owner)?;
    Ok(Opened { database, file, notice })
}

fn open_database(store: &Path) -> Result<(::sled::Db, Option<String>), Fault> {
    fs::create_dir_all(store).map_err(|error| opening(&error))?;
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
        Err(Fault::Damaged(_)) if snapshot::is_broken(store).map_err(|error| opening(&error))? => {
            let aside = files::copy_aside(store).map_err(|error| opening(&error))?;
            snapshot::remove_all(store).map_err(|error| opening(&error))?;
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
    let needed = files::read_length(store).map_err(|error| opening(&error))?;
    let Some(db) = files::open_db(store).map_err(|error| opening(&error))? else {
        return needed.map_or(Ok(()), |_| Err(Fault::Damaged("its file `db` is missing".to_owned())));
    };
    let db = files::lock(db).map_err(|error| opening(&error))?.ok_or(Fault::Locked)?;
    // Again, now that nobody changes it.
    let needed = files::read_length(store).map_err(|error| opening(&error))?.unwrap_or(0);
    let length = db.metadata().map_err(|error| opening(&error))?.len();
    if length < needed {
        let message = format!("its file `db` has {length} bytes, and had {needed} when it was closed");
        return Err(Fault::Damaged(message));
    }
    snapshot::remove_unfinished(store).map_err(|error| opening(&error))?;
    // sled makes a snapshot of the log as it reads it, and syncs that: the log must not be less durable.
    db.sync_all().map_err(|error| opening(&error))
}

fn open_sled(store: &Path) -> Result<::sled::Db, Fault> {
    let config = ::sled::Config::new().path(store).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    guarded("opening it", || config.open().map_err(|error| Fault::sled("opening it", &error)))
}

fn check_format(store: &Path, database: &::sled::Db, owner: &str) -> Result<File, StoreError> {
    let into_error = |fault: Fault| fault.into_error(|| files::read_owner(store));
    let file = File::open(store.join(files::DB)).map_err(|error| into_error(opening(&error)))?;
    match format(database).map_err(into_error)? {
        Some(found) if found > FORMAT => return Err(StoreError::Newer { found, supported: FORMAT }),
        Some(_) => {}
        None => create(store, database, &file).map_err(into_error)?,
    }
    let noted = files::write_length(store, 0).and_then(|()| files::write_owner(store, owner));
    noted.map_err(|error| into_error(opening(&error)))?;
    Ok(file)
}

fn format(database: &::sled::Db) -> Result<Option<u32>, Fault> {
    let Some(stored) = Source::get(database, keys::FORMAT)? else { return Ok(None) };
    let format = stored.as_ref().try_into().map(u32::from_be_bytes);
    format.map(Some).map_err(|_| Fault::Damaged("its format cannot be read".to_owned()))
}

/// Makes an empty database a store, durably. An interrupted creation is done again; a store that lost its content is not.
fn create(store: &Path, database: &::sled::Db, file: &File) -> Result<(), Fault> {
    let was_complete = files::read_length(store).map_err(|error| opening(&error))?.is_some();
    if was_complete || !database.is_empty() {
        return Err(Fault::Damaged("it has lost its content".to_owned()));
    }
    let mut batch = ::sled::Batch::default();
    batch.insert(keys::FORMAT, &FORMAT.to_be_bytes());
    writer::commit(database, file, batch)?;
    files::sync_new(store).map_err(|error| opening(&error))
}

fn opening(error: &io::Error) -> Fault {
    Fault::io("opening it", error)
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
        fs::remove_dir(store.join("blobs")).unwrap();
    }
}
