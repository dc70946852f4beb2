//! A disk that takes its time, and forgets what was not synced when its process dies: the end of it is gone, more or less of it.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::sleep};
use uuid::Uuid;

use super::SeededRandom;
use crate::{
    definition::{Definition, Source},
    id::{DriverId, RunId},
    journal::Record,
    run::{CannotReplay, RunState},
    store::{Acknowledged, Barrier, Claim, MemoryStore, Store, StoreError},
    testing::{Keep, WatchedStore},
};

/// How long a record may ride.
const LONGEST_RIDE: Duration = Duration::from_millis(20);

/// The longest that the disk takes.
const SLOWEST_SYNC: usize = 1500;

/// The disk as one process knows it, which keeps one run.
pub(super) struct Disk {
    random: Arc<SeededRandom>,
    /// Whether the process may be killed at it, and it may be slow.
    is_troubled: bool,
    /// How many records are durable.
    durable: Arc<AtomicU64>,
    dies: Arc<Notify>,
}

impl Disk {
    pub(super) fn new(random: Arc<SeededRandom>, is_troubled: bool, durable: u64) -> Self {
        Self { random, is_troubled, durable: Arc::new(AtomicU64::new(durable)), dies: Arc::default() }
    }

    /// A store whose records go to this disk, and from there to one that outlives the process.
    pub(super) fn before(self: &Arc<Self>, kept: Arc<MemoryStore>) -> Arc<WatchedStore> {
        let disk = Arc::clone(self);
        Arc::new(WatchedStore::before(kept, move |record, barrier, keep| disk.append(record, barrier, keep)))
    }

    /// Returns when the process is killed at the disk.
    pub(super) async fn died(&self) {
        self.dies.notified().await;
    }

    fn append(&self, record: &Record, barrier: Barrier, keep: Keep<'_>) -> Acknowledged {
        let is_killed = self.is_troubled && self.random.below(14) == 0;
        if is_killed && self.random.below(2) == 0 {
            self.dies.notify_one();
            return Box::pin(pending());
        }
        let is_slow = self.is_troubled && self.random.below(4) == 0;
        let sync = match barrier {
            Barrier::Rides => LONGEST_RIDE,
            Barrier::Now if is_slow => Duration::from_millis(self.random.below(SLOWEST_SYNC) as u64),
            Barrier::Now => Duration::ZERO,
        };
        let (kept, synced, number) = (keep(), sleep(sync), record.sequence + 1);
        let (durable, dies) = (self.durable.clone(), self.dies.clone());
        Box::pin(async move {
            synced.await;
            kept.await?;
            durable.fetch_max(number, Ordering::Relaxed);
            if is_killed {
                dies.notify_one();
                pending::<()>().await;
            }
            Ok(())
        })
    }

    /// What the next process finds of a run: all that was durable, and of what was on its way more or less; and how many records are gone.
    pub(super) async fn survivors(
        &self,
        store: &MemoryStore,
        run: RunId,
        written: (&Source, &Arc<Definition>),
    ) -> Result<(Arc<MemoryStore>, u64), StoreError> {
        let journal = store.journal(run).await?;
        let (all, durable) = (journal.len() as u64, self.durable.load(Ordering::Relaxed));
        let most = usize::try_from(all - durable).expect("it fits into memory");
        let left = journal.len() - self.random.below(most + 1);
        let copy = copied(&journal[..left], written).await?;
        for (_, signal) in store.inbox(run, 0).await? {
            copy.post(run, &signal).await?;
        }
        Ok((copy, all - left as u64))
    }
}

/// A store with these records of a run.
async fn copied(
    journal: &[Record],
    (source, definition): (&Source, &Arc<Definition>),
) -> Result<Arc<MemoryStore>, StoreError> {
    let store = Arc::new(MemoryStore::default());
    let (first, rest) = journal.split_first().expect("a run's first record is durable");
    let no_start = |error: CannotReplay| StoreError::Damaged(error.to_string());
    let mut state = RunState::replay(definition.clone(), std::slice::from_ref(first)).map_err(no_start)?;
    let driver = DriverId::new(Uuid::nil());
    let claim = Claim::first(state.run(), driver);
    store.create(&state.summary(), source.text(), first, Some(driver), Barrier::Now).await?;
    for record in rest {
        state.apply(record);
        store.append(&claim, record, Some(&state.summary()), Barrier::Now).await?;
    }
    store.release(&claim);
    Ok(store)
}
