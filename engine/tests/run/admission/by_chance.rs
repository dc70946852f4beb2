//! Whatever happens, no more runs are admitted than may be, and nobody waits for ever.

use std::time::Duration;

use flowrun_engine::{concurrency::OnConflict, id::RunId, run::Retry, testing::SeededRandom};
use serde_json::json;
use tokio::time::sleep;

use super::{Driven, limited, most_admitted, ops, slow, status};
use crate::{
    service::{Act, permanent},
    world::{World, in_moved_time},
};

/// What happens by chance: runs begin, are killed, stopped, cancelled, resumed and retried, in two processes.
#[test]
fn whatever_happens_no_more_are_admitted_than_may_be_and_nobody_waits_for_ever() {
    for seed in 0..60 {
        in_moved_time(chance(seed));
    }
}

async fn chance(seed: u64) {
    let random = SeededRandom::new(seed);
    let service = slow().script("b", &[Act::Fail(permanent())]).script("b", &[Act::Take(40)]);
    let one = World::new(&service);
    let worlds = [one.beside(&service), one];
    let modes = [OnConflict::Wait, OnConflict::Wait, OnConflict::Refuse, OnConflict::CancelRunning];
    let limit = 1 + random.below(2) as u32;
    let definition = limited(limit, modes[random.below(4)]);
    for world in &worlds {
        // Each knows the definition then.
        world.start(&definition, &json!({ "project": random.next().to_string() })).await;
    }
    let (mut runs, mut driven): (Vec<RunId>, Vec<Driven>) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        let world = &worlds[random.below(2)];
        sleep(Duration::from_millis(random.next() % 8000)).await;
        driven.retain(|driven| !driven.task.is_finished());
        match random.below(8) {
            0..3 => {
                let source = flowrun_engine::definition::Source::new("test.yaml", "process: test");
                let new = World::new_run(&source, definition.clone(), ops().as_object().cloned().unwrap());
                if let Ok(run) = world.engine.start(new).await {
                    runs.push(run);
                    driven.push(Driven::of(world, run).await);
                }
            }
            3 if !driven.is_empty() => {
                let killed = driven.swap_remove(random.below(driven.len()));
                if !killed.task.is_finished() {
                    killed.kill().await;
                }
            }
            4 if !runs.is_empty() => drop(world.engine.request_cancel(runs[random.below(runs.len())]).await),
            5 if !runs.is_empty() => {
                let run = runs[random.below(runs.len())];
                drop(world.engine.retry(run, &Retry::default()).await);
            }
            _ if !runs.is_empty() => {
                let run = runs[random.below(runs.len())];
                driven.push(Driven::of(world, run).await);
            }
            _ => {}
        }
        check(&worlds[0], &runs, limit as usize, seed).await;
    }
    for run in &runs {
        // Who drives it already goes on with it.
        driven.push(Driven::of(&worlds[0], *run).await);
    }
    sleep(Duration::from_secs(24 * 3600)).await;
    for run in &runs {
        let status = status(&worlds[0], *run).await;
        assert!(status.is_ended(), "seed {seed}: run {run} is {status} when all have had their turn");
    }
    assert!(most_admitted(&worlds[0], &runs).await <= limit as usize, "seed {seed}");
}

/// What the store and the journals say of all runs, at any time.
async fn check(world: &World, runs: &[RunId], limit: usize, seed: u64) {
    let mut admitted = 0;
    for run in runs {
        let summary = world.store.summary(*run).await.unwrap().unwrap();
        assert_eq!(world.engine.unlike_its_journal(*run).await.unwrap(), Vec::<&str>::new(), "seed {seed}");
        admitted += usize::from(summary.ended_at.is_none() && summary.admission.unwrap().is_admitted);
    }
    assert!(admitted <= limit, "seed {seed}: {admitted} are admitted");
}
