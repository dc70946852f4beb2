//! The rules about claims: one driver at a time appends to a run's journal, and whoever had it before cannot any more.

use super::{
    Checked, Found, Rule, ensure, equal,
    sample::{DEFINITION, claim, driver, record, run, summary},
    watch::is_told,
};
use crate::store::{Barrier::Now, Claim, Store, StoreError};

pub(super) const RULES: &[Rule] = &[
    Rule { rule: "a run is claimed by one driver at a time", check: one_at_a_time },
    Rule { rule: "whoever creates a run to drive it has its first claim", check: claimed_when_created },
    Rule { rule: "it is told who has which run", check: drivers_are_told },
    Rule { rule: "it is told whether anybody drives all runs", check: drivers_of_all_are_told },
    Rule { rule: "nothing is appended under an older claim", check: older_claim },
    Rule { rule: "nothing is appended under a claim that was released for another", check: released_claim },
    Rule { rule: "what was asked for before a claim was released is done", check: asked_before_release },
    Rule { rule: "appending a record again is harmless under an older claim too", check: again_under_older_claim },
    Rule { rule: "who waits for a run to be let go is told", check: release_is_told },
];

fn one_at_a_time(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        let first = store.claim(run(1), driver(1)).await?;
        equal("the claim", &first, &Claim { run: run(1), number: first.number, driver: driver(1) })?;
        for other in [1, 2] {
            is_claimed(store.claim(run(1), driver(other)).await)?;
        }
        store.claim(run(2), driver(2)).await?;
        store.append(&first, &record(1), None, Now).await?;
        store.release(&first);
        let second = store.claim(run(1), driver(2)).await?;
        ensure(second.number > first.number, || format!("claim {} came after {}", second.number, first.number))
    })
}

fn claimed_when_created(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        is_claimed(store.claim(run(1), driver(2)).await)?;
        store.append(&claim(run(1)), &record(1), None, Now).await?;
        store.release(&claim(run(1)));
        store.claim(run(1), driver(2)).await.map(drop).map_err(Found::from)
    })
}

fn drivers_of_all_are_told(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let told = |when: &str, expected: bool| equal(when, &store.has_driver_of_all()?, &expected);
        told("whether anybody drives all at first", false)?;
        for (driver_of_all, drives_all) in [(1, true), (1, true), (2, true), (1, false), (2, false)] {
            store.set_drives_all(driver(driver_of_all), drives_all)?;
            told("whether anybody drives all still", true)?;
        }
        store.set_drives_all(driver(1), false)?;
        told("whether anybody drives all in the end", false)
    })
}

fn drivers_are_told(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        store.create(&summary(2), DEFINITION, &record(0), None, Now).await?;
        let runs = [run(2), run(1), run(3)];
        equal("who has the runs", &store.drivers(&runs).await?, &vec![None, Some(driver(1)), None])?;
        let claimed = store.claim(run(2), driver(2)).await?;
        store.release(&claim(run(1)));
        // What is asked for later is done later.
        let newer = store.claim(run(1), driver(2)).await?;
        store.release(&newer);
        store.append(&claimed, &record(1), None, Now).await?;
        equal("who has the runs then", &store.drivers(&runs).await?, &vec![Some(driver(2)), None, None])
    })
}

fn older_claim(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        store.release(&claim(run(1)));
        let newer = store.claim(run(1), driver(2)).await?;
        store.append(&newer, &record(1), None, Now).await?;
        is_superseded(store.append(&claim(run(1)), &record(2), None, Now).await)?;
        store.release(&newer);
        is_superseded(store.append(&claim(run(1)), &record(2), None, Now).await)?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0), record(1)])
    })
}

fn released_claim(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        store.release(&claim(run(1)));
        let newer = store.claim(run(1), driver(2)).await?;
        is_superseded(store.append(&claim(run(1)), &record(1), None, Now).await)?;
        store.append(&newer, &record(1), None, Now).await?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0), record(1)])
    })
}

fn asked_before_release(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        drop(store.create(&summary(1), DEFINITION, &record(0), Some(driver(1)), Now));
        drop(store.append(&claim(run(1)), &record(1), None, Now));
        store.release(&claim(run(1)));
        let newer = store.claim(run(1), driver(2)).await?;
        store.append(&newer, &record(2), None, Now).await?;
        equal("the journal", &store.journal(run(1)).await?, &(0..3).map(record).collect())
    })
}

fn again_under_older_claim(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        store.append(&claim(run(1)), &record(1), None, Now).await?;
        store.release(&claim(run(1)));
        let newer = store.claim(run(1), driver(2)).await?;
        store.append(&newer, &record(2), None, Now).await?;
        store.append(&claim(run(1)), &record(1), None, Now).await?;
        equal("the journal", &store.journal(run(1)).await?, &(0..3).map(record).collect())
    })
}

fn release_is_told(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), Some(driver(1)), Now).await?;
        let (mut of_run, mut due) = (store.watch(run(1)), store.watch_due());
        store.release(&claim(run(1)));
        // It is let go, and whoever waits was told, before it is claimed again.
        let newer = store.claim(run(1), driver(2)).await?;
        ensure(is_told(&mut of_run).await, || "who watches the run was told nothing".to_owned())?;
        ensure(is_told(&mut due).await, || "who watches what is due was told nothing".to_owned())?;
        store.release(&newer);
        Ok(())
    })
}

fn is_claimed(answer: Result<Claim, StoreError>) -> Result<(), Found> {
    let is_right = matches!(answer, Err(StoreError::Claimed { run: of, .. }) if of == run(1));
    ensure(is_right, || format!("a run that is claimed was claimed: {answer:?}"))
}

fn is_superseded(answer: Result<(), StoreError>) -> Result<(), Found> {
    let is_right = matches!(answer, Err(StoreError::Superseded { run: of, number: 1 }) if of == run(1));
    ensure(is_right, || format!("an append under an older claim was answered with {answer:?}"))
}
