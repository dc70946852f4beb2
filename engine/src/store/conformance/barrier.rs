//! The rules about barriers: what rides is durable with what comes after it, and readers see records and summaries together.

use super::{
    Checked, Rule, ensure, equal,
    sample::{DEFINITION, claim, record, run, summary, with_status},
};
use crate::{
    status::RunStatus,
    store::{
        Barrier::{Now, Rides},
        Store,
    },
};

pub(super) const RULES: &[Rule] = &[
    Rule { rule: "what rides is durable with what comes after it, of all runs", check: rides_along },
    Rule { rule: "what rides alone becomes durable too", check: rides_alone },
    Rule { rule: "what nobody waits for is kept all the same", check: nobody_waits },
    Rule { rule: "a record and its summary become visible together", check: visible_together },
    Rule { rule: "what is asked for in turn is kept in turn", check: in_turn },
];

fn rides_along(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let first = store.create(&summary(1), DEFINITION, &record(0), None, Rides);
        let second = store.append(&claim(run(1)), &record(1), None, Rides);
        store.create(&summary(2), DEFINITION, &record(0), None, Now).await?;
        equal("the journal of what rode", &store.journal(run(1)).await?, &vec![record(0), record(1)])?;
        first.await?;
        Ok(second.await?)
    })
}

fn rides_alone(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Rides).await?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0)])
    })
}

fn nobody_waits(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        drop(store.create(&summary(1), DEFINITION, &record(0), None, Rides));
        drop(store.append(&claim(run(1)), &record(1), None, Now));
        store.create(&summary(2), DEFINITION, &record(0), None, Now).await?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0), record(1)])
    })
}

fn visible_together(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        let ended = with_status(1, RunStatus::Completed);
        let riding = store.append(&claim(run(1)), &record(1), Some(&ended), Rides);
        // It may become durable at any moment: the summary is never ahead of the journal that is read after it.
        let status = store.summary(run(1)).await?.map(|summary| summary.status);
        let records = store.journal(run(1)).await?.len();
        let is_ahead = status == Some(RunStatus::Completed) && records < 2;
        ensure(!is_ahead, || format!("the run is {status:?} with {records} record"))?;
        riding.await?;
        equal("the summary", &store.summary(run(1)).await?, &Some(ended))?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0), record(1)])
    })
}

fn in_turn(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let mut asked = vec![store.create(&summary(1), DEFINITION, &record(0), None, Now)];
        for sequence in 1..30 {
            let barrier = if sequence % 3 == 0 { Now } else { Rides };
            asked.push(store.append(&claim(run(1)), &record(sequence), None, barrier));
        }
        for asked in asked {
            asked.await?;
        }
        equal("the journal", &store.journal(run(1)).await?, &(0..30).map(record).collect())
    })
}
