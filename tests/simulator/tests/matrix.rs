//! The matrix, in its short form: each cell once. `cargo run --release -p flowrun-simulator -- --matrix --seeds 100` is the long one.

use flowrun_simulator::{Counts, Matrix, Plant, RealSimulator};

#[test]
fn no_fault_at_any_boundary_of_any_effect_loses_or_doubles_it_and_nobody_is_asked() {
    let matrix = Matrix::of(1, None);
    let Counts { runs, struck, asked, wrong } = matrix.all();
    assert_eq!((asked, wrong), (0, 0), "{matrix}");
    assert_eq!((struck, matrix.unstruck()), (runs, Vec::new()), "a cell in which nothing was struck shows nothing");
    assert_eq!(matrix.unseen_verdicts(), [""; 0]);
}

#[test]
fn a_fault_of_flowruns_own_is_seen() {
    for plant in [Plant::ForgottenEffect, Plant::SendBeforeDurable] {
        assert!(Matrix::of(1, Some(plant)).all().wrong > 0, "{plant:?}");
    }
}

/// What docs/promises.md excepts is real: no wait is long enough for every network.
#[test]
fn a_request_that_is_later_than_is_assumed_is_done_twice() {
    let simulator = RealSimulator::default();
    for seed in 0..5 {
        let fault = simulator.too_late(seed).unwrap_err();
        assert!(fault.contains("done 2 times"), "{fault}");
    }
}
