//! The rules about reading: what is not there is told so, and lists follow what is written.

use super::{
    Checked, Found, Rule,
    answers::Answers,
    equal,
    sample::{DEFINITION, all, record, run, summary, with_status},
};
use crate::{
    id::RunId,
    status::RunStatus,
    store::{Barrier::Now, RunFilter, RunSummary, Store},
};

pub(super) const RULES: &[Rule] = &[
    Rule { rule: "a new store has nothing", check: new_is_empty },
    Rule { rule: "asking changes nothing", check: asking_changes_nothing },
    Rule { rule: "lists are newest first, and pages of one follow one another", check: pages },
    Rule { rule: "lists follow the status and the process", check: lists_follow },
    Rule { rule: "runs are found by the beginning of their id", check: by_prefix },
];

fn new_is_empty(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        equal("the journal", &store.journal(run(1)).await?, &Vec::new())?;
        equal("the summary", &store.summary(run(1)).await?, &None)?;
        equal("the definition", &store.definition(&super::sample::hash()).await?, &None)?;
        equal("the runs", &store.list(&all()).await?.runs, &Vec::new())?;
        equal("the run with a key", &store.by_key(&"nightly".into()).await?, &None)?;
        equal("runs by their ids", &store.by_prefix("", 10).await?, &Vec::new())
    })
}

fn asking_changes_nothing(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), Now).await?;
        let before = Answers::of(store).await?;
        Answers::of(store).await?.equal(&before)
    })
}

fn pages(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        // Not in the order of their ids.
        for number in [3, 1, 5, 2, 4] {
            store.create(&summary(number), DEFINITION, &record(0), Now).await?;
        }
        for limit in 1..7 {
            let pages = followed(store, RunFilter { limit, ..all() }).await?;
            let newest_first: Vec<RunId> = (1..6).rev().map(run).collect();
            equal("the pages", &pages, &newest_first.chunks(limit).map(<[RunId]>::to_vec).collect())?;
        }
        Ok(())
    })
}

fn lists_follow(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        for number in 1..6 {
            let process = if number == 3 { "other" } else { "sample" };
            let summary = RunSummary { process: process.to_owned(), ..summary(number) };
            store.create(&summary, DEFINITION, &record(0), Now).await?;
        }
        let failed = with_status(2, RunStatus::Failed);
        store.append(run(2), &record(1), Some(&failed), Now).await?;
        let table = [
            (None, None, vec![5, 4, 3, 2, 1]),
            (Some(RunStatus::Running), None, vec![5, 4, 3, 1]),
            (Some(RunStatus::Failed), None, vec![2]),
            (Some(RunStatus::Completed), None, vec![]),
            (None, Some("other"), vec![3]),
            (Some(RunStatus::Running), Some("sample"), vec![5, 4, 1]),
            (Some(RunStatus::Failed), Some("other"), vec![]),
        ];
        for (status, process, expected) in table {
            let filter = RunFilter { status, process: process.map(ToOwned::to_owned), limit: 2, ..all() };
            let what = format!("the runs that are {status:?} of {process:?}");
            let runs: Vec<RunId> = expected.into_iter().map(run).collect();
            equal(&what, &followed(store, filter).await?.concat(), &runs)?;
        }
        Ok(())
    })
}

fn by_prefix(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        for number in [1, 2, 0x12] {
            store.create(&summary(number), DEFINITION, &record(0), Now).await?;
        }
        let whole = run(2).to_string();
        let table = [
            ("", 10, vec![0x12, 2, 1]),
            ("", 2, vec![0x12, 2]),
            ("00000000-00", 10, vec![0x12, 2, 1]),
            ("00000000-001", 10, vec![0x12]),
            (&whole, 10, vec![2]),
            ("f", 10, vec![]),
            // It is in the middle of all.
            ("7000", 10, vec![]),
            ("no id", 10, vec![]),
        ];
        for (prefix, limit, expected) in table {
            let runs: Vec<RunId> = expected.into_iter().map(run).collect();
            equal(&format!("the ids that begin with `{prefix}`"), &store.by_prefix(prefix, limit).await?, &runs)?;
        }
        Ok(())
    })
}

/// A list, followed to its end.
async fn followed(store: &dyn Store, mut filter: RunFilter) -> Result<Vec<Vec<RunId>>, Found> {
    let mut pages = Vec::new();
    // One page more than there are runs: a list without an end is told, not followed.
    for _ in 0..8 {
        let page = store.list(&filter).await?;
        pages.push(page.runs.iter().map(|summary| summary.run).collect());
        match page.next {
            Some(next) => filter.before = Some(next),
            None => return Ok(pages),
        }
    }
    Err(Found(format!("the list does not end: {pages:?}")))
}
