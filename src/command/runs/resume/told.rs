//! Telling the process that drives a run what to do with it, and following the run until it has.

use std::time::Duration;

use flowrun_engine::{
    id::{RunId, StepPath},
    journal::Decision,
    store::StoreError,
};
use flowrun_shared_store::Process;
use tokio::time::timeout;

use crate::{
    command::run::report, environment::Environment, error::CommandError, exit::Exit, pack::Pack, state::State,
};

/// So long is a run followed to its end: what is on the wire may take its time, and `finally` too.
const LONGEST_END: Duration = Duration::from_secs(60);

/// Has a run ended by whoever drives it, and follows it to its end.
pub(super) async fn cancel(
    environment: &Environment,
    pack: &dyn Pack,
    (state, run): (&State, RunId),
    driver: &Process,
) -> Result<Exit, CommandError> {
    environment.screen.note(&format!("telling {driver}, which drives the run\n"));
    let engine = state.disconnected_engine(pack);
    engine.request_cancel(run).await?;
    let followed = timeout(LONGEST_END, until_let_go(state, run)).await;
    let shown = engine.state(run).await?;
    report(&environment.screen, pack, (state, &shown), &[]).await?;
    if shown.is_ended() {
        let exit = Exit::of_run(shown.status());
        // The end that was asked for is no failure of the asking.
        return Ok(if exit == Exit::RunCancelled { Exit::Success } else { exit });
    }
    let seconds = LONGEST_END.as_secs();
    environment.screen.note(&match followed {
        Ok(done) => {
            done?;
            format!("the process that drove the run has let it go: to end it use `flowrun runs cancel {run}`\n")
        }
        Err(_) => format!("the run has been told to end, and has not after {seconds} s: {driver} still drives it\n"),
    });
    Ok(Exit::NotFinished)
}

/// Tells whoever drives a run what became of an effect, and shows the run once that is in its journal.
pub(super) async fn decide(
    environment: &Environment,
    pack: &dyn Pack,
    (state, run): (&State, RunId),
    step: &StepPath,
    decision: Decision,
) -> Result<Exit, CommandError> {
    let engine = state.disconnected_engine(pack);
    engine.decide_effect(run, step, decision).await?;
    let shown = engine.state(run).await?;
    report(&environment.screen, pack, (state, &shown), &[]).await?;
    Ok(Exit::of_run(shown.status()))
}

/// Returns once a run has ended, or nobody drives it any more.
async fn until_let_go(state: &State, run: RunId) -> Result<(), StoreError> {
    let store = state.store();
    let mut watch = store.watch(run);
    loop {
        // Before it is read: whoever let it go has written all.
        let driver = state.driver_of(run).await?;
        let has_ended = store.summary(run).await?.is_none_or(|summary| summary.status.is_ended());
        if has_ended || driver.is_none() || !watch.changed().await {
            return Ok(());
        }
    }
}
