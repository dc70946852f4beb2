//! The store as programs use it.

use std::{
    fmt, io,
    path::Path,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use async_trait::async_trait;
use flowrun_engine::{
    clock::{Clock, SystemClock},
    id::{DefinitionHash, DriverId, RunId, RunKey},
    journal::{Record, Signal},
    store::{
        Acknowledged, Barrier, Claim, DueRun, Inspection, Room, RunFilter, RunPage, RunSummary, Store, StoreCounts,
        StoreError, Watch,
        watch::{Topic, Watches},
    },
};
use jiff::Timestamp;
use tokio::{runtime::Builder, sync::watch};

use crate::{
    desk::Desk,
    directory::{Directory, failed},
    greeting::Greeting,
    keeper::{Keeper, Wanted},
    network::FileSystem,
    place::Place,
    presence::{Presence, Process, living},
    request::{Answer, Answered, Message, NewDefinition, NewRun, Page, Request},
    server::Hub,
};

/// So long may whoever has the store be silent.
const PATIENCE: Duration = Duration::from_secs(2);

/// A store of runs that several processes share: one has it open, and serves the others.
///
/// It has a thread of its own, so it works in any runtime, and goes on serving while the program computes. Dropping it waits for the writes
/// that were asked for; whoever else uses the store goes on.
pub struct SharedStore {
    desk: Arc<Desk>,
    place: Arc<dyn Place>,
    presence: Presence,
    room: Room,
    notices: Vec<String>,
    wanted: watch::Sender<Wanted>,
    is_holder: watch::Receiver<bool>,
    /// Taken when the store is dropped.
    keeper: Option<JoinHandle<()>>,
}

impl SharedStore {
    /// Opens the store of the state directory `path`, or reaches whoever has it; makes both if there is none.
    ///
    /// `command` says in words what this process does: others are told.
    ///
    /// # Errors
    /// [`StoreError::NoAnswer`] if the process that has it says nothing for two seconds, [`StoreError::OtherProtocol`] if it is another version,
    /// [`StoreError::Unsuitable`] if the directory cannot be shared; and as opening a
    /// [`SledStore`](flowrun_engine::store::SledStore).
    pub fn open(path: &Path, command: &str) -> Result<Self, StoreError> {
        Self::open_patiently(path, command, PATIENCE)
    }

    /// The same, with another length of time that whoever has the store may be silent, then and later.
    ///
    /// # Errors
    /// As [`SharedStore::open`].
    pub fn open_patiently(path: &Path, command: &str, patience: Duration) -> Result<Self, StoreError> {
        let directory = Arc::new(Directory::prepare(path, FileSystem::of)?);
        let (mut store, keeper) = Self::at(directory, Process::this(command, SystemClock.now()), patience)?;
        let (opened, opening) = mpsc::channel();
        let thread = spawn(keeper, opened).map_err(|error| failed("starting its thread", error))?;
        store.keeper = Some(thread);
        let gone = |_| StoreError::Gone("its thread is gone".to_owned());
        store.notices = opening.recv().map_err(gone)??;
        Ok(store)
    }

    /// The store of a place, and what sees to it that somebody has it: something must do that.
    pub(crate) fn at(
        place: Arc<dyn Place>,
        process: Process,
        patience: Duration,
    ) -> Result<(Self, Keeper), StoreError> {
        let Directory { processes, store, .. } = place.directory();
        let (room, presence) = (Room::of(store), Presence::begin(processes, &process));
        let presence = presence.map_err(|error| failed("joining it", error))?;
        let hub = Arc::<Hub>::default();
        let watches = Arc::new(Watches::with_listener(hub.clone()));
        let desk = Arc::new(Desk::new(watches.clone()));
        let (wanted, is_wanted) = watch::channel(Wanted::Used);
        let (holding, is_holder) = watch::channel(false);
        let keeper = Keeper {
            place: place.clone(),
            greeting: Greeting::new(presence.id, process),
            desk: desk.clone(),
            watches,
            hub,
            wanted: is_wanted,
            is_holder: holding,
            patience,
        };
        Ok((Self { desk, place, presence, room, notices: Vec::new(), wanted, is_holder, keeper: None }, keeper))
    }

    /// What the user should know about how the store was opened, if this process did.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Whether this process has the store open, and serves it.
    pub fn is_holder(&self) -> bool {
        self.desk.store().is_some()
    }

    /// The living process that has a driver.
    pub fn process_of(&self, driver: DriverId) -> Option<Process> {
        let living = living(&self.place.directory().processes).ok()?;
        living.into_iter().find(|found| found.drivers.contains(&driver)).map(|found| found.process)
    }

    /// Lets others have the store, because this process is about to be stopped: returns once they can. What is asked meanwhile waits.
    pub async fn give_up(&self) {
        self.wanted.send_replace(Wanted::GivenUp);
        // If its thread is gone, the store is as well.
        let _ = self.is_holder.clone().wait_for(|is_holder| !is_holder).await;
    }

    /// Uses the store again.
    pub fn resume(&self) {
        self.wanted.send_replace(Wanted::Used);
    }

    /// Requires so many bytes to be free on the store's disk before an effect or a run begins in this process: 64 MiB, unless this is called.
    pub fn require_room(&self, bytes: u64) {
        self.room.require(bytes);
    }

    /// Reads everything that the store has, and says all that is wrong.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process has it open; and as
    /// [`SledStore::inspect`](flowrun_engine::store::SledStore::inspect).
    pub async fn inspect(&self) -> Result<Inspection, StoreError> {
        match self.desk.store() {
            Some(store) => store.kept().inspect().await,
            None => Err(StoreError::Locked { owner: self.holder_in_words() }),
        }
    }

    fn holder_in_words(&self) -> String {
        self.place
            .directory()
            .holder_process()
            .map_or_else(|| "another process".to_owned(), |process| process.to_string())
    }

    async fn ask(&self, request: Request) -> Answered {
        self.desk.ask(request).await
    }

    /// Says as whom this process claims runs, before it does.
    fn joins_as(&self, driver: DriverId) -> Result<(), StoreError> {
        self.presence.add_driver(driver).map_err(|error| failed("joining it", error))
    }

    fn done(&self, request: Request) -> Acknowledged {
        let asked = self.desk.ask(request);
        Box::pin(async move { asked.await.map(drop) })
    }
}

fn spawn(keeper: Keeper, opened: mpsc::Sender<Result<Vec<String>, StoreError>>) -> io::Result<JoinHandle<()>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let keep = move || runtime.block_on(keeper.keep(opened));
    thread::Builder::new().name("flowrun-share".to_owned()).spawn(keep)
}

/// An answer of another kind than was asked for.
fn mismatched() -> StoreError {
    StoreError::Damaged("what came through its socket answers another question".to_owned())
}

/// Takes what is expected out of an answer.
macro_rules! expect {
    ($answered:expr, $variant:ident) => {
        match $answered {
            Ok(Answer::$variant(value)) => Ok(value),
            Ok(_) => Err(mismatched()),
            Err(error) => Err(error),
        }
    };
}

#[async_trait]
impl Store for SharedStore {
    fn create(
        &self,
        summary: &RunSummary,
        definition: &str,
        record: &Record,
        driver: Option<DriverId>,
        barrier: Barrier,
    ) -> Acknowledged {
        if let Err(error) = driver.map_or(Ok(()), |driver| self.joins_as(driver)) {
            return Box::pin(std::future::ready(Err(error)));
        }
        let (summary, definition, record) = (summary.clone(), definition.to_owned(), record.clone());
        self.done(Request::Create(Box::new(NewRun { summary, definition, record, driver, barrier })))
    }

    async fn claim(&self, run: RunId, driver: DriverId) -> Result<Claim, StoreError> {
        self.joins_as(driver)?;
        expect!(self.desk.claim(Request::Claim { run, driver }).await, Claimed)
    }

    fn release(&self, claim: &Claim) {
        drop(self.desk.ask(Request::Release(claim.clone())));
    }

    async fn drivers(&self, runs: &[RunId]) -> Result<Vec<Option<DriverId>>, StoreError> {
        expect!(self.ask(Request::Drivers(runs.to_vec())).await, Drivers)
    }

    fn set_drives_all(&self, driver: DriverId, drives_all: bool) -> Result<(), StoreError> {
        self.joins_as(driver)?;
        self.presence.set_drives_all(drives_all).map_err(|error| failed("telling others", error))
    }

    /// As the processes say that live.
    fn has_driver_of_all(&self) -> Result<bool, StoreError> {
        let living = living(&self.place.directory().processes)
            .map_err(|error| failed("looking for those who share it", error))?;
        Ok(living.iter().any(|found| found.drives_all))
    }

    fn append(&self, claim: &Claim, record: &Record, summary: Option<&RunSummary>, barrier: Barrier) -> Acknowledged {
        let (claim, record, summary) = (claim.clone(), record.clone(), summary.cloned().map(Box::new));
        self.done(Request::Append { claim, record, summary, barrier })
    }

    fn append_with_definition(
        &self,
        claim: &Claim,
        record: &Record,
        summary: &RunSummary,
        definition: &str,
    ) -> Acknowledged {
        let (claim, record) = (claim.clone(), record.clone());
        let (summary, definition) = (summary.clone(), definition.to_owned());
        self.done(Request::AppendWithDefinition(Box::new(NewDefinition { claim, record, summary, definition })))
    }

    async fn post(&self, run: RunId, signal: &Signal) -> Result<u64, StoreError> {
        let before = self.inbox(run, 0).await?;
        let after = before.last().map_or(0, |(number, _)| *number);
        let message = Message { run, signal: signal.clone(), after, is_repeated: false };
        expect!(self.ask(Request::Post(message)).await, Posted)
    }

    async fn inbox(&self, run: RunId, after: u64) -> Result<Vec<(u64, Signal)>, StoreError> {
        expect!(self.ask(Request::Inbox { run, after }).await, Inbox)
    }

    async fn journal(&self, run: RunId) -> Result<Vec<Record>, StoreError> {
        self.records(run, 0, usize::MAX).await
    }

    async fn records(&self, run: RunId, sequence: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        let mut all: Vec<Record> = Vec::new();
        loop {
            let (sequence, limit) = (sequence.saturating_add(all.len() as u64), limit - all.len());
            let Page { records, is_whole } =
                expect!(self.ask(Request::Records { run, sequence, limit }).await, Records)?;
            let is_end = records.is_empty();
            all.extend(records);
            if is_whole || is_end {
                return Ok(all);
            }
        }
    }

    fn watch(&self, run: RunId) -> Watch {
        self.desk.watch(Topic::Run(run))
    }

    fn watch_inbox(&self, run: RunId) -> Watch {
        self.desk.watch(Topic::Inbox(run))
    }

    fn watch_due(&self) -> Watch {
        self.desk.watch(Topic::Due)
    }

    async fn definition(&self, hash: &DefinitionHash) -> Result<Option<String>, StoreError> {
        expect!(self.ask(Request::Definition(hash.clone())).await, Definition)
    }

    async fn summary(&self, run: RunId) -> Result<Option<RunSummary>, StoreError> {
        let summary = expect!(self.ask(Request::Summary(run)).await, Summary)?;
        Ok(summary.map(|summary| *summary))
    }

    async fn list(&self, filter: &RunFilter) -> Result<RunPage, StoreError> {
        let (mut filter, mut all) = (filter.clone(), Vec::new());
        loop {
            let RunPage { runs, next } = expect!(self.ask(Request::List(filter.clone())).await, List)?;
            filter.limit -= runs.len().min(filter.limit);
            all.extend(runs);
            if next.is_none() || filter.limit == 0 {
                return Ok(RunPage { runs: all, next });
            }
            filter.before = next;
        }
    }

    async fn by_key(&self, key: &RunKey) -> Result<Option<RunId>, StoreError> {
        expect!(self.ask(Request::ByKey(key.clone())).await, ByKey)
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<DueRun>, StoreError> {
        expect!(self.ask(Request::Due { until, limit }).await, Due)
    }

    /// Each process looks at the disk itself, and may require another room.
    fn room(&self) -> Result<(), StoreError> {
        self.room.check()
    }

    async fn prune(&self, run: RunId) -> Result<u64, StoreError> {
        expect!(self.ask(Request::Prune(run)).await, Pruned)
    }

    /// Made by the process that has the store open.
    async fn backup(&self, to: &Path) -> Result<StoreCounts, StoreError> {
        expect!(self.ask(Request::Backup(to.to_owned())).await, BackedUp)
    }

    async fn ahead(&self, run: RunId, limit: usize) -> Result<Vec<RunId>, StoreError> {
        expect!(self.ask(Request::Ahead { run, limit }).await, Ahead)
    }

    async fn by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        expect!(self.ask(Request::ByPrefix { prefix: prefix.to_owned(), limit }).await, ByPrefix)
    }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_holder = self.is_holder();
        formatter
            .debug_struct("SharedStore")
            .field("directory", self.place.directory())
            .field("is_holder", &is_holder)
            .finish_non_exhaustive()
    }
}

impl Drop for SharedStore {
    fn drop(&mut self) {
        self.wanted.send_replace(Wanted::Ended);
        if let Some(keeper) = self.keeper.take() {
            // It panics nowhere that is known; if it did, there is nothing left to wait for.
            let _ = keeper.join();
        }
    }
}
