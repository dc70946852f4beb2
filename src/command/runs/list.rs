//! `flowrun runs list`

use std::collections::BTreeMap;

use flowrun_engine::{
    id::RunId,
    run::Ahead,
    store::{RunFailure, RunPage, RunSummary},
};
use jiff::Timestamp;

use super::listing::{Listing, Wanted};
use crate::{
    arguments::{List, OutputFormat},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    pack::Pack,
    report::{ListedRun, NextPage, RunsDocument, ahead_text, runs_text},
    state::State,
};

/// Lists runs, newest first.
pub(crate) async fn list(
    environment: &Environment,
    pack: &'static dyn Pack,
    arguments: &List,
) -> Result<Exit, CommandError> {
    let state = State::open(environment, "runs list")?;
    let page = page(&state, pack, arguments).await?;
    let ahead = ahead_of(&state, pack, &page).await?;
    let screen = &environment.screen;
    match screen.format() {
        OutputFormat::Text => {
            let mut listed = Vec::new();
            for summary in &page.runs {
                let name = state.short_name_of(summary).await?;
                let waits = match ahead.get(&summary.run) {
                    Some(ahead) => {
                        Some(format!("waits {}", ahead_text(ahead, &state.short_name_of(&ahead.first).await?)))
                    }
                    None => None,
                };
                listed.push(ListedRun { summary, name, waits });
            }
            let next = page.next.map(|before| NextPage { before, words: repeated(arguments) });
            screen.data(&runs_text(&listed, next.as_ref(), Timestamp::now(), screen.width()))?;
        }
        OutputFormat::Json => screen.document(&RunsDocument::new(&page, &ahead))?,
        OutputFormat::Jsonl => {
            for line in RunsDocument::new(&page, &ahead).lines() {
                screen.line(line)?;
            }
        }
    }
    Ok(Exit::Success)
}

async fn page(state: &State, pack: &'static dyn Pack, arguments: &List) -> Result<RunPage, CommandError> {
    let before = match &arguments.before {
        Some(name) => Some(state.find(name).await?),
        None => None,
    };
    let (process, since) = (arguments.process.clone(), arguments.since);
    let wanted = Wanted { statuses: arguments.statuses(), process, since, before };
    let (mut runs, has_more) = Listing::new(state, wanted).page(usize::from(arguments.limit)).await?;
    for summary in runs.iter_mut().filter(|summary| lacks_failure(summary)) {
        summary.failure = failure(state, pack, summary).await?;
    }
    let next = runs.last().filter(|_| has_more).map(|last| last.run);
    Ok(RunPage { runs, next })
}

/// What those runs of a page wait for that wait for their turn.
async fn ahead_of(
    state: &State,
    pack: &'static dyn Pack,
    page: &RunPage,
) -> Result<BTreeMap<RunId, Ahead>, CommandError> {
    let engine = state.disconnected_engine(pack);
    let mut found = BTreeMap::new();
    let waits = |summary: &&RunSummary| summary.admission.as_ref().is_some_and(|asked| !asked.is_admitted);
    for summary in page.runs.iter().filter(waits) {
        found.extend(engine.ahead(summary.run).await?.map(|ahead| (summary.run, ahead)));
    }
    Ok(found)
}

/// Whether the version that wrote a failed run wrote no failure beside its status.
fn lacks_failure(summary: &RunSummary) -> bool {
    summary.status == flowrun_engine::run::RunStatus::Failed && summary.failure.is_none()
}

/// The failure of such a run, from its journal.
async fn failure(
    state: &State,
    pack: &'static dyn Pack,
    summary: &RunSummary,
) -> Result<Option<RunFailure>, CommandError> {
    let engine = state.disconnected_engine(pack);
    Ok(engine.state(summary.run).await?.error().as_ref().map(RunFailure::new))
}

/// What was asked for, for the command of the next page.
fn repeated(arguments: &List) -> String {
    let statuses = arguments.statuses().iter().map(|status| format!(" --status {status}")).collect::<String>();
    let process = arguments.process.as_ref().map(|process| format!(" --process {process}"));
    let since = arguments.since.map(|since| format!(" --since {since:.0}"));
    let limit = (arguments.limit != 20).then(|| format!(" --limit {}", arguments.limit));
    statuses + &process.into_iter().chain(since).chain(limit).collect::<String>()
}
