//! What tests of activities and processes work with: clocks that cost no time, randomness from a seed, a store whose records can be delayed
//! and lost, processes that die after each record, lives of a run that a seed makes, and stores that are damaged.
//!
//! Nothing here is for production. The engine's own tests use it, and so can those of whoever embeds it: an activity that keeps its
//! promises under [`die_after_each_record`] keeps them under `kill -9`, too; and under [`simulate`] where several things go wrong in one
//! life of a run.

mod clock;
mod death;
mod randomness;
mod simulation;
mod store;

pub use clock::{MovedClock, PausedClock};
pub use death::{Death, DeathTestError, die_after_each_record};
pub use randomness::SeededRandom;
pub use simulation::{Lived, SimulatedWorld, SimulationFault, simulate};
pub use store::{Keep, WatchedStore};

#[cfg(feature = "sled")]
#[doc(inline)]
pub use crate::store::StoreDamage;
