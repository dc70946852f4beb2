//! A few hundred worlds, each seed that ever failed, and the faults that must be found.

use std::collections::BTreeSet;

use flowrun_simulator::{Bounds, RealSimulator, Simulator, Worlds};

/// Seeds whose worlds once showed a fault of flowrun's own.
const ONCE_FAILED: [u64; 0] = [];

/// The same among the worlds of the real activities.
const REAL_ONCE_FAILED: [u64; 3] = [5_000_430, 5_000_636, 9_000_222];

/// How many worlds there are in CI; `cargo run --release -p flowrun-simulator -- --seeds N` has more.
const WORLDS: u64 = 300;

/// How many worlds of the real activities; `cargo run --release -p flowrun-simulator -- --real --seeds N` has more.
const REAL_WORLDS: u64 = 50;

#[test]
fn every_world_ends_as_it_must() {
    all_end_as_they_must::<Simulator>((0..WORLDS).chain(ONCE_FAILED));
}

#[test]
fn every_world_of_the_real_activities_ends_as_it_must() {
    all_end_as_they_must::<RealSimulator>((0..REAL_WORLDS).chain(REAL_ONCE_FAILED));
}

fn all_end_as_they_must<W: Worlds>(seeds: impl Iterator<Item = u64>) {
    let worlds = W::default();
    for seed in seeds {
        if let Some(found) = worlds.find(seed, None) {
            panic!("{found}");
        }
    }
}

#[test]
fn every_activity_is_completed_in_some_world() {
    let simulator = RealSimulator::default();
    let lived = (0..REAL_WORLDS).map(|seed| simulator.live(seed, &Bounds::default(), None).unwrap());
    let completed: BTreeSet<_> = lived.flat_map(|lived| lived.completed).collect();
    assert_eq!(completed, simulator.activities());
}

#[test]
fn every_planted_fault_is_found_and_shrunk() {
    all_are_found_and_shrunk::<Simulator>();
}

#[test]
fn every_fault_planted_among_the_real_activities_is_found_and_shrunk() {
    all_are_found_and_shrunk::<RealSimulator>();
}

fn all_are_found_and_shrunk<W: Worlds>() {
    let worlds = W::default();
    for plant in W::PLANTS {
        let found = (0..10_000).find_map(|seed| worlds.find(seed, Some(*plant)));
        let found = found.unwrap_or_else(|| panic!("{plant:?} was not found"));
        let again = worlds.live(found.seed, &found.bounds, Some(*plant));
        assert_eq!(again, Err(found.fault), "{plant:?}: the smaller world shows the fault too");
    }
}

#[test]
fn a_seed_gives_the_same_world_each_time() {
    all_are_the_same_each_time::<Simulator>(20);
}

#[test]
fn a_seed_gives_the_same_world_of_the_real_activities_each_time() {
    all_are_the_same_each_time::<RealSimulator>(10);
}

fn all_are_the_same_each_time<W: Worlds>(seeds: u64) {
    let (one, other) = (W::default(), W::default());
    for seed in 0..seeds {
        let trace = |worlds: &W| worlds.trace(seed, &Bounds::default(), None);
        assert_eq!(trace(&one), trace(&other));
        assert_eq!(trace(&one), trace(&other), "whatever lived before");
    }
}
