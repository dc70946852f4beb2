//! A claim ends when it is released, and when its process ends; and with neither the connection nor the process that has the store.

use std::{fs, path::Path};

use flowrun_engine::store::{Barrier::Now, Claim, Store, StoreError};
use flowrun_shared_store::SharedStore;

use crate::sample::{DEFINITION, driver, record, run, summary};

#[tokio::test]
async fn the_claims_of_a_process_end_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let [holder, client] = ["one", "two"].map(|name| SharedStore::open(directory.path(), name).unwrap());
    client.create(&summary(1), DEFINITION, &record(0), Some(driver(2)), Now).await.unwrap();
    let refused = holder.claim(run(1), driver(1)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Claimed { driver: by, .. } if by == driver(2)), "{refused}");
    assert_eq!(holder.process_of(driver(2)).unwrap().command, "two");
    assert_eq!(holder.drivers(&[run(1)]).await.unwrap(), [Some(driver(2))]);
    drop(client);
    assert_eq!(holder.drivers(&[run(1)]).await.unwrap(), [None]);
    assert_eq!(holder.claim(run(1), driver(1)).await.unwrap().number, 2);
}

#[tokio::test]
async fn claims_outlive_the_process_that_has_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let stores = ["one", "two", "three"].map(|name| SharedStore::open(directory.path(), name).unwrap());
    let [holder, two, three] = stores;
    two.create(&summary(1), DEFINITION, &record(0), Some(driver(2)), Now).await.unwrap();
    // Nothing is kept of this one.
    three.create(&summary(2), DEFINITION, &record(0), None, Now).await.unwrap();
    let claim = three.claim(run(2), driver(3)).await.unwrap();
    drop(holder);
    for (store, other, number) in [(&three, driver(3), 1), (&two, driver(2), 2)] {
        let refused = store.claim(run(number), other).await.unwrap_err();
        assert!(matches!(refused, StoreError::Claimed { driver: by, .. } if by != other), "{refused}");
    }
    assert_eq!(two.drivers(&[run(1), run(2)]).await.unwrap(), [Some(driver(2)), Some(driver(3))]);
    three.append(&claim, &record(1), None, Now).await.unwrap();
    three.release(&claim);
    assert_eq!(three.claim(run(2), driver(3)).await.unwrap().number, 2);
}

/// What the store keeps says who had a run last. That he lives is no reason that he has it.
#[tokio::test]
async fn a_run_that_was_let_go_is_free_after_a_take_over() {
    let directory = tempfile::tempdir().unwrap();
    let stores = ["one", "two", "three"].map(|name| SharedStore::open(directory.path(), name).unwrap());
    let [holder, two, three] = stores;
    two.create(&summary(1), DEFINITION, &record(0), Some(driver(2)), Now).await.unwrap();
    let claim = Claim::first(run(1), driver(2));
    two.release(&claim);
    drop(holder);
    assert_eq!(three.drivers(&[run(1)]).await.unwrap(), [None]);
    assert_eq!(three.claim(run(1), driver(3)).await.unwrap().number, 2);
}

/// The file of a process that lives, has driver 2 and is stopped: it says nothing.
fn stopped_process(directory: &Path) -> fs::File {
    let file = directory.join("processes/01890a5d-ac96-774b-bcce-b302099a8057");
    fs::write(&file, format!("{{\"pid\":7,\"command\":\"flowrun run\"}}\n{}\n", driver(2))).unwrap();
    let file = fs::File::open(file).unwrap();
    file.lock().unwrap();
    file
}

#[tokio::test]
async fn a_run_that_a_stopped_process_had_last_stays_its_own_and_others_are_free() {
    let directory = tempfile::tempdir().unwrap();
    let first = SharedStore::open(directory.path(), "one").unwrap();
    first.create(&summary(1), DEFINITION, &record(0), Some(driver(2)), Now).await.unwrap();
    first.create(&summary(2), DEFINITION, &record(0), None, Now).await.unwrap();
    drop(first);
    let stopped = stopped_process(directory.path());
    let next = SharedStore::open(directory.path(), "two").unwrap();
    let refused = next.claim(run(1), driver(3)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Claimed { driver: by, .. } if by == driver(2)), "{refused}");
    assert_eq!(next.drivers(&[run(1), run(2)]).await.unwrap(), [Some(driver(2)), None]);
    next.claim(run(2), driver(3)).await.unwrap();
    drop(stopped);
    assert_eq!(next.claim(run(1), driver(3)).await.unwrap().number, 2);
}

/// Whoever waits for a stopped process keeps nobody from giving the store up.
#[tokio::test]
async fn a_store_is_given_up_while_a_claim_waits() {
    let directory = tempfile::tempdir().unwrap();
    drop(SharedStore::open(directory.path(), "one").unwrap());
    let _stopped = stopped_process(directory.path());
    let store = SharedStore::open(directory.path(), "two").unwrap();
    store.create(&summary(1), DEFINITION, &record(0), None, Now).await.unwrap();
    let (claimed, ()) = tokio::join!(store.claim(run(1), driver(3)), store.give_up());
    assert_eq!(claimed.unwrap().number, 1);
    assert!(!store.is_holder());
}
