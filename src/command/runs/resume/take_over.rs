//! `--take-over`: whoever drives a run is ended, so that this process can go on with it.
//!
//! It is asked to end, as by SIGTERM from a person: what it has sent it finishes and records. Only if it has not ended after some time is it
//! killed; what it had sent is looked for then, as after any crash. The store's own rule holds all the time: a run is never taken from a
//! process that lives.

use std::time::Duration;

use flowrun_engine::{
    diagnostic::{Code, Diagnostic, causes},
    id::RunId,
    store::StoreError,
};
use flowrun_shared_store::{NotProved, Process, ProvedProcess, holder_of};

use crate::{
    environment::Environment,
    error::CommandError,
    screen::on_one_line,
    state::{State, runs_directory},
};

/// So long may a process take to vanish that was killed.
const LONGEST_DEATH: Duration = Duration::from_secs(10);

/// Opens the store. Where a process has it that does not answer, that is ended first: nobody could tell whether it drives the run.
pub(super) async fn open(environment: &Environment, doing: &str, patience: Duration) -> Result<State, CommandError> {
    let path = runs_directory(&environment.settings);
    let error = match State::try_open(environment, doing)? {
        Ok(state) => return Ok(state),
        Err(error) => error,
    };
    let holder = holder_of(&environment.settings.state_dir).filter(|_| matches!(error, StoreError::NoAnswer { .. }));
    let Some(holder) = holder else { return Err(CommandError::of_store(&path, &error)) };
    end(environment, &holder, "has the state directory open and does not answer", patience).await?;
    State::open(environment, doing)
}

/// Ends the process that drives a run, if one does. Of a run that has ended nothing is left to drive.
pub(super) async fn end_driver(
    environment: &Environment,
    state: &State,
    run: RunId,
    patience: Duration,
) -> Result<(), CommandError> {
    if state.store().summary(run).await?.is_some_and(|summary| summary.status.is_ended()) {
        return Ok(());
    }
    match state.driver_of(run).await? {
        Some(process) => end(environment, &process, "drives the run", patience).await,
        None => Ok(()),
    }
}

async fn end(
    environment: &Environment,
    process: &Process,
    doing: &str,
    patience: Duration,
) -> Result<(), CommandError> {
    let (screen, named) = (&environment.screen, on_one_line(&process.to_string()).into_owned());
    let refused = |error: NotProved| not_ended(&named, doing, &causes(&error));
    let Some(proved) = ProvedProcess::find(&environment.settings.state_dir, process).map_err(refused)? else {
        return Ok(());
    };
    let seconds = patience.as_secs_f64();
    screen.note(&format!("asking {named} to end, which {doing}: {seconds} s at most for what it has sent\n"));
    proved.ask().map_err(refused)?;
    if proved.ends_within(patience).await {
        return Ok(());
    }
    screen.note(&format!("killing {named}, which has not ended: what it had sent is looked for\n"));
    proved.kill().map_err(refused)?;
    match proved.ends_within(LONGEST_DEATH).await {
        true => Ok(()),
        false => Err(not_ended(&named, doing, "it was killed, and the system has not ended it yet")),
    }
}

fn not_ended(process: &str, doing: &str, why: &str) -> CommandError {
    let message = format!("{process}, which {doing}, cannot be ended from here: {why}");
    Diagnostic::error(Code::RUN_DRIVEN, None, message).with_help("end it where it runs, then try again").into()
}
