//! From a world with a fault to the smallest one that has a fault too.

use std::fmt;

use crate::{Bounds, Feature, Plant, Simulator};

/// A fault, and the smallest world that shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The seed.
    pub seed: u64,
    /// What is left of the world.
    pub bounds: Bounds,
    /// What is wrong in it.
    pub fault: String,
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, bounds, fault } = self;
        write!(formatter, "{fault}\n  replay: --seed {seed} --nodes {} --runs {}", bounds.nodes, bounds.runs)?;
        for feature in &bounds.without {
            write!(formatter, " --without {feature:?}")?;
        }
        Ok(())
    }
}

/// What is wrong with the world of a seed, made as small as it gets by leaving out one thing after the other.
pub(crate) fn shrunk(simulator: &Simulator, seed: u64, plant: Option<Plant>) -> Option<Found> {
    let fault_of = |bounds: &Bounds| simulator.live(seed, bounds, plant).err();
    let mut bounds = Bounds::default();
    let mut fault = fault_of(&bounds)?;
    let mut keep_if_smaller = |smaller: Bounds| {
        let found = fault_of(&smaller);
        if let Some(still) = found {
            (bounds, fault) = (smaller, still);
        }
        bounds.clone()
    };
    let mut now = Bounds::default();
    for runs in 1..now.runs {
        now = keep_if_smaller(Bounds { runs, ..now });
        if now.runs == runs {
            break;
        }
    }
    for feature in Feature::ALL {
        let mut without = now.without.clone();
        without.insert(feature);
        now = keep_if_smaller(Bounds { without, ..now });
    }
    for nodes in 1..now.nodes {
        now = keep_if_smaller(Bounds { nodes, ..now });
        if now.nodes == nodes {
            break;
        }
    }
    Some(Found { seed, bounds, fault })
}
