//! Stores that vanish while they are open: noticed before anything more is acknowledged.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};

use flowrun_engine::store::{Barrier, SledStore, Store, StoreError};
use tempfile::tempdir;

use crate::{
    files::{contents, copy},
    model::{self, History},
    sample::{DEFINITION, claim, large, run, small, summary},
};

/// How a store vanishes, and what is said of it.
type Vanishing = (&'static str, fn(&Path), &'static str);

const KINDS: [Vanishing; 12] = [
    ("the directory is removed", |store| fs::remove_dir_all(store).unwrap(), "its file `db` was removed or moved"),
    ("the directory is moved", |store| rename(store, "elsewhere"), "its file `db` was removed or moved"),
    (
        "the directory above is moved",
        |store| rename(store.parent().unwrap(), "elsewhere"),
        "its file `db` was removed or moved",
    ),
    (
        "the directory is replaced by a copy",
        |store| {
            rename(store, "elsewhere");
            copy(&store.with_file_name("elsewhere"), store);
        },
        "its file `db` was replaced by another",
    ),
    ("`db` is removed", |store| fs::remove_file(store.join("db")).unwrap(), "its file `db` was removed or moved"),
    ("`db` is moved", |store| rename(&store.join("db"), "db.old"), "its file `db` was removed or moved"),
    (
        "`db` is replaced by a copy",
        |store| {
            fs::copy(store.join("db"), store.join("db.new")).unwrap();
            fs::rename(store.join("db.new"), store.join("db")).unwrap();
        },
        "its file `db` was replaced by another",
    ),
    ("`db` is emptied", |store| cut(store, |_| 0), "its file `db` was cut or overwritten"),
    // Not at the end of a segment: sled itself cuts off segments there that it has freed.
    ("`db` is cut in half", |store| cut(store, |length| length / 2 + 1), "its file `db` was cut or overwritten"),
    ("`db` is cut a little", |store| cut(store, |length| length - 30), "its file `db` was cut or overwritten"),
    (
        "`db` is overwritten",
        |store| {
            let length = fs::metadata(store.join("db")).unwrap().len() as usize;
            File::options().write(true).open(store.join("db")).unwrap().write_all_at(&vec![0; length], 0).unwrap();
        },
        "its file `db` was cut or overwritten",
    ),
    (
        "the note is removed",
        |store| fs::remove_file(store.join("note")).unwrap(),
        "its file `note` was removed or moved",
    ),
];

fn rename(from: &Path, name: &str) {
    fs::rename(from, from.with_file_name(name)).unwrap();
}

fn cut(store: &Path, to: fn(u64) -> u64) {
    let db = File::options().write(true).open(store.join("db")).unwrap();
    db.set_len(to(db.metadata().unwrap().len())).unwrap();
}

/// After so many steps the store vanishes: when it is new, within its first segment, and when it has several.
const MOMENTS: [u64; 3] = [1, 30, 400];

#[tokio::test]
async fn a_store_that_vanishes_is_noticed_before_anything_more_is_acknowledged() {
    for (kind, vanish, words) in KINDS {
        for steps in MOMENTS {
            let directory = tempdir().unwrap();
            let path = directory.path().join("state/store");
            let store = model::written(&path, 5, steps).await;
            vanish(&path);
            let before = path.exists().then(|| contents(&path));
            let written = History::after(5, steps).write(&store).await;
            let error = written.expect_err(&format!("{kind} after {steps} steps"));
            assert!(matches!(error, StoreError::Gone(_)), "{kind} after {steps} steps: {error}");
            assert_eq!(error.to_string(), format!("the store is gone: {words}"), "{kind} after {steps} steps");
            let error = store.append(&claim(run(1)), &small(1), None, Barrier::Now).await.unwrap_err();
            assert!(matches!(error, StoreError::Gone(_)), "later: {error}");
            drop(Arc::into_inner(store).unwrap());
            match before {
                None => assert!(!path.exists(), "{kind}: something was put in its place"),
                Some(before) => {
                    let note = |files: &std::collections::BTreeMap<String, Vec<u8>>| files.get("note").cloned();
                    assert!(note(&contents(&path)) == note(&before), "{kind}: its note was written");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_store_that_comes_back_is_whole() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("store");
    let store = model::written(&path, 6, 50).await;
    rename(&path, "elsewhere");
    History::after(6, 50).write(&store).await.unwrap_err();
    drop(Arc::into_inner(store).unwrap());
    fs::rename(path.with_file_name("elsewhere"), &path).unwrap();
    let store = SledStore::open(&path, "a test").unwrap();
    assert!(History::after(6, 50).found_in(&store).await.unwrap());
}

/// The positions in the log at which the segments of the file begin, in the order in which they lie in it.
fn headers(db: &Path) -> Vec<i64> {
    let bytes = fs::read(db).unwrap();
    let header = |segment: &[u8]| i64::from_le_bytes(segment[4..12].try_into().unwrap()) ^ i64::MAX;
    bytes.chunks(512 << 10).filter(|segment| segment.len() > 20).map(header).collect()
}

/// sled uses its segments anew, and cuts its file by itself.
#[tokio::test]
async fn a_store_at_work_is_never_taken_for_a_vanished_one() {
    let directory = tempdir().unwrap();
    let store = SledStore::open(&directory.path().join("store"), "a test").unwrap();
    for sequence in 0..1200 {
        // sled writes each leaf anew while it grows, so that most of the log is dead.
        let written = match sequence {
            0 => store.create(&summary(run(1)), DEFINITION, &small(0), None, Barrier::Now).await,
            _ => store.append(&claim(run(1)), &large(sequence, 3000), None, Barrier::Now).await,
        };
        written.unwrap();
    }
    let headers = headers(&directory.path().join("store/db"));
    assert!(!headers.is_sorted(), "no segment was used again: {headers:?}");
}
