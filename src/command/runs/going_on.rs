//! `flowrun runs resume`, `cancel` and `decide`: going on with a run, with the site that it began with.

use std::sync::Arc;

use flowrun_engine::id::{RunId, StepId};

use crate::{
    arguments::{Decide, Resume},
    command::{CommandError, Environment, run::Driving},
    connection::Connected,
    exit::Exit,
    state::State,
};

/// Goes on with a run. One that has ended is shown, and the program ends as it did.
pub(crate) async fn resume(environment: &Environment, arguments: &Resume) -> Result<Exit, CommandError> {
    let going = Going::open(environment, "runs resume", &arguments.run).await?;
    going.drive().await
}

/// Ends a run: what must be done at its end is done.
pub(crate) async fn cancel(environment: &Environment, arguments: &Resume) -> Result<Exit, CommandError> {
    let going = Going::open(environment, "runs cancel", &arguments.run).await?;
    going.driving.engine.request_cancel(going.run).await?;
    let exit = going.drive().await?;
    // The end that was asked for is no failure of the asking.
    Ok(if exit == Exit::RunCancelled { Exit::Success } else { exit })
}

/// Says what became of an effect, and goes on.
pub(crate) async fn decide(environment: &Environment, arguments: &Decide) -> Result<Exit, CommandError> {
    let going = Going::open(environment, "runs decide", &arguments.run).await?;
    let step = step(&arguments.node)?;
    going.driving.engine.decide_effect(going.run, &step, arguments.verdict.decision()).await?;
    going.drive().await
}

/// A run, and all that is needed to go on with it.
struct Going {
    run: RunId,
    driving: Driving,
}

impl Going {
    async fn open(environment: &Environment, doing: &str, name: &str) -> Result<Self, CommandError> {
        let state = Arc::new(State::open(environment, doing)?);
        let run = state.find(name).await?;
        let started = state.started(run).await?;
        let connected = Connected::again(environment, &started.context).await?;
        Ok(Self { run, driving: Driving::new(environment, &state, connected)? })
    }

    async fn drive(self) -> Result<Exit, CommandError> {
        self.driving.drive(self.run, &[]).await
    }
}

/// `NODE`, or `NODE[3]`.
fn step(text: &str) -> Result<StepId, CommandError> {
    let wrong = || CommandError::Usage(format!("`{text}` is neither NODE nor NODE[3]"), None);
    let Some((node, rest)) = text.split_once('[') else { return Ok(StepId { node: text.into(), item: None }) };
    let item = rest.strip_suffix(']').and_then(|item| item.parse().ok()).ok_or_else(wrong)?;
    Ok(StepId { node: node.into(), item: Some(item) })
}
