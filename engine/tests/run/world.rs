//! An engine with a paused clock, seeded randomness and a store in memory.

use std::{
    future::Future,
    sync::{Arc, Mutex},
};

use flowrun_engine::{
    activity::Catalogue,
    definition::{Definition, Source},
    id::{DriverId, RunId},
    journal::{Entry, Record},
    requirement::{Authority, NoAuthority},
    run::{CancellationToken, Engine, EngineError, EngineParts, NewRun, Observer, RunState, RunStatus},
    store::{Barrier, MemoryStore, RunSummary, Store},
    testing::{PausedClock, SeededRandom},
};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use crate::service::Service;

/// What a test works with.
pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) observed: Arc<Observed>,
}

impl World {
    pub(crate) fn new(service: &Service) -> Self {
        Self::with_store(service, Arc::new(MemoryStore::default()), 8)
    }

    pub(crate) fn with_store(service: &Service, store: Arc<dyn Store>, max_in_flight: usize) -> Self {
        Self::knowing((service.catalogue(), Arc::new(service.clone())), 1, store, max_in_flight)
    }

    pub(crate) fn of(catalogue: Catalogue, store: Arc<dyn Store>, max_in_flight: usize) -> Self {
        Self::knowing((catalogue, Arc::new(NoAuthority)), 1, store, max_in_flight)
    }

    /// Another engine on the same store.
    pub(crate) fn beside(&self, service: &Service) -> Self {
        Self::knowing((service.catalogue(), Arc::new(service.clone())), 2, self.store.clone(), 8)
    }

    fn knowing(
        (catalogue, authority): (Catalogue, Arc<dyn Authority>),
        seed: u64,
        store: Arc<dyn Store>,
        max_in_flight: usize,
    ) -> Self {
        let observed = Arc::new(Observed::default());
        let engine = Arc::new(Engine::new(EngineParts {
            store: store.clone(),
            catalogue,
            authority,
            clock: Arc::new(PausedClock::default()),
            random: Arc::new(SeededRandom::new(seed)),
            observer: observed.clone(),
            max_in_flight,
        }));
        Self { engine, store, observed }
    }

    pub(crate) fn new_run(source: &Source, definition: Arc<Definition>, inputs: Map<String, Value>) -> NewRun<'_> {
        NewRun { source, definition, inputs, key: None, context: Value::Null }
    }

    pub(crate) async fn start(&self, definition: &Arc<Definition>, inputs: &Value) -> RunId {
        let source = Source::new("test.yaml", "process: test");
        let inputs = inputs.as_object().cloned().unwrap_or_else(Map::new);
        self.engine.start(Self::new_run(&source, definition.clone(), inputs)).await.unwrap()
    }

    /// Drives a run until it rests, or a grant is missing.
    pub(crate) async fn drive(&self, run: RunId) -> Result<RunState, EngineError> {
        self.engine.drive(run, self.observed.when_status(RunStatus::NeedsGrant)).await
    }

    /// Drives a run until it rests; a grant that is missing is waited for.
    pub(crate) async fn stay(&self, run: RunId) -> Result<RunState, EngineError> {
        self.engine.drive(run, CancellationToken::new()).await
    }
}

/// Keeps a run that was driven elsewhere, and that nobody drives now.
pub(crate) async fn keep(store: &dyn Store, summary: &RunSummary, text: &str, journal: &[Record]) {
    store.create(summary, text, &journal[0], None, Barrier::Now).await.unwrap();
    let claim = store.claim(summary.run, DriverId::new(uuid::Uuid::nil())).await.unwrap();
    for record in &journal[1..] {
        store.append(&claim, record, None, Barrier::Now).await.unwrap();
    }
    store.release(&claim);
}

/// Hears of every record.
#[derive(Default)]
pub(crate) struct Observed(Mutex<Heard>);

#[derive(Default)]
struct Heard {
    awaited: Vec<(Wanted, CancellationToken)>,
    statuses: Vec<RunStatus>,
}

type Wanted = Box<dyn Fn(&Record, RunStatus) -> bool + Send>;

impl Observed {
    /// Cancelled once such an entry is durable.
    pub(crate) fn when(&self, wanted: impl Fn(&Entry) -> bool + Send + 'static) -> CancellationToken {
        self.when_recorded(move |record| record.entries.iter().any(&wanted))
    }

    /// Cancelled once a run is so.
    pub(crate) fn when_status(&self, wanted: RunStatus) -> CancellationToken {
        self.when_told(move |_, status| status == wanted)
    }

    /// Cancelled once such a record is durable.
    pub(crate) fn when_recorded(&self, wanted: impl Fn(&Record) -> bool + Send + 'static) -> CancellationToken {
        self.when_told(move |record, _| wanted(record))
    }

    fn when_told(&self, wanted: impl Fn(&Record, RunStatus) -> bool + Send + 'static) -> CancellationToken {
        let token = CancellationToken::new();
        self.0.lock().unwrap().awaited.push((Box::new(wanted), token.clone()));
        token
    }

    /// The run's status after each record, without repetitions.
    pub(crate) fn statuses(&self) -> Vec<RunStatus> {
        self.0.lock().unwrap().statuses.clone()
    }
}

impl Observer for Observed {
    fn recorded(&self, _: RunId, record: &Record, status: RunStatus) {
        let mut heard = self.0.lock().unwrap();
        heard.statuses.push(status);
        heard.statuses.dedup();
        for (wanted, token) in &heard.awaited {
            if wanted(record, status) {
                token.cancel();
            }
        }
    }
}

/// Runs a definition to where it rests.
pub(crate) fn run(service: &Service, definition: &Arc<Definition>) -> RunState {
    run_with(service, definition, &Value::Null)
}

/// The same, with inputs.
pub(crate) fn run_with(service: &Service, definition: &Arc<Definition>, inputs: &Value) -> RunState {
    in_moved_time(async {
        let world = World::new(service);
        let run = world.start(definition, inputs).await;
        let state = world.drive(run).await.unwrap();
        let replayed = RunState::replay(definition.clone(), &world.store.journal(run).await.unwrap()).unwrap();
        assert_eq!(replayed, state, "a replayed journal gives the state that the run had");
        state
    })
}

/// Time goes on only when everything waits, and then at once.
pub(crate) fn in_moved_time<T>(test: impl Future<Output = T>) -> T {
    runtime().block_on(test)
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Each node's outcome in a word or two: `completed`, `skipped upstream`.
pub(crate) fn outcome(state: &RunState, node: &str) -> String {
    let view = state.node_view(node).unwrap();
    match view.reason {
        Some(reason) => format!("{} {}", view.status, reason.as_str()),
        None => view.status.to_string(),
    }
}

/// The outcomes of all nodes: `a: completed, b: skipped upstream`.
pub(crate) fn outcomes(state: &RunState) -> String {
    let nodes = state.definition().nodes.iter();
    nodes.map(|node| format!("{}: {}", node.id, outcome(state, node.id.as_str()))).collect::<Vec<_>>().join(", ")
}
