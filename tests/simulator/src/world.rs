//! A world that a seed makes: several runs, a disk, a clock, people, and two processes that are killed and begun again. This is a driver of
//! machines like the one on tokio; only that nothing in it is real, and all of it is watched.
//!
//! What all worlds have is here, and below it: how one begins (`beginning`), how a `process` takes runs and lets them go, what lies in
//! runs' inboxes (`inbox`), how runs that ended go on (`retry`), what machines are told and what is kept of it (`tell`), what befalls it (`misfortune`), and what strikes one effect of it (`struck`). How calls go, and what they come to, is of a [`WorldKind`]: `scripted` or `real`.

mod beginning;
mod inbox;
mod kind;
mod misfortune;
mod process;
mod retry;
mod struck;
mod tell;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use flowrun_engine::{
    id::{ActivityName, StepPath},
    journal::Signal,
    run::{Activities, Input, Machine, NodeStatus, RunState, RunStatus},
};

use self::retry::Retried;
pub(crate) use self::{
    beginning::{Beginning, run_id},
    kind::WorldKind,
    misfortune::{Misfortunes, asked},
    struck::Target,
    tell::entries,
};
use crate::{
    disk::{Disk, Run},
    looks::Looks,
    plant::Plant,
    queue::Queue,
    random::Seeded,
    time::Time,
};

/// More events than any world needs.
const MOST_EVENTS: usize = 20_000;

/// More time than any world needs, in milliseconds: some hours, and what clocks are set back.
const LONGEST_LIFE: u64 = 12 * 3_600_000;

/// Events that nobody has to live for.
pub(crate) const ALWAYS: u64 = 0;

/// How many processes there are at once, each of which drives some of the runs.
pub(crate) const PROCESSES: usize = 2;

/// What is wrong with a world.
pub(crate) type Fault = String;

/// Something that will happen in a world; some things only in worlds of one kind.
#[derive(Debug)]
pub(crate) enum Event<Own> {
    /// The timer of a run may have come.
    TimerCame(Run),
    /// What rides goes to the disk, if the machine was not cut off since so many times.
    DiskSyncs(u64),
    /// Both processes are killed, and the disk with them.
    Crash,
    /// One process is killed.
    ProcessDies(usize),
    /// The processes are asked to stop.
    Stop,
    /// The processes begin.
    Start,
    /// A process takes a run that nobody drives.
    TakesOver(Run),
    /// Whoever drives a run is told that there is a message for it.
    MessageCame(Run),
    /// A person looks after a run.
    PersonComes(Run),
    /// Somebody says something to a run.
    Said(Run, Signal),
    /// Somebody retries a run that failed or was cancelled.
    Retries(Run),
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
    crashes: u64,
    is_up: bool,
    activities: Activities,
    pub(crate) disk: Disk,
    is_syncing: bool,
    pub(crate) driven: BTreeMap<Run, Driven<K::Calls>>,
    /// How the runs are that have ended.
    pub(crate) ended: BTreeMap<Run, RunState>,
    /// What became of runs that ended, and were retried or will be.
    retried: BTreeMap<Run, Retried>,
    /// Runs that somebody cancelled, and was told so: it must not be forgotten.
    cancelled: BTreeSet<Run>,
    /// The runs that were asked to stop.
    pub(crate) stopping: BTreeSet<Run>,
    /// The messages that each run must have received in the end: up to this number.
    due_messages: BTreeMap<Run, u64>,
    /// What machines are still to be told.
    untold: VecDeque<(Run, Vec<Input>)>,
    is_telling: bool,
    inputs: usize,
    calls: u64,
    drivings: u64,
    /// How often a person was asked.
    asked: usize,
    /// What is struck, where something is.
    pub(crate) target: Option<Target>,
    trace: Option<Vec<String>>,
}

/// A run that is driven.
pub(crate) struct Driven<Calls> {
    pub(crate) machine: Machine,
    /// Which process has it.
    pub(crate) process: usize,
    /// Which driving of all: what was to happen in it comes to nothing when it ends.
    driving: u64,
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
    /// How often a person was asked.
    pub asked: usize,
    /// Whether the fault struck that was to strike an effect.
    pub was_struck: bool,
    /// What looks for lost effects came to.
    pub looks: Looks,
}

impl<K: WorldKind> World<K> {
    pub(crate) fn new(setup: Setup, (activities, time): (&Activities, Arc<Time>), kind: K) -> Self {
        Self {
            kind,
            random: Seeded::named(setup.seed, "world"),
            time,
            queue: Queue::default(),
            crashes: 0,
            is_up: false,
            activities: activities.clone(),
            disk: Disk::default(),
            is_syncing: false,
            driven: BTreeMap::new(),
            ended: BTreeMap::new(),
            retried: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            stopping: BTreeSet::new(),
            due_messages: BTreeMap::new(),
            untold: VecDeque::new(),
            is_telling: false,
            inputs: 0,
            calls: 0,
            drivings: 0,
            asked: 0,
            target: None,
            trace: setup.is_traced.then(Vec::new),
            setup,
        }
    }

    /// Lets the world go on until all runs have ended.
    pub(crate) fn live(&mut self) -> Result<Lived, Fault> {
        self.begin();
        for _ in 0..MOST_EVENTS {
            if self.ended.len() == self.setup.runs.len() {
                return self.end_of_all();
            }
            if self.time.now() > LONGEST_LIFE {
                return Err("there is no end after hours".to_owned());
            }
            self.go_on()?;
        }
        Err(format!("there is no end after {MOST_EVENTS} events"))
    }

    /// What is still under way arrives, and must change nothing of what is known.
    fn end_of_all(&mut self) -> Result<Lived, Fault> {
        while K::goes_first(self, None) {}
        self.ended.iter().try_for_each(|(run, state)| K::check_end(self, *run, state))?;
        K::check_world(self)?;
        Ok(self.lived())
    }

    fn lived(&self) -> Lived {
        let statuses = self.ended.values().map(RunState::status).collect();
        let completed = self.ended.values().flat_map(|state| {
            let nodes = state.nodes().filter(|node| node.status == NodeStatus::Completed);
            nodes.filter_map(|node| Some(state.definition().node(node.id.as_str())?.kind.activity()?.activity.clone()))
        });
        Lived {
            inputs: self.inputs,
            statuses,
            completed: completed.collect(),
            asked: self.asked,
            was_struck: self.was_struck(),
            looks: K::looks(self),
        }
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
        let Some((at, driving, event)) = self.queue.take() else {
            return Err("nothing will happen any more, and a run has not ended".to_owned());
        };
        self.time.pass_until(at);
        let goes_on = driving == ALWAYS || self.driven.values().any(|driven| driven.driving == driving);
        if goes_on { self.happen(event) } else { Ok(()) }
    }

    fn happen(&mut self, event: Event<K::Event>) -> Result<(), Fault> {
        self.note(|| format!("{event:?}"));
        match event {
            Event::TimerCame(run) => self.timer_came(run),
            Event::DiskSyncs(crashes) if crashes < self.crashes => Ok(()),
            Event::DiskSyncs(_) => {
                self.is_syncing = false;
                self.disk.sync(self.setup.plant);
                Ok(())
            }
            Event::Crash => {
                self.crash();
                Ok(())
            }
            Event::ProcessDies(process) => {
                self.process_dies(process);
                Ok(())
            }
            Event::TakesOver(run) => self.takes_over(run),
            Event::MessageCame(run) => self.message_came(run),
            Event::Stop => self.stop(),
            Event::Start => self.start(),
            Event::PersonComes(run) => self.person_comes(run),
            Event::Said(run, signal) => self.said(run, signal),
            Event::Retries(run) => self.retries(run),
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

    /// Something will happen, unless the driving of a run that it belongs to, if to any, ends first.
    pub(crate) fn at(&mut self, after: u64, driving: u64, event: Event<K::Event>) {
        self.queue.add(self.time.now() + after, driving, event);
    }

    /// Something of its kind will happen to a run, as long as it is driven as it is now.
    pub(crate) fn soon(&mut self, run: Run, after: u64, event: K::Event) {
        if let Some(driving) = self.driven.get(&run).map(|driven| driven.driving) {
            self.at(after, driving, Event::Own(event));
        }
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
