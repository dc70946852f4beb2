//! The rules about watches and pages of records: whoever follows a run is woken, and reads on where it was.

use std::{future::poll_fn, task::Poll};

use super::{
    Checked, Rule, ensure, equal,
    sample::{DEFINITION, claim, record, run, summary, with_status},
};
use crate::{
    status::RunStatus,
    store::{Barrier::Now, RunSummary, Store, Watch},
};

pub(super) const RULES: &[Rule] = &[
    Rule { rule: "records are read from any number on, as many as are asked for", check: pages },
    Rule { rule: "who watches a run is told of its records before they are acknowledged", check: run_is_watched },
    Rule { rule: "who watches what is due is told before that is acknowledged", check: due_is_watched },
    Rule { rule: "a watch tells nothing while nothing changes", check: nothing_changes },
];

fn pages(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        for sequence in 1..7 {
            store.append(&claim(run(1)), &record(sequence), None, Now).await?;
        }
        for (from, limit) in (0..9).flat_map(|from| [0, 1, 3, 100].map(|limit| (from, limit))) {
            let expected: Vec<_> = (from..7).take(limit).map(record).collect();
            equal(&format!("{limit} records from {from} on"), &store.records(run(1), from, limit).await?, &expected)?;
        }
        equal("records far behind the end", &store.records(run(1), u64::MAX, 1).await?, &Vec::new())?;
        equal("records of a run that is not there", &store.records(run(2), 0, 1).await?, &Vec::new())
    })
}

fn run_is_watched(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let (mut one, mut other) = (store.watch(run(1)), store.watch(run(1)));
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        ensure(is_told(&mut one).await, || "nothing was told of the first record".to_owned())?;
        for sequence in 1..4 {
            store.append(&claim(run(1)), &record(sequence), None, Now).await?;
            ensure(is_told(&mut one).await, || format!("nothing was told of record {sequence}"))?;
        }
        ensure(is_told(&mut other).await, || "another who watches was told nothing".to_owned())
    })
}

fn due_is_watched(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let mut watch = store.watch_due();
        let due = |status| RunSummary { due: Some(jiff::Timestamp::MAX), ..with_status(1, status) };
        store.create(&due(RunStatus::Running), DEFINITION, &record(0), None, Now).await?;
        ensure(is_told(&mut watch).await, || "nothing was told of a new run".to_owned())?;
        store.append(&claim(run(1)), &record(1), Some(&due(RunStatus::Waiting)), Now).await?;
        ensure(is_told(&mut watch).await, || "nothing was told of a run that is due anew".to_owned())
    })
}

fn nothing_changes(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        let (mut watch, mut due) = (store.watch(run(1)), store.watch_due());
        store.journal(run(1)).await?;
        ensure(!is_told(&mut watch).await && !is_told(&mut due).await, || "reading was told as a change".to_owned())
    })
}

pub(super) async fn is_told(watch: &mut Watch) -> bool {
    let mut changed = Box::pin(watch.changed());
    poll_fn(|context| Poll::Ready(changed.as_mut().poll(context) == Poll::Ready(true))).await
}
