//! What the processes of a world were told, and so what must hold.

use std::collections::BTreeMap;

use flowrun_engine::{
    id::RunId,
    journal::{Record, Signal},
    store::{MemoryStore, Store},
};

/// The runs of a world.
#[derive(Debug, Default)]
pub(super) struct Diary {
    pub(super) runs: BTreeMap<RunId, RunDiary>,
    /// How much was asked for.
    pub(super) asked: u64,
}

/// One run.
#[derive(Debug, Default)]
pub(super) struct RunDiary {
    /// Which process has a claim of it.
    pub(super) driver: Option<u64>,
    /// The records that were acknowledged.
    records: BTreeMap<u64, Record>,
    /// The messages that were acknowledged, by number.
    messages: BTreeMap<u64, Signal>,
}

impl Diary {
    pub(super) fn run(&mut self, run: RunId) -> &mut RunDiary {
        self.runs.entry(run).or_default()
    }

    /// A process has a claim of a run from now on.
    pub(super) fn claimed(&mut self, run: RunId, process: u64) {
        let before = self.run(run).driver.replace(process);
        assert!(before.is_none(), "{run} is claimed by {process}, and {before:?} has it");
    }

    /// A process is gone, and all that it had is free.
    pub(super) fn died(&mut self, process: u64) {
        for run in self.runs.values_mut().filter(|run| run.driver == Some(process)) {
            run.driver = None;
        }
    }

    /// What was acknowledged is on the disk, and everything once.
    pub(super) async fn check(&self, disk: &MemoryStore) {
        for (run, diary) in &self.runs {
            let journal = disk.journal(*run).await.unwrap();
            diary.check_journal(&journal, diary.newest());
            let messages: Vec<_> = disk.inbox(*run, 0).await.unwrap().into_iter().map(|(_, signal)| signal).collect();
            for (number, signal) in &diary.messages {
                let at: Vec<_> = (1..).zip(&messages).filter(|(_, kept)| *kept == signal).map(|(at, _)| at).collect();
                assert_eq!(at, [*number], "{run}: where the message is that was acknowledged as {number}");
            }
            for (at, signal) in messages.iter().enumerate() {
                assert!(!messages[..at].contains(signal), "{run}: {signal:?} is there twice");
            }
        }
    }
}

impl RunDiary {
    pub(super) fn appended(&mut self, record: Record) {
        self.records.insert(record.sequence, record);
    }

    pub(super) fn posted(&mut self, number: u64, signal: Signal) {
        let before = self.messages.insert(number, signal);
        assert!(before.is_none(), "two messages have number {number}");
    }

    /// The newest record that was acknowledged, and with it all before.
    pub(super) fn newest(&self) -> Option<u64> {
        self.records.keys().next_back().copied()
    }

    /// A journal has all records up to the newest that was acknowledged, each where it belongs.
    pub(super) fn check_journal(&self, journal: &[Record], newest: Option<u64>) {
        assert!((0..).zip(journal).all(|(sequence, record)| record.sequence == sequence), "{journal:?} has a gap");
        assert!(newest.is_none_or(|newest| newest < journal.len() as u64), "record {newest:?} is missing");
        for record in journal {
            assert!(self.records.get(&record.sequence).is_none_or(|kept| kept == record), "{record:?} is another");
        }
    }
}
