//! All that a store answers about what the rules write, to compare it with what it answers later.

use jiff::Timestamp;

use super::{
    Found, equal,
    sample::{KEYS, RUNS, all, hash, run},
};
use crate::{
    id::{RunId, RunKey},
    journal::{Record, Signal},
    status::RunStatus,
    store::{DueRun, RunFilter, RunSummary, Store},
};

/// The answers.
pub(super) struct Answers {
    definition: Option<String>,
    journals: Vec<Vec<Record>>,
    summaries: Vec<Option<RunSummary>>,
    lists: Vec<Vec<RunSummary>>,
    inboxes: Vec<Vec<(u64, Signal)>>,
    by_key: Vec<Option<RunId>>,
    by_prefix: Vec<RunId>,
    due: Vec<DueRun>,
}

impl Answers {
    /// Those that the store gives now.
    pub(super) async fn of(store: &dyn Store) -> Result<Self, Found> {
        let (mut journals, mut summaries, mut inboxes) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..RUNS {
            journals.push(store.journal(run(number)).await?);
            summaries.push(store.summary(run(number)).await?);
            inboxes.push(store.inbox(run(number), 0).await?);
        }
        let mut lists = Vec::new();
        for status in RunStatus::ALL.map(Some).into_iter().chain([None]) {
            lists.push(store.list(&RunFilter { status, ..all() }).await?.runs);
        }
        let mut by_key = Vec::new();
        for key in KEYS {
            by_key.push(store.by_key(&RunKey::new(key)).await?);
        }
        let definition = store.definition(&hash()).await?;
        let (by_prefix, due) = (store.by_prefix("", 1000).await?, store.due(Timestamp::MAX, 1000).await?);
        Ok(Self { definition, journals, summaries, inboxes, lists, by_key, by_prefix, due })
    }

    /// What is not as it was `before`.
    pub(super) fn equal(&self, before: &Self) -> Result<(), Found> {
        equal("the definition", &self.definition, &before.definition)?;
        equal("the journals", &self.journals, &before.journals)?;
        equal("the summaries", &self.summaries, &before.summaries)?;
        equal("the inboxes", &self.inboxes, &before.inboxes)?;
        equal("the lists", &self.lists, &before.lists)?;
        equal("the runs with keys", &self.by_key, &before.by_key)?;
        equal("the runs by their ids", &self.by_prefix, &before.by_prefix)?;
        equal("the runs that are due", &self.due, &before.due)
    }
}
