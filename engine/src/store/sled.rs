//! The durable store: one sled database, written by one thread. The only module that knows sled.
//!
//! What is written is *groups*: a piece or some, each with whole records of any runs (`piece`, `content`). Where they lie is the
//! *index*: what is recent in memory, the rest on the disk since the last checkpoint (`index`, `recent`, `disk`, as one: `view`);
//! `groups` makes it of the groups. `keys`, `place`, `value`, `summary` and `number` say how all of it is written down. `change`
//! turns a call of `contract` into what `staged` makes a group of, and `writer` is the thread that makes groups durable; `read`, `effects` and
//! `check` answer questions, on the threads of `readers`. `guard` catches what sled panics at, and `fault` sorts what goes wrong.
//!
//! Whether the newest records are still there sled cannot tell. So pieces are chained, `log` notes where the log ends (`note`), and
//! sees to it that the files are still there (`presence`); before sled opens a store, `look` walks over the log as it lies (`walk`,
//! `snapshot`) and compares. `mend` is the way out where only what no longer counts is damaged, `rebuild` where only the index is.
//! `replica` fills another store: for a `backup` group by group, to `compact` with what is kept; `restore` puts one in place.
//!
//! ```text
//!   open ──► look: the note, a walk ──► sled ──► groups since the checkpoint, the chain
//!   create, append ──► Change ──► writer ──► log: a group, flush, sync_data on `db`, the note ──► index ──► acknowledged
//!   journal, list, … ──► readers ──► index ──► read ──► sled
//! ```

mod backup;
mod change;
mod check;
#[cfg(test)]
mod closed;
mod compact;
mod content;
mod contract;
#[cfg(test)]
mod cut;
mod disk;
mod effects;
mod fault;
mod files;
mod groups;
mod guard;
mod harm;
mod index;
mod keys;
mod log;
mod look;
mod memory;
mod mend;
mod note;
mod number;
mod open;
mod pack;
mod piece;
mod place;
mod presence;
mod read;
mod readers;
mod rebuild;
mod recent;
mod replica;
mod restore;
mod room;
mod snapshot;
mod staged;
mod summary;
mod upkeep;
mod value;
mod view;
mod walk;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    thread::JoinHandle,
};

use jiff::Timestamp;
use tokio::sync::oneshot;

use self::{
    change::Change,
    fault::Fault,
    index::Index,
    readers::Readers,
    writer::{WriteRequest, Writer},
};
pub use self::{
    check::{Inspection, StoreFault},
    compact::Compacted,
    guard::store_catches_panics,
    harm::StoreDamage,
    mend::MendedStore,
    restore::Restored,
    room::Room,
};
use super::{Acknowledged, Barrier, Claim, Claims, StoreCounts, StoreError, watch::Watches};
use crate::{
    activity::Intent,
    id::{DriverId, OperationId, RunId},
};

/// A store on disk. One process at a time has it open.
///
/// After an error of the disk every later call fails in the same way: open it anew. Dropping it waits for the writes that
/// were asked for.
#[derive(Debug)]
pub struct SledStore {
    notices: Vec<String>,
    // Both are taken when the store is dropped.
    readers: Option<Readers>,
    writer: Option<(mpsc::Sender<WriteRequest>, JoinHandle<()>)>,
    dead: Arc<OnceLock<Fault>>,
    watches: Arc<Watches>,
    room: Room,
    claims: Arc<Mutex<Claims>>,
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
    /// The format that this version writes.
    pub const FORMAT: u32 = 6;

    /// The oldest format that it reads: that before pieces were packed. Format 3 had no list of runs that are due, 4 no claims and no
    /// messages, 5 no runs that were pruned and no failures in summaries.
    pub const OLDEST_FORMAT: u32 = 2;

    /// Opens the store in the directory `path`; makes it if there is none.
    ///
    /// `owner` says in words who opens it: a process that comes later, and finds the store in use, shows them.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process has it, [`StoreError::Newer`] and [`StoreError::Older`] if another version wrote it,
    /// [`StoreError::Damaged`] if it cannot be read as it was left (nothing is deleted, and nothing is written if that is
    /// seen before sled opens it), [`StoreError::Io`] if the disk said no.
    pub fn open(path: &Path, owner: &str) -> Result<Self, StoreError> {
        Self::open_with(path, owner, Arc::default())
    }

    /// The same, with watches that were there before, and last when the store is closed.
    ///
    /// # Errors
    /// As [`SledStore::open`].
    pub fn open_with(path: &Path, owner: &str, watches: Arc<Watches>) -> Result<Self, StoreError> {
        let opened = open::open(path, owner).map_err(|fault| fault.into_error(|| files::read_owner(path)))?;
        let dead = Arc::new(OnceLock::new());
        let (sender, receiver) = mpsc::channel();
        let open::Opened { index, indexed, head, log, notices } = opened;
        let index = Arc::new(index);
        let starting = |error| into_error(Fault::io("starting its threads", &error));
        let readers = Readers::of(&index).map_err(starting)?;
        let claims = Arc::<Mutex<Claims>>::default();
        let writer = Writer {
            log,
            head,
            index,
            indexed,
            claims: Arc::clone(&claims),
            dead: Arc::clone(&dead),
            watches: Arc::clone(&watches),
        };
        let writer = writer::spawn(writer, receiver).map_err(starting)?;
        let room = Room::of(path);
        Ok(Self { notices, readers: Some(readers), writer: Some((sender, writer)), dead, watches, room, claims })
    }

    /// Requires so many bytes to be free on the store's disk before an effect or a run begins: 64 MiB, unless this is called.
    pub fn require_room(&self, bytes: u64) {
        self.room.require(bytes);
    }

    /// The newest claim of a run that goes on, of those under which something was kept. Whether it is held that does not say.
    ///
    /// # Errors
    /// As all reads: [`StoreError::Io`] and [`StoreError::Damaged`].
    pub async fn newest_claim(&self, run: RunId) -> Result<Option<Claim>, StoreError> {
        self.read(move |index| index.read(|view| view.claim(run))).await
    }

    /// The claims that a driver holds.
    pub fn claims_of(&self, driver: DriverId) -> Vec<Claim> {
        self.claims().of(driver)
    }

    fn claims(&self) -> MutexGuard<'_, Claims> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a claim that its driver has kept since before the store was opened.
    ///
    /// # Errors
    /// [`StoreError::Superseded`] if there is a newer one.
    pub async fn hold(&self, claim: &Claim) -> Result<(), StoreError> {
        self.write(Change::Hold(claim.clone()), Barrier::Now).await.map(drop)
    }

    /// Looks at the store in the directory `path`, as opening it does first, and changes nothing. Says whether there is one.
    ///
    /// # Errors
    /// As [`SledStore::open`], as far as it can be told without sled.
    pub fn look(path: &Path) -> Result<bool, StoreError> {
        open::look_only(path).map_err(|fault| fault.into_error(|| files::read_owner(path)))
    }

    /// Makes a copy beside the store in `path` that can be opened, if the damage for which that is refused hit only what no
    /// longer counts. The store itself stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if records are missing, or it cannot be told that none is; [`StoreError::Locked`] and
    /// [`StoreError::Io`] as when opening.
    pub fn mend(path: &Path) -> Result<MendedStore, StoreError> {
        mend::mend(path).map_err(|fault| fault.into_error(|| files::read_owner(path)))
    }

    /// What the user should know about how the store was opened: what was repaired, and where the damaged one is kept.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Reads everything that the store has, each group held to the one before it, and the index to the groups.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if something is missing or cannot be read, and [`StoreError::Io`].
    pub async fn check(&self) -> Result<StoreCounts, StoreError> {
        self.read(|index| index.read(check::check)).await
    }

    /// Reads everything as [`SledStore::check`] does, and says all that is wrong.
    ///
    /// # Errors
    /// [`StoreError::Io`], and [`StoreError::Damaged`] if the rest cannot be read for it.
    pub async fn inspect(&self) -> Result<Inspection, StoreError> {
        self.read(|index| index.read(check::inspect)).await
    }

    /// All effects whose end is not known, by run, as the journals tell: all of them are read.
    ///
    /// # Errors
    /// As all reads: [`StoreError::Io`] and [`StoreError::Damaged`].
    pub async fn open_effects(&self) -> Result<Vec<OpenEffect>, StoreError> {
        self.read(|index| effects::open(index.database())).await
    }

    /// Asks the writer, and gives what to wait for: the number of what was made.
    fn write(&self, change: Change, barrier: Barrier) -> impl Future<Output = Result<u64, StoreError>> + Send + use<> {
        let (alive, dead) = (self.alive(), Arc::clone(&self.dead));
        let (reply, replied) = oneshot::channel();
        if alive.is_ok() {
            let (sender, _) = self.writer.as_ref().expect("taken only when the store is dropped");
            // If it is gone, no reply comes.
            let _ = sender.send(WriteRequest::new(change, barrier, reply));
        }
        async move {
            alive?;
            replied.await.unwrap_or_else(|_| Err(into_error(dead.get_or_init(|| gone("the writer is gone")).clone())))
        }
    }

    fn keep(&self, change: Change, barrier: Barrier) -> Acknowledged {
        let written = self.write(change, barrier);
        Box::pin(async move { written.await.map(drop) })
    }

    /// Asks the readers, and waits for the answer.
    async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.alive()?;
        self.answer(question).await.map_err(|fault| {
            if matches!(fault, Fault::Io { .. }) && self.dead.set(fault.clone()).is_ok() {
                self.watches.tell_all();
            }
            into_error(fault)
        })
    }

    /// The same for what writes elsewhere: a fault there is none of this store's.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.alive()?;
        self.answer(question).await.map_err(into_error)
    }

    async fn answer<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let readers = self.readers.as_ref().expect("taken only when the store is dropped");
        readers.ask(question).await.unwrap_or_else(|_| Err(gone("the reader is gone")))
    }

    fn alive(&self) -> Result<(), StoreError> {
        self.dead.get().map_or(Ok(()), |fault| Err(into_error(fault.clone())))
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        // The writer has the last handle then, and closes it.
        drop(self.readers.take());
        if let Some((sender, writer)) = self.writer.take() {
            drop(sender);
            // It catches its panics; if one got out, there is nothing left to wait for.
            let _ = writer.join();
        }
    }
}

/// A thread of the store ended before the store did.
fn gone(what: &str) -> Fault {
    Fault::Io { kind: std::io::ErrorKind::Other, message: what.to_owned() }
}

/// For faults of an open store: its lock is ours.
fn into_error(fault: Fault) -> StoreError {
    fault.into_error(|| "another process".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{journal::Record, store::Store};

    #[tokio::test]
    async fn after_a_fault_of_the_disk_every_call_fails_in_the_same_way() {
        let directory = tempfile::tempdir().unwrap();
        let store = SledStore::open(directory.path(), "a test").unwrap();
        let full = std::io::Error::from_raw_os_error(28);
        store.read(move |_| Err::<(), _>(Fault::io("reading", &full))).await.unwrap_err();

        let run = RunId::new(uuid::Uuid::from_u128(1));
        let record = Record { sequence: 0, at: Timestamp::UNIX_EPOCH, entries: Vec::new() };
        let errors = [
            store
                .append(&Claim::first(run, DriverId::new(uuid::Uuid::from_u128(1))), &record, None, Barrier::Now)
                .await
                .unwrap_err(),
            store.journal(run).await.unwrap_err(),
            store.open_effects().await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.to_string(), "the store failed: reading: no space left on device");
        }
    }
}
