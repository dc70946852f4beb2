//! Many processes that renew one access token and die at any moment, by a seed: the grant is never lost while one comes back in time.

use std::sync::Arc;

use super::{MINUTE, Scene, bearer};
use crate::KeptCredentials;
use flowrun_http::Credentials;

const ROUNDS: u32 = 12;
const PROCESSES: usize = 5;

/// So often a task may be polled before it is killed: every moment between two of a renewal's steps is among them.
const STEPS: usize = 8;

#[tokio::test(start_paused = true)]
async fn no_grant_is_lost_while_processes_die() {
    for seed in 0..12 {
        let mut random = fastrand::Rng::with_seed(seed);
        let scene = Scene::new().await;
        for round in 0..ROUNDS {
            let killed = one_round(&scene, &mut random).await;
            assert!(!scene.server.is_lost(), "seed {seed}, round {round}");
            // Whoever died comes back before ten minutes are over.
            if killed {
                scene.clock.pass(MINUTE * random.u32(0..10));
                // It only uses the access token: what was begun is finished all the same.
                let used = scene.process().current().await;
                used.unwrap_or_else(|failure| panic!("seed {seed}, round {round}: {failure}"));
            }
            scene.clock.pass(MINUTE * random.u32(0..60 * 24 * 80));
        }
        let last = scene.process();
        let refused = last.current().await.unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
        let renewed = last.renewed(&refused).await;
        let renewed =
            renewed.unwrap_or_else(|failure| panic!("seed {seed}: {failure}")).expect("it has a refresh token");
        assert_ne!(bearer(&renewed), bearer(&refused));
    }
}

/// Everyone renews at once; some are killed. Whether any was.
async fn one_round(scene: &Scene, random: &mut fastrand::Rng) -> bool {
    let processes: Vec<_> = (0..PROCESSES).map(|_| Arc::new(scene.process())).collect();
    let tasks: Vec<_> = processes.iter().map(|process| tokio::spawn(renew(Arc::clone(process)))).collect();
    let mut killed = false;
    for task in tasks {
        if random.bool() {
            for _ in 0..random.usize(0..STEPS) {
                tokio::task::yield_now().await;
            }
            task.abort();
        }
        killed |= task.await.is_err_and(|error| error.is_cancelled());
    }
    killed
}

/// What a process does; not in a task of its own, so that it dies with the process.
async fn renew(process: Arc<KeptCredentials>) {
    let mut held = Arc::clone(&process.held).lock_owned().await;
    let refused = held.credential();
    let renewed = process.keeper.renew(&mut held, Some(&refused)).await;
    renewed.expect("the server refuses nothing here");
}
