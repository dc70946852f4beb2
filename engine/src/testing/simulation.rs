//! Lives of a run that a seed makes: processes are killed and forget what was not synced, stop, are cancelled, and have their clocks set;
//! after each a next one goes on. The driver is the one that programs use: `disk` and `trouble` are what befalls it.

mod disk;
mod trouble;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Map, Value};

use self::{
    disk::Disk,
    trouble::{SetClock, Trouble},
};
use super::{SeededRandom, death::messages};
use crate::{
    activity::Catalogue,
    clock::Clock,
    definition::{self, Definition, Source},
    id::RunId,
    journal::{Decision, Entry, Record, SignalEntry},
    requirement::NoAuthority,
    run::{
        CancellationToken, EffectView, Engine, EngineError, EngineParts, NewRun, RunState, RunStatus, SilentObserver,
    },
    store::{MemoryStore, Store},
};

/// What is simulated besides the engine: activities, the service that they have their effects at, and what must hold.
pub trait SimulatedWorld: Sync {
    /// The activities of a process that begins: what they remember of an earlier one is lost, what their service has is not.
    fn catalogue(&self) -> Catalogue;

    /// What a person says of an effect in doubt, who looks at the service.
    fn look(&self, effect: &EffectView<'_>) -> Decision;

    /// What must hold once the run has ended.
    ///
    /// # Errors
    /// What does not.
    fn check(&self, state: &RunState) -> Result<(), String>;
}

/// How a run lived.
#[derive(Clone, Debug, PartialEq)]
pub struct Lived {
    /// How it ended.
    pub state: RunState,
    /// What befell it, in order.
    pub befell: Vec<String>,
}

/// What does not hold in the life that a seed made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulationFault {
    /// The seed.
    pub seed: u64,
    /// What was found.
    pub fault: String,
    /// What had befallen the run, in order.
    pub befell: Vec<String>,
}

impl fmt::Display for SimulationFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "seed {}: {}", self.seed, self.fault)?;
        self.befell.iter().try_for_each(|befell| write!(formatter, "\n  {befell}"))
    }
}

impl std::error::Error for SimulationFault {}

/// So many processes have troubles; those after them let the run come to its end.
const TROUBLED_PROCESSES: usize = 6;

/// More processes than any run needs that ends.
const MOST_PROCESSES: usize = 64;

/// Longer than any process drives a run that ends: two weeks.
const LONGEST_DRIVE: Duration = Duration::from_secs(14 * 24 * 3600);

/// How long it takes until the next process, or until a person has come.
const BETWEEN_PROCESSES: Duration = Duration::from_secs(1);

/// Lets a run of a definition live as a seed says, and tells the first thing that does not hold: that it ends, with all its nodes; that
/// its journal tells the state that its process had; that nobody's cancelling is forgotten; and what `world` checks.
///
/// The same seed makes the same life in a runtime of one thread whose time is paused (`#[tokio::test(start_paused = true)]`), where waiting
/// takes no time; so a test tries many seeds, and one that failed is found again.
///
/// ```
/// # use std::{collections::BTreeMap, sync::Arc};
/// # use flowrun_engine::{activity::Catalogue, definition::Source, journal::Decision};
/// # use flowrun_engine::{run::{EffectView, RunState}, testing::{SimulatedWorld, simulate}};
/// struct Greeter;
/// impl SimulatedWorld for Greeter {
///     fn catalogue(&self) -> Catalogue {
///         let greet = |who: BTreeMap<String, String>, _| async move { Ok(who) };
///         Catalogue::default().function("example.greet", "Greets.", greet)
///     }
///     fn look(&self, _: &EffectView<'_>) -> Decision { Decision::DidNotHappen }
///     fn check(&self, state: &RunState) -> Result<(), String> { Ok(()) }
/// }
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let text = "process: greet\nversion: 1.0.0\nnodes:\n  hello: { activity: example.greet, with: { name: Ada } }\n";
/// for seed in 0..20 {
///     simulate(seed, &Source::new("greet.yaml", text), serde_json::Map::new(), &Greeter).await.unwrap();
/// }
/// # });
/// ```
///
/// # Errors
/// What does not hold; also that the definition or its inputs have faults.
pub async fn simulate(
    seed: u64,
    source: &Source,
    inputs: Map<String, Value>,
    world: &impl SimulatedWorld,
) -> Result<Lived, SimulationFault> {
    let diary = Diary::default();
    let lived = live(seed, source, inputs, (world, &diary)).await;
    let befell = diary.told();
    match lived {
        Ok(state) => Ok(Lived { state, befell }),
        Err(fault) => Err(SimulationFault { seed, fault, befell }),
    }
}

async fn live(
    seed: u64,
    source: &Source,
    inputs: Map<String, Value>,
    (world, diary): (&impl SimulatedWorld, &Diary),
) -> Result<RunState, String> {
    let definition = load(source, world)?;
    let inputs = definition.bind_inputs(inputs).map_err(|faults| messages(&faults))?;
    let (clock, random) = (Arc::new(SetClock::default()), Arc::new(SeededRandom::new(seed)));
    let store = Arc::new(MemoryStore::default());
    let new = NewRun { source, definition: definition.clone(), inputs, key: None, context: Value::Null };
    let run = engine(world, store.clone(), (&clock, &random)).start(new).await.map_err(|error| error.to_string())?;
    let mut life = Life { world, diary, source, definition, clock, random, store, run, is_cancelled: false };
    for process in 0..MOST_PROCESSES {
        if let Some(state) = life.process(process < TROUBLED_PROCESSES).await? {
            return life.end(state).await;
        }
        tokio::time::sleep(BETWEEN_PROCESSES).await;
    }
    Err(format!("the run has not ended after {MOST_PROCESSES} processes"))
}

fn load(source: &Source, world: &impl SimulatedWorld) -> Result<Arc<Definition>, String> {
    let loaded = definition::load(source, &world.catalogue());
    loaded.definition.map(Arc::new).ok_or_else(|| messages(&loaded.diagnostics))
}

fn engine(
    world: &impl SimulatedWorld,
    store: Arc<dyn Store>,
    (clock, random): (&Arc<SetClock>, &Arc<SeededRandom>),
) -> Engine {
    Engine::new(EngineParts {
        store,
        catalogue: world.catalogue(),
        authority: Arc::new(NoAuthority),
        clock: clock.clone(),
        random: random.clone(),
        observer: Arc::new(SilentObserver),
        max_in_flight: 4,
    })
}

/// A run that lives.
struct Life<'a, W> {
    world: &'a W,
    diary: &'a Diary,
    source: &'a Source,
    definition: Arc<Definition>,
    clock: Arc<SetClock>,
    random: Arc<SeededRandom>,
    /// What is left on the disk when a process begins.
    store: Arc<MemoryStore>,
    run: RunId,
    /// Somebody cancelled it, and was told so.
    is_cancelled: bool,
}

impl<W: SimulatedWorld> Life<'_, W> {
    /// A process drives the run, until it dies or can do no more. The state of the run, if it has ended.
    async fn process(&mut self, is_troubled: bool) -> Result<Option<RunState>, String> {
        let durable = self.journal().await?.len() as u64;
        let disk = Arc::new(Disk::new(self.random.clone(), is_troubled, durable));
        let engine = engine(self.world, disk.before(self.store.clone()), (&self.clock, &self.random));
        let trouble = if is_troubled { Trouble::drawn(&self.random) } else { Trouble::default() };
        let stop = CancellationToken::new();
        let ended = tokio::select! {
            biased;
            () = disk.died() => None,
            () = trouble.comes(&engine, (self.run, &stop), (&self.clock, self.diary)) => None,
            ended = self.drive(&engine, &stop) => Some(ended),
            () = tokio::time::sleep(LONGEST_DRIVE) => return Err("a process drives the run without end".to_owned()),
        };
        self.is_cancelled |= trouble.has_cancelled();
        if let Some(ended) = ended {
            return ended;
        }
        let left = disk.survivors(&self.store, self.run, (self.source, &self.definition)).await;
        let (store, forgotten) = left.map_err(|error| error.to_string())?;
        self.store = store;
        self.diary.note(&*self.clock, format!("the process is killed, and {forgotten} records are forgotten"));
        Ok(None)
    }

    /// Drives the run as far as it goes; a person decides what is in doubt then. The state of the run, if it has ended.
    async fn drive(&self, engine: &Engine, stop: &CancellationToken) -> Result<Option<RunState>, String> {
        let driven = engine.drive(self.run, stop.clone()).await;
        let state = driven.map_err(|error| format!("the run could not be driven: {error}"))?;
        if RunState::replay(self.definition.clone(), &self.journal().await?).as_ref() != Ok(&state) {
            return Err("the journal tells another state than the one that was reached".to_owned());
        }
        if state.status() == RunStatus::NeedsDecision {
            self.decide(engine, &state).await?;
        }
        Ok(state.is_ended().then_some(state))
    }

    /// A person decides what is in doubt.
    async fn decide(&self, engine: &Engine, state: &RunState) -> Result<(), String> {
        let in_doubt = state.steps_in_doubt();
        for effect in state.open_effects().into_iter().filter(|effect| in_doubt.contains(&effect.id.step)) {
            let (step, decision) = (&effect.id.step, self.world.look(&effect));
            self.diary.note(&*self.clock, format!("a person decides of {}: {decision:?}", effect.id));
            match engine.decide_effect(self.run, step, decision).await {
                // Somebody may have cancelled the run meanwhile.
                Ok(()) | Err(EngineError::NothingToDecide(_) | EngineError::Ended(_)) => {}
                Err(error) => return Err(format!("nobody could decide of {}: {error}", effect.id)),
            }
        }
        Ok(())
    }

    /// What must hold of a run that has ended.
    async fn end(&self, state: RunState) -> Result<RunState, String> {
        let (ended, all) = state.ended_nodes();
        if ended != all {
            return Err(format!("the run ended with {ended} of {all} nodes"));
        }
        let knows = Entry::Signal(SignalEntry::CancelRequested);
        if self.is_cancelled && !self.journal().await?.iter().any(|record| record.entries.contains(&knows)) {
            return Err("somebody cancelled the run, was told so, and it does not know".to_owned());
        }
        self.world.check(&state)?;
        Ok(state)
    }

    async fn journal(&self) -> Result<Vec<Record>, String> {
        self.store.journal(self.run).await.map_err(|error| error.to_string())
    }
}

/// What befell a run.
#[derive(Debug, Default)]
struct Diary(Mutex<Vec<String>>);

impl Diary {
    fn note(&self, clock: &impl Clock, what: String) {
        let at = clock.elapsed().as_secs_f64();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{at:>10.3} s: {what}"));
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
