//! A world that a seed makes: several runs, a service, a disk, a clock, people, and a process that is killed and begun again. This is a
//! driver of machines like the one on tokio; only that nothing in it is real, and all of it is watched.

mod call;
mod invariant;
mod misfortune;
mod observe;
mod stray;
mod tell;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use flowrun_engine::{
    id::{EffectId, RunId, StepPath},
    journal::{Entry, Record, RunEntry, RunStarted},
    run::{Activities, Input, Machine, RunState, RunStatus},
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    case::{Case, Feature},
    disk::{Disk, Run},
    plant::Plant,
    queue::{Calling, Event, Queue},
    random::Seeded,
    service::Service,
    table::Table,
};

/// More events than any world needs.
const MOST_EVENTS: usize = 20_000;

/// Events that belong to no process.
const ALWAYS: u64 = u64::MAX;

/// How long a record may ride, in milliseconds.
const LONGEST_RIDE: u64 = 20;

/// What is wrong with a world.
pub(crate) type Fault = String;

/// A world.
pub(crate) struct World<'a> {
    case: &'a Case,
    plant: Option<Plant>,
    activities: Activities,
    random: Seeded,
    queue: Queue,
    /// The true time, and how much the wall clock is off, in milliseconds.
    now: u64,
    offset: i64,
    generation: u64,
    is_up: bool,
    disk: Disk,
    syncs_at: Option<u64>,
    service: Service,
    driven: BTreeMap<Run, Driven>,
    /// How the runs are that have ended.
    ended: BTreeMap<Run, RunState>,
    /// Signals that were answered, and must not be forgotten.
    cancelled: BTreeSet<Run>,
    /// The runs that were asked to stop.
    stopping: BTreeSet<Run>,
    /// Effects whose attempts ended, and whose answers are still to come.
    late: Vec<(Run, EffectId)>,
    /// What machines are still to be told.
    inbox: VecDeque<(Run, Vec<Input>)>,
    is_telling: bool,
    inputs: usize,
    /// How many calls there were.
    calls: u64,
    trace: Option<Vec<String>>,
    table: Option<Table>,
}

/// A run that is driven, and all its records, durable or not.
struct Driven {
    machine: Machine,
    journal: Vec<Record>,
    calls: BTreeMap<StepPath, Calling>,
    /// Calls that have ended, of which the machine is still to be told.
    ended: BTreeMap<StepPath, Calling>,
}

impl Driven {
    /// The call of a step, as far as the machine knows.
    fn calling(&self, step: &StepPath) -> Option<&Calling> {
        self.ended.get(step).or_else(|| self.calls.get(step))
    }
}

/// What a world came to: how many inputs its machines had, and how its runs ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lived {
    /// The inputs of all machines.
    pub inputs: usize,
    /// How the runs ended.
    pub statuses: Vec<RunStatus>,
}

impl<'a> World<'a> {
    pub(crate) fn of(case: &'a Case, activities: &Activities, plant: Option<Plant>, is_traced: bool) -> Self {
        Self {
            case,
            plant,
            activities: activities.clone(),
            random: Seeded::named(case.seed, "world"),
            queue: Queue::default(),
            now: 0,
            offset: 0,
            generation: 0,
            is_up: false,
            disk: Disk::default(),
            syncs_at: None,
            service: Service::default(),
            driven: BTreeMap::new(),
            ended: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            stopping: BTreeSet::new(),
            late: Vec::new(),
            inbox: VecDeque::new(),
            is_telling: false,
            inputs: 0,
            calls: 0,
            trace: is_traced.then(Vec::new),
            table: None,
        }
    }

    /// The same world, which fills a table.
    pub(crate) fn filling(self, table: Table) -> Self {
        Self { table: Some(table), ..self }
    }

    /// The table, where there is one.
    pub(crate) fn into_table(self) -> Table {
        self.table.unwrap_or_default()
    }

    /// What happened, where that was asked for.
    pub(crate) fn into_trace(self) -> Vec<String> {
        self.trace.unwrap_or_default()
    }

    /// Lets the world go on until all runs have ended.
    pub(crate) fn live(&mut self) -> Result<Lived, Fault> {
        self.begin();
        for _ in 0..MOST_EVENTS {
            if self.ended.len() as u64 == self.case.runs {
                let statuses = self.ended.values().map(RunState::status).collect();
                return Ok(Lived { inputs: self.inputs, statuses });
            }
            let Some((at, generation, event)) = self.queue.next() else {
                return Err("nothing will happen any more, and a run has not ended".to_owned());
            };
            self.now = self.now.max(at);
            if generation == ALWAYS || generation == self.generation {
                self.happen(event)?;
            }
        }
        Err(format!("there is no end after {MOST_EVENTS} events"))
    }

    fn begin(&mut self) {
        for run in 0..self.case.runs {
            let started = RunStarted {
                run: run_id(run),
                key: None,
                definition: self.case.definition.hash.clone(),
                source_name: "simulated.yaml".to_owned(),
                process: "simulated".to_owned(),
                version: "1.0.0".to_owned(),
                inputs: Map::new(),
                context: Value::Null,
            };
            let entries = vec![Entry::Run(RunEntry::Started(started))];
            self.disk.append(run, Record { sequence: 0, at: self.wall(), entries });
            if self.case.has(Feature::Cancels) && self.random.once_in(2) {
                self.at(self.random.below(20_000), ALWAYS, Event::Cancel(run));
            }
            for _ in 0..if self.case.has(Feature::Meddling) { self.random.below(20) } else { 0 } {
                self.at(self.random.below(20_000), ALWAYS, Event::Decides(run));
            }
        }
        self.disk.sync(self.plant);
        self.at(0, ALWAYS, Event::Start);
        self.misfortunes();
    }

    fn happen(&mut self, event: Event) -> Result<(), Fault> {
        self.note(|| format!("{event:?}"));
        match event {
            Event::Start => self.start(),
            Event::Crash => {
                self.crash();
                Ok(())
            }
            Event::Stop => self.stop(),
            Event::DiskSyncs => {
                self.syncs_at = None;
                self.disk.sync(self.plant);
                Ok(())
            }
            Event::ClockJumps(by) => {
                self.offset += by;
                self.driven.keys().copied().collect::<Vec<_>>().into_iter().for_each(|run| self.set_timer(run));
                Ok(())
            }
            Event::TimerCame(run) => self.timer_came(run),
            Event::CallGoesOn(run, step) => self.call_goes_on(run, &step),
            Event::Granted(run, effect) => self.send(run, &effect),
            Event::AnswerCame(run, effect) => self.answer_came(run, &effect),
            Event::AnswerCameLate(run, effect) => self.answer_came_late(run, &effect),
            Event::CallDropped(run, step, number) => self.call_dropped(run, &step, number),
            Event::CallGivesUp(run, step, number) => self.call_gives_up(run, &step, number),
            Event::CallHurries(run, step, number) => self.call_hurries(run, &step, number),
            Event::AsksTooLate(run, effect) => self.intend(run, effect),
            Event::Cancel(run) => self.cancel(run),
            Event::Decides(run) => self.decides(run),
            Event::PersonComes(run) => self.person_comes(run),
        }
    }

    /// A process begins, and takes over what is not ended.
    fn start(&mut self) -> Result<(), Fault> {
        if self.is_up {
            return Ok(());
        }
        self.is_up = true;
        for run in 0..self.case.runs {
            if !self.ended.contains_key(&run) && !self.driven.contains_key(&run) {
                self.take_over(run, Vec::new())?;
            }
        }
        Ok(())
    }

    fn take_over(&mut self, run: Run, more: Vec<Input>) -> Result<(), Fault> {
        if self.case.has(Feature::FailingReads) && self.random.once_in(6) {
            self.at(500, ALWAYS, Event::PersonComes(run));
            return Ok(());
        }
        let journal = self.disk.journal(run)?;
        let state = RunState::replay(self.case.definition.clone(), &journal).map_err(|error| error.to_string())?;
        if state.is_ended() {
            self.ended.insert(run, state);
            return Ok(());
        }
        if state.status() == RunStatus::NeedsDecision && more.is_empty() {
            self.at(1000, ALWAYS, Event::PersonComes(run));
            return Ok(());
        }
        let machine = Machine::new(state, self.activities.clone(), 4);
        self.driven.insert(run, Driven { machine, journal, calls: BTreeMap::new(), ended: BTreeMap::new() });
        self.tell(run, [Input::TakenOver].into_iter().chain(more).collect())
    }

    fn timer_came(&mut self, run: Run) -> Result<(), Fault> {
        let wall = self.wall();
        let is_due =
            self.driven.get(&run).and_then(|driven| driven.machine.poll_timeout()).is_some_and(|at| at <= wall);
        if is_due { self.tell(run, vec![Input::TimerFired]) } else { Ok(()) }
    }

    /// The machine lets its run go: it has ended, or says whom it waits for.
    fn rest(&mut self, run: Run) -> Result<(), Fault> {
        self.disk.sync(self.plant);
        let driven = self.driven.remove(&run).expect("it was just told something");
        let (state, is_stopped) = (driven.machine.into_state(), self.stopping.remove(&run));
        let replayed = RunState::replay(self.case.definition.clone(), &self.disk.journal(run)?);
        if replayed.as_ref() != Ok(&state) {
            return Err("the journal on the disk tells another state than the one that was reached".to_owned());
        }
        if state.is_ended() {
            self.check_end(run, &state)?;
            self.ended.insert(run, state);
            return Ok(());
        }
        match state.status() {
            RunStatus::NeedsDecision | RunStatus::NeedsGrant => self.at(1000, ALWAYS, Event::PersonComes(run)),
            RunStatus::Interrupted if is_stopped => self.at(1000, ALWAYS, Event::PersonComes(run)),
            other => return Err(format!("it rests as {other}")),
        }
        Ok(())
    }
}

impl World<'_> {
    fn set_timer(&mut self, run: Run) {
        let Some(driven) = self.driven.get(&run) else { return };
        let Some(until) = driven.machine.poll_timeout() else { return };
        if self.plant == Some(Plant::LostTimer) && driven.calls.is_empty() && driven.journal.len() > 12 {
            return;
        }
        let left = until.duration_since(self.wall()).as_millis().clamp(0, 100_000_000);
        self.at(u64::try_from(left).expect("it is not below 0"), self.generation, Event::TimerCame(run));
    }

    /// The activity of a step.
    fn activity_of(&self, step: &StepPath) -> Option<String> {
        Some(self.case.definition.node(step.node().as_str())?.kind.activity()?.activity.to_string())
    }

    /// Whether effects of a step are asked for again where nobody knows.
    fn repeats(&self, step: &StepPath) -> bool {
        let node = self.case.definition.node(step.node().as_str());
        let work = node.and_then(|node| node.kind.activity());
        work.is_some_and(|work| work.on_unknown == flowrun_engine::kind::OnUnknown::Retry)
    }

    fn at(&mut self, after: u64, generation: u64, event: Event) {
        self.queue.add(self.now + after, generation, event);
    }

    fn wall(&self) -> Timestamp {
        let at = i64::try_from(self.now).expect("a world is young") + self.offset + 1_800_000_000_000;
        Timestamp::from_millisecond(at).expect("a world is young")
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>8} {}", self.now, what()));
        }
    }
}

fn run_id(run: Run) -> RunId {
    RunId::new(uuid::Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_0000_0000 + u128::from(run)))
}
