//! Randomness from a seed (splitmix64): the same seed gives the same world.

use std::cell::Cell;

use flowrun_engine::random::Random;

/// A stream of random numbers.
#[derive(Debug)]
pub(crate) struct Seeded(Cell<u64>);

impl Seeded {
    /// The stream of this seed.
    pub(crate) fn of(seed: u64) -> Self {
        let stream = Self(Cell::new(seed ^ 0x5851_f42d_4c95_7f2d));
        stream.next();
        stream
    }

    /// The stream that belongs to a name: what one step does depends on nothing but the seed and its name.
    pub(crate) fn named(seed: u64, name: &str) -> Self {
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self::of(seed ^ hash)
    }

    /// A number over `0..most`.
    pub(crate) fn below(&self, most: u64) -> u64 {
        self.next() % most.max(1)
    }

    /// True once in so many times.
    pub(crate) fn once_in(&self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub(crate) fn one_of<T: Copy>(&self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).expect("it is below a length")]
    }

    fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The machine wants one that threads can share.
#[derive(Debug)]
pub(crate) struct Half;

impl Random for Half {
    fn fraction(&self) -> f64 {
        0.5
    }

    fn bytes(&self) -> [u8; 10] {
        [0; 10]
    }
}
