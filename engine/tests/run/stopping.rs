//! Stopping a run, a process that dies, and going on afterwards.

use std::{sync::Arc, time::Duration};

use flowrun_engine::{
    journal::{Entry, StepEntry},
    run::{CancellationToken, EngineError, RunStatus},
};
use serde_json::{Value, json};

use crate::{
    define::{define, node},
    service::{Act, Answer, Service, transient},
    world::{World, in_moved_time, outcomes},
};

#[test]
fn stopping_drops_what_has_no_effect_and_finishes_what_has() {
    in_moved_time(async {
        let service = Service::default()
            .script("reads", &[Act::Take(20)])
            .script("writes", &[Act::Effect(0, Answer::DoneAfter(10)), Act::Give(json!({ "key": "W" }))])
            .script("two", &[Act::Effect(0, Answer::DoneAfter(10)), Act::Effect(1, Answer::Done)])
            .script("two", &[Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Done)]);
        let definition = define([node("reads"), node("writes"), node("two"), node("next").after("writes")]);
        let world = World::new(&service);
        let run = world.start(&definition, &Value::Null).await;
        let stop = CancellationToken::new();
        let stopping = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            stop.cancel();
        };
        let state = tokio::join!(world.engine.drive(run, stop.clone()), stopping).0.unwrap();
        assert_eq!(state.status(), RunStatus::Interrupted);
        assert_eq!(outcomes(&state), "reads: running, writes: completed, two: running, next: pending");
        assert_eq!(service.effects(), ["writes/0", "two/0"], "nothing is sent after the stop");
        assert_eq!(world.store.summary(run).await.unwrap().unwrap().status, RunStatus::Interrupted);

        let state = world.drive(run).await.unwrap();
        assert_eq!(outcomes(&state), "reads: completed, writes: completed, two: completed, next: completed");
        assert_eq!(service.effects(), ["writes/0", "two/0", "two/1"]);
        let reads = state.node_view("reads").unwrap();
        let interrupted: Vec<bool> = reads.steps[0].attempts.iter().map(|attempt| attempt.interrupted).collect();
        assert_eq!(interrupted, [true, false]);
    });
}

#[test]
fn a_run_that_is_stopped_before_it_begins_begins_nothing() {
    in_moved_time(async {
        let service = Service::default();
        let world = World::new(&service);
        let run = world.start(&define([node("a"), node("off").only_if("false")]), &Value::Null).await;
        let stop = CancellationToken::new();
        stop.cancel();
        let state = world.engine.drive(run, stop).await.unwrap();
        assert_eq!((state.status(), outcomes(&state).as_str()), (RunStatus::Interrupted, "a: pending, off: pending"));
        assert!(service.calls().is_empty());
    });
}

#[test]
fn stopping_while_a_retry_is_awaited_returns_at_once() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Fail(transient())]);
        let world = World::new(&service);
        let run = world.start(&define([node("a")]), &Value::Null).await;
        let stop = world.observed.when(|entry| matches!(entry, Entry::Step(_, StepEntry::AttemptFailed { .. })));
        let state = world.engine.drive(run, stop).await.unwrap();
        assert_eq!((state.status(), outcomes(&state).as_str()), (RunStatus::Interrupted, "a: waiting"));
        // A day later, the step still has the time that it had.
        tokio::time::sleep(Duration::from_secs(25 * 60 * 60)).await;
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::Completed);
    });
}

#[test]
fn a_run_whose_process_died_is_interrupted() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Hang]);
        let world = World::new(&service);
        let run = world.start(&define([node("a")]), &Value::Null).await;
        let died = tokio::time::timeout(Duration::from_secs(5), world.drive(run)).await;
        assert!(died.is_err());
        assert_eq!(world.engine.state(run).await.unwrap().status(), RunStatus::Interrupted);
        let summary = world.store.summary(run).await.unwrap().unwrap();
        assert_eq!(
            (summary.status, world.engine.statuses(std::slice::from_ref(&summary)).await.unwrap()[0]),
            (RunStatus::Running, RunStatus::Interrupted)
        );
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::Completed);
        assert_eq!(service.calls(), ["a/1", "a/2"]);
    });
}

#[test]
fn a_run_is_driven_once_at_a_time() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Take(5)]);
        let world = World::new(&service);
        let run = world.start(&define([node("a")]), &Value::Null).await;
        let (first, second) = tokio::join!(world.drive(run), world.drive(run));
        assert_eq!(first.unwrap().status(), RunStatus::Completed);
        assert!(matches!(second.unwrap_err(), EngineError::AlreadyDriven(driven) if driven == run));
    });
}

#[test]
fn driving_a_run_that_ended_changes_nothing() {
    in_moved_time(async {
        let world = World::new(&Service::default());
        let run = world.start(&define([node("a")]), &Value::Null).await;
        let state = world.drive(run).await.unwrap();
        assert_eq!(world.drive(run).await.unwrap(), state);
        assert_eq!(world.store.journal(run).await.unwrap().len() as u64, state.records());
    });
}

#[test]
fn one_engine_drives_many_runs_on_many_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    let service = Service::default();
    let definition = define([
        node("a").for_each("[0, 1, 2, 3, 4, 5, 6, 7]", 8),
        node("b").after("a"),
        node("c").after("a"),
        node("d").after("b").after("c"),
    ]);
    let statuses: Vec<RunStatus> = runtime.block_on(async {
        let world = Arc::new(World::new(&service));
        let mut drives = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (world, run) = (world.clone(), world.start(&definition, &Value::Null).await);
            drives.spawn(async move { world.drive(run).await.unwrap().status() });
        }
        drives.join_all().await
    });
    assert_eq!(statuses, [RunStatus::Completed; 50]);
    assert_eq!(service.calls().len(), 50 * 11);
}
