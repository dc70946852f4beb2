//! `run --id KEY` where a run has the key already: it is that run, if the same was asked for. So what is started twice is done once.

use std::collections::BTreeSet;

use flowrun_engine::{
    definition::Definition,
    diagnostic::{Code, Diagnostic},
    id::{DefinitionHash, RunId, RunKey},
    run::{RunState, RunStatus},
};
use serde_json::{Map, Value};

use super::report;
use crate::{error::CommandError, exit::Exit, pack::Pack, report::local_time, screen::Screen, state::State};

/// What a run is asked for with.
pub(super) struct AskedRun {
    definition: DefinitionHash,
    inputs: Map<String, Value>,
}

impl AskedRun {
    pub(super) fn of(definition: &Definition, inputs: &Map<String, Value>) -> Self {
        Self { definition: definition.hash.clone(), inputs: inputs.clone() }
    }

    /// Shows the run that has the key. One that has ended ends the program as it ended.
    pub(super) async fn again(
        &self,
        screen: &Screen,
        pack: &dyn Pack,
        (state, run, key): (&State, RunId, &RunKey),
    ) -> Result<Exit, CommandError> {
        let shown = state.disconnected_engine(pack).state(run).await?;
        let differences = self.differences(&shown);
        if !differences.is_empty() {
            return Err(refused(key, &shown, &differences, self.definition == *shown.definition_hash()));
        }
        // What is shown of a failed run says how it goes on.
        report(screen, pack, (state, &shown), &[]).await?;
        if !shown.is_ended() {
            screen.note(&match state.driver_of(run).await? {
                Some(process) => format!("nothing was started: the run is driven by {process}\n"),
                None => format!("nothing was started: to go on with the run use `flowrun runs resume {key}`\n"),
            });
        }
        Ok(Exit::of_run(shown.status()))
    }

    /// What of a run is other than what is asked for, in words: it is that run with what it began with, and with what it goes on with.
    fn differences(&self, state: &RunState) -> Vec<String> {
        let started = state.started();
        let now = self.differences_from(state.definition_hash(), state.inputs());
        if now.is_empty() { now } else { self.differences_from(&started.definition, &started.inputs) }
    }

    fn differences_from(&self, definition: &DefinitionHash, inputs: &Map<String, Value>) -> Vec<String> {
        let definition = (*definition != self.definition).then(|| "the definition".to_owned());
        let names: BTreeSet<_> = inputs.keys().chain(self.inputs.keys()).collect();
        let inputs = names.into_iter().filter(|name| inputs.get(*name) != self.inputs.get(*name));
        definition.into_iter().chain(inputs.map(|name| format!("input `{name}`"))).collect()
    }
}

fn refused(key: &RunKey, state: &RunState, differences: &[String], has_definition: bool) -> CommandError {
    let (run, process, at) = (state.run(), &state.started().process, local_time(state.started_at()));
    let (last, before) = differences.split_last().expect("something differs");
    let (differences, verb) = match before {
        [] => (last.clone(), "is"),
        before => (format!("{} and {last}", before.join(", ")), "are"),
    };
    let message = format!(
        "there is already a run with the key `{key}` (run {run} of {process}, started {at}), and {differences} {verb} \
         not the same"
    );
    let help = match state.status() {
        RunStatus::Failed => {
            let corrected = if has_definition { "-i NAME=VALUE" } else { "--definition FILE" };
            format!(
                "it failed, and goes on with `flowrun runs retry {key} {corrected}`; or give another key to run this anew"
            )
        }
        _ => format!("look at it with `flowrun runs show {key}`, or give another key to run this"),
    };
    Diagnostic::error(Code::RUN_KEY_TAKEN, None, message).with_help(help).into()
}
