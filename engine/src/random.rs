//! Randomness, as the engine is given it: jitter, and the random part of a run's id.
//!
//! ```
//! use flowrun_engine::{random::{Random, SystemRandom}, testing::SeededRandom};
//!
//! assert_ne!(SystemRandom.bytes(), SystemRandom.bytes());
//! // In a test, the same each time.
//! assert_eq!(SeededRandom::new(7).bytes(), SeededRandom::new(7).bytes());
//! ```

use std::hash::{BuildHasher, RandomState};

/// Where a run gets randomness from. A simulation gives a seeded one.
pub trait Random: Send + Sync {
    /// A number, evenly spread over `0.0..1.0`.
    fn fraction(&self) -> f64;

    /// Ten random bytes, for a [`RunId`](crate::id::RunId).
    fn bytes(&self) -> [u8; 10];
}

/// The machine's randomness: each number is a hash under a key of its own, which the operating system seeds. Good to tell things
/// apart and to spread them, not to keep secrets with.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl SystemRandom {
    fn number() -> u64 {
        RandomState::new().hash_one(())
    }
}

impl Random for SystemRandom {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds exactly")]
    fn fraction(&self) -> f64 {
        (Self::number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn bytes(&self) -> [u8; 10] {
        let (first, second) = (Self::number().to_le_bytes(), Self::number().to_le_bytes());
        let mut bytes = [0; 10];
        bytes.iter_mut().zip(first.into_iter().chain(second)).for_each(|(byte, random)| *byte = random);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_are_spread_and_do_not_come_again() {
        let random = SystemRandom;
        let drawn: BTreeSet<[u8; 10]> = (0..10_000).map(|_| random.bytes()).collect();
        assert_eq!(drawn.len(), 10_000);
        let fractions: Vec<f64> = (0..10_000).map(|_| random.fraction()).collect();
        assert!(fractions.iter().all(|fraction| (0.0..1.0).contains(fraction)));
        let mean = fractions.iter().sum::<f64>() / 10_000.0;
        assert!((0.48..0.52).contains(&mean), "{mean}");
    }
}
