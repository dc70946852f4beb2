//! Two engines on one store: one of them drives a run, and the other reaches it through the run's inbox.

use std::time::Duration;

use flowrun_engine::{
    id::{NodeId, RunId, StepPath},
    journal::{Decision, Entry, Signal, SignalEntry},
    run::{CancellationToken, EngineError, Refused, RunState, RunStatus},
    store::RunFilter,
};
use jiff::Timestamp;
use serde_json::Value;
use tokio::{task::JoinHandle, time::sleep};

use crate::{
    define::{define, node},
    service::{Act, Answer, Service, limited},
    world::{World, in_moved_time},
};

/// Two engines, and a run that the first drives: it works for some seconds.
struct Two {
    one: World,
    other: World,
    run: RunId,
    driven: JoinHandle<Result<RunState, EngineError>>,
}

impl Two {
    async fn begin() -> Self {
        let service = Service::default().usually("a", &[Act::Take(20)]);
        let one = World::new(&service);
        let other = one.beside(&service);
        let definition = define([node("a"), node("b").after("a")]);
        let run = one.start(&definition, &Value::Null).await;
        let engine = one.engine.clone();
        let driven = tokio::spawn(async move { engine.drive(run, CancellationToken::new()).await });
        // It has the definition, whose text is none that can be loaded.
        other.start(&definition, &Value::Null).await;
        sleep(Duration::from_secs(1)).await;
        Self { one, other, run, driven }
    }

    /// What the journal says of messages.
    async fn received(&self) -> Vec<(u64, Option<Refused>)> {
        let journal = self.one.store.journal(self.run).await.unwrap();
        let entries = journal.into_iter().flat_map(|record| record.entries);
        let received = entries.filter_map(|entry| match entry {
            Entry::Signal(SignalEntry::Received { message, refused }) => Some((message, refused)),
            _ => None,
        });
        received.collect()
    }
}

#[test]
fn a_run_is_driven_by_one_engine_at_a_time() {
    in_moved_time(async {
        let two = Two::begin().await;
        let refused = two.other.drive(two.run).await.unwrap_err();
        assert!(matches!(refused, EngineError::AlreadyDriven(run) if run == two.run), "{refused}");
        assert_eq!(two.driven.await.unwrap().unwrap().status(), RunStatus::Completed);
        // It is let go now.
        assert_eq!(two.other.drive(two.run).await.unwrap().status(), RunStatus::Completed);
    });
}

#[test]
fn what_is_said_to_another_engine_reaches_whoever_drives_the_run() {
    in_moved_time(async {
        let two = Two::begin().await;
        two.other.engine.request_cancel(two.run).await.unwrap();
        assert_eq!(two.received().await, [(1, None)]);
    });
}

#[test]
fn what_cannot_be_done_is_refused_through_the_journal() {
    in_moved_time(async {
        let two = Two::begin().await;
        let step = StepPath::of(NodeId::from("a"));
        let refused = two.other.engine.decide_effect(two.run, &step, Decision::Abort).await.unwrap_err();
        assert!(matches!(&refused, EngineError::NothingToDecide(of) if *of == step), "{refused}");
        let refused = two.other.engine.answer(two.run, &step, Value::Null).await.unwrap_err();
        assert!(matches!(&refused, EngineError::NothingAsked(of) if *of == step), "{refused}");
        let refused = [Refused::NothingToDecide(step.clone()), Refused::NothingAsked(step)];
        assert_eq!(two.received().await, [1, 2].into_iter().zip(refused.map(Some)).collect::<Vec<_>>());
        assert_eq!(two.driven.await.unwrap().unwrap().status(), RunStatus::Completed);
    });
}

#[test]
fn what_was_said_to_an_engine_that_is_gone_is_recorded_by_who_said_it() {
    in_moved_time(async {
        let two = Two::begin().await;
        let goes = async { two.driven.abort() };
        let (said, ()) = tokio::join!(two.other.engine.request_cancel(two.run), goes);
        said.unwrap();
        assert_eq!(two.received().await, [(1, None)]);
        assert_eq!(two.other.drive(two.run).await.unwrap().status(), RunStatus::Cancelled);
    });
}

#[test]
fn who_drives_a_run_next_finds_what_was_said_meanwhile_once() {
    in_moved_time(async {
        let world = World::new(&Service::default());
        let run = world.start(&define([node("a")]), &Value::Null).await;
        world.store.post(run, &Signal::Cancel).await.unwrap();
        world.store.post(run, &Signal::Cancel).await.unwrap();
        let state = world.drive(run).await.unwrap();
        assert_eq!((state.status(), state.received()), (RunStatus::Cancelled, 2));
        let told = world.engine.request_cancel(run).await.unwrap_err();
        assert!(matches!(told, EngineError::Ended(of) if of == run), "{told}");
    });
}

#[test]
fn a_run_that_asks_a_person_hears_what_was_said_before_it_is_driven() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Effect(0, Answer::LostDone)]);
        let world = World::new(&service);
        let run = world.start(&define([node("a")]), &Value::Null).await;
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::NeedsDecision);
        let step = StepPath::of(NodeId::from("a"));
        world.store.post(run, &Signal::Decide { step, decision: Decision::DidNotHappen }).await.unwrap();
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::Completed);
    });
}

#[test]
fn a_run_that_ends_before_it_hears_tells_who_said_something_that_it_has_ended() {
    in_moved_time(async {
        let two = Two::begin().await;
        two.one.store.post(two.run, &Signal::Cancel).await.unwrap();
        assert_eq!(two.driven.await.unwrap().unwrap().status(), RunStatus::Cancelled);
        let told = two.other.engine.request_cancel(two.run).await.unwrap_err();
        assert!(matches!(told, EngineError::Ended(of) if of == two.run), "{told}");
    });
}

#[test]
fn two_engines_that_drive_all_runs_drive_each_once() {
    in_moved_time(async {
        const RUNS: usize = 20;
        let service = Service::default().usually("a", &[Act::Take(7)]).usually("b", &[Act::Take(7)]);
        let one = World::new(&service);
        let worlds = [one.beside(&service), one];
        let definition = define([node("a"), node("b").after("a")]);
        for number in 0..RUNS {
            worlds[number % 2].start(&definition, &Value::Null).await;
        }
        let stop = CancellationToken::new();
        let all = worlds.each_ref().map(|world| {
            let (engine, stop) = (world.engine.clone(), stop.clone());
            tokio::spawn(async move { engine.drive_all(3, stop).await })
        });
        sleep(Duration::from_secs(3600)).await;
        stop.cancel();
        for all in all {
            assert!(all.await.unwrap().unwrap().is_empty());
        }
        let filter = RunFilter { status: Some(RunStatus::Completed), process: None, before: None, limit: 100 };
        assert_eq!(worlds[0].store.list(&filter).await.unwrap().runs.len(), RUNS);
        assert_eq!(service.calls().len(), 2 * RUNS);
    });
}

/// One that was let go until it is due is in no engine's memory, and no claim is held.
#[test]
fn a_run_waits_for_another_engine_that_drives_all_and_is_interrupted_once_none_does() {
    in_moved_time(async {
        let late = limited(Timestamp::from_second(3600).unwrap());
        let service = Service::default().script("a", &[Act::Fail(late)]);
        let one = World::new(&service);
        let other = one.beside(&service);
        let run = one.start(&define([node("a")]), &Value::Null).await;
        let (engine, stop) = (one.engine.clone(), CancellationToken::new());
        let stopped = stop.clone();
        let all = tokio::spawn(async move { engine.drive_all(3, stopped).await });
        sleep(Duration::from_secs(60)).await;
        assert_eq!(one.store.drivers(&[run]).await.unwrap(), [None], "it was let go");
        let summary = one.store.summary(run).await.unwrap().unwrap();
        let status = async || other.engine.statuses(std::slice::from_ref(&summary)).await.unwrap();
        assert_eq!(status().await, [RunStatus::Waiting]);
        stop.cancel();
        assert!(all.await.unwrap().unwrap().is_empty());
        assert_eq!(status().await, [RunStatus::Interrupted]);
    });
}
