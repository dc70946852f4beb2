//! `flowrun runs show`

use std::sync::Arc;

use flowrun_engine::run::SilentObserver;

use crate::{
    arguments::{OutputFormat, Show},
    command::{CommandError, Environment},
    connection,
    exit::Exit,
    report::{RunDocument, RunView, journal_text, run_details},
    state::State,
};

/// Shows a run in full. A failed run is shown as well as any other: the exit code is 0.
pub(crate) async fn show(environment: &Environment, arguments: &Show) -> Result<Exit, CommandError> {
    let state = State::open(environment, "runs show")?;
    let run = state.find(&arguments.run).await?;
    let engine = state.engine(connection::offline_catalogue().clone(), Arc::new(SilentObserver));
    let shown = engine.state(run).await?;
    let journal = if arguments.entries { state.store().journal(run).await? } else { Vec::new() };
    let screen = &environment.screen;
    if screen.format() == OutputFormat::Text {
        let journal = if arguments.entries { journal_text(&journal) } else { String::new() };
        screen.data(&(run_details(&shown) + &journal))?;
    } else {
        let document = RunDocument::of(RunView::new(&shown), &[]);
        let document = if arguments.entries { document.with_entries(run, &journal) } else { document };
        screen.document(&document)?;
    }
    Ok(Exit::Success)
}
