//! A world in which the real activities talk to the sandbox, over a network that a seed makes. A driver of machines like the one on
//! tokio: calls are futures that are polled when their time has come, and dropped when their process dies.

mod beginning;
mod call;
mod invariant;
mod misfortune;
mod output;
mod tell;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use flowrun_engine::{
    activity::Catalogue,
    id::StepPath,
    run::{Input, Machine, RunState, RunStatus},
};

use self::beginning::run_id;
use super::{
    Surroundings,
    call::Running,
    case::{Case, Trouble},
    network::Network,
    time::age_at,
};
use crate::{
    disk::{Disk, Run},
    plant::Plant,
    random::Seeded,
    world::Lived,
};

/// More events than any world needs.
const MOST_EVENTS: usize = 20_000;

/// More time than any world needs, in milliseconds.
const LONGEST_LIFE: u64 = 6 * 3_600_000;

/// Events that belong to no process.
const ALWAYS: u64 = u64::MAX;

/// What is wrong with a world.
pub(super) type Fault = String;

/// Something that will happen.
#[derive(Clone, Debug)]
enum Event {
    /// A call goes on.
    Poll(Run, StepPath, u64),
    /// The timer of a run may have come.
    TimerCame(Run),
    /// What rides goes to the disk.
    DiskSyncs,
    /// The process is killed.
    Crash,
    /// The process is asked to stop.
    Stop,
    /// A process begins.
    Start,
    /// Somebody cancels a run.
    Cancel(Run),
    /// A person looks after a run.
    PersonComes(Run),
}

/// A world.
pub(super) struct World<'a> {
    case: &'a Case,
    surroundings: &'a Surroundings,
    plant: Option<Plant>,
    random: Seeded,
    network: Arc<Network>,
    /// What will happen, by time and then in the order of asking; of which process it is.
    queue: BTreeMap<(u64, u64), (u64, Event)>,
    asked: u64,
    generation: u64,
    is_up: bool,
    /// The activities of the process, which forget with it.
    catalogue: Catalogue,
    disk: Disk,
    is_syncing: bool,
    driven: BTreeMap<Run, Driven>,
    ended: BTreeMap<Run, RunState>,
    stopping: BTreeSet<Run>,
    inbox: VecDeque<(Run, Vec<Input>)>,
    is_telling: bool,
    inputs: usize,
    calls: u64,
    trace: Option<Vec<String>>,
}

/// A run that is driven, and its calls.
struct Driven {
    machine: Machine,
    calls: BTreeMap<StepPath, Running>,
}

impl<'a> World<'a> {
    pub(super) fn of(case: &'a Case, surroundings: &'a Surroundings, plant: Option<Plant>, is_traced: bool) -> Self {
        surroundings.begin();
        let Surroundings { site, time, .. } = surroundings;
        let random = Seeded::named(case.seed, "network");
        let network = Arc::new(Network::new(site, time, &case.troubles, (random, plant)));
        Self {
            case,
            surroundings,
            plant,
            random: Seeded::named(case.seed, "process"),
            catalogue: surroundings.catalogue(&network, case.seed),
            network,
            queue: BTreeMap::new(),
            asked: 0,
            generation: 0,
            is_up: false,
            disk: Disk::default(),
            is_syncing: false,
            driven: BTreeMap::new(),
            ended: BTreeMap::new(),
            stopping: BTreeSet::new(),
            inbox: VecDeque::new(),
            is_telling: false,
            inputs: 0,
            calls: 0,
            trace: is_traced.then(Vec::new),
        }
    }

    /// What happened, where that was asked for.
    pub(super) fn into_trace(self) -> Vec<String> {
        self.trace.unwrap_or_default()
    }

    /// Lets the world go on until all runs have ended.
    pub(super) fn live(&mut self) -> Result<Lived, Fault> {
        self.begin();
        for _ in 0..MOST_EVENTS {
            if self.ended.len() == self.case.runs.len() {
                self.check_sandbox()?;
                let statuses = self.ended.values().map(RunState::status).collect();
                return Ok(Lived { inputs: self.inputs, statuses });
            }
            if self.now() > LONGEST_LIFE {
                return Err("there is no end after hours".to_owned());
            }
            self.go_on()?;
        }
        Err(format!("there is no end after {MOST_EVENTS} events"))
    }

    /// Lets the next thing happen: what arrives comes first.
    fn go_on(&mut self) -> Result<(), Fault> {
        let next = self.queue.first_key_value().map(|((at, _), _)| *at);
        if let Some(at) = self.network.next_arrival().filter(|at| next.is_none_or(|next| *at <= next)) {
            self.surroundings.time.set(self.now().max(at));
            let arrived = self.network.arrive().unwrap_or_default();
            self.note(|| arrived);
            return Ok(());
        }
        let Some(((at, _), (generation, event))) = self.queue.pop_first() else {
            return Err("nothing will happen any more, and a run has not ended".to_owned());
        };
        self.surroundings.time.set(self.now().max(at));
        if generation == ALWAYS || generation == self.generation { self.happen(event) } else { Ok(()) }
    }

    fn happen(&mut self, event: Event) -> Result<(), Fault> {
        self.note(|| format!("{event:?}"));
        match event {
            Event::Poll(run, step, number) => self.poll(run, &step, number),
            Event::TimerCame(run) => self.timer_came(run),
            Event::DiskSyncs => {
                self.is_syncing = false;
                self.disk.sync(self.plant);
                Ok(())
            }
            Event::Crash => {
                self.crash();
                Ok(())
            }
            Event::Stop => self.stop(),
            Event::Start => self.start(),
            Event::Cancel(run) => self.cancel(run),
            Event::PersonComes(run) => self.person_comes(run),
        }
    }

    /// A process begins, and takes over what is not ended.
    fn start(&mut self) -> Result<(), Fault> {
        if self.is_up {
            return Ok(());
        }
        self.is_up = true;
        self.catalogue = self.surroundings.catalogue(&self.network, self.case.seed);
        for run in 0..self.case.runs.len() as u64 {
            if !self.ended.contains_key(&run) && !self.driven.contains_key(&run) {
                self.take_over(run, Vec::new())?;
            }
        }
        Ok(())
    }

    fn take_over(&mut self, run: Run, more: Vec<Input>) -> Result<(), Fault> {
        let state = self.replayed(run)?;
        if state.is_ended() {
            self.check_end(run, &state)?;
            self.ended.insert(run, state);
            return Ok(());
        }
        if state.status() == RunStatus::NeedsDecision && more.is_empty() {
            self.calls_person(run);
            return Ok(());
        }
        let machine = Machine::new(state, self.surroundings.activities.clone(), 4);
        self.driven.insert(run, Driven { machine, calls: BTreeMap::new() });
        self.tell(run, [Input::TakenOver].into_iter().chain(more).collect())
    }

    fn timer_came(&mut self, run: Run) -> Result<(), Fault> {
        let until = self.driven.get(&run).and_then(|driven| driven.machine.poll_timeout());
        let is_due = until.is_some_and(|until| until <= self.surroundings.time.stamp());
        if is_due { self.tell(run, vec![Input::TimerFired]) } else { Ok(()) }
    }

    /// The machine lets its run go: it has ended, or says whom it waits for.
    fn rest(&mut self, run: Run) -> Result<(), Fault> {
        self.disk.sync(self.plant);
        let driven = self.driven.remove(&run).expect("it was just told something");
        let (state, is_stopped) = (driven.machine.into_state(), self.stopping.remove(&run));
        if self.replayed(run)? != state {
            return Err("the journal on the disk tells another state than the one that was reached".to_owned());
        }
        match state.status() {
            _ if state.is_ended() => {
                self.check_end(run, &state)?;
                self.ended.insert(run, state);
            }
            RunStatus::NeedsDecision => self.calls_person(run),
            RunStatus::Interrupted if is_stopped => self.calls_person(run),
            other => return Err(format!("it rests as {other}")),
        }
        Ok(())
    }

    /// The run as its journal on the disk tells it.
    fn replayed(&self, run: Run) -> Result<RunState, Fault> {
        let number = usize::try_from(run).expect("there are few runs");
        let journal = self.disk.journal(run)?;
        RunState::replay(Arc::clone(&self.case.runs[number]), &journal).map_err(|error| error.to_string())
    }

    fn set_timer(&mut self, run: Run) {
        let until = self.driven.get(&run).and_then(|driven| driven.machine.poll_timeout());
        if let Some(until) = until {
            let after = age_at(until).saturating_sub(self.now());
            self.at(after, self.generation, Event::TimerCame(run));
        }
    }

    fn at(&mut self, after: u64, generation: u64, event: Event) {
        self.asked += 1;
        self.queue.insert((self.now() + after, self.asked), (generation, event));
    }

    fn now(&self) -> u64 {
        self.surroundings.time.now()
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        let now = self.now();
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now:>8} {}", what()));
        }
    }
}
