//! Bounds of a world, which shrinking lowers: how much is in it, and which parts are left out.

use std::{collections::BTreeSet, fmt};

use crate::random::Seeded;

/// Something that a world of some kind may have, and that can be left out of it.
pub trait Part: Copy + Ord + fmt::Debug + Send + Sync + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// Those of them that came later: they have a stream of their own, so that a world without them is as it was before they came.
    const LATER: &'static [Self];

    /// The one with this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|part| format!("{part:?}") == name)
    }
}

/// Bounds of a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds<Part> {
    /// The most nodes of a definition.
    pub nodes: u64,
    /// The most runs.
    pub runs: u64,
    /// What is left out.
    pub without: BTreeSet<Part>,
    /// Whether all else is in it: else a seed has two parts of three.
    pub is_crowded: bool,
}

impl<P> Default for Bounds<P> {
    fn default() -> Self {
        Self { nodes: 14, runs: 3, without: BTreeSet::new(), is_crowded: false }
    }
}

impl<P: Part> Bounds<P> {
    /// The parts that a world has.
    pub(crate) fn parts(&self, random: &Seeded, later: &Seeded) -> BTreeSet<P> {
        // Each is drawn, left out or not: the others stay as they are when one is.
        let is_drawn = |part: &P| !if P::LATER.contains(part) { later } else { random }.once_in(3) || self.is_crowded;
        let drawn: Vec<P> = P::ALL.iter().copied().filter(is_drawn).collect();
        drawn.into_iter().filter(|part| !self.without.contains(part)).collect()
    }
}
