//! The simulator's command line: many seeds, one seed again, planted faults, the machine's table, or the matrix; of scripted activities, or of the
//! real ones.
//!
//! ```text
//! cargo run --release -p flowrun-simulator -- --seeds 200000
//! cargo run --release -p flowrun-simulator -- --seed 4711 --nodes 3
//! cargo run --release -p flowrun-simulator -- --plant send-twice
//! cargo run --release -p flowrun-simulator -- --table
//! cargo run --release -p flowrun-simulator -- --real --seeds 10000
//! cargo run --release -p flowrun-simulator -- --real --seed 4711 --runs 1
//! cargo run --release -p flowrun-simulator -- --matrix --seeds 100
//! ```

#![expect(clippy::print_stdout, reason = "a program for people who develop flowrun; what it finds is its output")]

use std::{
    collections::BTreeSet,
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
use flowrun_simulator::{Bounds, Feature, Lived, Looks, Matrix, Part, Plant, RealSimulator, Simulator, Worlds};

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
    #[arg(long, default_value_t = Bounds::<Feature>::default().nodes)]
    nodes: u64,
    /// The most runs in it
    #[arg(long, default_value_t = Bounds::<Feature>::default().runs)]
    runs: u64,
    /// What to leave out of it
    #[arg(long)]
    without: Vec<String>,
    /// A fault to plant; `--seeds` is how many worlds may pass before it is found
    #[arg(long, value_enum)]
    plant: Option<Plant>,
    /// Fills the machine's table by so many worlds, and prints it
    #[arg(long, conflicts_with_all = ["plant", "plants", "seed"])]
    table: bool,
    /// Worlds of the real activities, which talk to the sandbox
    #[arg(long, conflicts_with = "table")]
    real: bool,
    /// Strikes each effect of each activity with each fault at each boundary of its way, with so many seeds each
    #[arg(long, conflicts_with_all = ["plants", "seed", "table", "real"])]
    matrix: bool,
    /// Plants each fault there is, and tells after how many worlds it was found
    #[arg(long, conflicts_with = "plant")]
    plants: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.table {
        return table(arguments.from..arguments.from + arguments.seeds);
    }
    if arguments.matrix {
        return matrix(&arguments);
    }
    match arguments.real {
        true => worlds::<RealSimulator>(&arguments),
        false => worlds::<Simulator>(&arguments),
    }
}

/// What was asked for, in worlds of one kind.
fn worlds<W: Worlds>(arguments: &Arguments) -> ExitCode {
    if let Some(seed) = arguments.seed {
        return replay::<W>(seed, arguments);
    }
    if arguments.plants {
        return plants::<W>(arguments);
    }
    match (many::<W>(arguments), arguments.plant) {
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

fn replay<W: Worlds>(seed: u64, arguments: &Arguments) -> ExitCode {
    let mut without = BTreeSet::new();
    for name in &arguments.without {
        let Some(part) = W::Part::named(name) else {
            println!("`{name}` is none of {:?}", W::Part::ALL);
            return ExitCode::FAILURE;
        };
        without.insert(part);
    }
    let bounds = Bounds { nodes: arguments.nodes, runs: arguments.runs, without, ..Bounds::default() };
    let trace = W::default().trace(seed, &bounds, arguments.plant);
    trace.iter().for_each(|line| println!("{line}"));
    match trace.last() {
        Some(last) if last.starts_with("fault") => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

/// Lives through many worlds, on all processors; the first fault ends it.
fn many<W: Worlds>(arguments: &Arguments) -> Option<String> {
    let (next, end, began) = (AtomicU64::new(arguments.from), arguments.from + arguments.seeds, Instant::now());
    let found: Mutex<Option<String>> = Mutex::new(None);
    let all: Mutex<Vec<Lived>> = Mutex::new(Vec::new());
    let work = || {
        let (worlds, mut lived) = (W::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                break;
            }
            match worlds.live(seed, &Bounds::default(), arguments.plant) {
                Ok(world) => lived.push(world),
                Err(_) => {
                    next.store(end, Ordering::Relaxed);
                    let fault = worlds.find(seed, arguments.plant).map(|found| found.to_string());
                    *found.lock().unwrap_or_else(PoisonError::into_inner) = fault;
                }
            }
        }
        all.lock().unwrap_or_else(PoisonError::into_inner).extend(lived);
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    tell(&all.into_inner().unwrap_or_else(PoisonError::into_inner), (began, threads));
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::cast_precision_loss, reason = "a rate that people read")]
fn tell(lived: &[Lived], (began, threads): (Instant, usize)) {
    let mut inputs: Vec<usize> = lived.iter().map(|world| world.inputs).collect();
    inputs.sort_unstable();
    let Some(median) = inputs.get(inputs.len() / 2) else { return };
    let runs = lived.iter().map(|world| world.statuses.len()).sum::<usize>();
    let rate = runs as f64 / began.elapsed().as_secs_f64();
    println!("{} worlds lived to their end; in the median a world's machines had {median} inputs", inputs.len());
    println!("{runs} runs, {rate:.0} a second on {threads} processors");
    let mut looks = Looks::default();
    lived.iter().for_each(|world| looks.add(&world.looks));
    if looks != Looks::default() {
        println!("{looks}");
    }
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

fn matrix(arguments: &Arguments) -> ExitCode {
    let matrix = Matrix::of(arguments.seeds, arguments.plant);
    println!("{matrix}");
    if matrix.faults().is_empty() == arguments.plant.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn plants<W: Worlds>(arguments: &Arguments) -> ExitCode {
    let (worlds, most) = (W::default(), arguments.seeds);
    let mut is_complete = true;
    for plant in W::PLANTS.iter().copied() {
        let name = plant.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        let found = (0..most).find_map(|seed| worlds.find(seed, Some(plant)));
        is_complete &= found.is_some();
        match found {
            Some(found) => println!("{name}: found in world {}: {found}", found.seed),
            None => println!("{name}: not found in {most} worlds"),
        }
    }
    if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
