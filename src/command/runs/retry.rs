//! `flowrun runs retry`: a run that failed or was cancelled goes on with what was not done, over the connection that it began with.
//!
//! What the engine refuses, and a grant that is missing, is told before anything of the run changes.

use clap::ArgMatches;
use flowrun_engine::run::{self, RunState};

use super::resume::StoredRun;
use crate::{arguments::Retry, environment::Environment, error::CommandError, exit::Exit, inputs, pack::Pack};

/// Retries a run, and drives it.
pub(crate) async fn retry(
    environment: &Environment,
    pack: &'static dyn Pack,
    (arguments, typed): (&Retry, &ArgMatches),
) -> Result<Exit, CommandError> {
    let stored = StoredRun::open(environment, pack, ("runs retry", None), &arguments.run).await?;
    let retry = wanted(&stored.run, arguments)?;
    let retried = stored.engine().retry_preview(stored.run.run(), &retry).await?;
    let (resumed, reported) = stored.retried(retried).checked(environment, typed, arguments.wait).await?;
    resumed.driving.engine.retry(resumed.run, &retry).await?;
    resumed.drive(&reported).await
}

/// What is to go again, and with which inputs.
fn wanted(state: &RunState, arguments: &Retry) -> Result<run::Retry, CommandError> {
    let given = (arguments.input.as_slice(), arguments.inputs.as_deref());
    let mut retry = run::Retry::default();
    retry.nodes = arguments.nodes.iter().map(|node| node.as_str().into()).collect();
    retry.downstream = arguments.downstream;
    // A run that has not ended, or completed, is refused whatever its inputs.
    if state.is_ended() {
        retry.inputs = inputs::rebind(state.definition(), state.inputs(), given)?;
    }
    Ok(retry)
}
