//! A process of a world: its share of the store, and what it does with it.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, mpsc},
    time::Duration,
};

use flowrun_engine::{
    id::{DefinitionHash, DriverId, NodeId, RunId, StepPath},
    journal::{Entry, Record, Signal, StepEntry},
    run::RunStatus,
    store::{Barrier, Claim, RunFilter, RunSummary, Store, StoreError},
    testing::SeededRandom,
};
use jiff::Timestamp;
use serde_json::json;
use tokio::{
    task::{JoinHandle, JoinSet, yield_now},
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{diary::Diary, network::Network};
use crate::{greeting::PROTOCOL, presence::Process as Named, store::SharedStore};

/// Whoever waits longer for an answer hangs.
const LONGEST_ANSWER: Duration = Duration::from_secs(60);

/// So long may whoever has the store be silent.
const PATIENCE: Duration = Duration::from_secs(2);

/// What all processes of a world know.
pub(super) struct Shared {
    pub(super) network: Arc<Network>,
    pub(super) chance: Arc<SeededRandom>,
    diary: Mutex<Diary>,
}

/// A process that lives.
pub(super) struct Process {
    pub(super) number: u64,
    pub(super) store: Arc<SharedStore>,
    /// What sees to it that somebody has the store.
    pub(super) keeper: JoinHandle<()>,
}

impl Shared {
    pub(super) fn new(network: Arc<Network>, chance: Arc<SeededRandom>) -> Arc<Self> {
        Arc::new(Self { network, chance, diary: Mutex::default() })
    }

    pub(super) fn diary(&self) -> MutexGuard<'_, Diary> {
        self.diary.lock().unwrap()
    }

    /// Any run that is known to be kept: whoever claims one that is not, takes it from whoever creates it.
    fn any_run(&self) -> Option<RunId> {
        let diary = self.diary();
        let kept = diary.runs.iter().filter(|(_, run)| run.newest().is_some());
        let runs: Vec<_> = kept.map(|(run, _)| *run).collect();
        (!runs.is_empty()).then(|| runs[self.chance.below(runs.len())])
    }
}

impl Process {
    /// Begins one, which speaks `protocol`.
    pub(super) fn begin(shared: &Shared, number: u64, protocol: u32) -> Self {
        let named =
            Named { pid: u32::try_from(number).unwrap(), command: "a process".to_owned(), since: None, birth: None };
        let (store, mut keeper) = SharedStore::at(shared.network.clone(), named, PATIENCE).unwrap();
        keeper.greeting.protocol = protocol;
        // Nobody waits for it to be opened.
        let (opened, _) = mpsc::channel();
        Self { number, store: Arc::new(store), keeper: tokio::spawn(keeper.keep(opened)) }
    }

    /// Begins one of the usual version.
    pub(super) fn usual(shared: &Shared, number: u64) -> Self {
        Self::begin(shared, number, PROTOCOL)
    }

    /// As whom it claims runs.
    pub(super) fn driver(&self) -> DriverId {
        DriverId::new(Uuid::from_u128(self.number.into()))
    }

    /// Does this and that with the store, until it has done enough or the store cannot be used any more.
    pub(super) async fn work(&self, shared: &Arc<Shared>) -> Result<(), StoreError> {
        let mut worker = Worker { process: self, shared, held: Vec::new(), unwaited: JoinSet::new(), count: 0 };
        for _ in 0..20 + shared.chance.below(60) {
            worker.pause().await;
            worker.step().await?;
        }
        while let Some(appended) = worker.unwaited.join_next().await {
            appended.expect("it is not aborted")?;
        }
        worker.held.into_iter().for_each(|held| {
            shared.diary().run(held.claim.run).driver = None;
            self.store.release(&held.claim);
        });
        Ok(())
    }
}

/// A run that a process has a claim of.
struct Held {
    claim: Claim,
    /// The number of its next record.
    next: u64,
}

struct Worker<'process> {
    process: &'process Process,
    shared: &'process Arc<Shared>,
    held: Vec<Held>,
    /// What was asked for, and others are asked for meanwhile.
    unwaited: JoinSet<Result<(), StoreError>>,
    /// How much was made that differs from everything else.
    count: u64,
}

impl Worker<'_> {
    async fn step(&mut self) -> Result<(), StoreError> {
        self.shared.diary().asked += 1;
        match self.shared.chance.below(12) {
            0 => self.create().await,
            1..=5 => self.append().await,
            6 | 7 => self.post().await,
            8 => self.claim().await,
            9 => {
                self.release();
                Ok(())
            }
            10 => self.read().await,
            _ => self.look().await,
        }
    }

    /// Lets others go on for a moment.
    async fn pause(&self) {
        let chance = &self.shared.chance;
        match chance.below(8) {
            0 => sleep(Duration::from_millis(chance.below(300) as u64)).await,
            most => {
                for _ in 0..most {
                    yield_now().await;
                }
            }
        }
    }

    /// A number that nobody else has.
    fn unique(&mut self) -> u64 {
        self.count += 1;
        self.process.number << 32 | self.count
    }

    async fn create(&mut self) -> Result<(), StoreError> {
        let unique = self.unique();
        let (summary, record) = (summary(unique, RunStatus::Running), record(0, unique));
        let driver = (self.shared.chance.below(3) > 0).then(|| self.process.driver());
        let run = summary.run;
        if let Some(driver) = driver {
            self.shared.diary().claimed(run, self.process.number);
            self.held.push(Held { claim: Claim::first(run, driver), next: 1 });
        }
        answered(self.process.store.create(&summary, "process: a\n", &record, driver, Barrier::Now)).await?;
        self.shared.diary().run(run).appended(record);
        Ok(())
    }

    async fn append(&mut self) -> Result<(), StoreError> {
        if self.held.is_empty() {
            return Ok(());
        }
        let (at, unique) = (self.shared.chance.below(self.held.len()), self.unique());
        let barrier = if self.shared.chance.below(2) == 0 { Barrier::Now } else { Barrier::Rides };
        let held = &mut self.held[at];
        let (run, record) = (held.claim.run, record(held.next, unique));
        held.next += 1;
        let appended = self.process.store.append(&held.claim, &record, None, barrier);
        let shared = self.shared.clone();
        let appended = async move {
            answered(appended).await?;
            shared.diary().run(run).appended(record);
            Ok(())
        };
        if self.shared.chance.below(3) == 0 {
            self.unwaited.spawn(appended);
            return Ok(());
        }
        appended.await
    }

    async fn post(&mut self) -> Result<(), StoreError> {
        let Some(run) = self.shared.any_run() else { return Ok(()) };
        let unique = self.unique();
        let signal = Signal::Answer { step: StepPath::of(NodeId::from("ask")), answer: unique.into() };
        let number = answered(self.process.store.post(run, &signal)).await?;
        self.shared.diary().run(run).posted(number, signal);
        Ok(())
    }

    async fn claim(&mut self) -> Result<(), StoreError> {
        let Some(run) = self.shared.any_run() else { return Ok(()) };
        match answered(self.process.store.claim(run, self.process.driver())).await {
            Ok(claim) => {
                self.shared.diary().claimed(run, self.process.number);
                let next = answered(self.process.store.journal(run)).await?.len() as u64;
                self.held.push(Held { claim, next });
            }
            Err(StoreError::Claimed { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn release(&mut self) {
        if !self.held.is_empty() {
            let held = self.held.swap_remove(self.shared.chance.below(self.held.len()));
            self.shared.diary().run(held.claim.run).driver = None;
            self.process.store.release(&held.claim);
        }
    }

    /// What was acknowledged to anybody before is read.
    async fn read(&mut self) -> Result<(), StoreError> {
        let Some(run) = self.shared.any_run() else { return Ok(()) };
        let newest = self.shared.diary().run(run).newest();
        let journal = answered(self.process.store.journal(run)).await?;
        self.shared.diary().run(run).check_journal(&journal, newest);
        Ok(())
    }

    async fn look(&mut self) -> Result<(), StoreError> {
        let all = RunFilter { status: None, process: None, before: None, limit: 1 + self.shared.chance.below(9) };
        let runs: Vec<_> = answered(self.process.store.list(&all)).await?.runs.iter().map(|run| run.run).collect();
        answered(self.process.store.drivers(&runs)).await.map(drop)
    }
}

/// What something gives, in time.
pub(super) async fn answered<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(LONGEST_ANSWER, asked).await.expect("it is not answered")
}

/// A run with this number.
pub(super) fn summary(number: u64, status: RunStatus) -> RunSummary {
    RunSummary {
        run: RunId::new(Uuid::from_u128(u128::from(number) << 64 | 0x8000_0000_0000_0000)),
        key: None,
        definition: DefinitionHash::new("0a"),
        process: "a".to_owned(),
        version: "1.0.0".to_owned(),
        status,
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: status.is_ended().then_some(Timestamp::UNIX_EPOCH),
        due: None,
        failure: None,
        admission: None,
    }
}

/// A record that differs from every other.
pub(super) fn record(sequence: u64, unique: u64) -> Record {
    let output = json!({ "unique": unique, "text": "x".repeat(usize::try_from(unique % 97).unwrap()) });
    let entry = Entry::Step(StepPath::of(NodeId::from("a")), StepEntry::Completed { output: Arc::new(output) });
    Record { sequence, at: Timestamp::UNIX_EPOCH, entries: vec![entry] }
}
