//! Nothing that was acknowledged is lost without a word, whatever is damaged; and no whole store is refused.
//!
//! The long form: `cargo test --release -p flowrun-engine --test store -- --ignored --nocapture damages_by_chance`, with the
//! numbers in `DAMAGES` and `SEED`; `TMPDIR` on a tmpfs makes it quick.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use flowrun_engine::store::SledStore;
use tempfile::tempdir;

use crate::{
    files::{contents, copy},
    harm::{self, Kind, Place},
    model::{self, Chance, History},
};

/// What came of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// All that was acknowledged is there.
    Whole,
    /// It was refused, and no byte of it was changed.
    Untouched,
    /// It was refused, and something was changed before.
    Refused,
    /// It was opened, and reading it failed.
    Loud,
    /// It was opened and read, and something that was acknowledged is missing or other.
    Silent,
    /// It had not ended after a minute.
    Hang,
}

/// Opens a store that had `steps` steps of `seed`, and looks at it.
fn look(path: &Path, seed: u64, steps: u64) -> Outcome {
    let (sender, receiver) = mpsc::channel();
    let path = path.to_owned();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _ = sender.send(runtime.block_on(looked(&path, seed, steps)));
    });
    receiver.recv_timeout(Duration::from_secs(60)).unwrap_or(Outcome::Hang)
}

async fn looked(path: &Path, seed: u64, steps: u64) -> Outcome {
    let before = contents(path);
    let Ok(store) = model::open(path) else {
        return if contents(path) == before { Outcome::Untouched } else { Outcome::Refused };
    };
    match History::after(seed, steps).found_in(&store).await {
        Ok(true) => Outcome::Whole,
        Ok(false) => Outcome::Silent,
        Err(_) => Outcome::Loud,
    }
}

/// Two stores of the same history: one that was closed, and one as a kill leaves it. Both were opened before.
async fn closed_and_killed(directory: &Path, seed: u64, steps: u64) -> [(&'static str, PathBuf); 2] {
    let (closed, killed) = (directory.join("closed"), directory.join("killed"));
    let open = directory.join("open");
    drop(model::written(&open, seed, steps / 2).await);
    let store = std::sync::Arc::new(model::open(&open).unwrap());
    let mut history = History::after(seed, steps / 2);
    for _ in steps / 2..steps {
        history.write(&store).await.unwrap();
    }
    copy(&open, &killed);
    drop(store);
    copy(&open, &closed);
    [("closed", closed), ("killed", killed)]
}

#[tokio::test]
async fn damage_is_told_whatever_and_wherever_it_is() {
    const STEPS: u64 = 220;
    leave_out_caught_panics();
    let directory = tempdir().unwrap();
    let mut told = BTreeMap::new();
    for (state, whole) in closed_and_killed(directory.path(), 1, STEPS).await {
        let again = directory.path().join(format!("{state}-again"));
        copy(&whole, &again);
        assert_eq!(look(&again, 1, STEPS), Outcome::Whole, "{state}, undamaged");
        for file in ["db", "conf", "note", "snap"] {
            for (kind, place) in Kind::ALL.into_iter().flat_map(|kind| Place::ALL.map(|place| (kind, place))) {
                let damaged = directory.path().join(format!("{state}-{file}-{kind:?}-{place:?}"));
                copy(&whole, &damaged);
                let path = if file == "snap" { harm::snapshot(&damaged).unwrap() } else { damaged.join(file) };
                let Some(at) = place.of(&path) else { continue };
                if !kind.harm(&path, at, 3) {
                    continue;
                }
                let outcome = look(&damaged, 1, STEPS);
                let right = match file {
                    "note" | "snap" => outcome == Outcome::Whole,
                    // `conf` and what no longer counts can be damaged without harm.
                    _ => !matches!(outcome, Outcome::Silent | Outcome::Hang),
                };
                assert!(right, "{state} {file} {kind:?} {place:?}: {outcome:?}");
                *told.entry((file, outcome)).or_insert(0) += 1;
            }
        }
    }
    assert!(told[&("db", Outcome::Untouched)] > 9, "{told:?}");
}

#[tokio::test]
async fn whole_stores_are_opened() {
    let directory = tempdir().unwrap();
    for seed in 1..9 {
        let steps = 10 + 25 * seed;
        for (state, path) in closed_and_killed(&directory.path().join(seed.to_string()), seed, steps).await {
            for opening in 0..3 {
                assert_eq!(look(&path, seed, steps), Outcome::Whole, "seed {seed}, {state}, opening {opening}");
            }
        }
    }
}

/// The writer of [`damages_by_chance`], in a process of its own; prints each step once it is acknowledged.
#[test]
#[ignore = "a part of `damages_by_chance`"]
fn a_writer_to_be_killed() {
    let [path, seed, from, steps, end] = arguments();
    let (seed, from, steps): (u64, u64, u64) = (seed.parse().unwrap(), from.parse().unwrap(), steps.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = std::sync::Arc::new(model::open(Path::new(&path)).unwrap());
        let mut history = History::after(seed, from);
        for step in from + 1..=from + steps {
            history.write(&store).await.unwrap();
            let mut out = std::io::stdout().lock();
            writeln!(out, "acknowledged {step}").and_then(|()| out.flush()).unwrap();
        }
        if end == "hold" {
            thread::park();
        }
    });
}

const ARGUMENTS: &str = "FLOWRUN_TEST_WRITER";

#[expect(clippy::disallowed_methods, reason = "a child is told by its parent")]
fn arguments() -> [String; 5] {
    let told = std::env::var(ARGUMENTS).expect("the parent says what to write");
    told.split('|').map(str::to_owned).collect::<Vec<_>>().try_into().expect("five arguments")
}

/// Writes steps in a process of its own; with `kill` it is killed once so many are acknowledged. How many were in all.
fn write_apart(path: &Path, seed: u64, from: u64, steps: u64, kill: Option<u64>) -> u64 {
    let end = if kill.is_some() { "hold" } else { "close" };
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "silent::a_writer_to_be_killed", "--ignored", "--nocapture", "--quiet"])
        .env(ARGUMENTS, format!("{}|{seed}|{from}|{steps}|{end}", path.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    if let Some(kill) = kill {
        while text.matches("acknowledged").count() < kill as usize {
            assert!(lines.read_line(&mut text).unwrap() > 0, "the writer ended: {text}");
        }
        child.kill().unwrap();
    }
    lines.read_to_string(&mut text).unwrap();
    let status = child.wait().unwrap();
    assert!(kill.is_some() || status.success(), "{text}");
    // The last line may be cut in two by the kill.
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    lines.filter_map(|line| line.trim_end().rsplit_once("acknowledged ")?.1.parse().ok()).next_back().unwrap_or(from)
}

#[test]
#[ignore = "the long form, by command"]
#[expect(clippy::print_stdout, reason = "the counts are what it is for")]
fn damages_by_chance() {
    let (damages, mut seed) = (number("DAMAGES", 5000), number("SEED", 1) * 1_000_000);
    leave_out_caught_panics();
    let (mut done, mut stores, mut killed) = (0, 0, 0);
    let mut outcomes: BTreeMap<(String, Outcome), u64> = BTreeMap::new();
    let mut wrong = Vec::new();
    while done < damages {
        seed += 1;
        let mut chance = Chance::new(seed);
        let directory = tempdir().unwrap();
        let store = directory.path().join("store");
        let (mut steps, mut whole) = (0, Vec::new());
        for life in 0..1 + chance.below(3) {
            let wanted = 1 + chance.below(300);
            let kill = chance.once_in(2).then(|| 1 + chance.below(wanted));
            steps = write_apart(&store, seed, steps, wanted, kill);
            let again = directory.path().join(format!("again-{life}"));
            copy(&store, &again);
            whole.push((again, steps));
            (stores, killed) = (stores + 1, killed + u64::from(kill.is_some()));
        }
        for (path, steps) in whole {
            let outcome = look(&path, seed, steps);
            if outcome != Outcome::Whole {
                wrong.push(format!("seed {seed}: undamaged after {steps} steps: {outcome:?}"));
            }
        }
        for _ in 0..8.min(damages - done) {
            let damaged = directory.path().join("damaged");
            copy(&store, &damaged);
            if let Some(what) = harm::by_chance(&damaged, &mut chance) {
                let outcome = look(&damaged, seed, steps);
                if matches!(outcome, Outcome::Silent | Outcome::Hang) {
                    wrong.push(format!("seed {seed}: {what}: {outcome:?}"));
                }
                let file = what.split([':', '.']).next().unwrap_or_default().to_owned();
                *outcomes.entry((file, outcome)).or_default() += 1;
                done += 1;
            }
            fs::remove_dir_all(&damaged).unwrap();
        }
    }
    println!("{stores} whole stores, {killed} of them after a kill; {done} damages: {outcomes:#?}");
    println!("wrong: {wrong:#?}");
    assert!(killed * 4 >= stores, "too few of the writers were killed");
    assert!(wrong.is_empty());
}

/// sled's reports of panics that the store catches.
fn leave_out_caught_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !flowrun_engine::store::store_catches_panics() {
            report(panic);
        }
    }));
}

#[expect(clippy::disallowed_methods, reason = "how long the long form is")]
fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |value| value.parse().unwrap())
}

#[tokio::test]
async fn a_refused_store_can_be_mended_where_only_dead_data_was_hit() {
    let directory = tempdir().unwrap();
    let [(_, whole), _] = closed_and_killed(directory.path(), 3, 260).await;
    let length = fs::metadata(whole.join("db")).unwrap().len();
    let (mut mended, mut lost) = (0, 0);
    for part in 1..60 {
        let path = directory.path().join(format!("hit-{part}"));
        copy(&whole, &path);
        assert!(Kind::Bit.harm(&path.join("db"), length * part / 60, 1));
        if model::open(&path).is_ok() {
            continue;
        }
        let before = contents(&path);
        match SledStore::mend(&path) {
            Ok(copy) => {
                assert_eq!(look(&copy.path, 3, 260), Outcome::Whole, "part {part}");
                mended += 1;
            }
            Err(_) => lost += 1,
        }
        assert!(contents(&path) == before, "the damaged store was changed");
    }
    assert!(mended > 0 && lost > 0, "{mended} mended, {lost} lost");
}
