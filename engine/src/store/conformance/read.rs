//! The rules about reading: what is not there is told so, and lists follow what is written.

use jiff::Timestamp;

use super::{
    Checked, Found, Rule,
    answers::Answers,
    equal,
    sample::{DEFINITION, all, claim, record, run, summary, with_status},
};
use crate::{
    id::RunId,
    status::RunStatus,
    store::{Barrier::Now, DueRun, RunFilter, RunSummary, Store},
};

pub(super) const RULES: &[Rule] = &[
    Rule { rule: "a new store has nothing", check: new_is_empty },
    Rule { rule: "asking changes nothing", check: asking_changes_nothing },
    Rule { rule: "lists are newest first, and pages of one follow one another", check: pages },
    Rule { rule: "lists follow the status and the process", check: lists_follow },
    Rule { rule: "runs are found by the beginning of their id", check: by_prefix },
    Rule { rule: "runs are due when their summaries say, the first first", check: due },
    Rule { rule: "a run is due by its newest summary alone", check: due_anew },
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
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        let before = Answers::of(store).await?;
        Answers::of(store).await?.equal(&before)
    })
}

fn pages(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        // Not in the order of their ids.
        for number in [3, 1, 5, 2, 4] {
            store.create(&summary(number), DEFINITION, &record(0), None, Now).await?;
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
            store.create(&summary, DEFINITION, &record(0), None, Now).await?;
        }
        let failed = with_status(2, RunStatus::Failed);
        store.append(&claim(run(2)), &record(1), Some(&failed), Now).await?;
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
            store.create(&summary(number), DEFINITION, &record(0), None, Now).await?;
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

fn due(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let times = [(1, Some(30)), (2, None), (3, Some(10)), (4, Some(20)), (5, Some(10)), (6, Some(0))];
        for (number, second) in times {
            store.create(&due_at(number, second), DEFINITION, &record(0), None, Now).await?;
        }
        let table = [
            (-1, 10, vec![]),
            (0, 10, vec![6]),
            (9, 10, vec![6]),
            (10, 10, vec![6, 3, 5]),
            (10, 2, vec![6, 3]),
            (25, 10, vec![6, 3, 5, 4]),
            (30, 10, vec![6, 3, 5, 4, 1]),
            (30, 0, vec![]),
        ];
        for (second, limit, expected) in table {
            let due = store.due(at(second), limit).await?.into_iter().map(|due| due.run).collect();
            equal(
                &format!("{limit} runs due after {second} s"),
                &due,
                &expected.into_iter().map(run).collect::<Vec<_>>(),
            )?;
        }
        Ok(())
    })
}

fn due_anew(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&due_at(1, Some(10)), DEFINITION, &record(0), None, Now).await?;
        store.create(&due_at(2, Some(20)), DEFINITION, &record(0), None, Now).await?;
        let mut sequence = 0;
        for second in [Some(30), Some(5), None, Some(20), Some(20)] {
            sequence += 1;
            store.append(&claim(run(1)), &record(sequence), Some(&due_at(1, second)), Now).await?;
            let mut expected: Vec<DueRun> = vec![DueRun { at: at(20), run: run(2) }];
            expected.extend(second.map(|second| DueRun { at: at(second), run: run(1) }));
            expected.sort();
            equal("what is due", &store.due(at(100), 10).await?, &expected)?;
        }
        Ok(())
    })
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn due_at(number: u128, second: Option<i64>) -> RunSummary {
    RunSummary { status: RunStatus::Waiting, due: second.map(at), ..summary(number) }
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
