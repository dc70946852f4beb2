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
    let shown = arguments.to.join(RUNS);
    if shown.exists() {
        let help = "name a directory that is not there yet";
        let told = format!("there is a store in `{}` already", shown.display());
        return Err(CommandError::Usage(told, Some(help.to_owned())));
    }
    // Whoever has the store open may be in another directory.
    let to = path::absolute(&shown)?;
    let counts = state.store().backup(&to).await.map_err(|error| cannot(&shown, error))?;
    let StoreCounts { runs, records } = counts;
    let told = format!("{}: whole; runs: {runs}, records: {records}", shown.display());
    Ok(show_checks(&environment.screen, &[Check::passed("backup", told)])?)
}

/// A place that cannot be written says nothing of the store.
fn cannot(to: &Path, error: StoreError) -> CommandError {
    match error {
        StoreError::Io { message, .. } => {
            let told = format!("no backup was made in `{}`: {message}", to.display());
            CommandError::Machine(told, "name a directory where there is room, and that can be written")
        }
        other => other.into(),
    }
}
