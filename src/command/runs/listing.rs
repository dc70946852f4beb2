//! The runs of a store, newest first, with the status that they really have: what is `running` in the store and driven by nobody is
//! interrupted.
//!
//! The store has a list for each status; several are read at once, each a page ahead.

use std::{collections::VecDeque, sync::Arc};

use flowrun_engine::{
    activity::Catalogue,
    id::RunId,
    requirement::NoAuthority,
    run::{Engine, RunStatus, SilentObserver},
    store::{RunFilter, RunSummary, Store},
};
use jiff::Timestamp;

use crate::{error::CommandError, state::State};

/// So many are read at a time.
const PAGE: usize = 64;

/// Which runs are wanted.
#[derive(Clone, Debug, Default)]
pub(in crate::command) struct Wanted {
    /// Those with one of these statuses; none stands for all.
    pub(in crate::command) statuses: Vec<RunStatus>,
    /// Those of this process.
    pub(in crate::command) process: Option<String>,
    /// Those that began then or later.
    pub(in crate::command) since: Option<Timestamp>,
    /// Those that are older than this one.
    pub(in crate::command) before: Option<RunId>,
}

/// Gives the runs one by one.
pub(in crate::command) struct Listing<'state> {
    store: &'state dyn Store,
    engine: Engine,
    wanted: Wanted,
    lists: Vec<List>,
}

/// One list of the store.
struct List {
    filter: RunFilter,
    page: VecDeque<RunSummary>,
    has_more: bool,
}

impl<'state> Listing<'state> {
    /// The runs of `state` that are wanted.
    pub(in crate::command) fn new(state: &'state State, wanted: Wanted) -> Self {
        // No definition is read, so no activity is needed.
        let engine = state.engine(Catalogue::default(), Arc::new(NoAuthority), Arc::new(SilentObserver));
        let lists = statuses_in_store(&wanted.statuses).into_iter().map(|status| List {
            filter: RunFilter { status, process: wanted.process.clone(), before: wanted.before, limit: PAGE },
            page: VecDeque::new(),
            has_more: true,
        });
        Self { store: state.store(), engine, lists: lists.collect(), wanted }
    }

    /// At most so many, and whether there are more.
    pub(in crate::command) async fn page(&mut self, limit: usize) -> Result<(Vec<RunSummary>, bool), CommandError> {
        let mut runs = Vec::new();
        while let Some(summary) = self.next().await? {
            if runs.len() == limit {
                return Ok((runs, true));
            }
            runs.push(summary);
        }
        Ok((runs, false))
    }

    /// The next run.
    pub(in crate::command) async fn next(&mut self) -> Result<Option<RunSummary>, CommandError> {
        while let Some(summary) = self.newest().await? {
            // Ids are in the order of time, so all after this one are older still.
            if self.wanted.since.is_some_and(|since| summary.started_at < since) {
                return Ok(None);
            }
            if self.wanted.statuses.is_empty() || self.wanted.statuses.contains(&summary.status) {
                return Ok(Some(summary));
            }
        }
        Ok(None)
    }

    /// The newest of all lists that is left.
    async fn newest(&mut self) -> Result<Option<RunSummary>, CommandError> {
        for list in &mut self.lists {
            list.fill(self.store, &self.engine).await?;
        }
        let newest = self.lists.iter_mut().max_by_key(|list| list.page.front().map(|summary| summary.run));
        Ok(newest.and_then(|list| list.page.pop_front()))
    }
}

impl List {
    async fn fill(&mut self, store: &dyn Store, engine: &Engine) -> Result<(), CommandError> {
        if self.has_more && self.page.is_empty() {
            let mut page = store.list(&self.filter).await?;
            let statuses = engine.statuses(&page.runs).await?;
            page.runs.iter_mut().zip(statuses).for_each(|(summary, status)| summary.status = status);
            self.has_more = page.next.is_some();
            self.filter.before = page.next;
            self.page = page.runs.into();
        }
        Ok(())
    }
}

/// The statuses under which the store may have runs with one of these.
fn statuses_in_store(statuses: &[RunStatus]) -> Vec<Option<RunStatus>> {
    if statuses.is_empty() {
        return vec![None];
    }
    let is_wanted = |status: &RunStatus| {
        let may_be_interrupted = matches!(status, RunStatus::Running | RunStatus::Waiting);
        statuses.contains(status) || (may_be_interrupted && statuses.contains(&RunStatus::Interrupted))
    };
    RunStatus::ALL.into_iter().filter(is_wanted).map(Some).collect()
}
