//! State directories that cannot be used: one message, exit 8, and nothing is changed.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use insta::assert_snapshot;

use crate::environment::Environment;

/// The files of a store, as the engine's tests have it.
const NEWER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/engine/tests/fixtures/newer-store");

#[test]
fn a_newer_store_is_refused_by_name() {
    let environment = Environment::new();
    let runs = runs_folder(&environment);
    for file in fs::read_dir(NEWER).unwrap().map(|file| file.unwrap().path()) {
        fs::copy(&file, runs.join(file.file_name().unwrap())).unwrap();
    }
    assert_snapshot!(environment.run(&["--state-dir", "state", "runs", "list"]), @r"
    exit 8
    --- stdout
    --- stderr
    error[FR0802]: `state/runs`: the store has format 7, this flowrun reads up to 6
      help: use a version of flowrun that reads it; nothing was changed
    ");
}

#[test]
fn a_store_that_was_cut_short_is_refused() {
    let environment = Environment::new();
    assert_eq!(environment.run(&["--state-dir", "state", "runs", "list"]).code, 0);
    cut(&environment.path("state").join("runs/db"), 10);
    assert_snapshot!(environment.run(&["--state-dir", "state", "runs", "list"]), @r"
    exit 8
    --- stdout
    --- stderr
    error[FR0803]: `state/runs`: the store is damaged: its file `db` has 10 bytes, and had 117 when it was closed
      help: first copy the state directory to a safe place; then `flowrun state
      check` tells whether only data that no longer counts was damaged
    ");
}

#[test]
fn an_overwritten_store_is_refused() {
    let environment = Environment::new();
    for _ in 0..2 {
        assert_eq!(environment.run(&["--state-dir", "state", "runs", "list"]).code, 0);
    }
    let db = environment.path("state").join("runs/db");
    let length = fs::metadata(&db).unwrap().len() as usize;
    fs::write(&db, vec![0xff; length]).unwrap();
    let refused = environment.run(&["--state-dir", "state", "runs", "list"]);
    assert_eq!(refused.code, 8, "{refused}");
    assert!(refused.stderr.starts_with("error[FR0803]: "), "{refused}");
}

#[test]
fn a_full_disk_is_named() {
    let environment = Environment::new();
    std::os::unix::fs::symlink("/dev/full", runs_folder(&environment).join("conf")).unwrap();
    assert_snapshot!(environment.run(&["--state-dir", "state", "runs", "list"]), @r"
    exit 8
    --- stdout
    --- stderr
    error[FR0804]: `state/runs`: the store failed: opening it: no space left on device
      help: make sure that the disk has room, that the directory can be written and
      that memory is free, then try again
    ");
}

fn runs_folder(environment: &Environment) -> PathBuf {
    let folder = environment.path("state").join("runs");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn cut(file: &Path, length: u64) {
    File::options().write(true).open(file).unwrap().set_len(length).unwrap();
}
