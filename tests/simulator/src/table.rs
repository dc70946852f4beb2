//! The machine's table: each thing that a machine can be told, by how the step is that it is about, and by how the run is. Worlds fill it
//! by watching machines from outside; what no world can show is in `impossible`, with its reason.

mod class;
mod impossible;
mod written;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use self::class::{RunIs, StepIs, Told};

/// How often each pair was seen, and first in which world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    world: u64,
    steps: BTreeMap<(Told, StepIs), Visits>,
    runs: BTreeMap<(Told, RunIs), Visits>,
}

/// How often a pair was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Visits {
    count: u64,
    first: u64,
}

impl Table {
    /// A world begins.
    pub(crate) fn enter(&mut self, world: u64) {
        self.world = world;
    }

    /// A machine was told something about a step.
    pub(crate) fn saw_step(&mut self, told: Told, is: StepIs) {
        visit(&mut self.steps, (told, is), self.world);
    }

    /// A machine was told something.
    pub(crate) fn saw_run(&mut self, told: Told, is: RunIs) {
        visit(&mut self.runs, (told, is), self.world);
    }

    /// The worlds that were the first to show a pair.
    pub fn firsts(&self) -> BTreeSet<u64> {
        self.steps.values().chain(self.runs.values()).map(|visits| visits.first).collect()
    }

    /// The pairs that can be, and were not seen; in words.
    pub fn unvisited(&self) -> Vec<String> {
        let steps = step_pairs().filter(|(told, is)| impossible::of_step(*told, *is).is_none());
        let steps = steps.filter(|pair| !self.steps.contains_key(pair)).map(|(told, is)| format!("{told} × {is}"));
        let runs = run_pairs().filter(|(told, is)| impossible::of_run(*told, *is).is_none());
        let runs = runs.filter(|pair| !self.runs.contains_key(pair)).map(|(told, is)| format!("{told} × {is}"));
        steps.chain(runs).collect()
    }

    /// The pairs that cannot be, and were seen all the same; in words, with the world.
    pub fn contradicted(&self) -> Vec<String> {
        let said = |told: Told, is: &dyn std::fmt::Display, reason: &str, visits: &Visits| {
            format!("{told} × {is} in world {}, though {reason}", visits.first)
        };
        let steps = self.steps.iter().filter_map(|((told, is), visits)| {
            impossible::of_step(*told, *is).map(|reason| said(*told, is, reason, visits))
        });
        let runs = self.runs.iter().filter_map(|((told, is), visits)| {
            impossible::of_run(*told, *is).map(|reason| said(*told, is, reason, visits))
        });
        steps.chain(runs).collect()
    }
}

fn visit<Pair: Ord>(seen: &mut BTreeMap<Pair, Visits>, pair: Pair, world: u64) {
    seen.entry(pair).or_insert(Visits { count: 0, first: world }).count += 1;
}

fn step_pairs() -> impl Iterator<Item = (Told, StepIs)> {
    Told::ALL.iter().flat_map(|told| StepIs::ALL.iter().map(|is| (*told, *is)))
}

fn run_pairs() -> impl Iterator<Item = (Told, RunIs)> {
    Told::ALL.iter().flat_map(|told| RunIs::ALL.iter().map(|is| (*told, *is)))
}
