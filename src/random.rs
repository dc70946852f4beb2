//! Randomness from the machine, for the engine.

use flowrun_engine::random::Random;

/// A generator that the operating system seeds, anew in each process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fraction(&self) -> f64 {
        fastrand::f64()
    }

    fn bytes(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        fastrand::fill(&mut bytes);
        bytes
    }
}
