//! Processes that die after each record of a run, and those that go on in their place.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::Notify;

use super::{PausedClock, SeededRandom, WatchedStore};
use crate::{
    activity::Catalogue,
    definition::{self, Source},
    diagnostic::Diagnostic,
    requirement::NoAuthority,
    run::{CancellationToken, Engine, EngineError, EngineParts, NewRun, RunState, SilentObserver},
    store::{MemoryStore, RunFilter, Store, StoreError},
};

/// When a process died. Records are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Death {
    /// As soon as this record was kept: what it allows to be sent was not sent.
    AtOnce(u64),
    /// When it was about to keep the record after this one: what this one allows to be sent was sent, and nobody wrote down what
    /// came of it.
    BeforeTheNext(u64),
}

/// Why there is nothing to look at.
#[derive(Debug, thiserror::Error)]
pub enum DeathTestError {
    /// The definition has faults, or the inputs do not fit it.
    #[error("the definition cannot be run with these inputs: {}", messages(.0))]
    Definition(Vec<Diagnostic>),
    /// The run could not be driven.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

pub(super) fn messages(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// Runs a definition in a process that dies, and once more in a second one that goes on from what the first had kept: for each record
/// that the run keeps, and both ways to die after it ([`Death`]). `service` makes a world of its own for each time: the activities, and
/// whatever they have their effects at; `check` looks at it once the second process is through. Gives how often a process died.
///
/// The time is tokio's: with a runtime whose time is paused (`#[tokio::test(start_paused = true)]`) waiting costs none.
///
/// ```
/// # use std::collections::BTreeMap;
/// # use flowrun_engine::{activity::Catalogue, definition::Source, testing::die_after_each_record};
/// # use serde_json::Map;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let source = Source::new("greet.yaml", "
/// process: greet
/// version: 1.0.0
/// nodes:
///   hello: { activity: example.greet, with: { name: Ada } }
/// outputs:
///   said: ${{ nodes.hello.greeting }}
/// ");
/// let service = || {
///     let greet = |who: BTreeMap<String, String>, _| async move {
///         Ok(BTreeMap::from([("greeting".to_owned(), format!("Hello, {}!", who["name"]))]))
///     };
///     (Catalogue::default().function("example.greet", "Greets.", greet), ())
/// };
/// let deaths = die_after_each_record(&source, Map::new(), service, |death, state, ()| {
///     assert!(state.is_ended(), "{death:?}: {}", state.status());
/// });
/// assert!(deaths.await? > 2);
/// # Ok(()) }
/// ```
///
/// # Errors
/// When the definition or its inputs have faults, or when the second process cannot go on.
pub async fn die_after_each_record<S>(
    source: &Source,
    inputs: Map<String, Value>,
    service: impl Fn() -> (Catalogue, S),
    check: impl Fn(Death, &RunState, &S),
) -> Result<u64, DeathTestError> {
    let mut deaths = 0;
    for record in 1.. {
        for death in [Death::AtOnce(record), Death::BeforeTheNext(record)] {
            let (catalogue, effects) = service();
            let store = Arc::new(MemoryStore::default());
            let has_died = live(source, &inputs, &catalogue, (&store, death)).await?;
            if !has_died {
                return Ok(deaths);
            }
            deaths += 1;
            check(death, &go_on(catalogue, store).await?, &effects);
        }
    }
    unreachable!("a run keeps a finite number of records")
}

/// The first process. Whether it died.
async fn live(
    source: &Source,
    inputs: &Map<String, Value>,
    catalogue: &Catalogue,
    (kept, death): (&Arc<MemoryStore>, Death),
) -> Result<bool, DeathTestError> {
    let loaded = definition::load(source, catalogue);
    let definition = loaded.definition.map(Arc::new).ok_or(DeathTestError::Definition(loaded.diagnostics))?;
    let inputs = definition.bind_inputs(inputs.clone()).map_err(DeathTestError::Definition)?;
    let dies = Arc::new(Notify::new());
    let engine = engine(catalogue.clone(), Arc::new(dying(kept, death, &dies)));
    let new = NewRun { source, definition, inputs, key: None, context: Value::Null };
    tokio::select! {
        biased;
        () = dies.notified() => Ok(true),
        ended = engine.run(new, CancellationToken::new()) => match ended {
            Ok(_) => Ok(false),
            Err(error) => Err(error.into()),
        },
    }
}

/// A store before one that outlives it: the process dies with what comes after the record.
fn dying(kept: &Arc<MemoryStore>, death: Death, dies: &Arc<Notify>) -> WatchedStore {
    let dies = Arc::clone(dies);
    WatchedStore::before(Arc::clone(kept), move |record, _, keep| {
        let number = record.sequence + 1;
        let (is_kept, is_last) = match death {
            Death::AtOnce(last) => (number <= last, number >= last),
            Death::BeforeTheNext(last) => (number <= last, number > last),
        };
        let acknowledged = if is_kept { keep() } else { Box::pin(std::future::pending()) };
        if !is_last {
            return acknowledged;
        }
        dies.notify_one();
        Box::pin(std::future::pending())
    })
}

/// The second process.
async fn go_on(catalogue: Catalogue, store: Arc<MemoryStore>) -> Result<RunState, EngineError> {
    let all = RunFilter { status: None, process: None, before: None, limit: 1 };
    let begun = store.list(&all).await.map_err(EngineError::Store)?.runs;
    let run = begun.first().map(|summary| summary.run).ok_or(StoreError::Damaged("no run was kept".into()))?;
    engine(catalogue, store).drive(run, CancellationToken::new()).await
}

fn engine(catalogue: Catalogue, store: Arc<dyn Store>) -> Engine {
    Engine::new(EngineParts {
        store,
        catalogue,
        authority: Arc::new(NoAuthority),
        clock: Arc::new(PausedClock::default()),
        random: Arc::new(SeededRandom::new(1)),
        observer: Arc::new(SilentObserver),
        max_in_flight: 8,
    })
}
