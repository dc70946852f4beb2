//! Stores that are not as they were left. Each is refused in words, or repaired with nothing lost; none is deleted.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use flowrun_engine::store::{Barrier, SledStore, Store, StoreError};
use tempfile::{TempDir, tempdir};

use crate::{
    files::copy,
    sample::{self, DEFINITION, everything, run, small, summary},
};

const RECORDS: u64 = 200;

/// A store with a run of [`RECORDS`] records, closed.
async fn written() -> (TempDir, PathBuf) {
    let directory = tempdir().unwrap();
    let store = sample::open(&directory);
    store.create(&summary(run(1)), DEFINITION, &small(0), None, Barrier::Now).await.unwrap();
    for sequence in 1..RECORDS {
        store.append(&sample::claim(run(1)), &small(sequence), None, Barrier::Now).await.unwrap();
    }
    drop(store);
    let path = directory.path().join("store");
    (directory, path)
}

fn newest_snapshot(store: &Path) -> PathBuf {
    let names = fs::read_dir(store).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("snap.")).max().unwrap()
}

#[tokio::test]
async fn a_broken_snapshot_costs_nothing() {
    let (directory, path) = written().await;
    drop(SledStore::open(&path, "makes a snapshot").unwrap());
    for (repairs, length) in [0, 5, 40].into_iter().enumerate() {
        let snapshot = newest_snapshot(&path);
        File::options().write(true).open(&snapshot).unwrap().set_len(length).unwrap();

        let store = SledStore::open(&path, "a test").unwrap();
        let aside = directory.path().join(format!("store.damaged-{}", repairs + 1));
        assert!(store.notices()[0].contains(aside.to_str().unwrap()));
        assert_eq!(fs::metadata(aside.join(snapshot.file_name().unwrap())).unwrap().len(), length);
        assert_eq!(store.journal(run(1)).await.unwrap().len() as u64, RECORDS);
    }
}

#[tokio::test]
async fn a_store_is_mended_without_its_broken_snapshot() {
    let (_directory, path) = written().await;
    drop(SledStore::open(&path, "makes a snapshot").unwrap());
    fs::write(newest_snapshot(&path), "half").unwrap();
    fs::write(path.join("snap.FFFFFFFFFFFFFFFF.generating"), "half").unwrap();
    let mended = SledStore::mend(&path).unwrap();
    assert_eq!((mended.counts.runs, mended.counts.records), (1, RECORDS));
    let store = SledStore::open(&mended.path, "a test").unwrap();
    assert_eq!(store.notices(), [""; 0]);
    assert_eq!(store.journal(run(1)).await.unwrap().len() as u64, RECORDS);
}

#[tokio::test]
async fn an_unfinished_snapshot_is_nothing() {
    let (_directory, path) = written().await;
    fs::write(path.join("snap.FFFFFFFFFFFFFFFF.generating"), "half").unwrap();
    let store = SledStore::open(&path, "a test").unwrap();
    assert_eq!(store.notices(), [""; 0]);
    assert_eq!(store.journal(run(1)).await.unwrap().len() as u64, RECORDS);
}

#[tokio::test]
async fn a_log_that_was_cut_short_is_not_taken_for_whole() {
    let (_directory, path) = written().await;
    let length = fs::metadata(path.join("db")).unwrap().len();
    for kept in [length - 1, length / 2, 1, 0] {
        File::options().write(true).open(path.join("db")).unwrap().set_len(kept).unwrap();
        let error = SledStore::open(&path, "a test").unwrap_err();
        let message =
            format!("the store is damaged: its file `db` has {kept} bytes, and had {length} when it was closed");
        assert_eq!(error.to_string(), message);
    }
    fs::remove_file(path.join("db")).unwrap();
    let error = SledStore::open(&path, "a test").unwrap_err();
    assert_eq!(error.to_string(), "the store is damaged: its file `db` is missing");
}

#[tokio::test]
async fn an_emptied_log_is_not_taken_for_a_new_store() {
    let (_directory, path) = written().await;
    // As a power cut may leave it that took the note with it.
    fs::write(path.join("note"), "").unwrap();
    File::options().write(true).open(path.join("db")).unwrap().set_len(0).unwrap();
    let error = SledStore::open(&path, "a test").unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert_eq!(fs::metadata(path.join("db")).unwrap().len(), 0);
}

#[test]
fn what_is_not_sleds_is_not_taken_for_a_new_store() {
    let text = b"a note that somebody left here\n".to_vec();
    for content in [text, b"x".to_vec(), vec![0; 20], vec![0; 2 << 20], vec![0xff; 600 << 10]] {
        let directory = tempdir().unwrap();
        let path = directory.path().join("store");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("db"), &content).unwrap();
        let error = SledStore::open(&path, "a test").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the store is damaged: its file `db` is not what flowrun writes: it was overwritten, or is another program's"
        );
        assert!(fs::read(path.join("db")).unwrap() == content, "it was written to");
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1, "something was put beside it");
    }
}

#[tokio::test]
async fn a_missing_note_is_told_and_written_anew() {
    let (_directory, path) = written().await;
    let note = path.join("note");
    let garbage = vec![0xff; 9000];
    let damages: [(&str, &dyn Fn()); 3] = [
        ("was missing", &|| fs::remove_file(&note).unwrap()),
        ("was damaged", &|| fs::write(&note, &garbage).unwrap()),
        ("one half", &|| {
            let mut bytes = fs::read(&note).unwrap();
            bytes[20] ^= 1;
            fs::write(&note, bytes).unwrap();
        }),
    ];
    for (words, damage) in damages {
        damage();
        let store = SledStore::open(&path, "a test").unwrap();
        assert!(store.notices()[0].contains(words), "{:?}", store.notices());
        assert_eq!(store.journal(run(1)).await.unwrap().len() as u64, RECORDS);
        drop(store);
        assert_eq!(SledStore::open(&path, "a test").unwrap().notices(), [""; 0]);
    }
}

#[tokio::test]
async fn garbage_is_refused_and_left_alone() {
    let (_directory, path) = written().await;
    drop(SledStore::open(&path, "makes a snapshot").unwrap());
    let length = fs::metadata(path.join("db")).unwrap().len() as usize;
    let garbage: Vec<u8> = (0..length).map(|at| (at * 31 % 251) as u8).collect();
    fs::write(path.join("db"), &garbage).unwrap();
    let error = SledStore::open(&path, "a test").unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}

#[tokio::test]
async fn an_interrupted_creation_is_done_again() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("store");
    fs::create_dir(&path).unwrap();
    File::create(path.join("db")).unwrap();
    let store = SledStore::open(&path, "a test").unwrap();
    store.create(&summary(run(1)), DEFINITION, &small(0), None, Barrier::Now).await.unwrap();
    assert_eq!(store.list(&everything()).await.unwrap().runs.len(), 1);
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("store");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/newer-store"), &path);
    let error = SledStore::open(&path, "a test").unwrap_err();
    let (found, supported) = (SledStore::FORMAT + 1, SledStore::FORMAT);
    assert_eq!(error.to_string(), format!("the store has format {found}, this flowrun reads up to {supported}"));
    assert!(matches!(error, StoreError::Newer { .. }));
}

#[test]
fn an_older_format_is_refused_by_name() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("store");
    let database = sled::Config::new().path(&path).flush_every_ms(None).open().unwrap();
    database.insert("format", &1_u32.to_be_bytes()).unwrap();
    drop(database);
    let error = SledStore::open(&path, "a test").unwrap_err();
    assert_eq!(error.to_string(), "the store has format 1, this flowrun reads from 2 on");
    assert!(matches!(error, StoreError::Older { .. }));
}

#[test]
fn a_full_disk_is_named() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("store");
    fs::create_dir(&path).unwrap();
    std::os::unix::fs::symlink("/dev/full", path.join("conf")).unwrap();
    let error = SledStore::open(&path, "a test").unwrap_err();
    assert_eq!(error.to_string(), "the store failed: opening it: no space left on device");
}
