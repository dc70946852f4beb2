//! `flowrun state restore`: a backup takes the place of the store.

use flowrun_engine::store::{Restored, SledStore, StoreCounts, StoreError};

use crate::{
    arguments::Restore,
    check::Check,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    report::show_checks,
    state::{RUNS, runs_directory},
};

/// Restores. A store that is there is replaced only where that is asked for, and kept beside then.
pub(in crate::command) async fn restore(environment: &Environment, arguments: &Restore) -> Result<Exit, CommandError> {
    let (from, path) = (arguments.from.join(RUNS), runs_directory(&environment.settings));
    if path.exists() && !arguments.replace {
        let told = format!("there is a store in `{}` already", path.display());
        let help = "`--replace` puts the backup in its place, and keeps it beside";
        return Err(CommandError::Usage(told, Some(help.to_owned())));
    }
    if !from.join("db").exists() {
        let help = "name the directory that `flowrun state backup` made";
        return Err(CommandError::Usage(format!("there is no backup in `{}`", from.display()), Some(help.to_owned())));
    }
    let restored = SledStore::restore(&from, &path, arguments.replace);
    let Restored { counts: StoreCounts { runs, records }, aside } = restored.map_err(|error| match &error {
        StoreError::Damaged(_) => CommandError::of_store(&from, &error),
        _ => CommandError::of_store(&path, &error),
    })?;
    let aside = aside.map(|aside| format!("; the store that was there is in `{}`", aside.display()));
    let told = format!("{}: whole; runs: {runs}, records: {records}{}", path.display(), aside.unwrap_or_default());
    Ok(show_checks(&environment.screen, &[Check::passed("restore", told)])?)
}
