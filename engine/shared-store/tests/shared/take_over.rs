//! When the process that has the store ends or gives it up another has it, and what was asked is done once.

use std::sync::Arc;

use flowrun_engine::{
    journal::Signal,
    store::{Barrier, Claim, Store, journal_from},
};
use flowrun_shared_store::SharedStore;
use futures_util::future::join_all;

use crate::sample::{DEFINITION, driver, long, record, run, summary};

fn open(directory: &std::path::Path, name: &str) -> Arc<SharedStore> {
    Arc::new(SharedStore::open(directory, name).unwrap())
}

#[tokio::test]
async fn all_go_on_through_take_overs_and_nothing_is_lost_or_done_twice() {
    const RECORDS: u64 = 300;
    let directory = tempfile::tempdir().unwrap();
    let stores: Vec<_> = (0..4).map(|number| open(directory.path(), &format!("process {number}"))).collect();
    let write = |store: Arc<SharedStore>, number: u128| async move {
        let claim = Claim::first(run(number), driver(number));
        store.create(&summary(number), DEFINITION, &record(0), Some(driver(number)), Barrier::Now).await.unwrap();
        for sequence in 1..RECORDS {
            let barrier = if sequence % 3 == 0 { Barrier::Now } else { Barrier::Rides };
            let acknowledged = store.append(&claim, &record(sequence), None, barrier);
            if sequence % 7 != 0 {
                acknowledged.await.unwrap();
            }
        }
        for _ in 0..10 {
            store.post(run(number), &Signal::Cancel).await.unwrap();
        }
        store
    };
    let writers = (1..).zip(&stores).map(|(number, store)| tokio::spawn(write(store.clone(), number)));
    let writers: Vec<_> = writers.collect();
    let mut take_overs = 0;
    while writers.iter().any(|writer| !writer.is_finished()) {
        let holder = stores.iter().find(|store| store.is_holder()).filter(|_| take_overs < 12);
        let Some(holder) = holder else {
            tokio::task::yield_now().await;
            continue;
        };
        holder.give_up().await;
        holder.resume();
        take_overs += 1;
    }
    for written in join_all(writers).await {
        written.unwrap();
    }
    assert!(take_overs > 3, "only {take_overs} take-overs");
    for number in 1..=4 {
        let expected: Vec<_> = (0..RECORDS).map(record).collect();
        assert_eq!(stores[0].journal(run(number)).await.unwrap(), expected);
        let messages = stores[1].inbox(run(number), 0).await.unwrap();
        assert_eq!(messages.iter().map(|(number, _)| *number).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn who_watches_is_told_of_what_others_do_before_and_after_a_take_over() {
    let directory = tempfile::tempdir().unwrap();
    let (holder, two, three) = (open(directory.path(), "1"), open(directory.path(), "2"), open(directory.path(), "3"));
    two.create(&summary(1), DEFINITION, &record(0), Some(driver(2)), Barrier::Now).await.unwrap();
    let claim = Claim::first(run(1), driver(2));
    let mut records = journal_from(three.clone(), run(1), 0);
    assert_eq!(records.next().await.unwrap().unwrap(), record(0));
    for sequence in 1..6 {
        if sequence == 3 {
            holder.give_up().await;
        }
        let (appended, read) = tokio::join!(two.append(&claim, &record(sequence), None, Barrier::Now), records.next());
        appended.unwrap();
        assert_eq!(read.unwrap().unwrap(), record(sequence));
    }
}

#[tokio::test]
async fn whoever_gave_the_store_up_asks_the_next_one() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (open(directory.path(), "1"), open(directory.path(), "2"));
    first.create(&summary(1), DEFINITION, &record(0), Some(driver(1)), Barrier::Now).await.unwrap();
    first.give_up().await;
    assert_eq!(second.journal(run(1)).await.unwrap(), [record(0)]);
    assert!(second.is_holder() && !first.is_holder());
    first.resume();
    first.append(&Claim::first(run(1), driver(1)), &record(1), None, Barrier::Now).await.unwrap();
    assert!(!first.is_holder());
}

#[tokio::test]
async fn a_long_journal_comes_in_pages() {
    let directory = tempfile::tempdir().unwrap();
    let (_holder, client) = (open(directory.path(), "1"), open(directory.path(), "2"));
    client.create(&summary(1), DEFINITION, &record(0), Some(driver(2)), Barrier::Now).await.unwrap();
    let claim = Claim::first(run(1), driver(2));
    let mut expected = vec![record(0)];
    // More than a page by number, and then by length.
    expected.extend((1..2500).map(record).chain((2500..2506).map(|sequence| long(sequence, 3 << 20))));
    let appended = expected[1..].iter().map(|record| client.append(&claim, record, None, Barrier::Rides));
    join_all(appended.collect::<Vec<_>>()).await.into_iter().for_each(|appended| appended.unwrap());
    assert_eq!(client.journal(run(1)).await.unwrap(), expected);
    assert_eq!(client.records(run(1), 2400, 103).await.unwrap(), expected[2400..2503]);
}
