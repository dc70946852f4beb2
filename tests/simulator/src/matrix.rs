//! The matrix: each effect of each activity, struck by each fault at each boundary of its way. Every cell is lived through with many seeds,
//! and what came of it is counted: what was lost, what was done twice, what got stuck, and how often a person was asked.

use std::{collections::BTreeMap, fmt};

use crate::{
    looks::{Looks, Verdict},
    plant::Plant,
    real::{EFFECTS, RealSimulator},
    strike::Strike,
};

/// What came of the runs of a cell, of an activity, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many runs there were.
    pub runs: u64,
    /// In how many of them the fault struck: a seed may give an activity nothing to be struck at.
    pub struck: u64,
    /// In how many a person was asked.
    pub asked: u64,
    /// In how many something was wrong: lost, done twice, or stuck.
    pub wrong: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.struck += other.struck;
        self.asked += other.asked;
        self.wrong += other.wrong;
    }
}

/// What came of all cells.
#[derive(Debug, Default)]
pub struct Matrix {
    cells: BTreeMap<(Strike, &'static str), Counts>,
    /// The first things that were wrong.
    faults: Vec<String>,
    looks: Looks,
}

/// So many faults are told in full.
const MOST_FAULTS: usize = 10;

impl Matrix {
    /// Lives through each cell with so many seeds, where a fault of flowrun's own may be planted.
    pub fn of(seeds: u64, plant: Option<Plant>) -> Self {
        let simulator = RealSimulator::default();
        let mut matrix = Self::default();
        for effect in EFFECTS {
            for strike in Strike::all() {
                for seed in 0..seeds {
                    matrix.live(&simulator, (effect, strike), seed, plant);
                }
            }
        }
        matrix
    }

    fn live(
        &mut self,
        simulator: &RealSimulator,
        (effect, strike): (&'static str, Strike),
        seed: u64,
        plant: Option<Plant>,
    ) {
        let mut counts = Counts { runs: 1, ..Counts::default() };
        match simulator.struck(seed, (effect, strike), plant) {
            Ok(lived) => {
                counts.struck = u64::from(lived.was_struck);
                counts.asked = u64::from(lived.asked > 0);
                self.looks.add(&lived.looks);
            }
            Err(fault) => {
                (counts.struck, counts.wrong) = (1, 1);
                if self.faults.len() < MOST_FAULTS {
                    self.faults.push(format!("{effect}, {strike}, seed {seed}: {fault}"));
                }
            }
        }
        self.cells.entry((strike, effect)).or_default().add(counts);
    }

    /// All cells together.
    pub fn all(&self) -> Counts {
        self.sum(|_, _| true)
    }

    /// The cells in which no run was struck: they show nothing.
    pub fn unstruck(&self) -> Vec<String> {
        let unstruck = self.cells.iter().filter(|(_, counts)| counts.struck == 0);
        unstruck.map(|((strike, effect), _)| format!("{effect}: {strike}")).collect()
    }

    /// What was wrong, the first of it.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// The verdicts to which no look came, of those that every activity's come to where nobody else changes anything: it happened, it did
    /// not, and not yet.
    pub fn unseen_verdicts(&self) -> Vec<String> {
        let all = EFFECTS.iter().flat_map(|effect| {
            [Verdict::Happened, Verdict::DidNotHappen, Verdict::NotYet]
                .map(|verdict| (format!("jira.{effect}"), verdict))
        });
        let unseen = all.filter(|(activity, verdict)| self.looks.count(activity, *verdict) == 0);
        unseen.map(|(activity, verdict)| format!("{activity}: {verdict:?}")).collect()
    }

    fn sum(&self, is_in: impl Fn(Strike, &str) -> bool) -> Counts {
        let mut sum = Counts::default();
        let cells = self.cells.iter().filter(|((strike, effect), _)| is_in(*strike, effect));
        cells.for_each(|(_, counts)| sum.add(*counts));
        sum
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:<58} {:>7} {:>7} {:>6} {:>6}", "", "runs", "struck", "asked", "wrong")?;
        let line = |formatter: &mut fmt::Formatter<'_>, name: &str, Counts { runs, struck, asked, wrong }| {
            writeln!(formatter, "{name:<58} {runs:>7} {struck:>7} {asked:>6} {wrong:>6}")
        };
        for strike in Strike::all() {
            line(formatter, &strike.to_string(), self.sum(|of, _| of == strike))?;
        }
        writeln!(formatter)?;
        for effect in EFFECTS {
            line(formatter, effect, self.sum(|_, of| of == effect))?;
        }
        writeln!(formatter)?;
        line(formatter, &format!("all {} cells", self.cells.len()), self.all())?;
        for cell in self.unstruck() {
            writeln!(formatter, "no run was struck: {cell}")?;
        }
        writeln!(formatter, "\n{}", self.looks)?;
        self.faults.iter().try_for_each(|fault| writeln!(formatter, "wrong: {fault}"))
    }
}
