//! What the store on the disk promises besides the contract of every store (`conformance`).

use std::os::unix::fs::PermissionsExt;

use flowrun_engine::{
    activity::Failure,
    diagnostic::Code,
    id::DefinitionHash,
    journal::{Decision, EffectEntry, Entry},
    run::RunStatus,
    store::{Acknowledged, Barrier, RunSummary, SledStore, Store},
};
use tempfile::tempdir;

use crate::{
    files::contents,
    sample::{self, DEFINITION, large, record, run, small, summary, with_key},
};

#[tokio::test]
async fn what_was_acknowledged_is_there_after_opening_again() {
    let directory = tempdir().unwrap();
    let store = sample::open(&directory);
    store.create(&with_key(run(1), "nightly"), DEFINITION, &small(0), None, Barrier::Now).await.unwrap();
    store.append(&sample::claim(run(1)), &large(1, 30 << 10), None, Barrier::Now).await.unwrap();
    drop(store);

    let store = sample::open(&directory);
    assert_eq!(store.notices(), [""; 0]);
    assert_eq!(store.journal(run(1)).await.unwrap(), [small(0), large(1, 30 << 10)]);
    assert_eq!(store.summary(run(1)).await.unwrap(), Some(with_key(run(1), "nightly")));
    assert_eq!(store.by_key(&"nightly".into()).await.unwrap(), Some(run(1)));
    assert_eq!(store.definition(&DefinitionHash::new("0a")).await.unwrap().as_deref(), Some(DEFINITION));
}

#[test]
fn directories_above_the_store_are_made() {
    let directory = tempdir().unwrap();
    SledStore::open(&directory.path().join("state/of/many/runs"), "a test").unwrap();
    assert!(directory.path().join("state/of/many/runs/db").exists());
}

/// Inputs and outputs lie in it.
#[test]
fn nobody_else_may_enter_a_store_or_what_was_made_for_it() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("state/runs");
    SledStore::open(&path, "a test").unwrap();
    for made in [path.parent().unwrap(), &path] {
        assert_eq!(made.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{}", made.display());
    }
}

#[test]
fn a_look_says_whether_there_is_a_store_and_changes_nothing() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("store");
    assert!(!SledStore::look(&path).unwrap());
    assert!(!path.exists());
    let open = SledStore::open(&path, "process 4711").unwrap();
    let in_use = SledStore::look(&path).unwrap_err();
    assert_eq!(in_use.to_string(), "the state directory is in use by process 4711");
    drop(open);
    let before = contents(&path);
    assert!(SledStore::look(&path).unwrap());
    assert!(contents(&path) == before);
    std::fs::remove_file(path.join("db")).unwrap();
    let damaged = SledStore::look(&path).unwrap_err();
    assert_eq!(damaged.to_string(), "the store is damaged: its file `db` is missing");
}

#[tokio::test]
async fn what_rides_alone_becomes_durable_too() {
    let directory = tempdir().unwrap();
    let store = sample::open(&directory);
    store.create(&summary(run(1)), DEFINITION, &small(0), None, Barrier::Rides).await.unwrap();
    assert_eq!(store.journal(run(1)).await.unwrap(), [small(0)]);
    // Nobody waits for this one: closing the store does.
    drop(store.append(&sample::claim(run(1)), &small(1), None, Barrier::Rides));
    drop(store);
    assert_eq!(sample::open(&directory).journal(run(1)).await.unwrap(), [small(0), small(1)]);
}

/// Some checkpoints in each of two lives, of runs that go on across them, and many records of one run in one group.
#[tokio::test]
async fn the_index_follows_what_is_written() {
    let directory = tempdir().unwrap();
    for life in 0..2 {
        let store = sample::open(&directory);
        for sequence in 300 * life..300 * (life + 1) {
            go_on(&store, 1, sequence, Barrier::Now).await.unwrap();
            go_on(&store, 2, sequence, Barrier::Now).await.unwrap();
        }
        let riding: Vec<_> =
            (300 * life..300 * (life + 1)).map(|sequence| go_on(&store, 3, sequence, Barrier::Rides)).collect();
        for riding in riding {
            riding.await.unwrap();
        }
        let counts = store.check().await.unwrap();
        assert_eq!((counts.runs, counts.records), (3, 3 * 300 * (life + 1)));
        assert_eq!(store.journal(run(3)).await.unwrap().last(), Some(&small(300 * (life + 1) - 1)));
    }
}

/// Writes a run's next record; its status is another now and then.
fn go_on(store: &SledStore, number: u128, sequence: u64, barrier: Barrier) -> Acknowledged {
    let status = if sequence.is_multiple_of(7) { RunStatus::Waiting } else { RunStatus::Running };
    let summary = RunSummary { status, ..with_key(run(number), &number.to_string()) };
    match sequence {
        0 => store.create(&summary, DEFINITION, &small(0), None, barrier),
        _ => store.append(&sample::claim(run(number)), &small(sequence), Some(&summary), barrier),
    }
}

#[tokio::test]
async fn an_effect_is_open_until_its_end_is_known() {
    let directory = tempdir().unwrap();
    let store = sample::open(&directory);
    let [first, second, third] = [1, 2, 3].map(|attempt| sample::operation(run(1), "file", attempt));
    store
        .create(&summary(run(1)), DEFINITION, &record(0, vec![sample::intended(&first)]), None, Barrier::Now)
        .await
        .unwrap();
    store
        .append(
            &sample::claim(run(1)),
            &record(1, vec![sample::settled(&first), sample::intended(&second)]),
            None,
            Barrier::Now,
        )
        .await
        .unwrap();
    let doubt = Entry::Effect(
        second.effect.clone(),
        EffectEntry::InDoubt { failure: Failure::permanent(Code::TIMED_OUT, "late") },
    );
    store
        .append(&sample::claim(run(1)), &record(2, vec![doubt, sample::intended(&third)]), None, Barrier::Now)
        .await
        .unwrap();
    drop(store);

    let store = sample::open(&directory);
    let mut open: Vec<_> =
        store.open_effects().await.unwrap().into_iter().map(|effect| effect.operation.effect.attempt).collect();
    open.sort_unstable();
    assert_eq!(open, [2, 3]);
    let decided = Entry::Effect(second.effect, EffectEntry::Decided { decision: Decision::DidNotHappen });
    store.append(&sample::claim(run(1)), &record(3, vec![decided]), None, Barrier::Now).await.unwrap();
    assert_eq!(store.open_effects().await.unwrap()[0].operation, third);
}

/// sled moves leaves above 128 KiB into `blobs/`, which is not synced before a write is acknowledged.
#[tokio::test]
async fn no_data_leaves_the_synced_file() {
    let directory = tempdir().unwrap();
    let store = sample::open(&directory);
    for number in 0..40 {
        store
            .create(
                &summary(run(number)),
                &"text ".repeat(6000 + number as usize),
                &large(0, 30 << 10),
                None,
                Barrier::Now,
            )
            .await
            .unwrap();
        for sequence in 1..10 {
            store.append(&sample::claim(run(number)), &large(sequence, 30 << 10), None, Barrier::Now).await.unwrap();
        }
    }
    for sequence in 10..200 {
        let status = if sequence % 2 == 0 { RunStatus::Waiting } else { RunStatus::Running };
        let summary = RunSummary { status, process: "p".repeat(30 << 10), ..summary(run(0)) };
        store.append(&sample::claim(run(0)), &small(sequence), Some(&summary), Barrier::Now).await.unwrap();
    }
    let blobs = std::fs::read_dir(directory.path().join("store/blobs")).unwrap();
    assert_eq!(blobs.count(), 0);
}

#[tokio::test]
async fn a_second_process_is_told_who_has_the_store() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("store");
    let first = SledStore::open(&path, "process 4711 (flowrun serve), since 09:00").unwrap();
    let second = SledStore::open(&path, "another").unwrap_err();
    assert_eq!(second.to_string(), "the state directory is in use by process 4711 (flowrun serve), since 09:00");
    drop(first);
    SledStore::open(&path, "another").unwrap();
}
