//! `flowrun state backup`: a copy of the store that is a store, made while runs go on.

use std::path::{self, Path};

use flowrun_engine::store::{StoreCounts, StoreError};

use crate::{
    arguments::Backup,
    check::Check,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    report::show_checks,
    state::{RUNS, State},
};

/// Makes a state directory with a copy of the runs.
pub(in crate::command) async fn backup(environment: &Environment, arguments: &Backup) -> Result<Exit, CommandError> {
    let state = State::open(environment, "state backup")?;
    // Whoever has the store open may be in another directory.
    let to = path::absolute(&arguments.to)?.join(RUNS);
    let counts = state.store().backup(&to).await.map_err(|error| cannot(&arguments.to, error))?;
    let StoreCounts { runs, records } = counts;
    let told = format!("{}: whole; runs: {runs}, records: {records}", arguments.to.join(RUNS).display());
    Ok(show_checks(&environment.screen, &[Check::passed("backup", told)])?)
}

/// A place that cannot be written says nothing of the store.
fn cannot(to: &Path, error: StoreError) -> CommandError {
    match error {
        StoreError::Io { message, .. } => {
            let help = "name a directory that is not there yet, where there is room";
            let told = format!("no backup was made in `{}`: {message}", to.display());
            CommandError::Usage(told, Some(help.to_owned()))
        }
        other => other.into(),
    }
}
