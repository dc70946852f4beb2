//! Worlds that a seed makes: processes share a store over pipes in memory, and are killed, leave, hand the store on, are of another
//! version, fall silent, and have their connections cut at any byte. Time is virtual: what would hang is seen at once.
//!
//! In each world what was acknowledged is there, once, in order; who reads sees what was acknowledged to anybody; a run has one driver at a
//! time; who watches misses nothing; and everything comes to an end.
//!
//! `cargo test -p flowrun-shared-store --lib simulation` makes some worlds, and with `--release … -- --ignored` many.

mod diary;
mod disk;
mod network;
mod process;
mod world;

use std::panic::catch_unwind;

use tokio::runtime::Builder;

use self::world::live;

/// A world. Panics with what does not hold; the same seed makes the same world.
fn simulate(seed: u64) {
    // Processes draw their names.
    fastrand::seed(seed);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let lived = catch_unwind(|| runtime.block_on(live(seed)));
    assert!(lived.is_ok(), "what was told before is of the world of seed {seed}");
}

#[test]
fn in_each_world_nothing_is_lost_or_done_twice() {
    (0..30).for_each(simulate);
}

#[test]
#[ignore = "takes minutes"]
fn in_very_many_worlds_nothing_is_lost_or_done_twice() {
    (30..3_000).for_each(simulate);
}
