//! Runs the machine of a run in worlds that a seed makes: crashes, lost answers, jumping clocks, people. What must hold is looked at after
//! each step; what does not is told with the seed, and with the smallest world in which it does not.
//!
//! `world` is what lives, `scripted` and `real` are its two kinds, `bounds` and `shrink` make it smaller, and `plant` breaks something on
//! purpose. `looks` has what looks for lost effects came to. `table` has what machines were told, and how their steps and runs were then. `matrix` has what came of one fault (`strike`) at each
//! boundary of each activity's effects.

mod bounds;
mod disk;
mod looks;
mod matrix;
mod plant;
mod queue;
mod random;
mod real;
mod scripted;
mod shrink;
mod strike;
mod table;
mod time;
mod world;

pub use crate::{
    bounds::{Bounds, Part},
    looks::{Looks, Verdict},
    matrix::{Counts, Matrix},
    plant::Plant,
    real::{RealSimulator, Trouble},
    scripted::{Feature, Simulator},
    shrink::Found,
    table::Table,
    world::Lived,
};

/// Makes worlds of one kind.
pub trait Worlds: Default {
    /// What its worlds may have.
    type Part: Part;

    /// What the command line says for them, before all else.
    const FLAG: &'static str;

    /// The faults that can be planted in them.
    const PLANTS: &'static [Plant];

    /// Lets the world of a seed live to its end.
    ///
    /// # Errors
    /// What is wrong with it.
    fn live(&self, seed: u64, bounds: &Bounds<Self::Part>, plant: Option<Plant>) -> Result<Lived, String>;

    /// What the world of a seed has, and all that happens in it.
    fn trace(&self, seed: u64, bounds: &Bounds<Self::Part>, plant: Option<Plant>) -> Vec<String>;

    /// What is wrong with the world of a seed, in the smallest world that shows it; `None` if nothing is.
    fn find(&self, seed: u64, plant: Option<Plant>) -> Option<Found<Self::Part>> {
        shrink::shrunk(self, seed, plant)
    }
}
