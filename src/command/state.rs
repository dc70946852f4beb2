//! `flowrun state check`: whether the store of runs is whole, and the way out where it is damaged and nothing is lost.

use std::path::Path;

use flowrun_engine::store::{MendedStore, SledStore, StoreCounts, StoreError};

use crate::{
    check::Check,
    environment::Environment,
    error::{CommandError, store_problem},
    exit::Exit,
    report::show_checks,
    state::{State, runs_directory},
};

const WHAT: &str = "runs";

const BACKUP: &str = "put a backup in its place; `flowrun explain FR0803` says more";

/// Looks at the store, and ends with 8 if it is damaged, also where a copy could be mended: that is not in its place yet.
pub(super) async fn check(environment: &Environment) -> Result<Exit, CommandError> {
    let path = runs_directory(&environment.settings);
    let check = match SledStore::look(&path) {
        Ok(true) => read(environment, &path).await?,
        Ok(false) => Check::passed(WHAT, format!("{} (not there yet)", path.display())),
        Err(error @ StoreError::Damaged(_)) => damaged(&path, &error)?,
        Err(error) => return Err(CommandError::of_store(&path, &error)),
    };
    Ok(show_checks(&environment.screen, &[check])?)
}

/// Opens the store, and reads all of it: what is older than the last opening is looked at then only.
async fn read(environment: &Environment, path: &Path) -> Result<Check, CommandError> {
    let state = State::open(environment, "state check")?;
    Ok(match state.check().await {
        Ok(StoreCounts { runs, records }) => {
            Check::passed(WHAT, format!("{}: intact; runs: {runs}, records: {records}", path.display()))
        }
        Err(error) => Check::found(WHAT, store_problem(path, &error).with_help(BACKUP)),
    })
}

fn damaged(path: &Path, error: &StoreError) -> Result<Check, CommandError> {
    let help = match SledStore::mend(path) {
        Ok(mended) => put_in_place(path, &mended),
        Err(StoreError::Damaged(missing)) => {
            format!("a copy of it cannot be repaired ({missing}): {BACKUP}")
        }
        Err(other) => return Err(CommandError::of_store(path, &other)),
    };
    Ok(Check::found(WHAT, store_problem(path, error).with_help(help)))
}

fn put_in_place(path: &Path, mended: &MendedStore) -> String {
    let MendedStore { path: copy, counts: StoreCounts { runs, records } } = mended;
    let (path, copy) = (path.display(), copy.display());
    format!(
        "only data that no longer counts was damaged: `{copy}` has everything (runs: {runs}, records: {records}). Put it in place: `mv '{path}' \
         '{path}.damaged' && mv '{copy}' '{path}'`"
    )
}
