//! The rules about writing: a run begins once, its records follow one another, and what is repeated is harmless.

use serde_json::json;

use super::{
    Checked, Found, Rule, ensure, equal,
    sample::{DEFINITION, all, claim, hash, long, record, run, summary, with_key, with_output, with_status},
};
use crate::{
    id::{DefinitionHash, RunKey},
    status::RunStatus,
    store::{Barrier::Now, RunSummary, Store, StoreError},
};

pub(super) const RULES: &[Rule] = &[
    Rule { rule: "a run that was created is there", check: created_is_there },
    Rule { rule: "a run begins with record 0", check: first_record },
    Rule { rule: "creating a run again with the same first record is harmless", check: creating_again },
    Rule { rule: "a run is not created with another first record", check: other_first_record },
    Rule { rule: "a key names one run, and nothing is kept of another that wants it", check: key_is_taken },
    Rule { rule: "of two runs that want a key at once one gets it", check: key_at_once },
    Rule { rule: "records follow one another without a gap", check: gap },
    Rule { rule: "a record is not replaced by another", check: other_record },
    Rule { rule: "only creating a run begins its journal", check: append_begins_nothing },
    Rule { rule: "appending a record again is harmless, and brings no old summary back", check: appending_again },
    Rule { rule: "whatever changes in a summary is kept", check: summary_changes },
    Rule { rule: "a record without a summary leaves the summary as it is", check: summary_stays },
    Rule { rule: "values come back to the last digit", check: values_come_back },
    Rule { rule: "long records and definitions come back whole", check: long_ones },
    Rule { rule: "a run has the text of each definition that it had", check: another_definition },
    Rule { rule: "runs do not disturb one another", check: many_runs },
];

fn created_is_there(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&with_key(1, "nightly"), DEFINITION, &record(0), None, Now).await?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0)])?;
        equal("the summary", &store.summary(run(1)).await?, &Some(with_key(1, "nightly")))?;
        equal("the run with the key", &store.by_key(&RunKey::new("nightly")).await?, &Some(run(1)))?;
        equal("the definition", &store.definition(&hash()).await?.as_deref(), &Some(DEFINITION))
    })
}

fn first_record(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        is_sequence(store.create(&with_key(1, "nightly"), DEFINITION, &record(1), None, Now).await, 0, 1)?;
        equal("the summary", &store.summary(run(1)).await?, &None)?;
        equal("the run with the key", &store.by_key(&RunKey::new("nightly")).await?, &None)
    })
}

fn creating_again(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        for _ in 0..2 {
            store.create(&with_key(1, "nightly"), DEFINITION, &record(0), None, Now).await?;
        }
        let ended = RunSummary { key: Some(RunKey::new("nightly")), ..with_status(1, RunStatus::Completed) };
        store.append(&claim(run(1)), &record(1), Some(&ended), Now).await?;
        store.create(&with_key(1, "nightly"), DEFINITION, &record(0), None, Now).await?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0), record(1)])?;
        equal("the summary", &store.summary(run(1)).await?, &Some(ended))
    })
}

fn other_first_record(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        let refused = store.create(&with_status(1, RunStatus::Failed), DEFINITION, &long(0, 64), None, Now).await;
        is_sequence(refused, 1, 0)?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0)])?;
        equal("the summary", &store.summary(run(1)).await?, &Some(summary(1)))
    })
}

fn key_is_taken(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&with_key(1, "nightly"), DEFINITION, &record(0), None, Now).await?;
        is_key_taken(store.create(&with_key(2, "nightly"), DEFINITION, &record(0), None, Now).await)?;
        equal("the journal of the other", &store.journal(run(2)).await?, &Vec::new())?;
        equal("the summary of the other", &store.summary(run(2)).await?, &None)?;
        equal("the number of runs", &store.list(&all()).await?.runs.len(), &1)
    })
}

fn key_at_once(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let one = store.create(&with_key(1, "nightly"), DEFINITION, &record(0), None, Now);
        let other = store.create(&with_key(2, "nightly"), DEFINITION, &record(0), None, Now);
        one.await?;
        is_key_taken(other.await)?;
        equal("the run with the key", &store.by_key(&RunKey::new("nightly")).await?, &Some(run(1)))
    })
}

fn gap(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        store.append(&claim(run(1)), &record(1), None, Now).await?;
        is_sequence(store.append(&claim(run(1)), &record(3), None, Now).await, 2, 3)?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0), record(1)])
    })
}

fn other_record(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        store.append(&claim(run(1)), &record(1), None, Now).await?;
        let ended = with_status(1, RunStatus::Completed);
        is_sequence(store.append(&claim(run(1)), &long(1, 64), Some(&ended), Now).await, 2, 1)?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0), record(1)])?;
        equal("the summary", &store.summary(run(1)).await?, &Some(summary(1)))
    })
}

fn append_begins_nothing(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        for sequence in [0, 1] {
            is_sequence(store.append(&claim(run(1)), &record(sequence), Some(&summary(1)), Now).await, 0, sequence)?;
        }
        equal("the journal", &store.journal(run(1)).await?, &Vec::new())?;
        equal("the summary", &store.summary(run(1)).await?, &None)
    })
}

fn appending_again(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&summary(1), DEFINITION, &record(0), None, Now).await?;
        let waiting = with_status(1, RunStatus::NeedsDecision);
        for _ in 0..2 {
            store.append(&claim(run(1)), &record(1), Some(&waiting), Now).await?;
        }
        let ended = with_status(1, RunStatus::Completed);
        store.append(&claim(run(1)), &record(2), Some(&ended), Now).await?;
        store.append(&claim(run(1)), &record(1), Some(&waiting), Now).await?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0), record(1), record(2)])?;
        equal("the summary", &store.summary(run(1)).await?, &Some(ended))
    })
}

fn summary_changes(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let before = summary(1);
        store.create(&before, DEFINITION, &record(0), None, Now).await?;
        let ended = with_status(1, RunStatus::Failed);
        let renamed = RunSummary { process: "renamed".to_owned(), ..ended.clone() };
        for (sequence, after) in (1..).zip([before.clone(), ended, before, renamed]) {
            store.append(&claim(run(1)), &record(sequence), Some(&after), Now).await?;
            equal("the summary", &store.summary(run(1)).await?, &Some(after))?;
        }
        Ok(())
    })
}

fn summary_stays(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&with_key(1, "nightly"), DEFINITION, &record(0), None, Now).await?;
        store.append(&claim(run(1)), &record(1), None, Now).await?;
        equal("the summary", &store.summary(run(1)).await?, &Some(with_key(1, "nightly")))
    })
}

fn values_come_back(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let output = json!({ "sum": 0.1 + 0.2, "odd": 4.35 * 100.0, "whole": 1.0, "most": u64::MAX, "text": "ü\u{0}\u{10ffff}" });
        let record = with_output(0, output);
        store.create(&summary(1), DEFINITION, &record, None, Now).await?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record])
    })
}

fn long_ones(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let text = "a long definition\n".repeat(4096);
        store.create(&summary(1), &text, &long(0, 5_000), None, Now).await?;
        for sequence in 1..4 {
            store.append(&claim(run(1)), &long(sequence, 100_000), None, Now).await?;
        }
        let journal = store.journal(run(1)).await?;
        let written = vec![long(0, 5_000), long(1, 100_000), long(2, 100_000), long(3, 100_000)];
        ensure(journal == written, || "the journal is another".to_owned())?;
        ensure(store.definition(&hash()).await? == Some(text), || "the definition is another".to_owned())
    })
}

fn another_definition(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        store.create(&with_key(1, "nightly"), DEFINITION, &record(0), None, Now).await?;
        let other = DefinitionHash::new("0b");
        let now = RunSummary { definition: other.clone(), version: "2.0.0".to_owned(), ..with_key(1, "nightly") };
        for _ in 0..2 {
            store.append_with_definition(&claim(run(1)), &record(1), &now, "process: other\n").await?;
        }
        is_sequence(store.append_with_definition(&claim(run(1)), &record(3), &now, "").await, 2, 3)?;
        equal("the journal", &store.journal(run(1)).await?, &vec![record(0), record(1)])?;
        equal("the summary", &store.summary(run(1)).await?, &Some(now))?;
        equal("the definition", &store.definition(&other).await?.as_deref(), &Some("process: other\n"))?;
        equal("the first definition", &store.definition(&hash()).await?.as_deref(), &Some(DEFINITION))
    })
}

fn many_runs(store: &dyn Store) -> Checked<'_> {
    Box::pin(async move {
        let mut asked = Vec::new();
        for number in 0..40 {
            asked.push(store.create(&summary(number), DEFINITION, &record(0), None, Now));
            for sequence in 1..4 {
                asked.push(store.append(&claim(run(number)), &record(sequence), None, Now));
            }
        }
        for asked in asked {
            asked.await?;
        }
        for number in 0..40 {
            let journal: Vec<_> = (0..4).map(record).collect();
            equal("a journal", &store.journal(run(number)).await?, &journal)?;
        }
        Ok(())
    })
}

fn is_sequence(answer: Result<(), StoreError>, expected: u64, found: u64) -> Result<(), Found> {
    let is_right =
        matches!(answer, Err(StoreError::Sequence { expected: e, found: f, .. }) if (e, f) == (expected, found));
    ensure(is_right, || format!("record {found} after {expected} was answered with {answer:?}"))
}

fn is_key_taken(answer: Result<(), StoreError>) -> Result<(), Found> {
    let is_right = matches!(&answer, Err(StoreError::KeyTaken(key)) if key.as_str() == "nightly");
    ensure(is_right, || format!("a key that is taken was answered with {answer:?}"))
}
