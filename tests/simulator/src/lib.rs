//! Runs the machine of a run in worlds that a seed makes: crashes, lost answers, jumping clocks, people. What must hold is looked at after
//! each step; what does not is told with the seed, and with the smallest world in which it does not.
//!
//! `case` is what a seed gives, `world` lets it go on, `shrink` makes it smaller, and `plant` breaks something on purpose. `table` has what
//! machines were told, and how their steps and runs were then.

mod activity;
mod case;
mod disk;
mod plant;
mod queue;
mod random;
mod real;
mod service;
mod shrink;
mod table;
mod world;

use flowrun_engine::run::Activities;

use crate::{case::Case, world::World};
pub use crate::{
    case::{Bounds, Feature},
    plant::Plant,
    real::{RealSimulator, Trouble},
    shrink::Found,
    table::Table,
    world::Lived,
};

/// Makes worlds.
pub struct Simulator {
    catalogue: flowrun_engine::activity::Catalogue,
    activities: Activities,
}

impl Default for Simulator {
    fn default() -> Self {
        let catalogue = activity::catalogue();
        Self { activities: Activities::of(&catalogue), catalogue }
    }
}

impl Simulator {
    /// Lets the world of a seed live to its end.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn live(&self, seed: u64, bounds: &Bounds, plant: Option<Plant>) -> Result<Lived, String> {
        let case = Case::of(seed, bounds, &self.catalogue);
        World::of(&case, &self.activities, plant, false).live()
    }

    /// The definition of a seed's world, and all that happens in it.
    pub fn trace(&self, seed: u64, bounds: &Bounds, plant: Option<Plant>) -> (String, Vec<String>) {
        let case = Case::of(seed, bounds, &self.catalogue);
        let mut world = World::of(&case, &self.activities, plant, true);
        let lived = world.live();
        let told = match lived {
            Ok(lived) => format!("it ended: {:?}", lived.statuses),
            Err(fault) => format!("fault: {fault}"),
        };
        (case.text.clone(), world.into_trace().into_iter().chain([told]).collect())
    }

    /// The machine's table, filled by the worlds of these seeds: with all in them that there is, and without early looks, where more is in
    /// doubt.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn table(&self, seeds: impl IntoIterator<Item = u64>) -> Result<Table, String> {
        let crowded = Bounds { is_crowded: true, ..Bounds::default() };
        let doubtful = Bounds { without: [Feature::EarlyLooks].into(), ..crowded.clone() };
        let mut table = Table::default();
        for seed in seeds {
            table.enter(seed);
            for bounds in [&crowded, &doubtful] {
                let case = Case::of(seed, bounds, &self.catalogue);
                let mut world = World::of(&case, &self.activities, None, false).filling(table);
                world.live()?;
                table = world.into_table();
            }
        }
        Ok(table)
    }

    /// What is wrong with the world of a seed, in the smallest world that shows it; `None` if nothing is.
    pub fn find(&self, seed: u64, plant: Option<Plant>) -> Option<Found> {
        shrink::shrunk(self, seed, plant)
    }
}
