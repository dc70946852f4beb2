//! `flowrun runs list`

use std::sync::Arc;

use flowrun_engine::{
    activity::Catalogue,
    requirement::NoAuthority,
    run::SilentObserver,
    store::{RunFilter, RunPage},
};

use crate::{
    arguments::{List, OutputFormat},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    report::{RunsDocument, runs_text},
    state::State,
};

/// Lists runs, newest first.
pub(crate) async fn list(environment: &Environment, arguments: &List) -> Result<Exit, CommandError> {
    let state = State::open(environment, "runs list")?;
    let page = page(&state, arguments).await?;
    let screen = &environment.screen;
    match screen.format() {
        OutputFormat::Text => screen.data(&runs_text(&page))?,
        OutputFormat::Json => screen.document(&RunsDocument::new(&page))?,
        OutputFormat::Jsonl => {
            for line in RunsDocument::new(&page).lines() {
                screen.line(line)?;
            }
        }
    }
    Ok(Exit::Success)
}

/// A page, with the status that runs really have: what is `running` in the store and driven by nobody is interrupted.
async fn page(state: &State, arguments: &List) -> Result<RunPage, CommandError> {
    // No definition is read, so no activity is needed.
    let engine = state.engine(Catalogue::default(), Arc::new(NoAuthority), Arc::new(SilentObserver));
    let before = match &arguments.before {
        Some(name) => Some(state.find(name).await?),
        None => None,
    };
    let limit = usize::from(arguments.limit);
    let mut filter = RunFilter { status: None, process: arguments.process.clone(), before, limit };
    let Some(wanted) = arguments.status else {
        let mut page = state.store().list(&filter).await?;
        page.runs.iter_mut().for_each(|summary| summary.status = engine.status(summary));
        return Ok(page);
    };
    let mut found = Vec::new();
    loop {
        let page = state.store().list(&filter).await?;
        for mut summary in page.runs {
            summary.status = engine.status(&summary);
            if summary.status != wanted {
                continue;
            }
            if found.len() == limit {
                let next = found.last().map(|summary: &flowrun_engine::store::RunSummary| summary.run);
                return Ok(RunPage { runs: found, next });
            }
            found.push(summary);
        }
        filter.before = page.next;
        if filter.before.is_none() {
            return Ok(RunPage { runs: found, next: None });
        }
    }
}
