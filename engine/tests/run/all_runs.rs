//! Driving all runs of a store: what is due is driven, a waiting run is let go until its time comes, and nothing is driven twice.

use std::{collections::BTreeMap, future::ready, sync::Arc, time::Duration};

use flowrun_engine::{
    definition::Definition,
    id::RunId,
    journal::{Decision, Entry, Record, RunEntry, StepEntry},
    run::{CancellationToken, EngineError, RunStatus},
    store::{MemoryStore, RunSummary, Store, StoreError},
    testing::WatchedStore,
};
use jiff::Timestamp;
use serde_json::Value;
use tokio::{runtime::Handle, task::JoinHandle, time::sleep};

use crate::{
    define::{define, node},
    service::{Act, Answer, Grants, Service, denied, limited, transient},
    world::{World, in_moved_time, keep},
};

type Undriven = BTreeMap<RunId, EngineError>;

/// All runs of a world, driven in a task.
struct AllRuns {
    stop: CancellationToken,
    task: JoinHandle<Result<Undriven, EngineError>>,
}

impl AllRuns {
    fn drive(world: &World, most: usize) -> Self {
        let (engine, stop) = (world.engine.clone(), CancellationToken::new());
        let stopped = stop.clone();
        Self { stop, task: tokio::spawn(async move { engine.drive_all(most, stopped).await }) }
    }

    async fn stop(self) -> Undriven {
        self.stop.cancel();
        self.task.await.unwrap().unwrap()
    }
}

/// A run that was begun and let go: it waits. And who drives all runs.
async fn waiting(world: &World) -> (RunId, AllRuns) {
    let run = world.start(&one_node(), &Value::Null).await;
    let all = AllRuns::drive(world, 4);
    sleep(Duration::from_secs(60)).await;
    (run, all)
}

/// The journal of a run, once that has ended.
async fn ended(world: &World, run: RunId) -> Vec<Record> {
    let (mut records, mut journal) = (world.engine.records(run, 0).await.unwrap(), Vec::new());
    while let Some(record) = records.next().await {
        journal.push(record.unwrap());
    }
    journal
}

async fn status(world: &World, run: RunId) -> RunStatus {
    world.engine.state(run).await.unwrap().status()
}

/// A node whose service is busy for an hour.
fn busy() -> Service {
    Service::default().script("a", &[Act::Fail(limited(Timestamp::from_second(3600).unwrap()))])
}

fn one_node() -> Arc<Definition> {
    define([node("a")])
}

fn is_of_driving(entry: &Entry) -> bool {
    matches!(entry, Entry::Run(RunEntry::Resumed | RunEntry::Interrupted))
}

#[test]
fn a_waiting_run_costs_no_task_and_goes_on_when_it_is_due() {
    in_moved_time(async {
        let world = World::new(&busy());
        let (run, all) = waiting(&world).await;
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 1, "the one that drives all runs");
        assert_eq!(status(&world, run).await, RunStatus::Waiting);
        let journal = ended(&world, run).await;
        assert_eq!(journal.last().unwrap().at.as_second(), 3600);
        assert!(
            !journal.iter().flat_map(|record| &record.entries).any(is_of_driving),
            "nothing happened to it: {journal:?}"
        );
        assert_eq!(status(&world, run).await, RunStatus::Completed);
        assert!(all.stop().await.is_empty());
    });
}

/// A run that lacks a grant is asked about while nothing of it is in memory; nobody is called.
#[test]
fn a_run_that_lacks_a_grant_costs_no_task_and_goes_on_when_that_is_there() {
    in_moved_time(async {
        let no = || Grants::Missing("Ann may not do it");
        let acts = [Act::Effect(0, Answer::Done), Act::Fail(denied())];
        let again = [Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Done)];
        let service = Service::default().script("a", &acts).usually("a", &again).grants(&[no(), no(), Grants::Hang]);
        let world = World::new(&service);
        let (run, all) = waiting(&world).await;
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 1, "the one that drives all runs");
        assert_eq!(status(&world, run).await, RunStatus::NeedsGrant);
        let due = |summary: Option<RunSummary>| summary.unwrap().due.unwrap().as_second();
        assert_eq!(due(world.store.summary(run).await.unwrap()), 300);
        sleep(Duration::from_secs(300)).await;
        assert_eq!(status(&world, run).await, RunStatus::NeedsGrant);
        assert_eq!(due(world.store.summary(run).await.unwrap()), 600);
        let journal = ended(&world, run).await;
        assert_eq!(journal.last().unwrap().at.as_second(), 930, "asked at 600, in vain for 30 seconds, and at 930");
        assert!(!journal.iter().flat_map(|record| &record.entries).any(is_of_driving), "{journal:?}");
        assert_eq!(status(&world, run).await, RunStatus::Completed);
        assert_eq!(service.effects(), ["a/0", "a/1"]);
        assert!(all.stop().await.is_empty());
    });
}

/// Whoever drove it before has let it go: it is gone on with when it would have been asked about.
#[test]
fn a_run_that_somebody_left_without_its_grant_goes_on() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Fail(denied())]).grants(&[Grants::Missing("no")]);
        let world = World::new(&service);
        let run = world.start(&one_node(), &Value::Null).await;
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::NeedsGrant);
        let all = AllRuns::drive(&world, 4);
        let journal = ended(&world, run).await;
        assert_eq!(journal.last().unwrap().at.as_second(), 300);
        assert_eq!(status(&world, run).await, RunStatus::Completed);
        assert!(all.stop().await.is_empty());
    });
}

/// As of a run that an earlier version wrote, whose summary did not say when it is due.
#[test]
fn a_waiting_run_that_seems_due_is_looked_at_once() {
    in_moved_time(async {
        let world = World::new(&busy());
        let (run, all) = waiting(&world).await;
        assert!(all.stop().await.is_empty());
        let (summary, journal) =
            (world.store.summary(run).await.unwrap().unwrap(), world.store.journal(run).await.unwrap());
        let seems_due = RunSummary { due: Some(summary.started_at), ..summary.clone() };
        let store = MemoryStore::default();
        keep(&store, &seems_due, "", &journal).await;
        let world = World::with_store(&busy(), Arc::new(store), 8);
        // Its engine has the definition.
        world.start(&one_node(), &Value::Null).await;
        let all = AllRuns::drive(&world, 4);
        sleep(Duration::from_secs(60)).await;
        assert_eq!(world.store.summary(run).await.unwrap(), Some(summary));
        assert_eq!(world.store.journal(run).await.unwrap().len(), journal.len() + 1, "a driver took it over");
        ended(&world, run).await;
        assert!(all.stop().await.is_empty());
    });
}

/// Its deadline is a day.
#[test]
fn a_waiting_run_that_nobody_drove_in_time_is_not_too_late_for_that() {
    in_moved_time(async {
        let world = World::new(&busy());
        let (run, all) = waiting(&world).await;
        assert!(all.stop().await.is_empty());
        assert_eq!(status(&world, run).await, RunStatus::Interrupted);
        sleep(Duration::from_secs(3 * 24 * 60 * 60)).await;
        let all = AllRuns::drive(&world, 4);
        let journal = ended(&world, run).await;
        assert_eq!(status(&world, run).await, RunStatus::Completed);
        assert!(journal.iter().flat_map(|record| &record.entries).any(is_of_driving));
        assert!(all.stop().await.is_empty());
    });
}

#[test]
fn no_more_runs_are_driven_at_a_time_than_may_be() {
    in_moved_time(async {
        let service = Service::default().usually("a", &[Act::Take(10)]);
        let world = World::new(&service);
        let mut runs = Vec::new();
        for _ in 0..7 {
            runs.push(world.start(&one_node(), &Value::Null).await);
        }
        let all = AllRuns::drive(&world, 2);
        // One that is started later, too.
        sleep(Duration::from_secs(15)).await;
        runs.push(world.start(&one_node(), &Value::Null).await);
        for run in runs {
            let last = ended(&world, run).await.pop().unwrap();
            assert!(last.at.as_second() <= 40, "eight runs, two at a time, ten seconds each");
        }
        assert_eq!((service.most_running(), service.calls().len()), (2, 8));
        assert!(all.stop().await.is_empty());
    });
}

#[test]
fn what_is_said_to_a_waiting_run_is_done_at_once() {
    in_moved_time(async {
        let world = World::new(&busy());
        let run = world.start(&one_node(), &Value::Null).await;
        let all = AllRuns::drive(&world, 1);
        sleep(Duration::from_secs(60)).await;
        world.engine.request_cancel(run).await.unwrap();
        let last = ended(&world, run).await.pop().unwrap();
        assert_eq!((last.at.as_second(), status(&world, run).await), (60, RunStatus::Cancelled));
        assert!(all.stop().await.is_empty());
    });
}

#[test]
fn a_run_that_needs_a_person_waits_for_that() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Effect(0, Answer::LostDone)]);
        let world = World::new(&service);
        let run = world.start(&one_node(), &Value::Null).await;
        let all = AllRuns::drive(&world, 1);
        sleep(Duration::from_secs(100)).await;
        assert_eq!(status(&world, run).await, RunStatus::NeedsDecision);
        let records = world.store.journal(run).await.unwrap().len();
        sleep(Duration::from_secs(100_000)).await;
        assert_eq!(world.store.journal(run).await.unwrap().len(), records, "nobody drives it");
        world.engine.decide_effect(run, &"a".parse().unwrap(), Decision::DidNotHappen).await.unwrap();
        ended(&world, run).await;
        assert_eq!(
            (status(&world, run).await, service.calls()),
            (RunStatus::Completed, vec!["a/1".to_owned(), "a/2".to_owned()])
        );
        assert!(all.stop().await.is_empty());
    });
}

#[test]
fn what_is_said_to_a_run_that_needs_a_person_wakes_nobody_before_that() {
    in_moved_time(async {
        let service = busy().script("b", &[Act::Effect(0, Answer::LostDone)]);
        let world = World::new(&service);
        let run = world.start(&define([node("a"), node("b"), node("c").after("b")]), &Value::Null).await;
        let all = AllRuns::drive(&world, 1);
        sleep(Duration::from_secs(4000)).await;
        assert_eq!(status(&world, run).await, RunStatus::NeedsDecision);
        world.engine.request_cancel(run).await.unwrap();
        sleep(Duration::from_secs(4000)).await;
        assert_eq!(status(&world, run).await, RunStatus::NeedsDecision);
        world.engine.decide_effect(run, &"b".parse().unwrap(), Decision::DidNotHappen).await.unwrap();
        assert_eq!(ended(&world, run).await.pop().unwrap().at.as_second(), 8000);
        assert_eq!(status(&world, run).await, RunStatus::Cancelled);
        assert!(all.stop().await.is_empty());
    });
}

#[test]
fn stopping_leaves_runs_that_the_next_goes_on_with() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Hang]).script("a", &[Act::Hang]);
        let world = World::new(&service);
        let [one, other] = [world.start(&one_node(), &Value::Null).await, world.start(&one_node(), &Value::Null).await];
        let all = AllRuns::drive(&world, 8);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(status(&world, one).await, RunStatus::Running);
        assert!(all.stop().await.is_empty());
        assert_eq!(status(&world, other).await, RunStatus::Interrupted);
        let all = AllRuns::drive(&world, 8);
        for run in [one, other] {
            assert!(ended(&world, run).await.iter().flat_map(|record| &record.entries).any(is_of_driving));
            assert_eq!(status(&world, run).await, RunStatus::Completed);
        }
        assert!(all.stop().await.is_empty());
    });
}

#[test]
fn a_run_whose_driver_died_is_due() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Hang]);
        let world = World::new(&service);
        let run = world.start(&one_node(), &Value::Null).await;
        tokio::time::timeout(Duration::from_secs(5), world.drive(run)).await.unwrap_err();
        assert_eq!(status(&world, run).await, RunStatus::Interrupted);
        let all = AllRuns::drive(&world, 1);
        let lost = |entry: &Entry| matches!(entry, Entry::Step(_, StepEntry::AttemptInterrupted { .. }));
        assert!(ended(&world, run).await.iter().flat_map(|record| &record.entries).any(lost));
        assert!(all.stop().await.is_empty());
    });
}

#[test]
fn each_run_is_driven_once_whoever_else_drives() {
    in_moved_time(async {
        let service = Service::default().usually("a", &[Act::Take(10)]);
        let world = World::new(&service);
        let mut runs = Vec::new();
        for _ in 0..20 {
            runs.push(world.start(&one_node(), &Value::Null).await);
        }
        let (mine, stop) = (runs[7], CancellationToken::new());
        let (engine, stopped) = (world.engine.clone(), stop.clone());
        let other = tokio::spawn(async move { engine.drive(mine, stopped).await });
        let all = [AllRuns::drive(&world, 4), AllRuns::drive(&world, 4)];
        // It is let go while it is due, and is gone on with.
        sleep(Duration::from_secs(5)).await;
        stop.cancel();
        assert_eq!(other.await.unwrap().unwrap().status(), RunStatus::Interrupted);
        for run in &runs {
            ended(&world, *run).await;
            assert_eq!(status(&world, *run).await, RunStatus::Completed);
        }
        assert_eq!(service.calls().len(), 21, "an attempt for each run, and one more for that which was let go");
        for all in all {
            assert!(all.stop().await.is_empty());
        }
    });
}

#[test]
fn a_run_that_cannot_be_driven_is_told_and_keeps_no_other_from_going_on() {
    in_moved_time(async {
        let store = Arc::new(MemoryStore::default());
        // Its text is none that can be loaded, which the engine that it is started with need not do.
        let before = World::with_store(&Service::default(), store.clone(), 8).start(&one_node(), &Value::Null).await;
        let world = World::with_store(&Service::default(), store.clone(), 8);
        let all = AllRuns::drive(&world, 1);
        sleep(Duration::from_secs(1)).await;
        let run = world.start(&define([node("a"), node("b")]), &Value::Null).await;
        ended(&world, run).await;
        let undriven = all.stop().await;
        assert_eq!(undriven.keys().collect::<Vec<_>>(), [&before]);
        assert!(matches!(undriven[&before], EngineError::CannotGoOn { .. }), "{undriven:?}");
        assert_eq!(store.journal(before).await.unwrap().len(), 1);
    });
}

#[test]
fn a_store_that_fails_ends_it() {
    in_moved_time(async {
        let failed = || StoreError::Io { message: "writing".to_owned(), source: None };
        let store = WatchedStore::new(
            move |record, _, keep| {
                if record.sequence < 2 { keep() } else { Box::pin(ready(Err(failed()))) }
            },
        );
        let service = Service::default().usually("a", &[Act::Fail(transient())]);
        let world = World::with_store(&service, Arc::new(store), 8);
        for _ in 0..3 {
            world.start(&one_node(), &Value::Null).await;
        }
        let told = AllRuns::drive(&world, 2).task.await.unwrap().unwrap_err();
        assert!(matches!(told, EngineError::Unrecorded { .. }), "{told}");
    });
}

/// Each reads the journal and writes to it, and a store on the disk takes its time for both.
#[cfg(feature = "sled")]
#[test]
fn what_is_said_at_once_to_a_run_that_nobody_drives_is_recorded_in_turn() {
    in_moved_time(async {
        let directory = tempfile::tempdir().unwrap();
        let store = flowrun_engine::store::SledStore::open(directory.path(), "a test").unwrap();
        let world = World::with_store(&Service::default(), Arc::new(store), 8);
        let run = world.start(&one_node(), &Value::Null).await;
        let cancel = || world.engine.request_cancel(run);
        let (one, other, third, driven) = tokio::join!(cancel(), cancel(), cancel(), world.drive(run));
        assert_eq!(driven.unwrap().status(), RunStatus::Cancelled);
        // Whoever drives it may have it between two of them, and end it.
        let told = [one, other, third];
        let has_ended = |told: &Result<(), EngineError>| matches!(told, Err(EngineError::Ended(_)));
        assert!(told.iter().all(|told| told.is_ok() || has_ended(told)), "{told:?}");
        let asked = |entry: &Entry| matches!(entry, Entry::Signal(_));
        let journal = world.store.journal(run).await.unwrap();
        let recorded = journal.iter().flat_map(|record| &record.entries).filter(|entry| asked(entry)).count();
        assert_eq!(recorded, told.iter().filter(|told| told.is_ok()).count());
        assert!(recorded > 0);
    });
}
