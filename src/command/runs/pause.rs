//! `flowrun runs pause`: nothing more of a run begins, whoever drives it, until somebody resumes it. No connection is needed for that.

use flowrun_engine::{journal::Signal, run::RunStatus};

use super::resume::{
    StoredRun,
    told::{self, Asking},
};
use crate::{
    arguments::Pause, command::run::report, environment::Environment, error::CommandError, exit::Exit, pack::Pack,
};

/// Pauses a run.
pub(crate) async fn pause(
    environment: &Environment,
    pack: &'static dyn Pack,
    arguments: &Pause,
) -> Result<Exit, CommandError> {
    let stored = StoredRun::open(environment, pack, ("runs pause", None), &arguments.run).await?;
    if let Some(process) = stored.driver().await? {
        let asking = Asking { signal: Signal::Pause, words: ("pause", "pause"), status: RunStatus::Paused };
        let (state, run, _stop) = stored.telling(environment).await?;
        return told::ask(environment, pack, (&state, &run), (&process, asking)).await;
    }
    let (engine, run) = (stored.engine(), stored.run.run());
    engine.request_pause(run).await?;
    report(&environment.screen, pack, (&stored.state, &engine.state(run).await?), &[]).await?;
    Ok(Exit::Success)
}
