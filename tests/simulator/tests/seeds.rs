//! A few hundred worlds, each seed that ever failed, and the faults that must be found.

use flowrun_simulator::{Bounds, Plant, RealSimulator, Simulator};

/// Seeds whose worlds once showed a fault of flowrun's own.
const ONCE_FAILED: [u64; 0] = [];

/// How many worlds there are in CI; `cargo run --release -p flowrun-simulator -- --seeds N` has more.
const WORLDS: u64 = 300;

/// How many worlds of the real activities; `cargo run --release -p flowrun-simulator -- --real --seeds N` has more.
const REAL_WORLDS: u64 = 50;

#[test]
fn every_world_ends_as_it_must() {
    let simulator = Simulator::default();
    for seed in (0..WORLDS).chain(ONCE_FAILED) {
        assert_eq!(simulator.find(seed, None), None);
    }
}

#[test]
fn every_planted_fault_is_found_and_shrunk() {
    let simulator = Simulator::default();
    for plant in Plant::ALL {
        let first = (0..10_000).find(|seed| simulator.live(*seed, &Bounds::default(), Some(plant)).is_err());
        let seed = first.unwrap_or_else(|| panic!("{plant:?} was not found"));
        let found = simulator.find(seed, Some(plant)).unwrap();
        let again = simulator.live(seed, &found.bounds, Some(plant));
        assert_eq!(again, Err(found.fault), "{plant:?}: the smaller world shows the fault too");
    }
}

#[test]
fn a_seed_gives_the_same_world_each_time() {
    let simulator = Simulator::default();
    for seed in 0..20 {
        let trace = || simulator.trace(seed, &Bounds::default(), None);
        assert_eq!(trace(), trace());
    }
}

#[test]
fn every_world_of_the_real_activities_ends_as_it_must() {
    let simulator = RealSimulator::default();
    for seed in 0..REAL_WORLDS {
        let lived = simulator.live(seed, None);
        assert!(lived.is_ok(), "{lived:?}: again with `--real --seed {seed}`");
    }
}

#[test]
fn every_fault_planted_among_the_real_activities_is_found() {
    let simulator = RealSimulator::default();
    for plant in Plant::REAL {
        let is_found = (0..REAL_WORLDS).any(|seed| simulator.live(seed, Some(plant)).is_err());
        assert!(is_found, "{plant:?} was not found");
    }
}

#[test]
fn a_seed_gives_the_same_world_of_the_real_activities_each_time() {
    let (one, other) = (RealSimulator::default(), RealSimulator::default());
    for seed in 0..10 {
        assert_eq!(one.trace(seed, None), other.trace(seed, None));
        assert_eq!(one.trace(seed, None), other.trace(seed, None), "whatever lived before");
    }
}
