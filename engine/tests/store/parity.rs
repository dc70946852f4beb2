//! The same calls give the same answers on disk and in memory.

use flowrun_engine::{
    id::{RunId, RunKey},
    run::RunStatus,
    store::{Barrier, MemoryStore, RunFilter, RunSummary, SledStore, Store},
};
use proptest::prelude::*;

use crate::sample::{self, DEFINITION, everything, large, small};

const RUNS: u128 = 4;
const KEYS: [&str; 2] = ["nightly", "weekly"];

/// One call. Few runs, keys and numbers, so that they collide often.
#[derive(Clone, Debug)]
enum Call {
    Create { run: u128, key: Option<usize>, large: bool },
    Append { run: u128, sequence: u64, large: bool, status: Option<RunStatus> },
    Reopen,
}

fn call() -> impl Strategy<Value = Call> {
    let create = (0..RUNS, proptest::option::of(0..KEYS.len()), any::<bool>());
    let status = proptest::option::weighted(0.3, proptest::sample::select(RunStatus::ALL.to_vec()));
    let append = (0..RUNS, 0_u64..12, any::<bool>(), status);
    prop_oneof![
        4 => create.prop_map(|(run, key, large)| Call::Create { run, key, large }),
        30 => append.prop_map(|(run, sequence, large, status)| Call::Append { run, sequence, large, status }),
        1 => Just(Call::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn on_disk_as_in_memory(calls in proptest::collection::vec(call(), 1..150)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(compare(&calls));
    }
}

async fn compare(calls: &[Call]) {
    let directory = tempfile::tempdir().unwrap();
    let mut sled = sample::open(&directory);
    let memory = MemoryStore::default();
    for call in calls {
        match make(call, &memory).await {
            None => {
                drop(sled);
                sled = sample::open(&directory);
            }
            answer => assert_eq!(make(call, &sled).await, answer, "{call:?}"),
        }
    }
    for number in 0..RUNS {
        let run = sample::run(number);
        assert_eq!(sled.journal(run).await.unwrap(), memory.journal(run).await.unwrap());
        assert_eq!(sled.summary(run).await.unwrap(), memory.summary(run).await.unwrap());
    }
    compare_questions(&sled, &memory).await;
}

/// Makes the call; the error's text, if there is one. `None` for what only concerns the disk.
async fn make(call: &Call, store: &impl Store) -> Option<Result<(), String>> {
    let record = |sequence, is_large| if is_large { large(sequence, 10_000) } else { small(sequence) };
    let answer = match *call {
        Call::Create { run, key, large } => {
            let key = key.map(|key| RunKey::new(KEYS[key]));
            store.create(&RunSummary { key, ..summary(run) }, DEFINITION, &record(0, large), None, Barrier::Now).await
        }
        Call::Append { run, sequence, large, status } => {
            let summary = status.map(|status| RunSummary { status, ..summary(run) });
            store
                .append(&sample::claim(sample::run(run)), &record(sequence, large), summary.as_ref(), Barrier::Now)
                .await
        }
        Call::Reopen => return None,
    };
    Some(answer.map_err(|error| error.to_string()))
}

fn summary(run: u128) -> RunSummary {
    let process = if run.is_multiple_of(2) { "even" } else { "odd" };
    RunSummary { process: process.to_owned(), ..sample::summary(sample::run(run)) }
}

async fn compare_questions(sled: &SledStore, memory: &MemoryStore) {
    for status in RunStatus::ALL.map(Some).into_iter().chain([None]) {
        for process in [None, Some("even"), Some("odd"), Some("none")] {
            for limit in [0, 1, 2, 10] {
                let process = process.map(ToOwned::to_owned);
                let filter = RunFilter { status, process, limit, ..everything() };
                assert_eq!(pages(sled, &filter).await, pages(memory, &filter).await, "{filter:?}");
            }
        }
    }
    for prefix in ["", "0", "00000000", "00000000-0000", "00000000-0000-7002", "00000000-0000-70", "f", "zz"] {
        for limit in [0, 1, 10] {
            let of_sled = sled.by_prefix(prefix, limit).await.unwrap();
            assert_eq!(of_sled, memory.by_prefix(prefix, limit).await.unwrap(), "{prefix}");
        }
    }
    for key in KEYS.map(RunKey::new) {
        assert_eq!(sled.by_key(&key).await.unwrap(), memory.by_key(&key).await.unwrap());
    }
}

/// A list, followed to its end.
async fn pages(store: &impl Store, filter: &RunFilter) -> Vec<Vec<RunId>> {
    let mut pages = Vec::new();
    let mut filter = filter.clone();
    loop {
        let page = store.list(&filter).await.unwrap();
        pages.push(page.runs.iter().map(|summary| summary.run).collect());
        let Some(next) = page.next else { return pages };
        filter.before = Some(next);
    }
}
