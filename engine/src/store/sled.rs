//! The durable store: one sled database, written by one thread. The only module that knows sled.
//!
//! `keys` and `value` say what lies where. `change` turns a call into writes, `staged` over what is there, and `writer` is the
//! thread that makes groups of them durable; `read` is everything else. `open` comes before, `close` after; `guard` catches what
//! sled panics at, and `fault` sorts what goes wrong.
//!
//! ```text
//!   create, append ──► Change ──► writer: one batch, flush, sync_data on `db` ──► acknowledged
//!   journal, list, … ──► read ──► sled
//! ```

mod change;
mod close;
mod fault;
mod files;
mod guard;
mod keys;
mod open;
mod read;
mod snapshot;
mod staged;
mod value;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, mpsc},
    thread::JoinHandle,
};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::oneshot;

pub use self::guard::store_catches_panics;
use self::{change::Change, fault::Fault, writer::Request};
use super::{RunFilter, RunPage, RunSummary, Store, StoreError};
use crate::{
    activity::Intent,
    id::{DefinitionHash, OperationId, RunId, RunKey},
    journal::Record,
};

/// A store on disk. One process at a time has it open.
///
/// After an error of the disk every later call fails in the same way: open it anew. Dropping it waits for the writes that
/// were asked for.
#[derive(Debug)]
pub struct SledStore {
    path: PathBuf,
    notice: Option<String>,
    // Both are taken when the store is dropped.
    database: Option<::sled::Db>,
    writer: Option<(mpsc::Sender<Request>, JoinHandle<()>)>,
    dead: Arc<OnceLock<Fault>>,
}

/// An effect of which the journal knows the intent, and not the end.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenEffect {
    /// Which.
    pub operation: OperationId,
    /// What was to be sent.
    pub intent: Intent,
    /// When the intent became durable.
    pub at: Timestamp,
}

impl SledStore {
    /// The newest format that this version reads, and the one that it writes.
    pub const FORMAT: u32 = 1;

    /// Opens the store in the directory `path`; makes it if there is none.
    ///
    /// `owner` says in words who opens it: a process that comes later, and finds the store in use, shows them.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process has it, [`StoreError::Newer`] if a newer version wrote it,
    /// [`StoreError::Damaged`] if it cannot be read (nothing is deleted), [`StoreError::Io`] if the disk said no.
    pub fn open(path: &Path, owner: &str) -> Result<Self, StoreError> {
        let opened = open::open(path, owner).map_err(|fault| fault.into_error(|| files::read_owner(path)))?;
        let dead = Arc::new(OnceLock::new());
        let (sender, receiver) = mpsc::channel();
        let writer = writer::spawn(opened.database.clone(), opened.file, receiver, Arc::clone(&dead));
        let writer = writer.map_err(|error| into_error(Fault::io("starting the writer", &error)))?;
        let (path, database) = (path.to_owned(), Some(opened.database));
        Ok(Self { path, notice: opened.notice, database, writer: Some((sender, writer)), dead })
    }

    /// What the user should know about how the store was opened: that it was repaired, and where the damaged one is kept.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// All effects whose end is not known, from an index of their own, by run.
    ///
    /// # Errors
    /// As all reads: [`StoreError::Io`] and [`StoreError::Damaged`].
    pub fn open_effects(&self) -> Result<Vec<OpenEffect>, StoreError> {
        self.read(read::open_effects)
    }

    async fn write(&self, change: Result<Change, Fault>) -> Result<(), StoreError> {
        self.alive()?;
        let change = change.map_err(into_error)?;
        let (reply, replied) = oneshot::channel();
        let (sender, _) = self.writer.as_ref().expect("taken only when the store is dropped");
        let _ = sender.send(Request { change, reply });
        replied.await.unwrap_or_else(|_| {
            let gone = Fault::Io { kind: std::io::ErrorKind::Other, message: "the writer is gone".to_owned() };
            Err(into_error(self.dead.get_or_init(|| gone).clone()))
        })
    }

    fn read<T>(&self, read: impl FnOnce(&::sled::Db) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.alive()?;
        let database = self.database.as_ref().expect("taken only when the store is dropped");
        guard::guarded("reading", || read(database)).map_err(|fault| {
            if matches!(fault, Fault::Io { .. }) {
                let _ = self.dead.set(fault.clone());
            }
            into_error(fault)
        })
    }

    fn alive(&self) -> Result<(), StoreError> {
        self.dead.get().map_or(Ok(()), |fault| Err(into_error(fault.clone())))
    }
}

#[async_trait]
impl Store for SledStore {
    async fn create(&self, summary: &RunSummary, definition: &str, record: &Record) -> Result<(), StoreError> {
        self.write(Change::create(summary, definition, record)).await
    }

    async fn append(&self, run: RunId, record: &Record, summary: Option<&RunSummary>) -> Result<(), StoreError> {
        self.write(Change::append(run, record, summary)).await
    }

    async fn journal(&self, run: RunId) -> Result<Vec<Record>, StoreError> {
        self.read(|database| read::journal(database, run))
    }

    async fn definition(&self, hash: &DefinitionHash) -> Result<Option<String>, StoreError> {
        self.read(|database| read::definition(database, hash))
    }

    async fn summary(&self, run: RunId) -> Result<Option<RunSummary>, StoreError> {
        self.read(|database| read::summary(database, run))
    }

    async fn list(&self, filter: &RunFilter) -> Result<RunPage, StoreError> {
        self.read(|database| read::list(database, filter))
    }

    async fn by_key(&self, key: &RunKey) -> Result<Option<RunId>, StoreError> {
        self.read(|database| read::by_key(database, key))
    }

    async fn by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        self.read(|database| read::by_prefix(database, prefix, limit))
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        if let Some((sender, writer)) = self.writer.take() {
            drop(sender);
            // It catches its panics; if one got out, there is nothing left to wait for.
            let _ = writer.join();
        }
        let database = self.database.take();
        let closed = guard::guarded("closing", || {
            drop(database);
            Ok(())
        });
        close::close(&self.path, closed.is_ok() && self.dead.get().is_none());
    }
}

/// For faults of an open store: its lock is ours.
fn into_error(fault: Fault) -> StoreError {
    fault.into_error(|| "another process".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn after_a_fault_of_the_disk_every_call_fails_in_the_same_way() {
        let directory = tempfile::tempdir().unwrap();
        let store = SledStore::open(directory.path(), "a test").unwrap();
        let full = std::io::Error::from_raw_os_error(28);
        store.read(|_| Err::<(), _>(Fault::io("reading", &full))).unwrap_err();

        let run = RunId::new(uuid::Uuid::from_u128(1));
        let record = Record { sequence: 0, at: Timestamp::UNIX_EPOCH, entries: Vec::new() };
        let errors = [
            store.append(run, &record, None).await.unwrap_err(),
            store.journal(run).await.unwrap_err(),
            store.open_effects().unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.to_string(), "the store failed: reading: no space left on device");
        }
    }
}
