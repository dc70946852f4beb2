//! Worlds whose activities are scripted: what attempts do, and what becomes of their effects, the seed says.
//!
//! `case` is what a seed gives, `service` has the scripts and what truly happened, `call` carries calls between the machine and the
//! service, `stray` has attempts that do not behave, and `observe` watches machines for their table.

mod activity;
mod call;
mod calling;
mod case;
mod invariant;
mod misfortune;
mod observe;
mod service;
mod stray;

use std::{sync::Arc, time::Duration};

use flowrun_engine::{
    activity::Catalogue,
    definition::Phase,
    id::{EffectId, StepPath},
    journal::{Decision, Entry, Record, RunEntry},
    run::{Action, Activities, EffectView, Input, NodeStatus, NodeView, Output, RunState},
};
use serde_json::{Map, Value};

pub use self::case::Feature;
use self::{
    calling::{Calls, Event},
    case::{Case, inputs},
    observe::Before,
    service::Service,
};
use crate::{
    Worlds,
    bounds::Bounds,
    disk::Run,
    plant::Plant,
    table::Table,
    time::Time,
    world::{Fault, Lived, Setup, World, WorldKind, entries},
};

/// Makes worlds whose activities are scripted.
pub struct Simulator {
    catalogue: Catalogue,
    activities: Activities,
}

impl Default for Simulator {
    fn default() -> Self {
        let catalogue = activity::catalogue();
        Self { activities: Activities::of(&catalogue), catalogue }
    }
}

impl Worlds for Simulator {
    type Part = Feature;

    const FLAG: &'static str = "";
    const PLANTS: &'static [Plant] = &Plant::ALL;

    fn live(&self, seed: u64, bounds: &Bounds<Feature>, plant: Option<Plant>) -> Result<Lived, String> {
        self.world(&self.case(seed, bounds), plant, false).live()
    }

    fn trace(&self, seed: u64, bounds: &Bounds<Feature>, plant: Option<Plant>) -> Vec<String> {
        let case = self.case(seed, bounds);
        self.world(&case, plant, true).told()
    }
}

impl Simulator {
    /// The machine's table, filled by the worlds of these seeds: with all in them that there is; where nobody retries; and without early looks
    /// besides, where more is in doubt.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn table(&self, seeds: impl IntoIterator<Item = u64>) -> Result<Table, String> {
        let crowded = Bounds { is_crowded: true, ..Bounds::default() };
        let once = Bounds { without: [Feature::Retries].into(), ..crowded.clone() };
        let doubtful = Bounds { without: [Feature::Retries, Feature::EarlyLooks].into(), ..crowded.clone() };
        let mut table = Table::default();
        for seed in seeds {
            table.enter(seed);
            for bounds in [&crowded, &once, &doubtful] {
                let case = self.case(seed, bounds);
                let mut world = self.world(&case, None, false);
                world.kind.table = Some(table);
                world.live()?;
                table = world.kind.table.take().expect("nobody else takes it");
            }
        }
        Ok(table)
    }

    fn case(&self, seed: u64, bounds: &Bounds<Feature>) -> Case {
        Case::of(seed, bounds, &self.catalogue)
    }

    fn world<'a>(&self, case: &'a Case, plant: Option<Plant>, is_traced: bool) -> World<Scripted<'a>> {
        let setup =
            Setup { seed: case.seed, runs: case.runs.clone(), misfortunes: case.misfortunes(), plant, is_traced };
        World::new(setup, (&self.activities, Arc::new(Time::default())), Scripted::of(case))
    }
}

/// What a scripted world has of its own.
pub(crate) struct Scripted<'a> {
    case: &'a Case,
    service: Service,
    /// Effects whose attempts ended, and whose answers are still to come.
    late: Vec<(Run, EffectId)>,
    /// Where what machines are told is noted, if it is; and how a run was before it was told something.
    table: Option<Table>,
    before: Option<Before>,
}

impl<'a> Scripted<'a> {
    fn of(case: &'a Case) -> Self {
        Self { case, service: Service::default(), late: Vec::new(), table: None, before: None }
    }
}

impl WorldKind for Scripted<'_> {
    type Event = Event;
    type Calls = Calls;

    const PERSON_TAKES: u64 = 1000;
    const ASKS_AGAIN_AFTER: Duration = Duration::from_secs(4);

    fn misfortunes(world: &mut World<Self>) {
        world.meddlers();
    }

    fn other_inputs(world: &mut World<Self>, _: Run, _: &RunState) -> Option<Map<String, Value>> {
        let lists: [&[u8]; 5] = [&[], &[1], &[1, 2, 4], &[1, 5, 3], &[1, 2, 3, 4, 5]];
        Some(inputs(world.random.one_of(&lists)))
    }

    /// What `finally` had done it does anew at another end.
    fn retried(world: &mut World<Self>, run: Run, before: &RunState, record: &Record) {
        let anew = record.entries.iter().find_map(|entry| match entry {
            Entry::Run(RunEntry::Retried { nodes, finally_only: false, .. }) => Some(nodes),
            _ => None,
        });
        let is_last = |node: &NodeView<'_>| {
            let node = before.definition().node(node.id.as_str());
            node.is_some_and(|node| node.phase == Phase::Finally && anew.is_some_and(|anew| anew.contains(&node.id)))
        };
        let steps = before.nodes().filter(is_last).flat_map(|node| node.steps);
        for step in steps.filter(|step| step.status == NodeStatus::Completed) {
            world.kind.service.begin_anew(run, &step.step);
        }
    }

    fn run_lost(world: &mut World<Self>, run: Run) {
        world.kind.late.retain(|(of, _)| *of != run);
    }

    fn happen(world: &mut World<Self>, event: Event) -> Result<(), Fault> {
        match event {
            Event::CallGoesOn(run, step) => world.call_goes_on(run, &step),
            Event::Granted(run, effect) => world.send(run, &effect),
            Event::AnswerCame(run, effect) => world.answer_came(run, &effect),
            Event::AnswerCameLate(run, effect) => world.answer_came_late(run, &effect),
            Event::CallDropped(run, step, number) => world.call_dropped(run, &step, number),
            Event::CallGivesUp(run, step, number) => world.call_gives_up(run, &step, number),
            Event::CallHurries(run, step, number) => world.call_hurries(run, &step, number),
            Event::AsksTooLate(run, effect) => world.intend(run, effect),
            Event::Decides(run) => world.decides(run),
        }
    }

    fn perform(world: &mut World<Self>, run: Run, action: Action) -> Result<(), Fault> {
        world.perform(run, action)
    }

    fn before_telling(world: &mut World<Self>, run: Run, inputs: &[Input]) {
        world.kind.before = world.before(run, inputs);
        let calls = world.calls(run).expect("its machine is about to be told something");
        for input in inputs {
            if let Input::CallEnded { step, .. } = input {
                calls.ended.remove(step);
            }
        }
    }

    fn after_telling(world: &mut World<Self>, run: Run, output: &Output) {
        if let (Some(before), Some(table)) = (world.kind.before.take(), &mut world.kind.table) {
            before.note(output, table);
        }
        if let Some(record) = &output.record {
            world.somebody_sees(run, entries(Some(record)));
            world.keep_record(run, record.clone());
        }
    }

    fn check(world: &mut World<Self>, run: Run) -> Result<(), Fault> {
        world.check(run)
    }

    fn check_end(world: &World<Self>, run: Run, state: &RunState) -> Result<(), Fault> {
        world.check_end(run, state)
    }

    fn is_idle(calls: &Calls) -> bool {
        calls.running.is_empty()
    }

    fn truth(world: &World<Self>, run: Run, open: &EffectView<'_>) -> Decision {
        world.truth(run, open.id)
    }
}

impl World<Scripted<'_>> {
    fn keep_record(&mut self, run: Run, record: Record) {
        self.calls(run).expect("its machine just gave a record").journal.push(record);
    }

    /// The activity of a step.
    fn activity_of(&self, run: Run, step: &StepPath) -> Option<String> {
        Some(self.beginning(run).definition.node(step.node().as_str())?.kind.activity()?.activity.to_string())
    }

    /// Whether effects of a step are asked for again where nobody knows.
    fn repeats(&self, run: Run, step: &StepPath) -> bool {
        let node = self.beginning(run).definition.node(step.node().as_str());
        let work = node.and_then(|node| node.kind.activity());
        work.is_some_and(|work| work.on_unknown == flowrun_engine::kind::OnUnknown::Retry)
    }

    fn has(&self, feature: Feature) -> bool {
        self.kind.case.has(feature)
    }
}
