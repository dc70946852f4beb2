//! The simulator's command line: many seeds, one seed again, planted faults, or the machine's table.
//!
//! ```text
//! cargo run --release -p flowrun-simulator -- --seeds 200000
//! cargo run --release -p flowrun-simulator -- --seed 4711 --nodes 3
//! cargo run --release -p flowrun-simulator -- --plant send-twice
//! cargo run --release -p flowrun-simulator -- --table
//! ```

#![expect(clippy::print_stdout, reason = "a program for people who develop flowrun; what it finds is its output")]

use std::{
    ops::Range,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use clap::{Parser, ValueEnum};
use flowrun_simulator::{Bounds, Feature, Found, Plant, Simulator};

/// Runs simulated worlds
#[derive(Parser)]
struct Arguments {
    /// How many seeds
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One seed, with all that happens in its world
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// The most nodes of its definition
    #[arg(long, default_value_t = Bounds::default().nodes)]
    nodes: u64,
    /// The most runs in it
    #[arg(long, default_value_t = Bounds::default().runs)]
    runs: u64,
    /// What to leave out of it
    #[arg(long, value_parser = feature)]
    without: Vec<Feature>,
    /// A fault to plant; `--seeds` is how many worlds may pass before it is found
    #[arg(long, value_enum)]
    plant: Option<Plant>,
    /// Fills the machine's table by so many worlds, and prints it
    #[arg(long, conflicts_with_all = ["plant", "plants", "seed"])]
    table: bool,
    /// Plants each fault there is, and tells after how many worlds it was found
    #[arg(long, conflicts_with = "plant")]
    plants: bool,
}

fn feature(text: &str) -> Result<Feature, String> {
    let found = Feature::ALL.into_iter().find(|feature| format!("{feature:?}") == text);
    found.ok_or_else(|| format!("`{text}` is none of {:?}", Feature::ALL))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.seed {
        return replay(seed, &arguments);
    }
    if arguments.plants {
        return plants(arguments.seeds);
    }
    if arguments.table {
        return table(arguments.from..arguments.from + arguments.seeds);
    }
    match (many(&arguments), arguments.plant) {
        (None, None) => ExitCode::SUCCESS,
        (Some(found), Some(_)) => {
            println!("found: {found}");
            ExitCode::SUCCESS
        }
        (Some(found), None) => {
            println!("fault: {found}");
            ExitCode::FAILURE
        }
        (None, Some(_)) => {
            println!("the planted fault was not found in {} worlds", arguments.seeds);
            ExitCode::FAILURE
        }
    }
}

fn replay(seed: u64, arguments: &Arguments) -> ExitCode {
    let without = arguments.without.iter().copied().collect();
    let bounds = Bounds { nodes: arguments.nodes, runs: arguments.runs, without, ..Bounds::default() };
    let (definition, trace) = Simulator::default().trace(seed, &bounds, arguments.plant);
    println!("{definition}");
    trace.iter().for_each(|line| println!("{line}"));
    match trace.last() {
        Some(last) if last.starts_with("fault") => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

/// Lives through many worlds, on all processors; the first fault ends it.
fn many(arguments: &Arguments) -> Option<Found> {
    let (next, end) = (AtomicU64::new(arguments.from), arguments.from + arguments.seeds);
    let found: Mutex<Option<Found>> = Mutex::new(None);
    let inputs: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let work = || {
        let (simulator, mut lived) = (Simulator::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                break;
            }
            match simulator.live(seed, &Bounds::default(), arguments.plant) {
                Ok(world) => lived.push(world.inputs),
                Err(_) => {
                    next.store(end, Ordering::Relaxed);
                    *found.lock().unwrap_or_else(PoisonError::into_inner) = simulator.find(seed, arguments.plant);
                }
            }
        }
        inputs.lock().unwrap_or_else(PoisonError::into_inner).extend(lived);
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let mut inputs = inputs.into_inner().unwrap_or_else(PoisonError::into_inner);
    inputs.sort_unstable();
    if let Some(median) = inputs.get(inputs.len() / 2) {
        println!("{} worlds lived to their end; in the median a world's machines had {median} inputs", inputs.len());
    }
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn table(seeds: Range<u64>) -> ExitCode {
    match Simulator::default().table(seeds) {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("fault: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn plants(most: u64) -> ExitCode {
    let simulator = Simulator::default();
    let mut is_complete = true;
    for plant in Plant::ALL {
        let name = plant.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        let found = (0..most).find(|seed| simulator.live(*seed, &Bounds::default(), Some(plant)).is_err());
        is_complete &= found.is_some();
        match found.and_then(|seed| Some((seed, simulator.find(seed, Some(plant))?))) {
            Some((seed, found)) => println!("{name}: found in world {seed}: {found}"),
            None => println!("{name}: not found in {most} worlds"),
        }
    }
    if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
