//! What cannot be retried, and what a retry finds that is not as it was.

use std::{sync::Arc, time::Duration};

use flowrun_engine::{
    id::DriverId,
    journal::{Entry, RunEntry, SignalEntry},
    run::{CancellationToken, CannotRetry, EngineError, Refused, Retry, RunStatus, Signal},
    store::{Barrier, MemoryStore, RunSummary, Store},
};
use serde_json::Value;

use crate::{
    define::{define, last, node},
    retried::{Ended, of},
    service::{Act, Service, permanent},
    world::{World, in_moved_time, outcomes},
};

#[test]
fn what_cannot_be_retried_is_refused_and_nothing_changes() {
    in_moved_time(async {
        let ended = Ended::of(&Service::default(), &define([node("a")]), &Value::Null).await;
        assert_eq!(ended.refused(&Retry::default()).await, CannotRetry::Completed);

        let service = Service::default().script("b", &[Act::Fail(permanent())]);
        let ended = Ended::of(&service, &define([node("a"), node("b")]), &Value::Null).await;
        assert_eq!(ended.refused(&of(&["a"])).await, CannotRetry::Done("a".into()));
        assert_eq!(ended.refused(&of(&["b", "x"])).await, CannotRetry::NoSuchNode("x".into()));
        ended.world.engine.retry(ended.run, &Retry::default()).await.unwrap();
        assert_eq!(ended.refused(&Retry::default()).await, CannotRetry::GoesOn(RunStatus::Interrupted));
    });
}

#[test]
fn a_run_that_was_cancelled_when_all_was_done_completes() {
    in_moved_time(async {
        let world = World::new(&Service::default().script("a", &[Act::Take(5)]));
        let run = world.start(&define([node("a"), last("end")]), &Value::Null).await;
        let engine = world.engine.clone();
        let driven = tokio::spawn(async move { engine.drive(run, CancellationToken::new()).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.engine.request_cancel(run).await.unwrap();
        let state = driven.await.unwrap().unwrap();
        assert_eq!((outcomes(&state).as_str(), state.status()), ("a: completed, end: completed", RunStatus::Cancelled));
        let ended = Ended { world, run, state };
        assert_eq!(ended.retry(&Retry::default()).await.unwrap().status(), RunStatus::Completed);
    });
}

/// An engine that cannot use its definition tells what the journal does, and refuses to retry it.
#[test]
fn a_retried_run_whose_definition_cannot_be_used_is_shown_and_not_retried() {
    in_moved_time(async {
        let service = Service::default()
            .script("each[1]", &[Act::Fail(permanent())])
            .script("b", &[Act::Fail(permanent())])
            .script("b", &[Act::Fail(permanent())]);
        let definition = define([node("each").for_each("[0, 1, 2]", 1), node("b").after("each"), last("end")]);
        let ended = Ended::of(&service, &definition, &Value::Null).await;
        let state = ended.retry(&Retry::default()).await.unwrap();
        let other = ended.world.beside(&service).engine;
        let shown = other.state(ended.run).await.unwrap();
        assert_eq!((shown.status(), shown.retries().len()), (RunStatus::Failed, 1));
        for node in ["each", "b", "end"] {
            assert_eq!(shown.node_status(node), state.node_status(node), "{node}");
        }
        let refused = other.retry(ended.run, &Retry::default()).await.unwrap_err();
        assert!(matches!(refused, EngineError::CannotGoOn { .. }), "{refused}");
        assert_eq!(ended.retry(&Retry::default()).await.unwrap().status(), RunStatus::Failed);
    });
}

/// What was said in another process right before the end is answered, and does not meet the run that goes on.
#[test]
fn what_nobody_heard_before_the_end_is_not_heard_after_it() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Fail(permanent())]).script("a", &[Act::Take(5)]);
        let definition = define([node("a"), node("b").after("a")]);
        let ended = Ended::of(&service, &definition, &Value::Null).await;
        let journal = ended.world.store.journal(ended.run).await.unwrap();
        let summary = ended.world.store.summary(ended.run).await.unwrap().unwrap();
        let store = Arc::new(MemoryStore::default());
        let running = RunSummary { status: RunStatus::Running, ended_at: None, ..summary.clone() };
        store.create(&running, "process: test", &journal[0], None, Barrier::Now).await.unwrap();
        let claim = store.claim(ended.run, DriverId::new(uuid::Uuid::nil())).await.unwrap();
        for message in 1..=2 {
            assert_eq!(store.post(ended.run, &Signal::Cancel).await.unwrap(), message);
        }
        let (end, before) = journal[1..].split_last().unwrap();
        for record in before {
            store.append(&claim, record, None, Barrier::Now).await.unwrap();
        }
        store.append(&claim, end, Some(&summary), Barrier::Now).await.unwrap();
        store.release(&claim);

        let world = World::with_store(&service, store, 8);
        // So that the engine has the definition at hand.
        world.start(&definition, &Value::Null).await;
        world.engine.retry(ended.run, &Retry::default()).await.unwrap();
        let told = world.store.journal(ended.run).await.unwrap().pop().unwrap().entries;
        let refused = |message| Entry::Signal(SignalEntry::Received { message, refused: Some(Refused::Ended) });
        assert_eq!(told[..2], [refused(1), refused(2)]);
        assert!(matches!(told[2], Entry::Run(RunEntry::Retried { .. })));

        // What is said from now on is heard, although an end is in the journal.
        let (beside, engine, run) = (world.beside(&service), world.engine.clone(), ended.run);
        let driven = tokio::spawn(async move { engine.drive(run, CancellationToken::new()).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        beside.engine.request_cancel(run).await.unwrap();
        let state = driven.await.unwrap().unwrap();
        assert_eq!((state.status(), state.received()), (RunStatus::Cancelled, 3));
        assert!(matches!(beside.engine.request_cancel(run).await, Err(EngineError::Ended(_))));
    });
}
