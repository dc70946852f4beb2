//! A world: processes come and go, and what befalls them is drawn.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use flowrun_engine::{
    id::RunId,
    journal::Record,
    run::RunStatus,
    store::{Barrier, RunFilter, RunSummary, Store, StoreError, journal_from},
    testing::SeededRandom,
};
use tokio::{
    task::{JoinHandle, yield_now},
    time::{sleep, timeout},
};

use super::{
    network::Network,
    process::{Process, Shared, answered, record},
};
use crate::{directory::Directory, greeting::PROTOCOL, network::FileSystem, store::SharedStore};

/// So many processes there are at a time.
const AT_A_TIME: usize = 4;

/// So long may a process take to leave, and a run to be free once its process is gone.
const LONGEST_END: Duration = Duration::from_secs(60);

/// So long after a take-over the claims of all that speak are known.
const CLAIMS_ARE_KNOWN: Duration = Duration::from_millis(1200);

/// A process, and what it does.
struct Lives {
    process: Arc<Process>,
    works: JoinHandle<Result<(), StoreError>>,
    /// Whether it was let wait for whoever is silent for so long that it may give up.
    may_give_up: bool,
}

struct World {
    shared: Arc<Shared>,
    lives: Vec<Lives>,
    begun: u64,
}

/// Makes the world of a seed.
pub(super) async fn live(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let chance = Arc::new(SeededRandom::new(seed));
    let directory = Directory::prepare(folder.path(), FileSystem::of).unwrap();
    let shared = Shared::new(Network::new(directory, chance.clone()), chance);
    let mut world = World { shared, lives: Vec::new(), begun: 0 };
    let strikes = 3 + world.shared.chance.below(12);
    for _ in 0..AT_A_TIME {
        world.begin();
    }
    for _ in 0..strikes {
        world.go_on().await;
        world.strike().await;
        world.fill_up().await;
    }
    world.end().await;
}

impl World {
    fn below(&self, limit: usize) -> usize {
        self.shared.chance.below(limit)
    }

    /// A further process.
    fn begin(&mut self) {
        self.begun += 1;
        let process = Arc::new(Process::usual(&self.shared, self.begun));
        let (working, shared) = (process.clone(), self.shared.clone());
        let works = tokio::spawn(async move { working.work(&shared).await });
        self.lives.push(Lives { process, works, may_give_up: false });
    }

    /// Time passes, or only some steps of whatever goes on.
    async fn go_on(&self) {
        match self.below(2) {
            0 => sleep(Duration::from_millis(self.below(400) as u64)).await,
            _ => {
                for _ in 0..self.below(400) {
                    yield_now().await;
                }
            }
        }
    }

    /// Something befalls one of the processes.
    async fn strike(&mut self) {
        let at = self.below(self.lives.len());
        let holder = self.lives.iter().position(|lives| lives.process.store.is_holder());
        match self.below(10) {
            // Most often whoever has the store.
            0..=4 => self.kill(holder.filter(|_| self.below(3) > 0).unwrap_or(at)).await,
            5..=7 => self.hand_on(&self.lives[holder.unwrap_or(at)].process).await,
            8 => self.be_silent().await,
            _ => self.try_another_version().await,
        }
    }

    /// A process ends at once, as by SIGKILL: whatever it is at stays undone.
    async fn kill(&mut self, at: usize) {
        let Lives { process, works, .. } = self.lives.swap_remove(at);
        self.shared.diary().died(process.number);
        works.abort();
        process.keeper.abort();
        let _ = works.await;
        let process = Arc::into_inner(process).expect("what it did has ended");
        let _ = process.keeper.await;
    }

    /// A process gives the store up for a while.
    async fn hand_on(&self, process: &Process) {
        timeout(LONGEST_END, process.store.give_up()).await.expect("it gives the store up");
        self.go_on().await;
        process.store.resume();
    }

    /// Whoever of these has the store gives it up in a moment, or not.
    async fn hand_on_one_of(&self, processes: &[Process]) {
        for _ in 0..self.below(30) {
            yield_now().await;
        }
        if let Some(holder) = processes.iter().find(|process| process.store.is_holder() && self.below(3) > 0) {
            self.hand_on(holder).await;
        }
    }

    /// Whoever has the store says nothing for a while: so long that others give up, at times.
    async fn be_silent(&mut self) {
        // It counts no looks meanwhile, as one that is stopped, only if it has none to count: it knows all claims.
        sleep(CLAIMS_ARE_KNOWN).await;
        let Some(silence) = self.shared.network.silence() else { return };
        let milliseconds = self.below(4000);
        if milliseconds > 1000 {
            self.lives.iter_mut().for_each(|lives| lives.may_give_up = true);
        }
        silence.set(true);
        sleep(Duration::from_millis(milliseconds as u64)).await;
        silence.set(false);
    }

    /// A process of another version comes: it is told so, and leaves.
    async fn try_another_version(&mut self) {
        if self.shared.network.silence().is_none() {
            return;
        }
        self.begun += 1;
        let other = Process::begin(&self.shared, self.begun, PROTOCOL + 1);
        let refused = answered(other.store.list(&page())).await;
        // Where nobody served just then it has the store for a moment, and all others are told.
        if !matches!(&refused, Err(StoreError::OtherProtocol { found: PROTOCOL, .. })) {
            assert!(refused.is_ok() && other.store.is_holder(), "{refused:?}");
            self.lives.iter_mut().for_each(|lives| lives.may_give_up = true);
        }
        leave(other).await;
    }

    /// Processes that are done leave, and others come.
    async fn fill_up(&mut self) {
        for lives in std::mem::take(&mut self.lives) {
            if lives.works.is_finished() {
                self.leave(lives).await;
            } else {
                self.lives.push(lives);
            }
        }
        while self.lives.len() < AT_A_TIME {
            self.begin();
        }
    }

    async fn leave(&self, lives: Lives) {
        let Lives { process, works, may_give_up } = lives;
        match timeout(LONGEST_END * 10, works).await.expect("it is done at some time").unwrap() {
            Ok(()) => {}
            Err(StoreError::NoAnswer { .. } | StoreError::OtherProtocol { .. }) if may_give_up => {}
            Err(error) => panic!("process {}: {error}", process.number),
        }
        self.shared.diary().died(process.number);
        leave(Arc::into_inner(process).expect("what it did has ended")).await;
    }

    /// All leave; then one ends each run, while another follows it.
    async fn end(mut self) {
        for lives in std::mem::take(&mut self.lives) {
            self.leave(lives).await;
        }
        self.shared.network.cuts.store(false, Ordering::SeqCst);
        let last = [1, 2, 3].map(|more| Process::usual(&self.shared, self.begun + more));
        let [ends, follows, _] = &last;
        let runs: Vec<RunId> = self.shared.diary().runs.keys().copied().collect();
        for run in runs {
            let follower = tokio::spawn(follow(follows.store.clone(), run));
            let journal = answered(ends.store.journal(run)).await.unwrap();
            // Whoever created it was killed before it was kept.
            if journal.is_empty() {
                follower.abort();
                let _ = follower.await;
                continue;
            }
            // Meanwhile another takes the store over, at times.
            let (end, ()) = tokio::join!(end_run(ends, run, journal.len() as u64), self.hand_on_one_of(&last));
            self.shared.diary().run(run).appended(end.clone());
            let followed = timeout(LONGEST_END, follower).await.expect("it hears of the end").unwrap();
            assert_eq!(followed, [journal, vec![end]].concat());
        }
        for process in last {
            leave(process).await;
        }
        let diary = std::mem::take(&mut *self.shared.diary());
        diary.check(&self.shared.network.disk).await;
    }
}

/// A process ends in good order: all that it asked for is done.
async fn leave(process: Process) {
    let Process { store, keeper, .. } = process;
    drop(Arc::into_inner(store).expect("nobody else uses it"));
    timeout(LONGEST_END, keeper).await.expect("it leaves").unwrap();
}

/// Claims a run, whose process is gone, and ends it.
async fn end_run(process: &Process, run: RunId, next: u64) -> Record {
    let claim = answered(process.store.claim(run, process.driver())).await.unwrap();
    let summary = answered(process.store.summary(run)).await.unwrap().unwrap();
    let ended_at = Some(summary.started_at);
    let summary = RunSummary { status: RunStatus::Completed, ended_at, ..summary };
    let last = record(next, process.number << 32 | next);
    answered(process.store.append(&claim, &last, Some(&summary), Barrier::Now)).await.unwrap();
    process.store.release(&claim);
    last
}

/// The journal of a run, once that has ended.
async fn follow(store: Arc<SharedStore>, run: RunId) -> Vec<Record> {
    let (mut records, mut journal) = (journal_from(store, run, 0), Vec::new());
    while let Some(record) = records.next().await {
        journal.push(record.unwrap());
    }
    journal
}

fn page() -> RunFilter {
    RunFilter { status: None, process: None, before: None, limit: 1 }
}
