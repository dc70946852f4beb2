//! Runs that are retried ask anew.

use std::time::Duration;

use flowrun_engine::{
    concurrency::OnConflict,
    run::{CancellationToken, EngineError, Retry, RunStatus},
};
use serde_json::json;
use tokio::time::sleep;

use super::{Driven, limited, most_admitted, ops, slow, status};
use crate::{
    service::{Act, permanent},
    world::{World, in_moved_time, outcomes},
};

#[test]
fn a_retried_run_is_admitted_anew() {
    in_moved_time(async {
        for on_conflict in [OnConflict::Wait, OnConflict::Refuse, OnConflict::CancelRunning] {
            let service = slow().script("a", &[Act::Fail(permanent())]);
            let (world, definition) = (World::new(&service), limited(1, on_conflict));
            let failed = Driven::start(&world, &definition).await.end().await;
            assert_eq!(failed.status(), RunStatus::Failed);
            let second = Driven::start(&world, &definition).await;
            let before = world.store.journal(failed.run()).await.unwrap();
            let retried = world.engine.retry(failed.run(), &Retry::default()).await;
            if on_conflict == OnConflict::Refuse {
                let refused = retried.unwrap_err();
                assert!(matches!(&refused, EngineError::NotAdmitted { key, .. } if key == "OPS"), "{refused}");
                assert_eq!(world.store.journal(failed.run()).await.unwrap(), before);
                second.end().await;
                world.engine.retry(failed.run(), &Retry::default()).await.unwrap();
                assert_eq!(world.drive(failed.run()).await.unwrap().status(), RunStatus::Completed);
                continue;
            }
            retried.unwrap();
            let again = Driven::of(&world, failed.run()).await;
            let runs = [again.run, second.run];
            let second_ends = match on_conflict {
                OnConflict::CancelRunning => RunStatus::Cancelled,
                OnConflict::Wait | OnConflict::Refuse => RunStatus::Completed,
            };
            assert_eq!(second.end().await.status(), second_ends);
            assert_eq!(again.end().await.status(), RunStatus::Completed);
            assert_eq!(most_admitted(&world, &runs).await, 1);
        }
    });
}

#[test]
fn a_retry_with_other_inputs_asks_with_another_key() {
    in_moved_time(async {
        let service = slow().script("a", &[Act::Fail(permanent())]);
        let (world, definition) = (World::new(&service), limited(1, OnConflict::Wait));
        let failed = Driven::start(&world, &definition).await.end().await;
        let second = Driven::start(&world, &definition).await;
        let mut retry = Retry::default();
        retry.inputs = json!({ "project": "DEV" }).as_object().cloned();
        world.engine.retry(failed.run(), &retry).await.unwrap();
        let state = world.engine.state(failed.run()).await.unwrap();
        assert_eq!(state.admission().map(|asked| (asked.key, asked.is_admitted)), Some(("DEV".to_owned(), true)));
        assert_eq!(status(&world, second.run).await, RunStatus::Running);
        assert_eq!(world.drive(failed.run()).await.unwrap().status(), RunStatus::Completed);
    });
}

#[test]
fn a_retry_of_finally_alone_that_is_cancelled_while_it_waits_ends_as_cancelled() {
    in_moved_time(async {
        let service = slow().script("z", &[Act::Fail(permanent())]);
        let (world, definition) = (World::new(&service), limited(1, OnConflict::Wait));
        let failed = Driven::start(&world, &definition).await.end().await;
        let _second = Driven::start(&world, &definition).await;
        world.engine.retry(failed.run(), &Retry::default()).await.unwrap();
        let again = Driven::of(&world, failed.run()).await;
        world.engine.request_cancel(again.run).await.unwrap();
        let ended = again.end().await;
        assert_eq!(
            (ended.status(), outcomes(&ended).as_str()),
            (RunStatus::Cancelled, "a: completed, b: completed, z: cancelled")
        );
    });
}

/// Whoever drives all runs takes it up once, also under a corrected definition, and not again and again.
#[test]
fn a_retried_run_that_waits_is_taken_up_once_before_its_turn() {
    in_moved_time(async {
        for is_corrected in [false, true] {
            let service = slow().script("a", &[Act::Fail(permanent())]);
            let (world, definition) = (World::new(&service), limited(1, OnConflict::Wait));
            let failed = Driven::start(&world, &definition).await.end().await;
            let second = Driven::start(&world, &definition).await;
            let mut retry = Retry::default();
            retry.definition = is_corrected.then(|| limited(2, OnConflict::Wait));
            retry.inputs = ops().as_object().cloned();
            if is_corrected {
                // Two may go on then: another one goes on too.
                world.start(&limited(2, OnConflict::Wait), &ops()).await;
            }
            world.engine.retry(failed.run(), &retry).await.unwrap();
            let before = world.store.journal(failed.run()).await.unwrap().len();
            let (engine, stop) = (world.engine.clone(), CancellationToken::new());
            let ends = stop.clone();
            let all = tokio::spawn(async move { engine.drive_all(4, ends).await });
            sleep(Duration::from_secs(3)).await;
            assert_eq!(world.store.journal(failed.run()).await.unwrap().len(), before + 1, "it is taken up");
            assert_eq!(second.end().await.status(), RunStatus::Completed);
            sleep(Duration::from_secs(100)).await;
            assert_eq!(status(&world, failed.run()).await, RunStatus::Completed);
            stop.cancel();
            assert!(all.await.unwrap().unwrap().is_empty());
        }
    });
}
