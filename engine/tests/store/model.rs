//! What is written to a store by chance, from a seed, so that it is known what must be there.

use std::{path::Path, sync::Arc};

use flowrun_engine::{
    id::RunId,
    journal::Record,
    run::RunStatus,
    store::{Barrier, RunSummary, SledStore, Store, StoreError},
};
use tokio::task::JoinSet;

use crate::sample::{self, DEFINITION, everything, large, run, small, with_key};

/// Numbers that look random.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// Below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// One append: to which run, which record, the summary with it, and how soon it must be durable.
#[derive(Clone, Debug)]
struct Write {
    run: RunId,
    record: Record,
    summary: Option<RunSummary>,
    barrier: Barrier,
}

/// A history of a store. Its steps are the same for the same seed: writes that go on at once, and are waited for.
#[derive(Debug)]
pub(crate) struct History {
    chance: Chance,
    /// How many records each run has.
    counts: Vec<u64>,
    steps: u64,
}

impl History {
    pub(crate) fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed), counts: Vec::new(), steps: 0 }
    }

    /// The same history after so many steps.
    pub(crate) fn after(seed: u64, steps: u64) -> Self {
        let mut history = Self::new(seed);
        (0..steps).for_each(|_| drop(history.next()));
        history
    }

    /// Writes the next step; when this returns it is acknowledged.
    pub(crate) async fn write(&mut self, store: &Arc<SledStore>) -> Result<(), StoreError> {
        let mut waiting = JoinSet::new();
        for write in self.next() {
            let store = Arc::clone(store);
            waiting.spawn(async move { apply(&store, &write).await });
        }
        waiting.join_all().await.into_iter().collect()
    }

    /// The writes of the next step, of different runs.
    fn next(&mut self) -> Vec<Write> {
        self.steps += 1;
        let count = if self.chance.once_in(12) { 1 + self.chance.below(40) } else { 1 + self.chance.below(3) };
        if self.counts.is_empty() || self.chance.once_in(20) {
            (0..1 + count / 2).for_each(|_| self.counts.push(0));
        }
        let first = self.chance.below(self.counts.len() as u64) as usize;
        let runs = self.counts.len();
        let mut writes: Vec<_> =
            (0..(count as usize).min(runs)).map(|index| self.append((first + index) % runs)).collect();
        // The last takes the others along.
        writes.iter_mut().for_each(|write| write.barrier = Barrier::Rides);
        writes.iter_mut().next_back().into_iter().for_each(|write| write.barrier = Barrier::Now);
        writes
    }

    fn append(&mut self, index: usize) -> Write {
        let (run, sequence) = (run(index as u128 + 1), self.counts[index]);
        self.counts[index] += 1;
        let changes = sequence == 0 || self.chance.once_in(4);
        let summary = changes.then(|| summary_at(run, sequence));
        Write { run, record: record(run, sequence), summary, barrier: Barrier::Now }
    }

    /// Whether the store has all steps so far, and perhaps a part of the next; `None` if it can be read and has not.
    pub(crate) async fn found_in(mut self, store: &SledStore) -> Result<bool, StoreError> {
        let acknowledged = self.counts.clone();
        self.next();
        let listed = store.list(&everything()).await?.runs.len();
        for (index, most) in self.counts.iter().enumerate() {
            let run = run(index as u128 + 1);
            let journal = store.journal(run).await?;
            let least = acknowledged.get(index).copied().unwrap_or(0);
            let right = (0..).zip(&journal).all(|(sequence, found)| *found == record(run, sequence));
            let count = journal.len() as u64;
            if !right || !(least..=*most).contains(&count) {
                return Ok(false);
            }
            let summary = store.summary(run).await?;
            if least > 0 && (summary.is_none() || store.by_key(&key(run).as_str().into()).await? != Some(run)) {
                return Ok(false);
            }
        }
        Ok(listed >= acknowledged.iter().filter(|count| **count > 0).count())
    }
}

async fn apply(store: &SledStore, write: &Write) -> Result<(), StoreError> {
    match (&write.summary, write.record.sequence) {
        (Some(summary), 0) => store.create(summary, DEFINITION, &write.record, None, write.barrier).await,
        (summary, _) => store.append(&sample::claim(write.run), &write.record, summary.as_ref(), write.barrier).await,
    }
}

fn key(run: RunId) -> String {
    format!("key of {run}")
}

fn summary_at(run: RunId, sequence: u64) -> RunSummary {
    let status = if sequence.is_multiple_of(2) { RunStatus::Running } else { RunStatus::Waiting };
    RunSummary { status, ..with_key(run, &key(run)) }
}

/// Mostly small ones, as journals have; some with an output that is cut into chunks.
fn record(run: RunId, sequence: u64) -> Record {
    let mut chance = Chance::new(
        run.as_bytes().iter().fold(sequence, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte))),
    );
    match chance.below(12) {
        0 => large(sequence, 30 << 10),
        1 | 2 => large(sequence, 3 << 10),
        3..=6 => large(sequence, 400),
        _ => small(sequence),
    }
}

/// Opens the store at `path`.
pub(crate) fn open(path: &Path) -> Result<SledStore, StoreError> {
    SledStore::open(path, "a test")
}

/// Writes `steps` steps from the beginning, and leaves the store open.
pub(crate) async fn written(path: &Path, seed: u64, steps: u64) -> Arc<SledStore> {
    let store = Arc::new(open(path).unwrap());
    let mut history = History::new(seed);
    for _ in 0..steps {
        history.write(&store).await.unwrap();
    }
    store
}
