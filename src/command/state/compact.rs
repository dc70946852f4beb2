//! `flowrun state compact`: the room that pruned runs and old data take comes back.

use flowrun_engine::store::{Compacted, SledStore, StoreCounts};

use crate::{
    check::Check,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    report::show_checks,
    state::{owner, runs_directory},
};

/// Makes a new store beside, compares the two, and puts the new one in place.
pub(in crate::command) async fn compact(environment: &Environment) -> Result<Exit, CommandError> {
    let path = runs_directory(&environment.settings);
    if !path.exists() {
        let told = format!("{} (not there yet)", path.display());
        return Ok(show_checks(&environment.screen, &[Check::passed("compact", told)])?);
    }
    let compacted = SledStore::compact(&path, &owner("state compact"));
    let Compacted { counts: StoreCounts { runs, records }, before, after } =
        compacted.map_err(|error| CommandError::of_store(&path, &error))?;
    let told = format!(
        "{}: {} before, {} now; runs: {runs}, records: {records}",
        path.display(),
        mebibytes(before),
        mebibytes(after),
    );
    Ok(show_checks(&environment.screen, &[Check::passed("compact", told)])?)
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
