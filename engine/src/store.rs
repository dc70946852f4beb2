//! Where runs are kept. The runner knows this trait; `store/sled.rs` is durable, `store/memory.rs` is for tests and embedding, and
//! `store/conformance.rs` checks any other.
//!
//! ```
//! use std::sync::Arc;
//! use flowrun_engine::id::{DefinitionHash, RunId};
//! use flowrun_engine::journal::{Entry, Record, SignalEntry};
//! use flowrun_engine::{run::RunStatus, store::{Barrier, MemoryStore, RunSummary, Store, journal_from}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (run, at): (RunId, _) = ("01890a5d-ac96-774b-bcce-b302099a8057".parse()?, jiff::Timestamp::UNIX_EPOCH);
//! # let definition = DefinitionHash::new("a hash");
//! # let first = Record { sequence: 0, at, entries: vec![Entry::Signal(SignalEntry::CancelRequested)] };
//! # let summary = RunSummary { run, key: None, definition, process: "hello".into(), version: "1.0.0".into(), status: RunStatus::Running, started_at: at, ended_at: None, due: Some(at), admission: None, failure: None };
//! let store = Arc::new(MemoryStore::default());
//! store.create(&summary, "process: hello", &first, None, Barrier::Now).await?; // durable when this returns
//!
//! let mut records = journal_from(store.clone(), run, 0); // goes on as the run does
//! assert_eq!(records.next().await.transpose()?, Some(first));
//! assert_eq!(store.due(at, 10).await?.len(), 1);
//! # Ok(()) }
//! ```

#![deny(clippy::wildcard_enum_match_arm)]

pub mod admission;
mod claims;
pub mod conformance;
mod error;
mod memory;
mod records;
mod run_failure;
#[cfg(feature = "sled")]
mod sled;
pub mod watch;

use std::{path::Path, pin::Pin};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// For tests: `testing` has it.
#[cfg(feature = "sled")]
#[doc(hidden)]
pub use self::sled::StoreDamage;
#[cfg(feature = "sled")]
pub use self::sled::{
    Compacted, Inspection, MendedStore, OpenEffect, Restored, Room, SledStore, StoreFault, store_catches_panics,
};
pub use self::{
    claims::{Claim, Claims},
    error::StoreError,
    memory::MemoryStore,
    records::{Records, journal_from},
    run_failure::RunFailure,
    watch::Watch,
};

use crate::{
    concurrency::Admission,
    id::{DefinitionHash, DriverId, RunId, RunKey},
    journal::{Record, Signal},
    status::RunStatus,
};

/// How soon a record must be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// Before anything that follows from it is done.
    Now,
    /// It may ride with what comes after it, for 20 ms at most.
    Rides,
}

/// Resolves once what was asked for is durable, or why it is not. Nobody need wait: the call has asked.
pub type Acknowledged = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// Keeps definitions and journals. What was acknowledged survives a crash and a power cut, and whoever reads is told nothing
/// else.
///
/// What is asked for first is done first: a record with [`Barrier::Now`] takes along all that rode before it, of all runs, and what is
/// asked for under a claim after that was released and claimed anew is refused.
#[async_trait]
pub trait Store: Send + Sync {
    /// Keeps a new run: its definition's text, its first record and its summary, all or nothing. A `driver` has its first claim
    /// ([`Claim::first`]) at once. Repeating it is harmless.
    ///
    /// # Errors
    /// [`StoreError::KeyTaken`] if another run has the key already, and [`StoreError::NotAdmitted`] if the run would be admitted by it and its
    /// turn has not come ([`admission`]); nothing is kept then. [`StoreError::Sequence`] if the
    /// run is there with another first record.
    fn create(
        &self,
        summary: &RunSummary,
        definition: &str,
        record: &Record,
        driver: Option<DriverId>,
        barrier: Barrier,
    ) -> Acknowledged;

    /// Claims a run, whose journal no other driver appends to from now on. One that has ended is claimed to be retried: the claim has a number
    /// above all before it, whether they are still known or not.
    ///
    /// # Errors
    /// [`StoreError::Claimed`] while another claim of it is held.
    async fn claim(&self, run: RunId, driver: DriverId) -> Result<Claim, StoreError>;

    /// Lets a run go. What was asked for under the claim before is done before.
    fn release(&self, claim: &Claim);

    /// Who holds a claim of each of these runs: whoever drives it, or is about to record something that was said to it.
    async fn drivers(&self, runs: &[RunId]) -> Result<Vec<Option<DriverId>>, StoreError>;

    /// Says that a driver drives all runs that go on by themselves, from now on, or no longer: once more or once less. A run that only waits goes on
    /// then, although nobody has a claim of it.
    ///
    /// # Errors
    /// When others cannot be told.
    fn set_drives_all(&self, driver: DriverId, drives_all: bool) -> Result<(), StoreError>;

    /// Whether any driver drives all runs that go on by themselves.
    fn has_driver_of_all(&self) -> Result<bool, StoreError>;

    /// Appends a record to the claimed run's journal; with `summary`, where the run's status changed: a run that had ended goes on where that has
    /// no end. Repeating an append is harmless,
    /// also a late one: it brings no old summary back.
    ///
    /// # Errors
    /// [`StoreError::Sequence`] if another record has the number, or one before it is missing; [`StoreError::Superseded`] if there is a
    /// newer claim; [`StoreError::NotAdmitted`] as for [`Self::create`].
    fn append(&self, claim: &Claim, record: &Record, summary: Option<&RunSummary>, barrier: Barrier) -> Acknowledged;

    /// Appends a record that gives a run another definition, with that one's text and the summary, which names it: all or nothing, at once.
    /// Otherwise as [`Self::append`]. The texts that earlier records name stay, too.
    ///
    /// # Errors
    /// As [`Self::append`].
    fn append_with_definition(
        &self,
        claim: &Claim,
        record: &Record,
        summary: &RunSummary,
        definition: &str,
    ) -> Acknowledged;

    /// Puts a message into the inbox of a run, and says which number it has: the first has 1. Whoever drives the run takes it, and says so
    /// in the journal.
    ///
    /// # Errors
    /// [`StoreError::NotOpen`] if there is no such run, or it has ended.
    async fn post(&self, run: RunId, signal: &Signal) -> Result<u64, StoreError>;

    /// The messages of a run's inbox after number `after`, in order, with their numbers. Once it has ended the newest of all is kept, and none
    /// before it need be: where the run is retried the numbers go on from there.
    async fn inbox(&self, run: RunId, after: u64) -> Result<Vec<(u64, Signal)>, StoreError>;

    /// The journal of a run, whole, in order. Empty if there is no such run.
    async fn journal(&self, run: RunId) -> Result<Vec<Record>, StoreError>;

    /// The records of a run from number `sequence` on, in order, at most `limit`. [`journal_from`] makes a stream of them.
    async fn records(&self, run: RunId, sequence: u64, limit: usize) -> Result<Vec<Record>, StoreError>;

    /// Tells when the run has more records, before they are acknowledged, and when they can be read; and when it is let go.
    fn watch(&self, run: RunId) -> Watch;

    /// Tells when the run has more messages.
    fn watch_inbox(&self, run: RunId) -> Watch;

    /// Tells when a run is due, at once or later, by a summary that was written, before that is acknowledged; and when a run is let go.
    fn watch_due(&self) -> Watch;

    /// The text of a definition.
    async fn definition(&self, hash: &DefinitionHash) -> Result<Option<String>, StoreError>;

    /// The summary of a run.
    async fn summary(&self, run: RunId) -> Result<Option<RunSummary>, StoreError>;

    /// A page of runs, newest first.
    async fn list(&self, filter: &RunFilter) -> Result<RunPage, StoreError>;

    /// The run with this key.
    async fn by_key(&self, key: &RunKey) -> Result<Option<RunId>, StoreError>;

    /// The runs that are due at `until` or before: those that are due first come first, at most `limit`. A run that waits to be admitted is due
    /// since it asked, once its turn has come ([`admission::due`]).
    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<DueRun>, StoreError>;

    /// Whether there is room for what follows from another effect: it is asked before each, and before a run begins. What is on its way is
    /// recorded all the same.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is not.
    fn room(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Forgets a run that has ended, and says how many records it had: 0 if there is no such run. Its key is free again. The room that it took
    /// a store on a disk may keep until it is compacted.
    ///
    /// # Errors
    /// [`StoreError::NotEnded`] if it goes on, and [`StoreError::Claimed`] while a claim of it is held; nothing is forgotten then.
    async fn prune(&self, run: RunId) -> Result<u64, StoreError>;

    /// Makes a store at `to`, where there is nothing, that has all that is durable now; runs go on meanwhile. Says what it has.
    ///
    /// # Errors
    /// [`StoreError::Io`] if there is something at `to`, it cannot be written, or the store has nothing on a disk.
    async fn backup(&self, to: &Path) -> Result<StoreCounts, StoreError> {
        let message = format!("a backup to `{}`: this store keeps nothing on a disk", to.display());
        Err(StoreError::Io { message, source: None })
    }

    /// The runs that a run which waits to be admitted waits for, at most so many: those that were admitted, and those that wait, asked before and are driven. Empty for any
    /// other run.
    async fn ahead(&self, run: RunId, limit: usize) -> Result<Vec<RunId>, StoreError>;

    /// The runs whose id begins so, newest first, at most `limit`.
    async fn by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError>;
}

/// What lists show of a run. Everything in it can be rebuilt from the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// Its key.
    pub key: Option<RunKey>,
    /// The definition that it has now.
    pub definition: DefinitionHash,
    /// The definition's name.
    pub process: String,
    /// The definition's version.
    pub version: String,
    /// How far it is.
    pub status: RunStatus,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When it goes on by itself: a time in the past, its beginning, where there is something to do at once. `None` if it has ended, or
    /// only a person can say how it goes on.
    pub due: Option<Timestamp>,
    /// What it asked for before it may go on, of a definition with `concurrency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    /// Why it failed, if it did and its version wrote that down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<RunFailure>,
}

impl RunSummary {
    /// When a run with this status is due, as far as that follows from its status alone: a waiting run is due at once, until its next
    /// timer is known.
    pub(crate) fn due_by_status(status: RunStatus, started_at: Timestamp) -> Option<Timestamp> {
        match status {
            RunStatus::Running | RunStatus::Waiting | RunStatus::Interrupted => Some(started_at),
            RunStatus::NeedsDecision
            | RunStatus::NeedsGrant
            | RunStatus::Paused
            | RunStatus::Completed
            | RunStatus::Failed
            | RunStatus::Cancelled => None,
        }
    }
}

/// What a store has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreCounts {
    /// How many runs.
    pub runs: u64,
    /// How many records, of all runs together.
    pub records: u64,
}

/// A run that goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueRun {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub run: RunId,
}

/// Which runs a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFilter {
    /// Only this status.
    pub status: Option<RunStatus>,
    /// Only this process.
    pub process: Option<String>,
    /// Only runs that are older than this one: the last of the page before.
    pub before: Option<RunId>,
    /// How many at most.
    pub limit: usize,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPage {
    /// The runs, newest first.
    pub runs: Vec<RunSummary>,
    /// Where the next page goes on; `None` on the last.
    pub next: Option<RunId>,
}
