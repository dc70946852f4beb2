//! Definitions with `concurrency`: who is admitted, what waits for its turn, and what comes of it through kills, retries and cancels.

mod by_chance;
mod cancelling;
mod retried;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use flowrun_engine::{
    concurrency::{Concurrency, OnConflict},
    definition::Definition,
    expression::{Expression, Part, Template},
    id::{DefinitionHash, RunId},
    journal::{Entry, Record, RunEntry},
    run::{CancellationToken, EngineError, RunState, RunStatus},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::sleep};

use crate::{
    define::{define, last, node},
    service::{Act, Service},
    world::{World, in_moved_time, outcomes},
};

/// Two nodes, and one of `finally`; of runs with one `project` so many at a time.
fn limited(limit: u32, on_conflict: OnConflict) -> Arc<Definition> {
    let definition = Arc::unwrap_or_clone(define([node("a"), node("b").after("a"), last("z")]));
    let key = Template::Text(vec![Part::Expression(Expression::parse("inputs.project").unwrap())]);
    let concurrency = Some(Concurrency { key, limit: NonZeroU32::new(limit).unwrap(), on_conflict });
    let hash = DefinitionHash::new(format!("{limit} {on_conflict:?}"));
    Arc::new(Definition { hash, concurrency, ..definition })
}

/// Each attempt takes ten seconds.
fn slow() -> Service {
    Service::default().usually("a", &[Act::Take(10)]).usually("b", &[Act::Take(10)])
}

fn ops() -> Value {
    json!({ "project": "OPS" })
}

/// A run that somebody drives.
struct Driven {
    run: RunId,
    task: JoinHandle<Result<RunState, EngineError>>,
}

impl Driven {
    /// Goes on with a run, and lets it begin.
    async fn of(world: &World, run: RunId) -> Self {
        Self::until(world, run, CancellationToken::new()).await
    }

    async fn until(world: &World, run: RunId, stop: CancellationToken) -> Self {
        let engine = world.engine.clone();
        let task = tokio::spawn(async move { engine.drive(run, stop).await });
        sleep(Duration::from_secs(1)).await;
        Self { run, task }
    }

    async fn start(world: &World, definition: &Arc<Definition>) -> Self {
        Self::of(world, world.start(definition, &ops()).await).await
    }

    /// Its process is gone, as after `kill -9`.
    async fn kill(self) -> RunId {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
        self.run
    }

    async fn end(self) -> RunState {
        self.task.await.unwrap().unwrap()
    }
}

async fn status(world: &World, run: RunId) -> RunStatus {
    world.engine.state(run).await.unwrap().status()
}

/// The runs that are ahead of a run: the first, and how many more.
async fn ahead(world: &World, run: RunId) -> Option<(RunId, RunStatus, usize)> {
    let ahead = world.engine.ahead(run).await.unwrap()?;
    assert_eq!(ahead.key, "OPS");
    Some((ahead.first.run, ahead.first.status, ahead.others))
}

/// From when to when a run was admitted, once for each time.
fn spans(journal: &[Record]) -> Vec<(Timestamp, Timestamp)> {
    let mut spans = Vec::new();
    for (at, entry) in journal.iter().flat_map(|record| record.entries.iter().map(|entry| (record.at, entry))) {
        match entry {
            Entry::Run(RunEntry::Admitted) => spans.push((at, Timestamp::MAX)),
            Entry::Run(RunEntry::Ended { .. }) => {
                if let Some((_, end)) = spans.last_mut().filter(|(_, end)| *end == Timestamp::MAX) {
                    *end = at;
                }
            }
            Entry::Step(..) | Entry::Effect(..) => {
                assert!(spans.last().is_some_and(|(_, end)| *end == Timestamp::MAX), "{entry:?} of a run that waits");
            }
            _ => {}
        }
    }
    spans
}

/// The most runs that were admitted at once.
async fn most_admitted(world: &World, runs: &[RunId]) -> usize {
    let mut spans_of_all = Vec::new();
    for run in runs {
        spans_of_all.extend(spans(&world.store.journal(*run).await.unwrap()));
    }
    let at_once = |at: Timestamp| spans_of_all.iter().filter(|(from, until)| *from <= at && at < *until).count();
    spans_of_all.iter().map(|(from, _)| at_once(*from)).max().unwrap_or(0)
}

#[test]
fn a_second_run_waits_until_the_first_has_ended() {
    in_moved_time(async {
        let (world, definition) = (World::new(&slow()), limited(1, OnConflict::Wait));
        let first = Driven::start(&world, &definition).await;
        let second = Driven::start(&world, &definition).await;
        let other = world.start(&definition, &json!({ "project": "DEV" })).await;
        assert_eq!(status(&world, second.run).await, RunStatus::Waiting);
        assert_eq!(ahead(&world, second.run).await, Some((first.run, RunStatus::Running, 0)));
        let state = world.engine.state(second.run).await.unwrap();
        assert_eq!((state.waits_for_admission(), state.next_timer()), (true, None));
        assert_eq!(world.drive(other).await.unwrap().status(), RunStatus::Completed);
        let runs = [first.run, second.run];
        assert_eq!(first.end().await.status(), RunStatus::Completed);
        assert_eq!(second.end().await.status(), RunStatus::Completed);
        assert_eq!(most_admitted(&world, &runs).await, 1);
        assert_eq!(world.engine.unlike_its_journal(runs[1]).await.unwrap(), Vec::<&str>::new());
    });
}

#[test]
fn a_killed_run_keeps_its_place_and_one_that_was_killed_while_it_waited_keeps_nobody_waiting() {
    in_moved_time(async {
        let (world, definition) = (World::new(&slow()), limited(1, OnConflict::Wait));
        let first = Driven::start(&world, &definition).await.kill().await;
        let second = Driven::start(&world, &definition).await;
        let third = Driven::start(&world, &definition).await;
        assert_eq!(ahead(&world, third.run).await, Some((first, RunStatus::Interrupted, 1)));
        let second = second.kill().await;
        assert_eq!(status(&world, second).await, RunStatus::Interrupted);
        assert_eq!(ahead(&world, third.run).await, Some((first, RunStatus::Interrupted, 0)));
        sleep(Duration::from_secs(3600)).await;
        assert_eq!(status(&world, third.run).await, RunStatus::Waiting);

        let first = Driven::of(&world, first).await;
        // It is taken up again, and has its old place.
        let second = Driven::of(&world, second).await;
        assert_eq!(ahead(&world, third.run).await, Some((first.run, RunStatus::Running, 1)));
        let runs = [first.run, second.run, third.run];
        for driven in [first, second, third] {
            assert_eq!(driven.end().await.status(), RunStatus::Completed);
        }
        assert_eq!(most_admitted(&world, &runs).await, 1);
        let mut begun = Vec::new();
        for run in runs {
            begun.push(spans(&world.store.journal(run).await.unwrap())[0].0);
        }
        assert!(begun.is_sorted(), "{begun:?}");
    });
}

#[test]
fn one_that_nobody_drives_is_passed_over_and_goes_on_later() {
    in_moved_time(async {
        let (world, definition) = (World::new(&slow()), limited(1, OnConflict::Wait));
        let first = Driven::start(&world, &definition).await;
        let stop = CancellationToken::new();
        let second = world.start(&definition, &ops()).await;
        let second = Driven::until(&world, second, stop.clone()).await;
        let third = Driven::start(&world, &definition).await;
        stop.cancel();
        let second = second.end().await;
        assert_eq!((second.status(), second.waits_for_admission()), (RunStatus::Interrupted, true));
        first.end().await;
        assert_eq!(third.end().await.status(), RunStatus::Completed);
        assert_eq!(world.drive(second.run()).await.unwrap().status(), RunStatus::Completed);
    });
}

#[test]
fn a_run_that_is_cancelled_while_it_waits_ends_and_nothing_of_it_runs() {
    in_moved_time(async {
        let service = slow();
        let (world, definition) = (World::new(&service), limited(1, OnConflict::Wait));
        let first = Driven::start(&world, &definition).await;
        let second = Driven::start(&world, &definition).await;
        let third = Driven::start(&world, &definition).await;
        world.engine.request_cancel(second.run).await.unwrap();
        let other = world.beside(&service);
        other.start(&definition, &json!({ "project": "DEV" })).await;
        other.engine.request_cancel(third.run).await.unwrap();
        for driven in [second, third] {
            let ended = driven.end().await;
            assert_eq!(ended.status(), RunStatus::Cancelled);
            assert_eq!(outcomes(&ended), "a: skipped run_failed, b: skipped run_failed, z: skipped run_failed");
            assert_eq!(spans(&world.store.journal(ended.run()).await.unwrap()), []);
        }
        // One that nobody drives ends as soon as it is driven, whoever is ahead.
        let fourth = world.start(&definition, &ops()).await;
        let state = world.engine.state(fourth).await.unwrap();
        assert!(world.engine.ends_once_cancelled(&state));
        world.engine.request_cancel(fourth).await.unwrap();
        assert_eq!(world.drive(fourth).await.unwrap().status(), RunStatus::Cancelled);
        assert_eq!(status(&world, first.run).await, RunStatus::Running);
    });
}

#[test]
fn a_run_is_refused_where_the_definition_says_so_and_nothing_of_it_is_kept() {
    in_moved_time(async {
        let (world, definition) = (World::new(&slow()), limited(1, OnConflict::Refuse));
        let first = Driven::start(&world, &definition).await;
        let source = flowrun_engine::definition::Source::new("test.yaml", "process: test");
        let new = || World::new_run(&source, definition.clone(), ops().as_object().cloned().unwrap());
        for refused in [world.engine.start(new()).await.map(drop), {
            world.engine.run(new(), CancellationToken::new()).await.map(drop)
        }] {
            let Err(EngineError::NotAdmitted { process, key, ahead: Some(ahead) }) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!((process.as_str(), key.as_str(), ahead.first.run), ("test", "OPS", first.run));
        }
        assert_eq!(world.store.by_prefix("", 9).await.unwrap(), [first.run]);
        first.end().await;
        let state = world.engine.run(new(), CancellationToken::new()).await.unwrap();
        assert_eq!(state.status(), RunStatus::Completed);
    });
}

#[test]
fn a_key_that_cannot_be_made_lets_nothing_begin() {
    in_moved_time(async {
        let (world, definition) = (World::new(&slow()), limited(1, OnConflict::Wait));
        let source = flowrun_engine::definition::Source::new("test.yaml", "process: test");
        for inputs in [json!({}), json!({ "project": null }), json!({ "project": "x".repeat(201) })] {
            let new = World::new_run(&source, definition.clone(), inputs.as_object().cloned().unwrap());
            let refused = world.engine.start(new).await.unwrap_err();
            assert!(matches!(refused, EngineError::NoAdmissionKey { .. }), "{refused}");
        }
        assert_eq!(world.store.by_prefix("", 9).await.unwrap(), []);
    });
}

#[test]
fn who_drives_all_runs_takes_them_up_in_their_order_and_no_more_than_may_be() {
    in_moved_time(async {
        let (world, definition) = (World::new(&slow()), limited(2, OnConflict::Wait));
        let mut runs = Vec::new();
        for _ in 0..7 {
            runs.push(world.start(&definition, &ops()).await);
            sleep(Duration::from_millis(10)).await;
        }
        let (engine, stop) = (world.engine.clone(), CancellationToken::new());
        let stopped = stop.clone();
        let all = tokio::spawn(async move { engine.drive_all(3, stopped).await });
        sleep(Duration::from_secs(5)).await;
        assert_eq!(status(&world, runs[6]).await, RunStatus::Waiting);
        let mut begun = Vec::new();
        for run in &runs {
            let mut records = world.engine.records(*run, 0).await.unwrap();
            while records.next().await.transpose().unwrap().is_some() {}
            begun.push(spans(&world.store.journal(*run).await.unwrap())[0].0);
        }
        stop.cancel();
        assert!(all.await.unwrap().unwrap().is_empty());
        assert_eq!(most_admitted(&world, &runs).await, 2);
        assert!(begun.is_sorted(), "{begun:?}");
    });
}

/// It would keep those behind it waiting for as long as nobody resumes it.
#[test]
fn a_run_that_is_paused_while_it_waits_lets_others_by_and_has_its_place_again_once_it_is_resumed() {
    in_moved_time(async {
        let (world, definition) = (World::new(&slow()), limited(1, OnConflict::Wait));
        let first = Driven::start(&world, &definition).await;
        let paused = Driven::start(&world, &definition).await;
        let third = Driven::start(&world, &definition).await;
        world.engine.request_pause(paused.run).await.unwrap();
        let run = paused.run;
        assert_eq!(paused.end().await.status(), RunStatus::Paused, "nobody drives it any more");
        assert_eq!(ahead(&world, third.run).await, Some((first.run, RunStatus::Running, 0)));
        let fourth = Driven::start(&world, &definition).await;
        assert_eq!(first.end().await.status(), RunStatus::Completed);
        world.engine.request_resume(run).await.unwrap();
        let resumed = Driven::of(&world, run).await;
        let runs = [resumed.run, third.run, fourth.run];
        assert_eq!(third.end().await.status(), RunStatus::Completed);
        assert_eq!(resumed.end().await.status(), RunStatus::Completed);
        assert_eq!(fourth.end().await.status(), RunStatus::Completed);
        let journals = [world.store.journal(runs[0]).await.unwrap(), world.store.journal(runs[2]).await.unwrap()];
        assert!(spans(&journals[0])[0].1 <= spans(&journals[1])[0].0, "it asked before the fourth");
        assert_eq!(most_admitted(&world, &runs).await, 1);
    });
}

#[test]
fn whoever_drives_all_runs_leaves_a_paused_one_that_waits() {
    in_moved_time(async {
        let (world, definition) = (World::new(&slow()), limited(1, OnConflict::Wait));
        let first = Driven::start(&world, &definition).await;
        let waiting = world.start(&definition, &ops()).await;
        world.engine.request_pause(waiting).await.unwrap();
        let (engine, stop) = (world.engine.clone(), CancellationToken::new());
        let ends = stop.clone();
        let all = tokio::spawn(async move { engine.drive_all(4, ends).await });
        first.end().await;
        sleep(Duration::from_secs(100)).await;
        let records = world.store.journal(waiting).await.unwrap().len();
        assert_eq!((status(&world, waiting).await, records), (RunStatus::Paused, 2));
        world.engine.request_resume(waiting).await.unwrap();
        sleep(Duration::from_secs(100)).await;
        assert_eq!(status(&world, waiting).await, RunStatus::Completed);
        stop.cancel();
        assert!(all.await.unwrap().unwrap().is_empty());
    });
}
