//! What tests of activities and processes work with: a clock that a test's runtime moves, randomness from a seed, a store whose
//! records can be delayed and lost, and processes that die after each record.
//!
//! Nothing here is for production. The engine's own tests use it, and so can those of whoever embeds it: an activity that keeps its
//! promises under [`die_after_each_record`] keeps them under `kill -9`, too.

mod clock;
mod death;
mod randomness;
mod store;

pub use clock::PausedClock;
pub use death::{Death, DeathTestError, die_after_each_record};
pub use randomness::SeededRandom;
pub use store::{Keep, WatchedStore};
