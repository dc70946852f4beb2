//! Randomness, as the engine is given it: jitter, and the random part of a run's id.

/// Where a run gets randomness from. A simulation gives a seeded one.
pub trait Random: Send + Sync {
    /// A number, evenly spread over `0.0..1.0`.
    fn fraction(&self) -> f64;

    /// Ten random bytes, for a [`RunId`](crate::id::RunId).
    fn bytes(&self) -> [u8; 10];
}
