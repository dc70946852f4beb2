//! The rules about admission: no more runs of a process with one key than may be, in the order in which they asked.

use std::num::NonZeroU32;

use jiff::Timestamp;

use super::{
    Checked, Found, Rule, ensure, equal,
    sample::{DEFINITION, claim, driver, record, run, summary},
};
use crate::{
    concurrency::Admission,
    status::RunStatus,
    store::{Barrier::Now, DueRun, RunSummary, Store, StoreError},
};

pub(super) const RULES: &[Rule] = &[
    Rule { rule: "no more runs with one key are admitted than may be, and nothing is kept of another", check: no_more },
    Rule { rule: "keys are a process's own", check: own_keys },
    Rule { rule: "a run counts from its admission to its end, driven or not", check: until_its_end },
    Rule { rule: "a run that was admitted stays so, and repeating that is harmless", check: stays_admitted },
    Rule { rule: "of runs that wait and are driven, who asked first is admitted first", check: first_come },
    Rule { rule: "a run that was retried is admitted anew", check: retried },
    Rule { rule: "a run that waits is due once its turn has come", check: turn_is_due },
];

fn no_more(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        for number in [1, 2] {
            let admitted = limited(2, admitted(number));
            store.create(&admitted, DEFINITION, &record(0), Some(driver(1)), Now).await?;
        }
        let third = limited(2, admitted(3));
        is_refused(store.create(&third, DEFINITION, &record(0), Some(driver(1)), Now).await, &[1, 2])?;
        equal("what is kept of it", &store.summary(run(3)).await?, &None)?;
        equal("its journal", &store.journal(run(3)).await?, &Vec::new())?;
        let waits = limited(2, waiting(3));
        store.create(&waits, DEFINITION, &record(0), Some(driver(1)), Now).await?;
        is_refused(store.append(&claim(run(3)), &record(1), Some(&third), Now).await, &[1, 2])?;
        equal("its summary", &store.summary(run(3)).await?, &Some(waits))?;
        equal("its journal", &store.journal(run(3)).await?, &vec![record(0)])?;
        equal("who is ahead", &store.ahead(run(3), 9).await?, &vec![run(1), run(2)])?;
        equal("the first who is ahead", &store.ahead(run(3), 1).await?, &vec![run(1)])?;
        equal("who is ahead of an admitted run", &store.ahead(run(2), 9).await?, &Vec::new())?;
        store.append(&claim(run(1)), &record(1), Some(&ended(admitted(1))), Now).await?;
        store.append(&claim(run(3)), &record(1), Some(&third), Now).await?;
        equal("its summary", &store.summary(run(3)).await?, &Some(third))
    })
}

fn own_keys(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&admitted(1), DEFINITION, &record(0), None, Now).await?;
        let other_process = RunSummary { process: "other".to_owned(), ..admitted(2) };
        store.create(&other_process, DEFINITION, &record(0), None, Now).await?;
        store.create(&with_key("DEV", admitted(3)), DEFINITION, &record(0), None, Now).await?;
        store.create(&summary(4), DEFINITION, &record(0), None, Now).await?;
        is_refused(store.create(&admitted(5), DEFINITION, &record(0), None, Now).await, &[1])
    })
}

fn until_its_end(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&admitted(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        store.create(&waiting(2), DEFINITION, &record(0), Some(driver(2)), Now).await?;
        store.release(&claim(run(1)));
        let newer = store.claim(run(1), driver(3)).await?;
        let stopped = RunSummary { status: RunStatus::Interrupted, ..admitted(1) };
        store.append(&newer, &record(1), Some(&stopped), Now).await?;
        store.release(&newer);
        let second = crate::store::Claim { driver: driver(2), ..claim(run(2)) };
        is_refused(store.append(&second, &record(1), Some(&admitted(2)), Now).await, &[1])?;
        let newest = store.claim(run(1), driver(3)).await?;
        store.append(&newest, &record(2), Some(&ended(admitted(1))), Now).await?;
        store.append(&second, &record(1), Some(&admitted(2)), Now).await.map_err(Found::from)
    })
}

fn stays_admitted(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&waiting(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        store.append(&claim(run(1)), &record(1), Some(&admitted(1)), Now).await?;
        store.create(&waiting(2), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        store.append(&claim(run(1)), &record(1), Some(&admitted(1)), Now).await?;
        let status = RunStatus::Waiting;
        store.append(&claim(run(1)), &record(2), Some(&RunSummary { status, ..admitted(1) }), Now).await?;
        is_refused(store.append(&claim(run(2)), &record(1), Some(&admitted(2)), Now).await, &[1])
    })
}

fn first_come(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&admitted(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        // They are kept in another order than they asked in, and their ids are in another one still.
        for number in [5, 2, 3] {
            store.create(&waiting(number), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        }
        equal("who is ahead", &store.ahead(run(3), 9).await?, &vec![run(1), run(2)])?;
        store.append(&claim(run(1)), &record(1), Some(&ended(admitted(1))), Now).await?;
        is_refused(store.append(&claim(run(3)), &record(1), Some(&admitted(3)), Now).await, &[2])?;
        is_refused(store.append(&claim(run(5)), &record(1), Some(&admitted(5)), Now).await, &[2, 3])?;
        store.release(&claim(run(2)));
        let newer = store.claim(run(2), driver(2)).await?;
        store.release(&newer);
        is_refused(store.append(&claim(run(5)), &record(1), Some(&admitted(5)), Now).await, &[3])?;
        store.append(&claim(run(3)), &record(1), Some(&admitted(3)), Now).await?;
        equal("who is ahead", &store.ahead(run(5), 9).await?, &vec![run(3)])
    })
}

fn retried(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&admitted(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        store.append(&claim(run(1)), &record(1), Some(&ended(admitted(1))), Now).await?;
        store.create(&admitted(2), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        is_refused(store.append(&claim(run(1)), &record(2), Some(&asked(9, admitted(1))), Now).await, &[2])?;
        store.append(&claim(run(1)), &record(2), Some(&asked(9, waiting(1))), Now).await?;
        equal("who is ahead", &store.ahead(run(1), 9).await?, &vec![run(2)])
    })
}

fn turn_is_due(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&admitted(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        for number in [3, 2] {
            store.create(&waiting(number), DEFINITION, &record(0), None, Now).await?;
        }
        equal("what is due", &store.due(Timestamp::MAX, 9).await?, &Vec::new())?;
        store.append(&claim(run(1)), &record(1), Some(&ended(admitted(1))), Now).await?;
        let first = vec![DueRun { at: at(2), run: run(2) }];
        equal("what is due then", &store.due(Timestamp::MAX, 9).await?, &first)?;
        equal("what is due earlier", &store.due(at(1), 9).await?, &Vec::new())?;
        let newer = store.claim(run(2), driver(1)).await?;
        store.append(&newer, &record(1), Some(&admitted(2)), Now).await?;
        equal("what is due after it", &store.due(Timestamp::MAX, 9).await?, &Vec::new())
    })
}

fn at(second: u128) -> Timestamp {
    Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(i64::try_from(second).unwrap_or_default())
}

/// A run that waits for its turn, and asked in the second of its number.
fn waiting(number: u128) -> RunSummary {
    let (key, limit, asked_at) = ("OPS".to_owned(), NonZeroU32::MIN, at(number));
    let admission = Some(Admission { key, limit, asked_at, is_admitted: false });
    RunSummary { status: RunStatus::Waiting, admission, ..summary(number) }
}

fn admitted(number: u128) -> RunSummary {
    let asked = with(waiting(number), |admission| Admission { is_admitted: true, ..admission });
    RunSummary { status: RunStatus::Running, ..asked }
}

fn limited(limit: u32, summary: RunSummary) -> RunSummary {
    with(summary, |admission| Admission { limit: NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN), ..admission })
}

fn with_key(key: &str, summary: RunSummary) -> RunSummary {
    with(summary, |admission| Admission { key: key.to_owned(), ..admission })
}

fn asked(second: u128, summary: RunSummary) -> RunSummary {
    with(summary, |admission| Admission { asked_at: at(second), ..admission })
}

fn with(summary: RunSummary, change: impl FnOnce(Admission) -> Admission) -> RunSummary {
    RunSummary { admission: summary.admission.map(change), ..summary }
}

fn ended(summary: RunSummary) -> RunSummary {
    RunSummary { status: RunStatus::Completed, ended_at: Some(at(60)), ..summary }
}

fn is_refused(answer: Result<(), StoreError>, behind: &[u128]) -> Result<(), Found> {
    let behind: Vec<_> = behind.iter().map(|number| run(*number)).collect();
    let is_right = matches!(&answer, Err(StoreError::NotAdmitted { key, ahead }) if key == "OPS" && *ahead == behind);
    ensure(is_right, || format!("a run behind {behind:?} was answered with {answer:?}"))
}
