//! How a run that failed goes on: by a command that does what was not done, perhaps with other inputs; and how often it has.

use flowrun_engine::run::RunState;

use super::{doubt::quoted, journal::retried, plain::local_time, wrap};

const WIDTH: usize = 80;

/// The command that goes on with a run of this name.
pub(super) fn retry_command(run: &str) -> String {
    format!("flowrun runs retry {}", quoted(run))
}

/// The last lines of a failed run: what is to be copied stands on a line of its own.
pub(super) fn how_to_retry(state: &RunState, name: &str) -> String {
    let inputs = inputs_to_blame(state);
    let hint = match inputs.as_slice() {
        [] => String::new(),
        names => {
            let given = names.iter().map(|name| format!("-i {name}=…")).collect::<Vec<_>>().join(" ");
            wrap(&format!("where an input is to blame, add another: {given}"), 2, WIDTH)
        }
    };
    format!("\nto go on with what was not done:\n  {}\n{hint}", retry_command(name))
}

/// The inputs that the value is made of which the failed node could not work with.
fn inputs_to_blame(state: &RunState) -> Vec<&str> {
    let Some(error) = state.error() else { return Vec::new() };
    let Some(node) = &error.node else { return Vec::new() };
    state.definition().inputs_behind(node.as_str(), error.failure.field.as_deref())
}

/// The parts of a run's history, in lines: how it had ended before, and what went again.
pub(super) fn parts(state: &RunState) -> String {
    let part = |retry: &flowrun_engine::run::RetriedRun| {
        let ended = format!("{} at {}", retry.outcome.as_str(), local_time(retry.ended_at));
        let again = retried(&retry.nodes, retry.inputs.is_some());
        wrap(&format!("{ended}, retried at {}{again}", local_time(retry.at)), 0, WIDTH)
    };
    state.retries().iter().map(part).collect()
}
