//! A world that a seed makes: several runs, a disk, a clock, people, and a process that is killed and begun again. This is a driver of
//! machines like the one on tokio; only that nothing in it is real, and all of it is watched.
//!
//! What all worlds have is here, and below it: how one begins (`beginning`), its `process`, what machines are told and what is kept of it
//! (`tell`), what befalls it (`misfortune`). How calls go, and what they come to, is of a [`WorldKind`]: `scripted` or `real`.

mod beginning;
mod kind;
mod misfortune;
mod process;
mod tell;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use flowrun_engine::{
    id::{ActivityName, StepPath},
    run::{Activities, Input, Machine, NodeStatus, RunState, RunStatus},
};

pub(crate) use self::{
    beginning::{Beginning, run_id},
    kind::WorldKind,
    misfortune::{Misfortunes, asked},
    tell::entries,
};
use crate::{
    disk::{Disk, Run},
    plant::Plant,
    queue::Queue,
    random::Seeded,
    time::Time,
};

/// More events than any world needs.
const MOST_EVENTS: usize = 20_000;

/// More time than any world needs, in milliseconds: some hours, and what clocks are set back.
const LONGEST_LIFE: u64 = 12 * 3_600_000;

/// Events that belong to no process.
pub(crate) const ALWAYS: u64 = u64::MAX;

/// What is wrong with a world.
pub(crate) type Fault = String;

/// Something that will happen in a world; some things only in worlds of one kind.
#[derive(Debug)]
pub(crate) enum Event<Own> {
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
    /// A person looks after a run.
    PersonComes(Run),
    /// Somebody cancels a run.
    Cancel(Run),
    /// The wall clock is set by so many milliseconds.
    ClockJumps(i64),
    /// What its kind has.
    Own(Own),
}

/// What a seed gives to a world, of whichever kind.
pub(crate) struct Setup {
    pub(crate) seed: u64,
    pub(crate) runs: Vec<Beginning>,
    pub(crate) misfortunes: Misfortunes,
    pub(crate) plant: Option<Plant>,
    pub(crate) is_traced: bool,
}

/// A world.
pub(crate) struct World<K: WorldKind> {
    pub(crate) kind: K,
    pub(crate) setup: Setup,
    pub(crate) random: Seeded,
    pub(crate) time: Arc<Time>,
    queue: Queue<Event<K::Event>>,
    pub(crate) generation: u64,
    is_up: bool,
    activities: Activities,
    pub(crate) disk: Disk,
    is_syncing: bool,
    pub(crate) driven: BTreeMap<Run, Driven<K::Calls>>,
    /// How the runs are that have ended.
    pub(crate) ended: BTreeMap<Run, RunState>,
    /// Runs that somebody cancelled, and was told so: it must not be forgotten.
    cancelled: BTreeSet<Run>,
    /// The runs that were asked to stop.
    pub(crate) stopping: BTreeSet<Run>,
    /// What machines are still to be told.
    inbox: VecDeque<(Run, Vec<Input>)>,
    is_telling: bool,
    inputs: usize,
    calls: u64,
    trace: Option<Vec<String>>,
}

/// A run that is driven.
pub(crate) struct Driven<Calls> {
    pub(crate) machine: Machine,
    /// What its kind keeps of it.
    pub(crate) calls: Calls,
}

/// What a world came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lived {
    /// How many inputs its machines had.
    pub inputs: usize,
    /// How its runs ended.
    pub statuses: Vec<RunStatus>,
    /// The activities of nodes that were completed in it.
    pub completed: BTreeSet<ActivityName>,
}

impl<K: WorldKind> World<K> {
    pub(crate) fn new(setup: Setup, (activities, time): (&Activities, Arc<Time>), kind: K) -> Self {
        Self {
            kind,
            random: Seeded::named(setup.seed, "world"),
            time,
            queue: Queue::default(),
            generation: 0,
            is_up: false,
            activities: activities.clone(),
            disk: Disk::default(),
            is_syncing: false,
            driven: BTreeMap::new(),
            ended: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            stopping: BTreeSet::new(),
            inbox: VecDeque::new(),
            is_telling: false,
            inputs: 0,
            calls: 0,
            trace: setup.is_traced.then(Vec::new),
            setup,
        }
    }

    /// Lets the world go on until all runs have ended.
    pub(crate) fn live(&mut self) -> Result<Lived, Fault> {
        self.begin();
        for _ in 0..MOST_EVENTS {
            if self.ended.len() == self.setup.runs.len() {
                K::check_world(self)?;
                return Ok(self.lived());
            }
            if self.time.now() > LONGEST_LIFE {
                return Err("there is no end after hours".to_owned());
            }
            self.go_on()?;
        }
        Err(format!("there is no end after {MOST_EVENTS} events"))
    }

    fn lived(&self) -> Lived {
        let statuses = self.ended.values().map(RunState::status).collect();
        let completed = self.ended.values().flat_map(|state| {
            let nodes = state.nodes().filter(|node| node.status == NodeStatus::Completed);
            nodes.filter_map(|node| Some(state.definition().node(node.id.as_str())?.kind.activity()?.activity.clone()))
        });
        Lived { inputs: self.inputs, statuses, completed: completed.collect() }
    }

    /// What runs in it, all that happens until it ends, and how it does.
    pub(crate) fn told(mut self) -> Vec<String> {
        let runs =
            (0..).zip(&self.setup.runs).map(|(run, beginning): (Run, _)| format!("run {run}:\n{}", beginning.text));
        let runs: Vec<String> = runs.collect();
        let end = match self.live() {
            Ok(lived) => format!("it ended: {:?}", lived.statuses),
            Err(fault) => format!("fault: {fault}"),
        };
        runs.into_iter().chain(self.trace.unwrap_or_default()).chain([end]).collect()
    }

    /// Lets the next thing happen.
    fn go_on(&mut self) -> Result<(), Fault> {
        let next = self.queue.next_time();
        if K::goes_first(self, next) {
            return Ok(());
        }
        let Some((at, generation, event)) = self.queue.take() else {
            return Err("nothing will happen any more, and a run has not ended".to_owned());
        };
        self.time.pass_until(at);
        if generation == ALWAYS || generation == self.generation { self.happen(event) } else { Ok(()) }
    }

    fn happen(&mut self, event: Event<K::Event>) -> Result<(), Fault> {
        self.note(|| format!("{event:?}"));
        match event {
            Event::TimerCame(run) => self.timer_came(run),
            Event::DiskSyncs => {
                self.is_syncing = false;
                self.disk.sync(self.setup.plant);
                Ok(())
            }
            Event::Crash => {
                self.crash();
                Ok(())
            }
            Event::Stop => self.stop(),
            Event::Start => self.start(),
            Event::PersonComes(run) => self.person_comes(run),
            Event::Cancel(run) => self.cancel(run),
            Event::ClockJumps(by) => {
                self.clock_jumps(by);
                Ok(())
            }
            Event::Own(event) => K::happen(self, event),
        }
    }

    /// How a run begins.
    pub(crate) fn beginning(&self, run: Run) -> &Beginning {
        &self.setup.runs[usize::try_from(run).expect("there are few runs")]
    }

    /// All runs.
    pub(crate) fn runs(&self) -> std::ops::Range<Run> {
        0..self.setup.runs.len() as Run
    }

    /// The calls of a run, while it is driven.
    pub(crate) fn calls(&mut self, run: Run) -> Option<&mut K::Calls> {
        self.driven.get_mut(&run).map(|driven| &mut driven.calls)
    }

    /// Another call begins: which of all.
    pub(crate) fn count_call(&mut self) -> u64 {
        self.calls += 1;
        self.calls
    }

    pub(crate) fn has_plant(&self, plant: Plant) -> bool {
        self.setup.plant == Some(plant)
    }

    /// Something will happen, unless its process, if it has one, dies first.
    pub(crate) fn at(&mut self, after: u64, generation: u64, event: Event<K::Event>) {
        self.queue.add(self.time.now() + after, generation, event);
    }

    /// Something of its kind will happen in the process that runs now.
    pub(crate) fn soon(&mut self, after: u64, event: K::Event) {
        self.at(after, self.generation, Event::Own(event));
    }

    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        let now = self.time.now();
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now:>8} {}", what()));
        }
    }
}

/// What is wrong where a machine asks for a second call of a step.
pub(crate) fn two_calls(step: &StepPath) -> Fault {
    format!("{step} has two calls")
}
