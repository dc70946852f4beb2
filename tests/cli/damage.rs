//! Stores that are damaged between two calls, or vanish during one: told, and no effect is done twice for it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use insta::assert_snapshot;

use crate::{
    environment::{Environment, Output},
    proxy::{Fate, Proxy},
    running::INTAKE,
};

const CREATE: &str = "POST /rest/api/3/issue";
const COMMENT: &str = "POST /rest/api/3/issue/OPS-6/comment";

fn store(environment: &Environment) -> PathBuf {
    environment.path("home/.local/state/flowrun/runs")
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(drop).unwrap() }
    }
}

/// A kind of damage to bytes, of which so many are in use.
type Damage = (&'static str, fn(&mut Vec<u8>, usize));

const DAMAGES: [Damage; 5] = [
    ("a bit of the newest record", |db, used| db[used - 20] ^= 1),
    ("a bit of the record before", |db, used| db[used - 400] ^= 1),
    ("a bit in the middle", |db, used| db[used / 2] ^= 1),
    ("zeroes in the newest part", |db, used| db[used - 512..used].fill(0)),
    ("its end is cut off", |db, used| db.truncate(used - 30)),
];

#[test]
fn a_damaged_store_is_never_resumed_and_no_effect_is_done_twice() {
    for ending in ["KILL", "INT"] {
        let environment = Environment::new();
        environment.write("intake.yaml", INTAKE);
        let sandbox = environment.serve_sandbox();
        // The issue is made and recorded; a comment is on the wire.
        let proxy = Proxy::stopping(sandbox.url(), COMMENT);
        let mut running =
            environment.start(&["run", "intake.yaml", &format!("--sandbox={}", proxy.url), "-i", "summary=x"]);
        proxy.wait();
        running.signal(ending);
        if ending == "INT" {
            running.wait_for("finishing");
        }
        proxy.release(Fate::Arrives);
        let _ = running.finish();

        let (store, whole) = (store(&environment), environment.path("whole"));
        copy(&store, &whole);
        let before = environment.operations();
        for (damage, harm) in DAMAGES {
            let _ = fs::remove_dir_all(&store);
            copy(&whole, &store);
            let mut db = fs::read(store.join("db")).unwrap();
            let used = db.iter().rposition(|byte| *byte != 0).unwrap() + 1;
            harm(&mut db, used);
            fs::write(store.join("db"), &db).unwrap();
            for arguments in [&["doctor"][..], &["runs", "list"], &["runs", "resume", "last"]] {
                let told = environment.run(arguments);
                assert_eq!(told.code, 8, "{ending}, {damage}, {arguments:?}: {told}");
                assert!(told.stdout.contains("FR0803") || told.stderr.contains("FR0803"), "{damage}: {told}");
            }
            assert!(fs::read(store.join("db")).unwrap() == db, "{ending}, {damage}: the store was written to");
            assert_eq!(environment.operations(), before, "{ending}, {damage}");
        }
        let _ = fs::remove_dir_all(&store);
        copy(&whole, &store);
        assert_eq!(environment.run(&["doctor"]).code, 0);
        assert_eq!(environment.run(&["state", "check"]).code, 0);
        let resumed = environment.run(&["runs", "resume", "last"]);
        assert_eq!(resumed.code, 0, "the whole store goes on: {resumed}");
    }
}

/// How a store vanishes.
type Vanishing = (&'static str, fn(&Path));

const VANISHINGS: [Vanishing; 5] = [
    ("removed", |store| fs::remove_dir_all(store).unwrap()),
    ("moved", |store| fs::rename(store, store.with_file_name("elsewhere")).unwrap()),
    ("unlinked", |store| fs::remove_file(store.join("db")).unwrap()),
    ("emptied", |store| drop(File::create(store.join("db")).unwrap())),
    ("cut", |store| {
        let db = File::options().write(true).open(store.join("db")).unwrap();
        db.set_len(db.metadata().unwrap().len() / 2).unwrap();
    }),
];

#[test]
fn a_store_that_vanishes_during_a_run_ends_it_with_the_effects_that_are_known() {
    for (kind, vanish) in VANISHINGS {
        let environment = Environment::new();
        environment.write("intake.yaml", INTAKE);
        let sandbox = environment.serve_sandbox();
        let proxy = Proxy::stopping(sandbox.url(), CREATE);
        let running =
            environment.start(&["run", "intake.yaml", &format!("--sandbox={}", proxy.url), "-i", "summary=x"]);
        proxy.wait();
        vanish(&store(&environment));
        proxy.release(Fate::Arrives);
        let ended = running.finish();
        assert_eq!(ended.code, 8, "{kind}: {ended}");
        let told = one_line(&ended);
        assert!(told.contains("error[FR0807]: the store is gone: its file `db` was"), "{kind}: {ended}");
        let effect = "what is known of the run's effects: create a Bug in project OPS: x (done: OPS-6";
        assert!(told.contains(effect), "{kind}: {ended}");
        assert_eq!(environment.operations(), ["createIssue"], "{kind}: nothing more was sent");
    }
}

fn one_line(output: &Output) -> String {
    output.stderr.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn state_check_tells_what_a_store_has() {
    let environment = Environment::new();
    let check = || environment.run(&["--state-dir", "state", "state", "check"]);
    assert_snapshot!(check(), @r"
    exit 0
    --- stdout
      ok       runs  state/runs (not there yet)

    all is well
    --- stderr
    ");
    environment.write("intake.yaml", INTAKE);
    let run = environment.run(&["--state-dir", "state", "run", "intake.yaml", "--sandbox", "-i", "summary=x", "-q"]);
    assert_eq!(run.code, 0, "{run}");
    let whole = check();
    assert_eq!(whole.code, 0, "{whole}");
    assert!(whole.stdout.contains("state/runs: intact; runs: 1, records: "), "{whole}");
    let (store, mended) = (environment.path("state/runs"), environment.path("state/runs.mended-1"));
    let cut = |to: fn(u64) -> u64| {
        let db = File::options().write(true).open(store.join("db")).unwrap();
        db.set_len(to(db.metadata().unwrap().len())).unwrap();
    };
    // Once it was opened anew, its file ends with room that nothing is in yet.
    cut(|length| length - 50);
    let refused = check();
    assert_eq!(refused.code, 8, "{refused}");
    assert!(refused.stdout.contains("`state/runs.mended-1` has everything (runs: 1, records: "), "{refused}");
    fs::remove_dir_all(&store).unwrap();
    fs::rename(&mended, &store).unwrap();
    assert!(check().stdout.contains("state/runs: intact; runs: 1, records: "));

    cut(|_| 2000);
    let damaged = check();
    assert_eq!(damaged.code, 8, "{damaged}");
    assert!(damaged.stdout.contains("a copy of it cannot be repaired"), "{damaged}");
    assert!(!mended.exists());
}
