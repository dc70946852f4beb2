//! From a world with a fault to the smallest one that has a fault too.

use std::fmt;

use crate::{
    Worlds,
    bounds::{Bounds, Part},
    plant::Plant,
};

/// A fault, and the smallest world that shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<Part> {
    /// What the command line says for worlds of this kind.
    pub flag: &'static str,
    /// The seed.
    pub seed: u64,
    /// What is left of the world.
    pub bounds: Bounds<Part>,
    /// What is wrong in it.
    pub fault: String,
}

impl<P: Part> fmt::Display for Found<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flag, seed, bounds, fault } = self;
        write!(formatter, "{fault}\n  replay: {flag}--seed {seed} --nodes {} --runs {}", bounds.nodes, bounds.runs)?;
        for part in &bounds.without {
            write!(formatter, " --without {part:?}")?;
        }
        Ok(())
    }
}

/// What is wrong with the world of a seed, made as small as it gets by leaving out one thing after the other.
pub(crate) fn shrunk<W: Worlds>(worlds: &W, seed: u64, plant: Option<Plant>) -> Option<Found<W::Part>> {
    let bounds = Bounds::default();
    let fault = worlds.live(seed, &bounds, plant).err()?;
    let mut found = Found { flag: W::FLAG, seed, bounds, fault };
    let mut shrinks_to = |change: &dyn Fn(&mut Bounds<W::Part>)| {
        let mut smaller = found.bounds.clone();
        change(&mut smaller);
        let Err(fault) = worlds.live(seed, &smaller, plant) else { return false };
        (found.bounds, found.fault) = (smaller, fault);
        true
    };
    let most = Bounds::<W::Part>::default();
    (1..most.runs).find(|runs| shrinks_to(&|bounds| bounds.runs = *runs));
    for part in W::Part::ALL {
        shrinks_to(&|bounds| bounds.without.extend([*part]));
    }
    (1..most.nodes).find(|nodes| shrinks_to(&|bounds| bounds.nodes = *nodes));
    Some(found)
}
