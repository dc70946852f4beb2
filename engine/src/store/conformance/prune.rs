//! The rules about pruning: a run that has ended is forgotten, whole, and no other is.

use super::{
    Checked, Rule, ensure, equal,
    sample::{DEFINITION, all, claim, driver, long, record, run, summary, with_key, with_status},
    watch::is_told,
};
use crate::{
    id::RunKey,
    status::RunStatus,
    store::{Barrier::Now, RunSummary, Store, StoreError},
};

pub(super) const RULES: &[Rule] = &[
    Rule { rule: "a run that was pruned is nowhere any more, and its key is free", check: forgotten },
    Rule { rule: "a run that goes on is not pruned", check: goes_on },
    Rule { rule: "a run that somebody has claimed is not pruned", check: claimed },
    Rule { rule: "who watches a run is told that it was pruned", check: watched },
];

/// A run with a key, of two records, that has ended.
async fn ended(store: &dyn Store, number: u128, key: &str) -> Result<(), StoreError> {
    store.create(&with_key(number, key), DEFINITION, &record(0), None, Now).await?;
    let ended = RunSummary { key: Some(RunKey::new(key)), ..with_status(number, RunStatus::Failed) };
    let claim = claim(run(number));
    store.append(&claim, &long(1, 9_000), Some(&ended), Now).await?;
    store.release(&claim);
    Ok(())
}

fn forgotten(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        ended(store, 1, "nightly").await?;
        ended(store, 2, "weekly").await?;
        equal("how many records were forgotten", &store.prune(run(1)).await?, &2)?;
        equal("how many the second time", &store.prune(run(1)).await?, &0)?;
        equal("the summary", &store.summary(run(1)).await?, &None)?;
        equal("the journal", &store.journal(run(1)).await?, &Vec::new())?;
        equal("some records", &store.records(run(1), 0, 10).await?, &Vec::new())?;
        equal("the runs by their ids", &store.by_prefix("", 10).await?, &vec![run(2)])?;
        let left: Vec<_> = store.list(&all()).await?.runs.into_iter().map(|summary| summary.run).collect();
        equal("the list", &left, &vec![run(2)])?;
        equal("the run with the key", &store.by_key(&RunKey::new("nightly")).await?, &None)?;
        store.create(&with_key(3, "nightly"), DEFINITION, &record(0), None, Now).await?;
        equal("the next run with the key", &store.by_key(&RunKey::new("nightly")).await?, &Some(run(3)))?;
        equal("another run's journal", &store.journal(run(2)).await?.len(), &2)
    })
}

fn goes_on(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        let answer = store.prune(run(1)).await;
        let is_right = matches!(answer, Err(StoreError::NotEnded(of)) if of == run(1));
        ensure(is_right, || format!("pruning a run that goes on was answered with {answer:?}"))?;
        equal("its journal", &store.journal(run(1)).await?, &vec![record(0)])
    })
}

fn claimed(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        ended(store, 1, "nightly").await?;
        let claim = store.claim(run(1), driver(2)).await?;
        let answer = store.prune(run(1)).await;
        let is_right = matches!(answer, Err(StoreError::Claimed { driver: of, .. }) if of == driver(2));
        ensure(is_right, || format!("pruning a claimed run was answered with {answer:?}"))?;
        store.release(&claim);
        equal("how many records were forgotten after it was let go", &store.prune(run(1)).await?, &2)
    })
}

fn watched(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        ended(store, 1, "nightly").await?;
        let mut watch = store.watch(run(1));
        store.prune(run(1)).await?;
        ensure(is_told(&mut watch).await, || "nothing was told".to_owned())
    })
}
