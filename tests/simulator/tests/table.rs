//! The machine's table: all that a machine can be told, however its step and its run are, is told in some world; and nothing else is.

use flowrun_simulator::Simulator;

/// How many worlds fill it.
const WORLDS: u64 = 300;

/// Worlds beyond these that were the first to show a pair. Where worlds go otherwise than they did, others do:
/// `cargo run --release -p flowrun-simulator -- --table --seeds 20000` names them.
const RARE: [u64; 19] =
    [317, 363, 365, 372, 400, 426, 454, 460, 480, 538, 540, 622, 751, 786, 787, 1054, 1442, 2110, 16273];

#[test]
fn every_pair_that_can_be_is_seen_and_no_other() {
    let table = Simulator::default().table((0..WORLDS).chain(RARE)).unwrap();
    assert_eq!(table.unvisited(), [""; 0]);
    assert_eq!(table.contradicted(), [""; 0]);
}
