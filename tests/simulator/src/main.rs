//! The simulator's command line: many seeds, one seed again, planted faults, or the machine's table; of scripted activities, or of the
//! real ones.
//!
//! ```text
//! cargo run --release -p flowrun-simulator -- --seeds 200000
//! cargo run --release -p flowrun-simulator -- --seed 4711 --nodes 3
//! cargo run --release -p flowrun-simulator -- --plant send-twice
//! cargo run --release -p flowrun-simulator -- --table
//! cargo run --release -p flowrun-simulator -- --real --seeds 10000
//! cargo run --release -p flowrun-simulator -- --real --seed 4711
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
    time::Instant,
};

use clap::{Parser, ValueEnum};
use flowrun_simulator::{Bounds, Feature, Lived, Plant, RealSimulator, Simulator};

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
    /// Worlds of the real activities, which talk to the sandbox
    #[arg(long, conflicts_with_all = ["table", "nodes", "runs", "without"])]
    real: bool,
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
        return plants(&arguments);
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

/// Worlds of one of the two kinds.
enum Worlds {
    Scripted(Box<Simulator>),
    Real(Box<RealSimulator>),
}

impl Worlds {
    fn of(arguments: &Arguments) -> Self {
        match arguments.real {
            true => Self::Real(Box::default()),
            false => Self::Scripted(Box::default()),
        }
    }

    fn live(&self, seed: u64, plant: Option<Plant>) -> Result<Lived, String> {
        match self {
            Self::Scripted(simulator) => simulator.live(seed, &Bounds::default(), plant),
            Self::Real(simulator) => simulator.live(seed, plant),
        }
    }

    /// What is wrong with a world, and how to see it again.
    fn find(&self, seed: u64, plant: Option<Plant>) -> Option<String> {
        match self {
            Self::Scripted(simulator) => simulator.find(seed, plant).map(|found| found.to_string()),
            Self::Real(simulator) => {
                let fault = simulator.live(seed, plant).err()?;
                Some(format!("{fault}\n  again with: --real --seed {seed}"))
            }
        }
    }

    fn plants(&self) -> &'static [Plant] {
        match self {
            Self::Scripted(_) => &Plant::ALL,
            Self::Real(_) => &Plant::REAL,
        }
    }
}

fn replay(seed: u64, arguments: &Arguments) -> ExitCode {
    let (has, trace) = match arguments.real {
        true => RealSimulator::default().trace(seed, arguments.plant),
        false => {
            let without = arguments.without.iter().copied().collect();
            let bounds = Bounds { nodes: arguments.nodes, runs: arguments.runs, without, ..Bounds::default() };
            Simulator::default().trace(seed, &bounds, arguments.plant)
        }
    };
    println!("{has}");
    trace.iter().for_each(|line| println!("{line}"));
    match trace.last() {
        Some(last) if last.starts_with("fault") => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

/// Lives through many worlds, on all processors; the first fault ends it.
fn many(arguments: &Arguments) -> Option<String> {
    let (next, end, began) = (AtomicU64::new(arguments.from), arguments.from + arguments.seeds, Instant::now());
    let found: Mutex<Option<String>> = Mutex::new(None);
    let all: Mutex<Vec<Lived>> = Mutex::new(Vec::new());
    let work = || {
        let (worlds, mut lived) = (Worlds::of(arguments), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                break;
            }
            match worlds.live(seed, arguments.plant) {
                Ok(world) => lived.push(world),
                Err(_) => {
                    next.store(end, Ordering::Relaxed);
                    *found.lock().unwrap_or_else(PoisonError::into_inner) = worlds.find(seed, arguments.plant);
                }
            }
        }
        all.lock().unwrap_or_else(PoisonError::into_inner).extend(lived);
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    tell(&all.into_inner().unwrap_or_else(PoisonError::into_inner), began);
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::cast_precision_loss, reason = "a rate that people read")]
fn tell(lived: &[Lived], began: Instant) {
    let mut inputs: Vec<usize> = lived.iter().map(|world| world.inputs).collect();
    inputs.sort_unstable();
    let Some(median) = inputs.get(inputs.len() / 2) else { return };
    let runs = lived.iter().map(|world| world.statuses.len()).sum::<usize>();
    let rate = runs as f64 / began.elapsed().as_secs_f64();
    println!("{} worlds lived to their end; in the median a world's machines had {median} inputs", inputs.len());
    println!("{runs} runs, {rate:.0} a second");
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

fn plants(arguments: &Arguments) -> ExitCode {
    let (worlds, most) = (Worlds::of(arguments), arguments.seeds);
    let mut is_complete = true;
    for plant in worlds.plants() {
        let plant = *plant;
        let name = plant.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        let found = (0..most).find(|seed| worlds.live(*seed, Some(plant)).is_err());
        is_complete &= found.is_some();
        match found.and_then(|seed| Some((seed, worlds.find(seed, Some(plant))?))) {
            Some((seed, found)) => println!("{name}: found in world {seed}: {found}"),
            None => println!("{name}: not found in {most} worlds"),
        }
    }
    if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
