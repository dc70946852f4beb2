//! `flowrun runs prune`: removes runs that have ended.

use flowrun_engine::{
    id::RunId,
    run::RunStatus,
    store::{RunSummary, StoreError},
};
use futures_util::future::join_all;

use super::listing::{Listing, Wanted};
use crate::{
    arguments::{OutputFormat, Prune},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    prompt::Prompt,
    report::{PruneDocument, pruned_text, to_prune_text},
    state::State,
};

/// So many are removed with one wait for the disk.
const AT_ONCE: usize = 512;

/// Says what would be removed, asks, and removes it.
pub(crate) async fn prune(environment: &Environment, arguments: &Prune) -> Result<Exit, CommandError> {
    let state = State::open(environment, "runs prune")?;
    let runs = chosen(&state, arguments).await?;
    let screen = &environment.screen;
    if screen.format() == OutputFormat::Text {
        screen.data(&to_prune_text(&runs))?;
    }
    let removes = !arguments.dry_run && !runs.is_empty() && agrees(environment, arguments, runs.len()).await?;
    let removed = if removes { remove(&state, &runs).await? } else { Vec::new() };
    match screen.format() {
        OutputFormat::Text if removes => screen.data(&pruned_text(removed.len(), runs.len()))?,
        OutputFormat::Text if !arguments.dry_run && !runs.is_empty() => screen.note("nothing was removed\n"),
        OutputFormat::Text => {}
        OutputFormat::Json | OutputFormat::Jsonl => screen.document(&PruneDocument::new(&runs, &removed))?,
    }
    Ok(Exit::Success)
}

/// The runs that the arguments choose: newest first, as lists are.
async fn chosen(state: &State, arguments: &Prune) -> Result<Vec<RunSummary>, CommandError> {
    let ended = RunStatus::ALL.into_iter().filter(|status| status.is_ended());
    let statuses = if arguments.status.is_empty() { ended.collect() } else { arguments.status.clone() };
    let wanted = Wanted { statuses, process: arguments.process.clone(), ..Wanted::default() };
    let mut listing = Listing::new(state, wanted);
    let (mut chosen, mut kept) = (Vec::new(), 0);
    while let Some(summary) = listing.next().await? {
        if kept < arguments.keep {
            kept += 1;
            continue;
        }
        let is_old = arguments.older_than.is_none_or(|older| summary.ended_at.is_some_and(|ended| ended < older));
        chosen.extend(is_old.then_some(summary));
    }
    Ok(chosen)
}

/// Whether the person at the terminal agrees, or said so before.
async fn agrees(environment: &Environment, arguments: &Prune, count: usize) -> Result<bool, CommandError> {
    if arguments.yes {
        return Ok(true);
    }
    let prompt = Prompt::new(&environment.screen, environment.settings.no_input);
    if !prompt.is_answered() {
        let help = "look with `--dry-run` at what would be removed, then say `--yes`";
        return Err(CommandError::Usage(
            "nobody can be asked whether to remove the runs".to_owned(),
            Some(help.into()),
        ));
    }
    let runs = if count == 1 { "this run".to_owned() } else { format!("these {count} runs") };
    Ok(prompt.confirms(&format!("Remove {runs} for ever?")).await?)
}

/// Removes them. One that somebody has begun to drive again meanwhile stays.
async fn remove(state: &State, runs: &[RunSummary]) -> Result<Vec<RunId>, CommandError> {
    let mut removed = Vec::new();
    for some in runs.chunks(AT_ONCE) {
        let asked = some.iter().map(|summary| state.store().prune(summary.run));
        for (summary, answer) in some.iter().zip(join_all(asked).await) {
            match answer {
                Ok(_) => removed.push(summary.run),
                Err(StoreError::NotEnded(_) | StoreError::Claimed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(removed)
}
