//! `cancel_running`: those ahead are asked to end, and the newest goes on.

use std::time::Duration;

use flowrun_engine::{
    concurrency::OnConflict,
    id::{NodeId, RunId, StepPath},
    journal::{Decision, Entry, SignalEntry},
    run::RunStatus,
};
use serde_json::json;
use tokio::time::sleep;

use super::{Driven, ahead, limited, most_admitted, ops, slow, spans};
use crate::{
    service::{Act, Answer},
    world::{World, in_moved_time, outcomes},
};

/// Whether a journal says that a run was to end for another.
async fn cancelled_for(world: &World, run: RunId) -> Vec<RunId> {
    let journal = world.store.journal(run).await.unwrap();
    let entries = journal.into_iter().flat_map(|record| record.entries);
    let asked = entries.filter_map(|entry| match entry {
        Entry::Signal(SignalEntry::CancelRequestedFor { run }) => Some(run),
        _ => None,
    });
    asked.collect()
}

#[test]
fn those_ahead_are_asked_to_end_and_the_newest_goes_on() {
    in_moved_time(async {
        let service = slow();
        let (world, definition) = (World::new(&service), limited(1, OnConflict::CancelRunning));
        let first = Driven::start(&world, &definition).await;
        let other = world.beside(&service);
        other.start(&definition, &json!({ "project": "DEV" })).await;
        let second = Driven::start(&other, &definition).await;
        let third = Driven::start(&world, &definition).await;
        assert_eq!(cancelled_for(&world, first.run).await, [second.run, third.run]);
        assert_eq!(cancelled_for(&world, second.run).await, [third.run]);
        let runs = [first.run, second.run, third.run];
        let first = first.end().await;
        assert_eq!(outcomes(&first), "a: completed, b: skipped run_failed, z: completed");
        assert_eq!(second.end().await.status(), RunStatus::Cancelled);
        assert_eq!(third.end().await.status(), RunStatus::Completed);
        assert_eq!(most_admitted(&world, &runs).await, 1);
        assert_eq!(spans(&world.store.journal(runs[1]).await.unwrap()), []);
    });
}

#[test]
fn one_that_nobody_drives_is_driven_to_its_end_by_whoever_cancels_it() {
    in_moved_time(async {
        let (world, definition) = (World::new(&slow()), limited(1, OnConflict::CancelRunning));
        let killed = Driven::start(&world, &definition).await.kill().await;
        let next = Driven::start(&world, &definition).await;
        let runs = [killed, next.run];
        assert_eq!(ahead(&world, next.run).await, Some((killed, RunStatus::Running, 0)));
        assert_eq!(next.end().await.status(), RunStatus::Completed);
        let ended = world.engine.state(killed).await.unwrap();
        assert_eq!((ended.status(), ended.cancelled_for()), (RunStatus::Cancelled, Some(runs[1])));
        assert_eq!(outcomes(&ended), "a: completed, b: skipped run_failed, z: completed");
        assert_eq!(most_admitted(&world, &runs).await, 1);
    });
}

#[test]
fn one_with_another_connection_is_left_to_whoever_resumes_it() {
    in_moved_time(async {
        let (world, definition) = (World::new(&slow()), limited(1, OnConflict::CancelRunning));
        let source = flowrun_engine::definition::Source::new("test.yaml", "process: test");
        let new = World::new_run(&source, definition.clone(), ops().as_object().cloned().unwrap());
        let new = flowrun_engine::run::NewRun { context: json!("another site"), ..new };
        let elsewhere = world.engine.start(new).await.unwrap();
        let killed = Driven::of(&world, elsewhere).await.kill().await;
        let next = Driven::start(&world, &definition).await;
        sleep(Duration::from_secs(3600)).await;
        assert_eq!(ahead(&world, next.run).await, Some((killed, RunStatus::Interrupted, 0)));
        assert_eq!(world.drive(killed).await.unwrap().status(), RunStatus::Cancelled);
        assert_eq!(next.end().await.status(), RunStatus::Completed);
    });
}

#[test]
fn an_effect_in_doubt_is_waited_for() {
    in_moved_time(async {
        let service = slow().script("a", &[Act::Effect(0, Answer::LostDone)]);
        let (world, definition) = (World::new(&service), limited(1, OnConflict::CancelRunning));
        let first = Driven::start(&world, &definition).await;
        let first = first.end().await;
        assert_eq!(first.status(), RunStatus::NeedsDecision);
        let second = Driven::start(&world, &definition).await;
        sleep(Duration::from_secs(3600)).await;
        assert_eq!(ahead(&world, second.run).await, Some((first.run(), RunStatus::NeedsDecision, 0)));
        let step = StepPath::of(NodeId::from("a"));
        world.engine.decide_effect(first.run(), &step, Decision::Happened { key: "a-0".into() }).await.unwrap();
        assert_eq!(world.drive(first.run()).await.unwrap().status(), RunStatus::Cancelled);
        assert_eq!(second.end().await.status(), RunStatus::Completed);
    });
}
