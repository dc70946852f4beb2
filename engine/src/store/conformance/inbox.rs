//! The rules about inboxes: what is said to a run waits there, in order, until the run ends.

use serde_json::json;

use super::{
    Checked, Found, Rule, ensure, equal,
    sample::{DEFINITION, claim, driver, record, run, summary, with_status},
    watch::is_told,
};
use crate::{
    id::{NodeId, RunId, StepPath},
    journal::{Decision, Signal},
    status::RunStatus,
    store::{Barrier::Now, Store, StoreError},
};

pub(super) const RULES: &[Rule] = &[
    Rule { rule: "messages are read in the order in which they came", check: in_order },
    Rule { rule: "a run that is not there takes no message", check: not_there },
    Rule { rule: "a run that has ended takes no message, and keeps the newest that it had", check: ended },
    Rule { rule: "a run that was retried takes messages, with numbers above those of before", check: retried },
    Rule { rule: "who watches an inbox is told of a message before that is acknowledged", check: inbox_is_watched },
];

fn in_order(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        for number in [1, 2] {
            store.create(&summary(number), DEFINITION, &record(0), None, Now).await?;
        }
        let said = signals();
        for (number, signal) in (1..).zip(&said) {
            equal("a message's number", &store.post(run(1), signal).await?, &number)?;
            store.append(&claim(run(1)), &record(number), None, Now).await?;
        }
        equal("the number of another run's message", &store.post(run(2), &Signal::Cancel).await?, &1)?;
        let all: Vec<_> = (1..).zip(said).collect();
        for after in 0..=all.len() {
            equal("the inbox", &store.inbox(run(1), after as u64).await?, &all[after..].to_vec())?;
        }
        equal("the inbox far behind the end", &store.inbox(run(1), u64::MAX).await?, &Vec::new())
    })
}

fn not_there(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        is_not_open(store.post(run(1), &Signal::Cancel).await, run(1))?;
        equal("the inbox", &store.inbox(run(1), 0).await?, &Vec::new())?;
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        equal("the inbox", &store.inbox(run(1), 0).await?, &Vec::new())
    })
}

fn ended(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        store.post(run(1), &Signal::Cancel).await?;
        let summary = with_status(1, RunStatus::Cancelled);
        store.append(&claim(run(1)), &record(1), Some(&summary), Now).await?;
        let newest = store.inbox(run(1), 0).await?.last().cloned();
        equal("the newest message", &newest, &Some((1, Signal::Cancel)))?;
        is_not_open(store.post(run(1), &Signal::Cancel).await, run(1))
    })
}

fn retried(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        let first = store.claim(run(1), driver(1)).await?;
        for number in [1, 2] {
            equal("a message's number", &store.post(run(1), &Signal::Cancel).await?, &number)?;
        }
        store.append(&first, &record(1), Some(&with_status(1, RunStatus::Failed)), Now).await?;
        store.release(&first);
        let newer = store.claim(run(1), driver(2)).await?;
        ensure(newer.number > first.number, || format!("claim {} came after {}", newer.number, first.number))?;
        store.append(&newer, &record(2), Some(&summary(1)), Now).await?;
        equal("the summary", &store.summary(run(1)).await?, &Some(summary(1)))?;
        equal("a message's number", &store.post(run(1), &Signal::Cancel).await?, &3)?;
        equal("the inbox", &store.inbox(run(1), 2).await?, &vec![(3, Signal::Cancel)])
    })
}

fn inbox_is_watched(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        let (mut one, mut other) = (store.watch_inbox(run(1)), store.watch_inbox(run(2)));
        store.post(run(1), &Signal::Cancel).await?;
        ensure(is_told(&mut one).await, || "nothing was told of a message".to_owned())?;
        ensure(!is_told(&mut other).await, || "a message to another run was told".to_owned())
    })
}

/// One of each kind, and one that is long.
fn signals() -> Vec<Signal> {
    let step = || StepPath::of(NodeId::from("file"));
    let decide = |decision| Signal::Decide { step: step(), decision };
    vec![
        Signal::Cancel,
        decide(Decision::Happened { key: "OPS-7".to_owned() }),
        decide(Decision::DidNotHappen),
        decide(Decision::Abort),
        Signal::Answer { step: step(), answer: json!({ "text": "0123456789".repeat(2_000) }) },
    ]
}

fn is_not_open(answer: Result<u64, StoreError>, run: RunId) -> Result<(), Found> {
    let is_right = matches!(answer, Err(StoreError::NotOpen(of)) if of == run);
    ensure(is_right, || format!("a message to a run that takes none was answered with {answer:?}"))
}
