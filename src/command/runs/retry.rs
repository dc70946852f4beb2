//! `flowrun runs retry`: a run that failed or was cancelled goes on with what was not done, over the connection that it began with.
//!
//! What the engine refuses, and a grant that is missing, is told before anything of the run changes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::ArgMatches;
use flowrun_engine::{
    definition::Definition,
    run::{self, RunState},
};

use super::resume::StoredRun;
use crate::{
    arguments::Retry,
    command::run::load,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    inputs,
    pack::Pack,
    report::{Reported, differences_text},
    source,
};

/// What stands for the file that the run was started from.
const CURRENT: &str = "current";

/// Retries a run, and drives it.
pub(crate) async fn retry(
    environment: &Environment,
    pack: &'static dyn Pack,
    (arguments, typed): (&Retry, &ArgMatches),
) -> Result<Exit, CommandError> {
    let stored = StoredRun::open(environment, pack, ("runs retry", None), &arguments.run).await?;
    let (stored, definition) = match &arguments.definition {
        Some(given) => {
            let (definition, warned) = loaded(&stored, given)?;
            environment.screen.note(&differences_text(stored.run.definition(), &definition));
            (stored.corrected(warned, format!(" --definition {}", given.display())), Some(definition))
        }
        None => (stored, None),
    };
    let retry = wanted(&stored.run, definition, arguments)?;
    let retried = stored.engine().retry_preview(stored.run.run(), &retry).await?;
    let (resumed, reported) = stored.retried(retried).checked(environment, typed, arguments.wait).await?;
    resumed.driving.engine.retry(resumed.run, &retry).await?;
    resumed.drive(&reported).await
}

/// The definition that is given for a run, and what is warned of in it.
fn loaded(stored: &StoredRun, given: &Path) -> Result<(Arc<Definition>, Vec<Reported>), CommandError> {
    let path = if given == Path::new(CURRENT) { file_of(&stored.run)? } else { given.to_owned() };
    let source = source::read(&path).map_err(|problem| CommandError::Reported(vec![*problem]))?;
    load(&source, stored.catalogue())
}

/// The file that a run was started from, or that it was given last: by the name that was typed, where that still leads there.
fn file_of(state: &RunState) -> Result<PathBuf, CommandError> {
    let Some(path) = state.source_path().map(Path::new) else {
        let told = "the run does not say where its file is".to_owned();
        return Err(CommandError::Usage(told, Some("name the file: `--definition FILE`".to_owned())));
    };
    let typed = Path::new(state.source_name());
    let leads_there = std::path::absolute(typed).is_ok_and(|absolute| absolute == path);
    Ok(if leads_there { typed } else { path }.to_owned())
}

/// What is to go again, under which definition and with which inputs.
fn wanted(
    state: &RunState,
    definition: Option<Arc<Definition>>,
    arguments: &Retry,
) -> Result<run::Retry, CommandError> {
    let given = (arguments.input.as_slice(), arguments.inputs.as_deref());
    let mut retry = run::Retry::default();
    retry.nodes = arguments.nodes.iter().map(|node| node.as_str().into()).collect();
    retry.downstream = arguments.downstream;
    // A run that has not ended, or completed, is refused whatever its inputs.
    if state.is_ended() {
        let before = state.inputs();
        retry.inputs = match &definition {
            Some(definition) => {
                inputs::rebind(definition, &definition.carried_inputs(state.definition(), before), given)?
            }
            None => inputs::rebind(state.definition(), before, given)?,
        };
    }
    retry.definition = definition;
    Ok(retry)
}
