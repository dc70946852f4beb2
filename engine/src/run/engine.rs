//! The engine as programs use it: start a run, drive it, look at it, decide about it.

mod admission;
mod error;
mod fold;
mod retry;
mod signals;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

pub use self::{admission::Ahead, error::EngineError};
use super::{
    Activities, CancellationToken, RunState, RunStatus,
    claim::TakenRun,
    definitions::DefinitionCache,
    driver::{self, DriveUntil, RunToDrive},
    live::LiveRuns,
};
use crate::{
    activity::Catalogue,
    clock::Clock,
    definition::{Definition, Source},
    id::{DriverId, RunId, RunKey},
    journal::{Entry, Record, RunEntry, RunStarted},
    random::Random,
    requirement::Authority,
    store::{Acknowledged, Barrier, Records, RunSummary, Store, StoreError, journal_from},
};

/// Starts runs and drives them. One for a store.
pub struct Engine {
    parts: EngineParts,
    /// What its claims are held by.
    driver: DriverId,
    activities: Activities,
    definitions: Mutex<DefinitionCache>,
    /// The runs that are driven here.
    live: LiveRuns,
}

/// What an engine works with.
pub struct EngineParts {
    /// Keeps the runs.
    pub store: Arc<dyn Store>,
    /// The activities that definitions may use.
    pub catalogue: Catalogue,
    /// Knows the grants that they need: it is asked when an attempt was refused, and again while a run waits for a grant.
    /// [`NoAuthority`](crate::requirement::NoAuthority) is one that knows nothing.
    pub authority: Arc<dyn Authority>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub random: Arc<dyn Random>,
    /// Hears what became durable.
    pub observer: Arc<dyn Observer>,
    /// How many attempts may run at a time, in one run; 8 is usual, and 0 counts as 1.
    pub max_in_flight: usize,
}

/// Hears of every record, once it is durable: for live progress.
pub trait Observer: Send + Sync {
    /// `record` became durable; it led to `status`. The run waits meanwhile: be quick.
    fn recorded(&self, run: RunId, record: &Record, status: RunStatus);

    /// The run waits to be admitted, and `ahead` is ahead of it. Heard whenever that changes, where somebody drives it until it rests.
    fn waits(&self, _run: RunId, _ahead: &Ahead) {}
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct SilentObserver;

impl Observer for SilentObserver {
    fn recorded(&self, _: RunId, _: &Record, _: RunStatus) {}
}

/// A run that is to be started.
pub struct NewRun<'a> {
    /// The text that the definition was loaded from.
    pub source: &'a Source,
    /// The definition.
    pub definition: Arc<Definition>,
    /// The inputs, checked, with defaults filled in.
    pub inputs: Map<String, Value>,
    /// A name for the run, unique in the store.
    pub key: Option<RunKey>,
    /// What the program needs to go on with the run. Never a secret.
    pub context: Value,
}

impl Engine {
    /// An engine that works with these parts.
    pub fn new(parts: EngineParts) -> Self {
        let activities = Activities::of(&parts.catalogue);
        let parts = EngineParts { max_in_flight: parts.max_in_flight.max(1), ..parts };
        let driver = DriverId::new(new_id(parts.clock.now(), parts.random.bytes()));
        Self { parts, driver, activities, definitions: Mutex::default(), live: LiveRuns::default() }
    }

    /// Keeps a new run. It does nothing until it is driven. Of a definition with `concurrency` it is admitted at once where there is room, and
    /// counts then, driven or not.
    ///
    /// # Errors
    /// When the store fails, or a run has the key already; [`EngineError::NotAdmitted`] and [`EngineError::NoAdmissionKey`] of a definition with
    /// `concurrency`.
    pub async fn start(&self, new: NewRun<'_>) -> Result<RunId, EngineError> {
        self.parts.store.room()?;
        let source = new.source;
        let (state, record) = self.begin(new)?;
        let (state, record) = if state.waits_for_admission() {
            self.create_in_line((state, record), source, None).await?
        } else {
            self.create(&state, source, &record, None, Barrier::Now).await?;
            (state, record)
        };
        self.parts.observer.recorded(state.run(), &record, state.status());
        Ok(state.run())
    }

    /// Keeps a new run and drives it, as [`Self::start`] and [`Self::drive`] do one after the other; but the first record rides with
    /// the first effect's intent.
    ///
    /// # Errors
    /// As both of them.
    pub async fn run(&self, new: NewRun<'_>, stop: CancellationToken) -> Result<RunState, EngineError> {
        self.parts.store.room()?;
        let source = new.source;
        let (state, record) = self.begin(new)?;
        // Whoever drives all runs finds it driven, as soon as it is there.
        let live = self.live.take(state.run(), true).await?;
        let taken = TakenRun::new(live, (&*self.parts.store, self.driver), state.run());
        let (state, begun) = if state.waits_for_admission() {
            let (state, record) = self.create_in_line((state, record), source, Some(self.driver)).await?;
            self.parts.observer.recorded(state.run(), &record, state.status());
            (state, None)
        } else {
            let acknowledged = self.create(&state, source, &record, Some(self.driver), Barrier::Rides);
            (state, Some((record, acknowledged)))
        };
        let summarised = (state.status(), state.due());
        let run = RunToDrive { state, summarised, begun, taken, is_driven: true, until: DriveUntil::Rests };
        driver::drive(self, run, stop).await
    }

    /// The state of a new run, and its first record.
    fn begin(&self, new: NewRun<'_>) -> Result<(RunState, Record), EngineError> {
        let at = self.parts.clock.now();
        let run = RunId::new(new_id(at, self.parts.random.bytes()));
        let definition = new.definition;
        let started = RunStarted {
            run,
            key: new.key,
            definition: definition.hash.clone(),
            source_name: new.source.name().to_owned(),
            source_path: new.source.path().map(str::to_owned),
            process: definition.process.clone(),
            version: definition.version.clone(),
            inputs: new.inputs,
            context: new.context,
        };
        let process = started.process.clone();
        let mut record = Record { sequence: 0, at, entries: vec![Entry::Run(RunEntry::Started(started))] };
        self.definitions().insert(definition.clone());
        let mut state = RunState::replay(definition, std::slice::from_ref(&record))
            .expect("the record was made with the start of a run");
        let asked = state.asks_for_admission().map_err(|why| EngineError::NoAdmissionKey { process, why })?;
        if let Some(asked) = asked {
            let entry = Entry::Run(RunEntry::AdmissionAsked(asked));
            state.note(at, &entry);
            record.entries.push(entry);
        }
        Ok((state, record))
    }

    fn create(
        &self,
        state: &RunState,
        source: &Source,
        record: &Record,
        driver: Option<DriverId>,
        barrier: Barrier,
    ) -> Acknowledged {
        self.parts.store.create(&state.summary(), source.text(), record, driver, barrier)
    }

    async fn take(&self, run: RunId, is_driver: bool) -> Result<TakenRun<'_>, EngineError> {
        TakenRun::take((&self.live, run), (&*self.parts.store, self.driver), is_driver).await
    }

    /// Drives a run until it ends, until only a person can say how it goes on, or until `stop`. Where a grant is missing that is asked for
    /// again every [`Authority::ask_again_after`]: the run goes on by itself once it is there.
    ///
    /// A run that has ended already is returned as it is. When `stop` is cancelled nothing new begins; effects on the
    /// wire are finished and recorded, and the run is left `interrupted`.
    ///
    /// # Errors
    /// When the run cannot be read or is driven already; [`EngineError::Unrecorded`] when the store fails meanwhile. What is on
    /// the wire is finished then, and nothing more is sent.
    pub async fn drive(&self, run: RunId, stop: CancellationToken) -> Result<RunState, EngineError> {
        self.drive_until(run, DriveUntil::Rests, stop).await
    }

    pub(super) async fn drive_until(
        &self,
        run: RunId,
        until: DriveUntil,
        stop: CancellationToken,
    ) -> Result<RunState, EngineError> {
        let taken = self.take(run, true).await?;
        let state = self.resumable(run).await?;
        if state.is_ended() {
            return Ok(state);
        }
        let summary = self.parts.store.summary(run).await?.ok_or(EngineError::NoSuchRun(run))?;
        let summarised = (summary.status, summary.due);
        let run = RunToDrive { state, summarised, begun: None, taken, is_driven: false, until };
        driver::drive(self, run, stop).await
    }

    /// The state of a run, as its journal tells it. One that cannot go on under this version has a state as well, which says so:
    /// [`RunState::cannot_go_on`].
    ///
    /// # Errors
    /// When the run cannot be read.
    pub async fn state(&self, run: RunId) -> Result<RunState, EngineError> {
        let state = self.fold(run).await?;
        Ok(if self.goes_on(&[run]).await? == [true] { state } else { state.abandoned() })
    }

    /// What of a run's summary is not as its journal tells: the names of the fields. Of a run that nobody drives, and that has not ended,
    /// only what does not change is compared.
    ///
    /// # Errors
    /// When the run cannot be read.
    pub async fn unlike_its_journal(&self, run: RunId) -> Result<Vec<&'static str>, EngineError> {
        let (state, kept) = (self.fold(run).await?, self.parts.store.summary(run).await?);
        let (told, kept) = (state.summary(), kept.ok_or(EngineError::NoSuchRun(run))?);
        let ended = told.ended_at.is_some() || kept.ended_at.is_some();
        let fields = [
            ("key", told.key == kept.key),
            ("definition", told.definition == kept.definition),
            ("process", (&told.process, &told.version) == (&kept.process, &kept.version)),
            ("beginning", told.started_at == kept.started_at),
            ("end", told.ended_at == kept.ended_at),
            ("status", !ended || told.status == kept.status),
            ("due time", !ended || told.due == kept.due),
            ("admission", told.admission == kept.admission),
            // Earlier versions wrote none.
            ("failure", kept.failure.is_none() || told.failure == kept.failure),
        ];
        Ok(fields.into_iter().filter(|(_, is_alike)| !is_alike).map(|(field, _)| field).collect())
    }

    /// The records of a run from number `from` on, as a stream: those that are durable, and others as they become so. It ends when the
    /// run does.
    ///
    /// # Errors
    /// When the run cannot be read, or there is no such run.
    pub async fn records(&self, run: RunId, from: u64) -> Result<Records, EngineError> {
        let store = self.parts.store.clone();
        store.summary(run).await?.ok_or(EngineError::NoSuchRun(run))?;
        Ok(journal_from(store, run, from))
    }

    /// How far listed runs are: one that nobody drives any more, here or elsewhere, is `interrupted`, whatever was last written.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn statuses(&self, summaries: &[RunSummary]) -> Result<Vec<RunStatus>, EngineError> {
        let runs: Vec<_> = summaries.iter().map(|summary| summary.run).collect();
        let go_on = self.goes_on(&runs).await?;
        let status =
            |(summary, goes_on): (&RunSummary, bool)| if goes_on { summary.status } else { summary.status.undriven() };
        Ok(summaries.iter().zip(go_on).map(status).collect())
    }

    /// The state of a run that goes on, or has ended.
    async fn resumable(&self, run: RunId) -> Result<RunState, EngineError> {
        let state = self.fold(run).await?;
        match state.cannot_go_on() {
            Some(why) => Err(EngineError::CannotGoOn { run, why: Box::new(why.clone()) }),
            None => Ok(state),
        }
    }

    /// Whether somebody drives each of the runs, here or elsewhere, or would once it is due.
    async fn goes_on(&self, runs: &[RunId]) -> Result<Vec<bool>, StoreError> {
        if self.parts.store.has_driver_of_all()? {
            return Ok(vec![true; runs.len()]);
        }
        let elsewhere = self.parts.store.drivers(runs).await?;
        let goes_on = |(run, driver): (&RunId, Option<DriverId>)| {
            self.live.is_driven(*run) || driver.is_some_and(|driver| driver != self.driver)
        };
        Ok(runs.iter().zip(elsewhere).map(goes_on).collect())
    }

    pub(super) fn live(&self) -> &LiveRuns {
        &self.live
    }

    /// What its claims are held by.
    pub(super) fn driver(&self) -> DriverId {
        self.driver
    }

    pub(super) fn definitions(&self) -> MutexGuard<'_, DefinitionCache> {
        self.definitions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn parts(&self) -> &EngineParts {
        &self.parts
    }

    pub(super) fn activities(&self) -> &Activities {
        &self.activities
    }
}

fn new_id(at: jiff::Timestamp, random: [u8; 10]) -> uuid::Uuid {
    let milliseconds = u64::try_from(at.as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
}
