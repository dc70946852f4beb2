//! `flowrun state check --repair`: where the lists and other indexes of the store alone are wrong they are made anew, and everything is as it
//! was; what was written and is damaged is told, and left alone.

use std::path::{Path, PathBuf};

use flowrun_engine::testing::StoreDamage;

use crate::{
    damage::copy,
    environment::{Environment, Output},
    years::{run, some_runs},
};

fn store(environment: &Environment) -> PathBuf {
    environment.path("state/runs")
}

/// A directory with some runs, and a copy of their store.
fn place() -> (Environment, PathBuf) {
    let environment = some_runs();
    let whole = environment.path("whole");
    copy(&store(&environment), &whole);
    (environment, whole)
}

fn put_back(environment: &Environment, whole: &Path) {
    std::fs::remove_dir_all(store(environment)).unwrap();
    copy(whole, &store(environment));
}

/// All that is known of the runs.
fn everything(environment: &Environment) -> String {
    let told = [&["runs", "export", "--all"][..], &["runs", "list", "-o", "json"]].map(|arguments| {
        let told = run(environment, arguments);
        assert_eq!(told.code, 0, "{told}");
        told.stdout
    });
    told.concat()
}

fn in_one_line(output: &Output) -> String {
    output.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_damage_of_the_indexes_is_told_and_repaired() {
    let (environment, whole) = place();
    let before = everything(&environment);
    for (damage, told) in [
        (StoreDamage::LostSummary, "has lost its newest summary"),
        (StoreDamage::LostRecords, "has lost its records in the index"),
        (StoreDamage::LostPlaceInAList, "has lost its place in a list"),
        (StoreDamage::Stranger, "its index has a run key that no run has"),
        (StoreDamage::WrongStatus, "has lost its newest summary"),
        (StoreDamage::GarbledSummary, "in the index cannot be read: a value has an unknown form"),
    ] {
        put_back(&environment, &whole);
        damage.done_to(&store(&environment)).unwrap();
        let check = || run(&environment, &["state", "check"]);
        for _ in 0..2 {
            let found = check();
            assert_eq!(found.code, 8, "{damage:?}: {found}");
            let words = in_one_line(&found);
            assert!(words.contains("FR0803") && words.contains(told), "{damage:?}: {found}");
            assert!(words.contains("`flowrun state check --repair`"), "the way on: {damage:?}: {found}");
        }
        let repaired = run(&environment, &["state", "check", "--repair"]);
        assert_eq!(repaired.code, 0, "{damage:?}: {repaired}");
        assert!(in_one_line(&repaired).contains("made anew; faults before: "), "{repaired}");
        let found = check();
        assert_eq!(found.code, 0, "{damage:?}: {found}");
        assert_eq!(everything(&environment), before, "{damage:?}");
    }
}

#[test]
fn records_that_are_damaged_are_told_and_not_repaired() {
    let (environment, whole) = place();
    StoreDamage::GarbledRecords.done_to(&store(&environment)).unwrap();
    for arguments in [&["state", "check"][..], &["state", "check", "--repair"]] {
        let found = run(&environment, arguments);
        assert_eq!(found.code, 8, "{found}");
        let words = in_one_line(&found) + &found.stderr;
        assert!(words.contains("FR0803") && words.contains("flowrun state restore"), "the way on: {found}");
        assert!(!words.contains("made anew"), "{found}");
    }
    // What it has of others is read as ever, and a backup is the way on.
    put_back(&environment, &whole);
    assert_eq!(run(&environment, &["state", "check", "--repair"]).code, 0, "a whole store is left as it is");
}
