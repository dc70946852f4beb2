//! Making the index of a store anew from its groups, where it alone is wrong.
//!
//! First it is written that nothing of the index counts: after a kill the next who opens the store reads all groups, and this is done again.

use std::path::Path;

use super::{
    check::{self, Inspection},
    disk,
    fault::Fault,
    groups,
    guard::guarded,
    index, keys,
    open::{self, Opened},
    piece::Head,
    recent::Recent,
};

/// So many records are known before they go to the disk.
const RECORDS_TO_A_CHECKPOINT: usize = 1 << 16;

/// Makes the index of the store in `store` anew, and says what is wrong then.
pub(super) fn rebuild(store: &Path, owner: &str) -> Result<Inspection, Fault> {
    let opened = open::open(store, owner)?;
    let rebuilt = guarded("making the index anew", || write_anew(&opened));
    opened.close();
    rebuilt?;
    let opened = open::open(store, owner)?;
    let found = guarded("reading", || opened.index.read(check::inspect));
    opened.close();
    found
}

fn write_anew(opened: &Opened) -> Result<(), Fault> {
    let database = opened.index.database();
    insert(database, keys::INDEXED, &0_u64.to_be_bytes())?;
    flush(database)?;
    for kind in keys::of_index() {
        for item in disk::scan(database, kind) {
            database.remove(item?.0).map_err(|error| Fault::sled("writing", &error))?;
        }
    }
    let (mut recent, mut learnt, mut newest) = (Recent::default(), 0, Head::default());
    for read in groups::after(database, Head::default()) {
        let read = read?;
        // A checkpoint has whole groups.
        if learnt >= RECORDS_TO_A_CHECKPOINT && read.head().number.group > newest.number.group {
            index::write(database, &std::mem::take(&mut recent), newest.number.group)?;
            learnt = 0;
        }
        read.each(|place, content| {
            learnt += 1;
            groups::learn(database, &mut recent, place, content)
        })?;
        newest = read.head();
    }
    index::write(database, &recent, newest.number.group)?;
    flush(database)
}

fn insert(database: &::sled::Db, key: &[u8], value: &[u8]) -> Result<(), Fault> {
    database.insert(key, value).map(drop).map_err(|error| Fault::sled("writing", &error))
}

fn flush(database: &::sled::Db) -> Result<(), Fault> {
    database.flush().map(drop).map_err(|error| Fault::sled("writing", &error))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::{
        id::{DriverId, RunId, RunKey},
        store::{RunFilter, SledStore, Store, StoreCounts, sled::closed},
    };

    /// All that the index of a store has on the disk.
    fn of_index(database: &::sled::Db) -> Vec<(::sled::IVec, ::sled::IVec)> {
        keys::of_index().into_iter().flat_map(|kind| disk::scan(database, kind)).map(Result::unwrap).collect()
    }

    /// Each key of the index lost, or with the content of another: it is told, and mended.
    #[tokio::test]
    async fn whatever_the_index_lost_is_told_and_made_anew() {
        let directory = TempDir::new().unwrap();
        let summary = closed::written(directory.path()).await;
        let database = open::open_sled(directory.path()).unwrap();
        let whole = of_index(&database);
        drop(database);
        assert!(whole.len() >= 7, "{whole:?}");
        let garbled = whole.iter().filter(|(_, value)| !value.is_empty()).map(|(key, _)| (key, Some(b"\xffgarbled")));
        for (key, value) in whole.iter().map(|(key, _)| (key, None)).chain(garbled) {
            let database = open::open_sled(directory.path()).unwrap();
            let before = match value {
                Some(value) => database.insert(key, value).unwrap(),
                None => database.remove(key).unwrap(),
            };
            before.unwrap();
            drop(database);
            let store = SledStore::open(directory.path(), "a test").unwrap();
            let found = store.inspect().await.unwrap();
            drop(store);
            assert!(found.only_the_index_is_wrong(), "{}: {found:?}", char::from(key[0]));
            let found = SledStore::rebuild_index(directory.path(), "a test").unwrap();
            assert_eq!((found.faults, found.counts), (Vec::new(), StoreCounts { runs: 1, records: 2 }));
            let database = open::open_sled(directory.path()).unwrap();
            assert_eq!(of_index(&database), whole);
            drop(database);
        }
        let store = SledStore::open(directory.path(), "a test").unwrap();
        let all = RunFilter { status: None, process: None, before: None, limit: 9 };
        assert_eq!(store.list(&all).await.unwrap().runs, [summary]);
    }

    #[tokio::test]
    async fn what_the_index_has_of_no_run_is_told_and_removed() {
        let directory = TempDir::new().unwrap();
        let summary = closed::written(directory.path()).await;
        let stranger = RunId::new(uuid::Uuid::from_u128(99));
        let database = open::open_sled(directory.path()).unwrap();
        let records = database.get(keys::records_from(summary.run, 0)).unwrap().unwrap();
        database.insert(keys::records_from(stranger, 0), records).unwrap();
        database.insert(keys::run_key(&RunKey::new("nightly")), stranger.as_bytes()).unwrap();
        drop(database);
        let store = SledStore::open(directory.path(), "a test").unwrap();
        let found = store.inspect().await.unwrap();
        drop(store);
        assert_eq!(found.faults.len(), 2, "{found:?}");
        assert!(found.only_the_index_is_wrong());
        assert_eq!(SledStore::rebuild_index(directory.path(), "a test").unwrap().faults, []);
        let store = SledStore::open(directory.path(), "a test").unwrap();
        assert_eq!(store.by_key(&RunKey::new("nightly")).await.unwrap(), None);
        assert_eq!(store.due(Timestamp::MAX, 9).await.unwrap().len(), 1);
        let claim = store.claim(summary.run, DriverId::new(uuid::Uuid::nil())).await.unwrap();
        assert_eq!(claim.number, 2, "the claim that was written is known");
    }
}
