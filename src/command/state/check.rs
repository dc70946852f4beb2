//! `flowrun state check`: whether the store of runs is whole, and the way out where it is damaged and nothing is lost.

use std::path::Path;

use flowrun_engine::{
    diagnostic::{Code, Diagnostic},
    store::{Inspection, MendedStore, SledStore, StoreCounts, StoreError},
};

use crate::{
    arguments,
    check::Check,
    command::runs::{Listing, Wanted},
    environment::Environment,
    error::{CommandError, store_problem},
    exit::Exit,
    pack::Pack,
    report::show_checks,
    state::{State, owner, runs_directory},
};

const WHAT: &str = "runs";

const BACKUP: &str = "put a backup in its place with `flowrun state restore`; `flowrun explain FR0803` says more";

const REPAIR: &str = "nothing that was written is lost: `flowrun state check --repair` makes the indexes anew";

/// Looks at the store, and ends with 8 if it is damaged, also where a copy could be mended: that is not in its place yet.
pub(in crate::command) async fn check(
    environment: &Environment,
    pack: &'static dyn Pack,
    arguments: &arguments::Check,
) -> Result<Exit, CommandError> {
    let path = runs_directory(&environment.settings);
    let mut checks = match SledStore::look(&path) {
        Ok(true) => read(environment, pack, (&path, arguments.repair)).await?,
        Ok(false) => vec![Check::passed(WHAT, format!("{} (not there yet)", path.display()))],
        Err(error @ StoreError::Damaged(_)) => vec![damaged(&path, &error)?],
        Err(error) => return Err(CommandError::of_store(&path, &error)),
    };
    checks.extend(leftovers(&path));
    Ok(show_checks(&environment.screen, &checks)?)
}

/// Opens the store, and reads all of it: what is older than the last opening is looked at then only.
async fn read(
    environment: &Environment,
    pack: &'static dyn Pack,
    (path, repairs): (&Path, bool),
) -> Result<Vec<Check>, CommandError> {
    let state = State::open(environment, "state check")?;
    let found = match state.inspect().await {
        Ok(found) => found,
        Err(error) => return Ok(vec![Check::found(WHAT, store_problem(path, &error).with_help(BACKUP))]),
    };
    if repairs && found.only_the_index_is_wrong() {
        drop(state);
        let mended = SledStore::rebuild_index(path, &owner("state check --repair"));
        let rebuilt = mended.map_err(|error| CommandError::of_store(path, &error))?;
        let told = format!("{}: made anew; faults before: {}", path.display(), found.faults.len());
        let state = State::open(environment, "state check")?;
        let rest = all_faults(&state, pack, (path, &rebuilt)).await?;
        return Ok([vec![Check::passed("indexes", told)], rest].concat());
    }
    all_faults(&state, pack, (path, &found)).await
}

/// What is wrong in the store, and where it does not agree with what the journals tell.
async fn all_faults(
    state: &State,
    pack: &'static dyn Pack,
    (path, found): (&Path, &Inspection),
) -> Result<Vec<Check>, CommandError> {
    let help = if found.only_the_index_is_wrong() { REPAIR } else { BACKUP };
    let fault = |what: &str| {
        let told = Diagnostic::error(Code::STATE_DAMAGED, None, format!("`{}`: {what}", path.display()));
        Check::found(WHAT, told.with_help(help))
    };
    let mut checks: Vec<_> = found.faults.iter().map(|of_store| fault(&of_store.what)).collect();
    if found.more > 0 {
        checks.push(fault(&format!("{} more faults", found.more)));
    }
    if found.faults.is_empty() {
        checks.extend(unlike_their_journals(state, pack).await?.iter().map(|what| fault(what)));
    }
    if checks.is_empty() {
        let StoreCounts { runs, records } = found.counts;
        checks.push(Check::passed(WHAT, format!("{}: intact; runs: {runs}, records: {records}", path.display())));
    }
    Ok(checks)
}

/// Folds each journal, and compares what it tells with what lists show of the run.
async fn unlike_their_journals(state: &State, pack: &'static dyn Pack) -> Result<Vec<String>, CommandError> {
    let engine = state.disconnected_engine(pack);
    let mut listing = Listing::new(state, Wanted::default());
    let mut unlike = Vec::new();
    while let Some(summary) = listing.next().await? {
        let run = summary.run;
        match engine.unlike_its_journal(run).await {
            Ok(fields) if fields.is_empty() => {}
            Ok(fields) => unlike.push(format!("the journal of run {run} tells another {}", fields.join(", "))),
            Err(error) => unlike.push(format!("the journal of run {run} cannot be read: {error}")),
        }
    }
    Ok(unlike)
}

/// What was not finished beside the store.
fn leftovers(path: &Path) -> Vec<Check> {
    let told = |left: &Path| {
        let told = format!("`{}` is left of a command that was interrupted; it is of no use", left.display());
        let help = "`rm -r` removes it, and so does the next such command";
        Check::found("leftovers", Diagnostic::warning(Code::STATE_DAMAGED, None, told).with_help(help))
    };
    SledStore::leftovers(path).iter().map(|left| told(left)).collect()
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
